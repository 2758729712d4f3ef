package runlog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"barkeep/schedules/jobs"
)

const (
	maxLine  = 32 << 10 // bytes of a line, its end included
	maxError = 4 << 10  // bytes of an error, where the line is too long
)

// encode writes a run as a line. What does not fit, or is no JSON, is left out; the
// run itself never is.
func encode(run jobs.Run) ([]byte, error) {
	if run.Summary != nil && !json.Valid(run.Summary) {
		run.Summary = nil
	}
	shorter := []func(){
		func() {},
		func() { run.Summary, run.Text = nil, "" },
		func() { run.Options = cutOptions(run.Options) },
		func() { run.Error = cut(run.Error, maxError) },
	}
	var line []byte
	for _, shorten := range shorter {
		shorten()
		var err error
		if line, err = json.Marshal(run); err != nil {
			return nil, err
		}
		if line = append(line, '\n'); len(line) <= maxLine {
			return line, nil
		}
	}
	return nil, fmt.Errorf("the run is %d bytes long, more than %d", len(line), maxLine)
}

// cutOptions keeps that there were options.
func cutOptions(options map[string]string) map[string]string {
	if len(options) == 0 {
		return options
	}
	return map[string]string{"...": fmt.Sprintf("%d options, too long to keep", len(options))}
}

// cut returns the beginning of a text, in whole characters.
func cut(text string, size int) string {
	if len(text) <= size {
		return text
	}
	return strings.ToValidUTF8(text[:size], "") + " ..."
}

// decode reads a line. It wants what every run has: an id, a job, an outcome and the
// two ends.
func decode(line []byte) (run jobs.Run, ok bool) {
	if json.Unmarshal(line, &run) != nil {
		return run, false
	}
	return run, run.ID != "" && run.Job != "" && run.Outcome != "" && !run.Began.IsZero() && !run.Ended.IsZero()
}

// each calls use with every line that is a run, in the order of the file, and returns
// how many lines are none. The line is valid during the call only.
func each(r io.Reader, use func(line []byte, run jobs.Run)) (skipped int, err error) {
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		long := false
		for errors.Is(err, bufio.ErrBufferFull) {
			long = true
			_, err = lines.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return skipped, err
		}
		if text := bytes.TrimSpace(line); long {
			skipped++
		} else if len(text) > 0 {
			if run, ok := decode(text); ok {
				use(text, run)
			} else {
				skipped++
			}
		}
		if err != nil {
			return skipped, nil
		}
	}
}

// eachIn does each to a file; one that is missing has no lines.
func eachIn(path string, use func(line []byte, run jobs.Run)) (skipped int, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return each(f, use)
}

// countLines counts the lines of a file, runs or not.
func countLines(path string) (n int, err error) {
	skipped, err := eachIn(path, func([]byte, jobs.Run) { n++ })
	return n + skipped, err
}

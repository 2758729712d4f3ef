package market

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"barkeep/schedules"
)

// Replayed is a recorded market: bars as they were recorded, byte for byte.
type Replayed struct {
	securities []Security
	bars       []recording
	last       schedules.Day
}

// recording is the text of one security's bars.
type recording struct {
	text   []byte          // rows without the header, each ended by a line feed
	start  []uint32        // where each row begins in text
	days   []schedules.Day // the day of each row, ascending
	rights []ExDate
}

var _ Market = (*Replayed)(nil)

// recordName is what a file of bars is called.
var recordName = regexp.MustCompile(`^(sh|sz|bj)\.\d{6}\.csv(\.gz)?$`)

// maxRecording bounds the text of one file; 36 years of one security are 1 MB.
const maxRecording = 64 << 20

// Replay reads a directory of recorded daily bars. Every file named like
// sh.600000.csv or sh.600000.csv.gz holds one security: the line [Header],
// then one line per trading day, ascending. Other files are ignored. An error
// names the file and the line.
//
// What the files do not say is filled in plainly: a security is listed on its
// first row's day, and delisted on the day after its last row unless it
// reaches the last recorded day of all; its name is its code.
func Replay(dir string) (*Replayed, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("replay market: %w", err)
	}
	m := &Replayed{}
	for _, e := range entries { // ReadDir sorts by name, so codes ascend
		if e.IsDir() || !recordName.MatchString(e.Name()) {
			continue
		}
		if err := m.load(filepath.Join(dir, e.Name()), e.Name()[:9]); err != nil {
			return nil, fmt.Errorf("replay market: %w", err)
		}
	}
	if len(m.bars) == 0 {
		return nil, fmt.Errorf("replay market: %s holds no file named like sh.600000.csv or sh.600000.csv.gz", dir)
	}
	for i := range m.securities {
		if s := &m.securities[i]; s.Last < m.last {
			s.Delisted = s.Last + 1
		}
	}
	return m, nil
}

// Last returns the last recorded day of all securities.
func (m *Replayed) Last() schedules.Day { return m.last }

func (m *Replayed) load(path, code string) error {
	if n := len(m.securities); n > 0 && m.securities[n-1].Code == code {
		return fmt.Errorf("%s: %s is recorded twice, as .csv and as .csv.gz; remove one", path, code)
	}
	text, err := readRecording(path)
	if err != nil {
		return err
	}
	r, size, err := parseRecording(text, code)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	first, last := r.days[0], r.days[len(r.days)-1]
	m.bars = append(m.bars, r)
	m.securities = append(m.securities, Security{
		Code: code, Kind: kindOf(code), Size: size, Listed: first, First: first, Last: last,
	})
	m.last = max(m.last, last)
	return nil
}

func readRecording(path string) (text []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		r = z
	}
	text, err = io.ReadAll(io.LimitReader(r, maxRecording+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(text) > maxRecording {
		return nil, fmt.Errorf("%s: more than %d bytes of text; this is no file of daily bars", path, maxRecording)
	}
	return bytes.Clone(text), nil // without the room it grew by
}

// kindOf tells what a code is from the exchanges' number blocks.
func kindOf(code string) Kind {
	switch {
	case strings.HasPrefix(code, "sh.000"), strings.HasPrefix(code, "sz.399"):
		return Index
	case strings.HasPrefix(code, "sh.5"), strings.HasPrefix(code, "sz.15"), strings.HasPrefix(code, "sz.16"):
		return Fund
	}
	return Stock
}

// Securities implements Market.
func (m *Replayed) Securities() []Security { return m.securities }

// ExDates implements Market.
func (m *Replayed) ExDates(security int) []ExDate { return m.bars[security].rights }

// Name implements Market. Bars carry no names: the name is the code's number.
func (m *Replayed) Name(security int, _ schedules.Day) string {
	return m.securities[security].Code[3:]
}

// Bars implements Market.
func (m *Replayed) Bars(security int, from, to schedules.Day) iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		r := &m.bars[security]
		i, _ := slices.BinarySearch(r.days, from)
		row := Row{Security: security}
		for ; i < len(r.days) && r.days[i] <= to; i++ {
			r.point(&row, i)
			if !yield(&row) {
				return
			}
		}
	}
}

// Day implements Market.
func (m *Replayed) Day(day schedules.Day) iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		var row Row
		for security := range m.bars {
			r := &m.bars[security]
			i, found := slices.BinarySearchFunc(r.days, day, cmp.Compare)
			if !found {
				continue
			}
			row.Security = security
			r.point(&row, i)
			if !yield(&row) {
				return
			}
		}
	}
}

// point sets the row to the i-th recorded one.
func (r *recording) point(row *Row, i int) {
	end := uint32(len(r.text))
	if i+1 < len(r.start) {
		end = r.start[i+1]
	}
	row.Day = r.days[i]
	row.setText(r.text[r.start[i] : end-1]) // its shape was checked when it was read
}

// Now is the clock of the recording: it stands at 20:00 of the last recorded
// day, when that day's data are out.
func (m *Replayed) Now() time.Time { return m.last.At(20, 0) }

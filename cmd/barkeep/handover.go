package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"barkeep/schedules/jobs"
	"barkeep/sinks/lake"
)

// trigger asks the daemon for a run and follows it to its end.
func (p presence) trigger(ctx context.Context, job string, o options, progress func(string)) (jobs.Run, error) {
	body, err := json.Marshal(map[string]any{"options": o})
	if err != nil {
		return jobs.Run{}, fmt.Errorf("trigger %s: %w", job, err)
	}
	target := "http://localhost/api/v1/jobs/" + url.PathEscape(job) + "/run"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return jobs.Run{}, fmt.Errorf("trigger %s: %w", job, err)
	}
	request.Header.Set("Content-Type", "application/json")
	run, err := p.watch(request, progress)
	if err != nil && ctx.Err() != nil {
		return run, doneElsewhere{fmt.Sprintf("the run of %s, if it has begun, goes on in the daemon (process %d); barkeep jobs shows it", job, p.PID), context.Canceled}
	}
	return run, err
}

// watch sends a trigger and follows the run.
func (p presence) watch(trigger *http.Request, progress func(string)) (jobs.Run, error) {
	answer, err := p.caller().Do(trigger)
	if err != nil {
		return jobs.Run{}, fmt.Errorf("ask the daemon (process %d): %w", p.PID, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return jobs.Run{}, problemOf(answer)
	}
	return follow(answer.Body, progress)
}

// problemOf turns the daemon's answer to a trigger into the error of the command.
func problemOf(answer *http.Response) error {
	var problem struct {
		Error struct {
			Message string `json:"message"`
			Details struct {
				Errors []struct {
					Text string `json:"msg"`
				} `json:"errors"`
			} `json:"details"`
		} `json:"error"`
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err != nil || json.Unmarshal(text, &problem) != nil || problem.Error.Message == "" {
		return fmt.Errorf("the daemon answers %s", answer.Status)
	}
	for _, e := range problem.Error.Details.Errors {
		problem.Error.Message += ": " + e.Text
	}
	switch answer.StatusCode {
	case http.StatusConflict:
		return fmt.Errorf("%s: %w", problem.Error.Message, lake.ErrBusy)
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		return usage("%s", problem.Error.Message)
	}
	return errors.New(problem.Error.Message)
}

// maxLine bounds one line of progress; the last one holds the job's whole report.
const maxLine = 4 << 20

// follow reads the lines of progress up to the one with the run.
func follow(r io.Reader, progress func(string)) (jobs.Run, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var line struct {
			Progress *string   `json:"progress"`
			Run      *jobs.Run `json:"run"`
			Error    string    `json:"error"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return jobs.Run{}, fmt.Errorf("progress of the daemon: %w", err)
		}
		switch {
		case line.Run != nil:
			return *line.Run, nil
		case line.Error != "":
			return jobs.Run{}, errors.New(line.Error)
		case line.Progress != nil:
			progress(*line.Progress)
		}
	}
	return jobs.Run{}, fmt.Errorf("the daemon ended before the run did: %w", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}

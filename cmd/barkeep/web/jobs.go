package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"barkeep/schedules/jobs"
)

// Limits of what is asked about runs.
const (
	defaultRuns = 50
	maxRuns     = 1000
	maxOptions  = 32

	// skippedHeader counts lines of the history that are no runs.
	skippedHeader = "Barkeep-Skipped"
)

// programStatus answers what the program says of itself.
func (x *exchange) programStatus() error {
	ctx, cancel := x.context()
	defer cancel()
	return x.appendJSON(x.statusOf.Status(ctx))
}

// listJobs answers a list of jobs.State.
func (x *exchange) listJobs() error {
	list := x.jobs.Jobs()
	if list == nil {
		list = []jobs.State{}
	}
	return x.appendJSON(list)
}

// listRuns answers a list of jobs.Run, newest first.
func (x *exchange) listRuns() error {
	job, limit, err := runsQuery(x.r.URL.RawQuery)
	if err != nil {
		return err
	}
	list, skipped, err := x.history.Runs(job, limit)
	switch {
	case err != nil:
		return fmt.Errorf("the history of runs cannot be read: %w", err)
	case len(list) == 0 && job != "" && x.jobs != nil && x.state(job) == nil:
		return x.unknownJob(job)
	case skipped > 0:
		x.w.Header().Set(skippedHeader, strconv.Itoa(skipped))
	}
	if list == nil {
		list = []jobs.Run{}
	}
	return x.appendJSON(list)
}

// runsQuery reads job and limit; both may be missing.
func runsQuery(query string) (job string, limit int, err error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", 0, invalid("the query is malformed: "+abbreviate(err.Error(), 200), "query_invalid", "query")
	}
	limit = defaultRuns
	for name, given := range values {
		switch {
		case name != "job" && name != "limit":
			return "", 0, invalid("there is no such parameter; known are job and limit", "extra_forbidden", "query", abbreviate(name, 40))
		case len(given) > 1:
			return "", 0, invalid("given more than once", "duplicate", "query", name)
		case name == "job":
			job = given[0]
		default:
			if limit, err = strconv.Atoi(given[0]); err != nil || limit < 1 || limit > maxRuns {
				return "", 0, invalid(fmt.Sprintf("Input should be a whole number from 1 to %d", maxRuns), "int_parsing", "query", name)
			}
		}
	}
	return job, limit, nil
}

// runJob begins a run and shows it, line by line. Whoever stops watching does not
// stop the run.
func (x *exchange) runJob() error {
	raw, err := x.readBody()
	if err != nil {
		return err
	}
	options, err := decodeOptions(raw)
	if err != nil {
		return err
	}
	name := x.r.PathValue("name")
	switch state := x.state(name); {
	case state == nil:
		return x.unknownJob(name)
	case state.Running:
		return &problem{status: http.StatusConflict, message: "the job " + name + " is running already; wait until it has ended"}
	}
	return x.watch(x.trigger(name, options))
}

// state returns what is known of a job, or nil.
func (x *exchange) state(name string) *jobs.State {
	list := x.jobs.Jobs()
	if i := slices.IndexFunc(list, func(s jobs.State) bool { return s.Name == name }); i >= 0 {
		return &list[i]
	}
	return nil
}

func (x *exchange) unknownJob(name string) error {
	text := "there is no job " + strconv.Quote(abbreviate(name, 100)) + "; known are"
	for i, s := range x.jobs.Jobs() {
		if i > 0 {
			text += ","
		}
		text += " " + s.Name
	}
	return &problem{status: http.StatusNotFound, message: text}
}

// notRun is the problem of a job that was known and did not run.
func (x *exchange) notRun(err error) error {
	text := abbreviate(err.Error(), 1000)
	switch {
	case errors.Is(err, ErrOption):
		return invalid(text, "value_error", "body", "options")
	case x.life.Err() != nil:
		return &problem{status: http.StatusServiceUnavailable, message: text, header: retryAfter}
	}
	return &problem{status: http.StatusConflict, message: text}
}

// decodeOptions reads {"options": {"from": "2024-01-02"}}; nothing at all is no
// options.
func decodeOptions(body []byte) (map[string]string, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	top, err := decodeObject(body)
	if err != nil {
		return nil, err
	}
	fields := unknownFields(top, "options")
	raw, given := top["options"]
	var options map[string]*string
	if err := json.Unmarshal(raw, &options); given && (err != nil || options == nil) {
		fields = append(fields, fieldError{[]any{"body", "options"}, `Input should be an object of texts, such as {"from": "2024-01-02"}`, "dict_type"})
	}
	if len(options) > maxOptions {
		fields = append(fields, fieldError{[]any{"body", "options"}, fmt.Sprintf("there are more than %d options", maxOptions), "too_long"})
	}
	if len(fields) > 0 {
		return nil, invalidFields(fields)
	}
	texts := make(map[string]string, len(options))
	for name, text := range options {
		if text == nil {
			fields = append(fields, fieldError{[]any{"body", "options", abbreviate(name, 40)}, "Input should be a valid string", "string_type"})
			continue
		}
		texts[name] = *text
	}
	if len(fields) > 0 {
		slices.SortFunc(fields, func(a, b fieldError) int { return strings.Compare(a.loc[2].(string), b.loc[2].(string)) })
		return nil, invalidFields(fields)
	}
	return texts, nil
}

// appendJSON writes a value with the standard library's encoder.
func (x *exchange) appendJSON(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("the answer cannot be written as JSON: %w", err)
	}
	x.body = append(x.body, text...)
	return nil
}

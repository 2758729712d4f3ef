package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// formats are the forms of an answer, with their Content-Type.
var formats = map[string][]string{
	"json":  contentType,
	"csv":   {"text/csv; charset=utf-8"},
	"arrow": {"application/vnd.apache.arrow.stream"},
}

const (
	// wholeAnswer is the longest answer that is held back until it is known to be
	// whole, in bytes.
	wholeAnswer = 1 << 20
	// transferPatience is how long an answer may take beyond the time of its query.
	transferPatience = 10 * time.Second

	rowsHeader = "Barkeep-Rows"
	moreHeader = "Barkeep-Truncated"
)

// sqlBody is what a query asks for.
type sqlBody struct {
	query  string
	format string
	most   int64 // rows
	cut    bool  // whether the asker wants no more than that
}

// sql answers a query. A short answer is whole or an error; a long one is sent
// while it is computed, and its connection ends early if it cannot be whole.
func (x *exchange) sql() error {
	raw, err := x.readBody()
	if err != nil {
		return err
	}
	ask, err := decodeSQL(raw, x.config.SQLMaxRows)
	if err != nil {
		return err
	}
	select {
	case x.querying <- struct{}{}:
		defer func() { <-x.querying }()
	default:
		return &problem{status: http.StatusTooManyRequests, header: retryAfter,
			message: fmt.Sprintf("%d queries are running, which is as many as may at the same time; try again", cap(x.querying))}
	}
	ctx, cancel := context.WithTimeoutCause(x.r.Context(), x.config.SQLTimeout, tooSlow(x.config.SQLTimeout))
	defer cancel()
	deadline := time.Now().Add(x.config.SQLTimeout + transferPatience)
	if err := http.NewResponseController(x.w).SetWriteDeadline(deadline); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return queryProblem(ctx, x.answerQuery(ctx, ask))
}

// answerQuery runs the query and writes its rows.
func (x *exchange) answerQuery(ctx context.Context, ask sqlBody) error {
	rows, err := x.queries.Query(ctx, ask.query, ask.most)
	if err != nil {
		return err
	}
	defer rows.Close()
	x.kind = formats[ask.format]
	out := &answer{x: x, most: x.config.SQLMaxBytes}
	if err := rows.Write(out, ask.format); err != nil {
		return err
	}
	n, more := rows.Count()
	if more && !ask.cut {
		return &QueryError{fmt.Errorf("the answer has more than %d rows; ask for fewer, or give max_rows to take the first ones", ask.most)}
	}
	if ask.format == "json" && !x.begun {
		x.body = bytes.TrimSuffix(x.body, []byte("\n")) // send adds it
	}
	// After begin, these are trailers.
	x.w.Header().Set(rowsHeader, strconv.FormatInt(n, 10))
	x.w.Header().Set(moreHeader, strconv.FormatBool(more))
	return nil
}

// answer collects an answer, and begins to send it when it becomes long.
type answer struct {
	x       *exchange
	written int64
	most    int64 // bytes
}

// Write takes the next part.
func (a *answer) Write(p []byte) (int, error) {
	x := a.x
	if a.written += int64(len(p)); a.written > a.most {
		return 0, &QueryError{fmt.Errorf("the answer is longer than %d bytes; ask for fewer rows or columns", a.most)}
	}
	if !x.begun && len(x.body)+len(p) <= wholeAnswer {
		x.body = append(x.body, p...)
		return len(p), nil
	}
	if !x.begun {
		x.w.Header()["Trailer"] = []string{rowsHeader + ", " + moreHeader}
		x.begin()
		if _, err := x.w.Write(x.body); err != nil {
			return 0, err
		}
	}
	return x.w.Write(p)
}

// tooSlow is why a query was stopped.
type tooSlow time.Duration

func (d tooSlow) Error() string {
	return fmt.Sprintf("the query was stopped: it took longer than %s", time.Duration(d))
}

// queryProblem tells whose fault an error is.
func queryProblem(ctx context.Context, err error) error {
	var asker *QueryError
	var slow tooSlow
	switch {
	case err == nil:
		return nil
	case errors.As(context.Cause(ctx), &slow):
		return &problem{status: http.StatusGatewayTimeout, message: slow.Error()}
	case ctx.Err() != nil:
		return &problem{status: http.StatusServiceUnavailable, message: "the query was given up", header: retryAfter}
	case errors.As(err, &asker):
		return &problem{status: http.StatusBadRequest, message: abbreviate(err.Error(), 4000)}
	case errors.Is(err, ErrNothingToAsk):
		return &problem{status: http.StatusServiceUnavailable, message: abbreviate(err.Error(), 1000), header: retryAfter}
	}
	return fmt.Errorf("the query failed: %w", err)
}

// decodeSQL reads {"query": "...", "format": "json", "max_rows": 1000}.
func decodeSQL(body []byte, most int64) (sqlBody, error) {
	ask := sqlBody{format: "json", most: most}
	top, err := decodeObject(body)
	if err != nil {
		return ask, err
	}
	fields := unknownFields(top, "query", "format", "max_rows")
	switch raw, given := top["query"]; {
	case !given:
		fields = append(fields, fieldError{[]any{"body", "query"}, "Field required", "missing"})
	case !readText(raw, &ask.query):
		fields = append(fields, fieldError{[]any{"body", "query"}, "Input should be a valid string", "string_type"})
	case strings.TrimSpace(ask.query) == "" || strings.Contains(ask.query, "\x00"):
		fields = append(fields, fieldError{[]any{"body", "query"}, "Input should be one SQL statement", "value_error"})
	}
	if raw, given := top["format"]; given && (!readText(raw, &ask.format) || formats[ask.format] == nil) {
		fields = append(fields, fieldError{[]any{"body", "format"}, "Input should be json, csv or arrow", "enum"})
	}
	if raw, given := top["max_rows"]; given {
		ask.cut = true
		ask.most, err = strconv.ParseInt(string(raw), 10, 64)
		if err != nil || ask.most < 1 || ask.most > most {
			fields = append(fields, fieldError{[]any{"body", "max_rows"}, fmt.Sprintf("Input should be a whole number from 1 to %d", most), "int_parsing"})
		}
	}
	if len(fields) > 0 {
		return ask, invalidFields(slices.Clip(fields))
	}
	return ask, nil
}

// readText reads a JSON string, and nothing that merely can be one.
func readText(raw json.RawMessage, into *string) bool {
	return len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, into) == nil
}

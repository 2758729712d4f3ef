package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"barkeep/sources/quotes"
)

const (
	maxBody     = 64 << 10 // bytes of a request's body
	maxReported = 20       // problems or warnings named in one answer
)

// batchBody is what a batch asks for.
type batchBody struct {
	symbols  []string // as written
	ask      quotes.Ask
	warnings []string
}

// readBody reads the whole body, or fails with 413 when it is too long.
func (x *exchange) readBody() ([]byte, error) {
	if kind := x.r.Header.Get("Content-Type"); kind != "" {
		media, _, err := mime.ParseMediaType(kind)
		if err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") {
			return nil, invalid("the body must be sent as Content-Type: application/json", "content_type", "header", "content-type")
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, &problem{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("the body is longer than %d bytes; send less at once", maxBody)}
	case err != nil:
		return nil, &problem{status: http.StatusBadRequest, message: "the body could not be read: " + abbreviate(err.Error(), 200)}
	}
	return body, nil
}

// decodeBatch reads {"symbols": [...], "force_refresh": false, "stale": false}.
// Every problem is a 422 in the words of FastAPI. Source: specification of
// QuantDB's public behaviour, 9.2.
func decodeBatch(body []byte) (batchBody, error) {
	var b batchBody
	top, err := decodeObject(body)
	if err != nil {
		return b, err
	}
	var fields []fieldError
	b.symbols, fields = decodeSymbols(top["symbols"])
	for _, flag := range []struct {
		name string
		into *bool
	}{{"force_refresh", &b.ask.Fresh}, {"stale", &b.ask.Stale}} {
		raw, given := top[flag.name]
		if given && string(raw) != "true" && string(raw) != "false" {
			fields = append(fields, fieldError{[]any{"body", flag.name}, "Input should be a valid boolean", "bool_type"})
		}
		*flag.into = string(raw) == "true"
	}
	if len(fields) > 0 {
		return b, invalidFields(fields)
	}
	for name := range top {
		if name != "symbols" && name != "force_refresh" && name != "stale" {
			b.warnings = append(b.warnings, fmt.Sprintf("field %q is not known and was ignored", abbreviate(name, 40)))
		}
	}
	slices.Sort(b.warnings)
	b.warnings = b.warnings[:min(len(b.warnings), maxReported)]
	return b, nil
}

// decodeObject reads the fields of a body. Every problem is a 422.
func decodeObject(body []byte) (map[string]json.RawMessage, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, invalid("Field required", "missing", "body")
	}
	if !utf8.Valid(body) {
		return nil, invalid("the body is not UTF-8 text", "json_invalid", "body")
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(body, &top); err != nil || top == nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, invalid("JSON decode error: "+syntax.Error(), "json_invalid", "body", int(syntax.Offset))
		}
		return nil, invalid("Input should be a valid dictionary", "dict_type", "body")
	}
	return top, nil
}

// unknownFields refuses what a body has besides the fields known: a misspelt limit
// would be none.
func unknownFields(top map[string]json.RawMessage, known ...string) []fieldError {
	var fields []fieldError
	for _, name := range slices.Sorted(maps.Keys(top)) {
		if !slices.Contains(known, name) && len(fields) < maxReported {
			fields = append(fields, fieldError{[]any{"body", abbreviate(name, 40)}, "there is no such field; known are " + strings.Join(known, ", "), "extra_forbidden"})
		}
	}
	return fields
}

func decodeSymbols(raw json.RawMessage) ([]string, []fieldError) {
	if raw == nil {
		return nil, []fieldError{{[]any{"body", "symbols"}, "Field required", "missing"}}
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || items == nil {
		return nil, []fieldError{{[]any{"body", "symbols"}, "Input should be a valid list", "list_type"}}
	}
	var fields []fieldError
	symbols := make([]string, len(items))
	for i, item := range items {
		if err := json.Unmarshal(item, &symbols[i]); (err != nil || item[0] != '"') && len(fields) < maxReported {
			fields = append(fields, fieldError{[]any{"body", "symbols", i}, "Input should be a valid string", "string_type"})
		}
	}
	return symbols, fields
}

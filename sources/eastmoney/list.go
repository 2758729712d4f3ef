package eastmoney

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// list is one answer: a page of the market or a batch.
type list struct {
	rows     []json.RawMessage
	total    int  // rows of all pages together; -1 when the answer does not say
	none     bool // rc 102: the vendor knows none of what was asked for
	null     bool // no data at all, and no reason: what follows the last page
	received time.Time
}

// Results of the vendor. Source: specification of the quote sources, 6.2 and
// 6.4.
const (
	resultFine    = 0
	resultUnknown = 102
)

// decode reads an answer: JSON, or JavaScript that calls a function with it.
func decode(body []byte) (list, error) {
	text, err := argument(body)
	if err != nil {
		return list{}, err
	}
	var answer struct {
		Result *int `json:"rc"`
		Data   *struct {
			Total cell            `json:"total"`
			Rows  json.RawMessage `json:"diff"`
		} `json:"data"`
	}
	switch err := json.Unmarshal(text, &answer); {
	case err != nil:
		return list{}, fmt.Errorf("the answer of %d bytes is not what was asked for, or cut short: %w", len(body), err)
	case answer.Result == nil:
		return list{}, errors.New("the answer has no result code rc")
	case *answer.Result == resultUnknown && answer.Data == nil:
		return list{none: true, total: -1}, nil
	case *answer.Result != resultFine:
		return list{}, fmt.Errorf("the result code rc is %d", *answer.Result)
	case answer.Data == nil:
		return list{null: true, total: -1}, nil
	}
	l := list{total: -1}
	if total, ok := answer.Data.Total.integer(); ok && answer.Data.Total.text() != "" && total >= 0 {
		l.total = int(total)
	}
	l.rows, err = rows(answer.Data.Rows)
	return l, err
}

// argument returns the JSON of a body, without the call around it.
func argument(body []byte) ([]byte, error) {
	text := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if bytes.HasPrefix(text, []byte("{")) {
		return text, nil
	}
	name, inside, ok := bytes.Cut(text, []byte("("))
	if !ok || len(name) > 200 || bytes.ContainsFunc(name, notOfName) {
		return nil, fmt.Errorf("the answer is not JSON; it begins with %.80q", text)
	}
	inside, ok = bytes.CutSuffix(bytes.TrimRight(inside, "; \t\r\n"), []byte(")"))
	if !ok {
		return nil, errors.New("the answer is cut short: the call has no end")
	}
	return inside, nil
}

func notOfName(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && r != '_' && r != '$' && r != '.'
}

// rows reads an array, or an object whose keys are the positions. Source:
// specification of the quote sources, 6.1, parameter np.
func rows(diff json.RawMessage) ([]json.RawMessage, error) {
	diff = bytes.TrimSpace(diff)
	if len(diff) == 0 || string(diff) == "null" {
		return nil, nil
	}
	if diff[0] == '[' {
		var array []json.RawMessage
		err := json.Unmarshal(diff, &array)
		return array, err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(diff, &object); err != nil {
		return nil, fmt.Errorf("data.diff is neither an array nor an object: %w", err)
	}
	type place struct {
		at  int
		row json.RawMessage
	}
	places := make([]place, 0, len(object))
	for key, row := range object {
		at, err := strconv.Atoi(key)
		if err != nil {
			return nil, fmt.Errorf("data.diff has the key %.20q, which is no position", key)
		}
		places = append(places, place{at, row})
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.at, b.at) })
	ordered := make([]json.RawMessage, len(places))
	for i, p := range places {
		ordered[i] = p.row
	}
	return ordered, nil
}

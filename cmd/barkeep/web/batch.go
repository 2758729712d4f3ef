package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"barkeep/etl"
	"barkeep/sources/quotes"
)

// asked is one distinct text of a batch.
type asked struct {
	written string
	times   int      // it is in the batch
	at      int      // of its symbol among those looked up
	problem *problem // instead of it, when it is no symbol
}

// batch answers many quotes: every text has an entry under its own spelling, and
// one that fails spoils no other. Source: specification of QuantDB's public
// behaviour, 9.2; 12, D12 and D23.
func (x *exchange) batch() error {
	raw, err := x.readBody()
	if err != nil {
		return err
	}
	body, err := decodeBatch(raw)
	if err != nil {
		return err
	}
	lines, symbols, blanks, err := x.sortOut(body.symbols)
	if err != nil {
		return err
	}
	if blanks > 0 {
		body.warnings = append(body.warnings, fmt.Sprintf("blank symbols were ignored: %d", blanks))
	}
	var results []quotes.Result
	if len(symbols) > 0 {
		ctx, cancel := x.context()
		defer cancel()
		results = x.quotes.GetBatch(ctx, symbols, body.ask)
	}
	x.writeBatch(lines, results, &body)
	return nil
}

// sortOut finds the distinct texts and the distinct symbols they name.
func (x *exchange) sortOut(texts []string) (lines []asked, symbols []etl.Symbol, blanks int, err error) {
	switch {
	case len(texts) == 0:
		return nil, nil, 0, &problem{status: http.StatusBadRequest, message: "Symbols list cannot be empty"}
	case len(texts) > x.config.MaxBatch:
		return nil, nil, 0, &problem{status: http.StatusBadRequest, message: fmt.Sprintf("Maximum %d symbols per batch request", x.config.MaxBatch)}
	}
	known := make(map[string]int, len(texts)) // text to its place in lines
	places := make(map[etl.Symbol]int, len(texts))
	for _, text := range texts {
		if strings.TrimSpace(text) == "" {
			blanks++
			continue
		}
		if i, again := known[text]; again {
			lines[i].times++
			continue
		}
		known[text] = len(lines)
		line := asked{written: text, times: 1}
		symbol, err := etl.ParseSymbol(text)
		if err != nil {
			line.problem = symbolProblem(text, err)
		} else {
			at, again := places[symbol]
			if !again {
				at = len(symbols)
				places[symbol] = at
				symbols = append(symbols, symbol)
			}
			line.at = at
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return nil, nil, blanks, &problem{status: http.StatusBadRequest, message: "No valid symbols provided"}
	}
	return lines, symbols, blanks, nil
}

// writeBatch writes data, metadata and, when every request to a provider failed
// and nothing else is in the batch, the error before them.
func (x *exchange) writeBatch(lines []asked, results []quotes.Result, body *batchBody) {
	var good, failed int
	var worst *problem // if all are failed requests
	outage := true
	for i := range lines {
		line := &lines[i]
		if line.problem == nil {
			line.problem = problemOf(&results[line.at])
		}
		if line.problem == nil {
			good += line.times
		} else {
			failed += line.times
		}
		if line.problem == nil || line.problem.status < 500 {
			outage = false
		} else if worst == nil {
			worst = line.problem
		}
	}
	now := x.now()
	x.body = append(x.body, '{')
	if outage {
		x.setProblem(worst)
		x.body = appendError(x.body, worst, x.r.URL.Path, now)
		x.body = append(x.body, ',')
	}
	market := marketStatus(x.market, now)
	x.body = append(x.body, `"data":{`...)
	for i := range lines {
		if i > 0 {
			x.body = append(x.body, ',')
		}
		x.body = appendString(x.body, lines[i].written)
		x.body = append(x.body, ':')
		if lines[i].problem != nil {
			x.body = appendErrorEntry(x.body, lines[i].written, lines[i].problem, now)
		} else {
			x.body = appendResult(x.body, lines[i].written, &results[lines[i].at], market, now)
		}
	}
	x.body = append(x.body, '}')
	x.batchMetadata(good, failed, body)
	x.body = append(x.body, '}')
}

func (x *exchange) batchMetadata(good, failed int, body *batchBody) {
	status := "partial"
	if failed == 0 {
		status = "success"
	} else if good == 0 {
		status = "failed"
	}
	x.body = append(x.body, `,"metadata":{"status":"`...)
	x.body = append(x.body, status...)
	x.body = append(x.body, `","message":"Batch request completed: `...)
	x.body = strconv.AppendInt(x.body, int64(good), 10)
	x.body = append(x.body, ` successful, `...)
	x.body = strconv.AppendInt(x.body, int64(failed), 10)
	x.body = append(x.body, ` failed","total_requested":`...)
	x.body = strconv.AppendInt(x.body, int64(good+failed), 10)
	x.body = append(x.body, `,"successful_count":`...)
	x.body = strconv.AppendInt(x.body, int64(good), 10)
	x.body = append(x.body, `,"failed_count":`...)
	x.body = strconv.AppendInt(x.body, int64(failed), 10)
	x.body = append(x.body, `,"force_refresh":`...)
	x.body = appendBool(x.body, body.ask.Fresh)
	x.appendTook()
	x.body = append(x.body, `,"warnings":`...)
	x.body = appendStrings(x.body, body.warnings)
	x.body = append(x.body, '}')
}

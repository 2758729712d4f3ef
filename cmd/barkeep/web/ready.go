package web

import (
	"bytes"
	"fmt"
	"net/http"
)

// textType is that of Prometheus' text format.
var textType = []string{"text/plain; version=0.0.4; charset=utf-8"}

// ready answers 200 when all is well, or 503 and what is not.
func (x *exchange) ready() error {
	ctx, cancel := x.context()
	defer cancel()
	problems := x.healthOf.Ready(ctx)
	word := "ready"
	if len(problems) > 0 {
		word = "not ready"
		x.status = http.StatusServiceUnavailable
	}
	x.body = append(x.body, `{"status":`...)
	x.body = appendString(x.body, word)
	x.body = append(x.body, `,"problems":`...)
	x.body = append(appendStrings(x.body, problems), '}')
	return nil
}

// scrape answers the program's figures.
func (x *exchange) scrape() error {
	ctx, cancel := x.context()
	defer cancel()
	out := bytes.NewBuffer(x.body)
	if err := x.metrics.WriteText(ctx, out); err != nil {
		return fmt.Errorf("the figures cannot be collected: %w", err)
	}
	x.body, x.kind = out.Bytes(), textType
	return nil
}

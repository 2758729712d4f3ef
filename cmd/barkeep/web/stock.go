package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"barkeep/etl"
	"barkeep/sources/quotes"
)

// stock answers one quote. Source: specification of QuantDB's public behaviour,
// 9.2.
func (x *exchange) stock() error {
	ask, warnings, err := askOf(x.r.URL.RawQuery)
	if err != nil {
		return err
	}
	written := x.r.PathValue("symbol")
	symbol, err := etl.ParseSymbol(written)
	if err != nil {
		return symbolProblem(written, err)
	}
	ctx, cancel := x.context()
	defer cancel()
	r := x.quotes.Get(ctx, symbol, ask)
	if p := problemOf(&r); p != nil {
		return p
	}
	now := x.now()
	x.body = append(x.body, '{')
	x.body = appendQuote(x.body, written, &r, marketStatus(x.market, now), now)
	x.body = append(x.body, `,"metadata":{"status":"success","message":"`...)
	x.body = append(x.body, messageOf(&r)...)
	x.body = append(x.body, `","cache_hit":`...)
	x.body = appendBool(x.body, r.Hit)
	x.body = append(x.body, `,"force_refresh":`...)
	x.body = appendBool(x.body, ask.Fresh)
	x.appendTook()
	x.body = append(x.body, `,"warnings":`...)
	x.body = appendStrings(x.body, warnings)
	x.body = append(x.body, '}', '}')
	return nil
}

func messageOf(r *quotes.Result) string {
	switch {
	case r.Stale:
		return "No provider answered; this is the last known quote"
	case r.Hit:
		return "Quote served from the cache"
	}
	return "Quote fetched from a provider"
}

// askOf reads force_refresh and stale from a query. Parameters nobody knows are
// named in the warnings.
func askOf(query string) (ask quotes.Ask, warnings []string, err error) {
	if query == "" {
		return ask, nil, nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return ask, nil, invalid("the query is malformed: "+abbreviate(err.Error(), 200), "query_invalid", "query")
	}
	var fields []fieldError
	for name, given := range values {
		var into *bool
		switch name {
		case "force_refresh":
			into = &ask.Fresh
		case "stale":
			into = &ask.Stale
		default:
			warnings = append(warnings, fmt.Sprintf("parameter %q is not known and was ignored", abbreviate(name, 40)))
			continue
		}
		v, ok := parseBool(given[0])
		switch {
		case len(given) > 1:
			fields = append(fields, fieldError{[]any{"query", name}, "given more than once", "duplicate"})
		case !ok:
			fields = append(fields, fieldError{[]any{"query", name}, "Input should be a valid boolean: write true or false", "bool_parsing"})
		}
		*into = v
	}
	if len(fields) > 0 {
		slices.SortFunc(fields, func(a, b fieldError) int { return strings.Compare(a.loc[1].(string), b.loc[1].(string)) })
		return ask, nil, invalidFields(fields)
	}
	slices.Sort(warnings)
	return ask, warnings[:min(len(warnings), maxReported)], nil
}

// parseBool reads the spellings that FastAPI reads.
func parseBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on", "t", "y":
		return true, true
	case "false", "0", "no", "off", "f", "n":
		return false, true
	}
	return false, false
}

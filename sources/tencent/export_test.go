package tencent

import (
	"time"

	"barkeep/etl"
	"barkeep/sources/fields"
)

// Reply reads answers over and over, in the same memory.
type Reply struct {
	reply
	names fields.Names
}

// Read reads one answer to a request for the symbols.
func (r *Reply) Read(asked []etl.Symbol, body []byte, received time.Time) error {
	r.asked, r.quotes, r.refused, r.strays = asked, r.quotes[:0], r.refused[:0], r.strays[:0]
	return r.read(body, received, &r.names)
}

// What the last answer said.
func (r *Reply) Quotes() []etl.Quote         { return r.quotes }
func (r *Reply) Refused() []etl.RefusedQuote { return r.refused }
func (r *Reply) Strays() []etl.RefusedQuote  { return r.strays }
func (r *Reply) Missing() []etl.Symbol       { return r.missing() }
func (r *Reply) None() bool                  { return r.none }
func (r *Reply) Cut() bool                   { return r.cut }

// RankURL is where a provider with this configuration finds the market's list.
func RankURL(c Config) string { return New(c).config.rank() }

package etl

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"barkeep/schedules"
)

var shanghai = schedules.Shanghai

// Shape tells which cells one request covers.
type Shape uint8

// The shapes of bar requests.
const (
	MarketDay     Shape = iota + 1 // every stock on one day
	ETFDay                         // every exchange-traded fund on one day
	SecurityRange                  // one security or index, From to To
)

// String returns market-day, etf-day or security-range.
func (s Shape) String() string {
	switch s {
	case MarketDay:
		return "market-day"
	case ETFDay:
		return "etf-day"
	}
	return "security-range"
}

// Request asks a source for daily bars. From and To are both included and are
// equal for the two whole-market shapes, which have no Symbol.
type Request struct {
	Shape    Shape
	Symbol   Symbol
	From, To schedules.Day
}

// String names the request as messages and the quarantine table show it.
func (r Request) String() string {
	if r.Shape == SecurityRange {
		return fmt.Sprintf("%s %s..%s", r.Symbol, r.From, r.To)
	}
	return fmt.Sprintf("%s %s", r.Shape, r.From)
}

// Answer is what came back for a Request, not yet decoded.
type Answer interface {
	// Decode turns the answer into a batch. It fails when any row contradicts
	// the request or does not parse; then nothing of the answer may be used.
	Decode() (Batch, error)
	// Bytes is the size on the wire of all its frames.
	Bytes() int
	// Release gives the answer's memory back. Neither the answer nor Raw of its
	// batch may be used afterwards; the rest of the batch stays valid.
	Release()
}

// BarSource answers bar requests. Fetch may be called from as many goroutines
// at once as Concurrency says. Its error wraps ErrRefused when nothing more may
// be sent and ErrUnsupported when the shape is unknown to the source.
type BarSource interface {
	Fetch(ctx context.Context, r Request) (Answer, error)
	Concurrency() int
}

// Batch is one decoded answer. Symbols and Days repeat the key columns of
// Record in the form the plan and the checks use; row i is the same row in all.
type Batch struct {
	Record  arrow.Record // in the schema of DailyBars
	Symbols []Symbol
	Days    []schedules.Day
	// Flaws lists rows that parse but cannot be stored as they are, in
	// ascending order of row, such as a price that is empty.
	Flaws   []Flaw
	Raw     func(row int) string // the row as it arrived
	Source  string
	Fetched time.Time
}

// Flaw is a row and the rule it breaks.
type Flaw struct {
	Row    int
	Reason string
}

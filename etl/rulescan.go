package etl

import (
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/schedules"
)

// scan is a batch laid out for the rules: the columns as slices, and beside
// them what else is known of every row. All slices have one element per row and
// are used again for the next batch.
type scan struct {
	*Checker
	batch    Batch
	rule     Rule // at work now
	severity Severity
	found    []Finding

	symbols                               []Symbol
	days                                  []schedules.Day
	opening, high, low, closing, preclose []float64 // CNY/share
	amount, turn, pct                     []float64 // CNY, %, %
	volume                                []int64   // shares
	flags                                 []uint8
	class                                 []class
	at                                    []int32 // index in securities; -1 for none
	bad                                   []bool  // refused, or flawed from the start
	runs                                  []run
	met                                   bool

	lo, hi        []float64 // bounds of the floating shares, at the row or before; NaN when not known
	before, after side
	wanted        []want
	keys          []BarKey
	bars          []StoredBar
	pairs         []pair // whose preclose is not the close before
	pairsSeen     [2]int // pairs compared: of indices, and of others
	seen          []slot // of rule Repeated
	epoch         uint32
}

// Bits of scan.flags.
const (
	flagTraded = 1 << iota
	flagST
	flagPct  // pct_chg is not null
	flagTurn // turn is not null
)

// run is a stretch of rows of one security.
type run struct{ begin, end int }

// open lays out a batch and notes the flaws that the decoder has found.
func (s *scan) open(b Batch) {
	n := len(b.Days)
	float := func(i int) []float64 { return b.Record.Column(i).(*array.Float64).Float64Values()[:n] }
	s.batch, s.symbols, s.days = b, b.Symbols, b.Days
	s.opening, s.high, s.low, s.closing, s.preclose = float(2), float(3), float(4), float(5), float(6)
	s.volume = b.Record.Column(7).(*array.Int64).Int64Values()[:n]
	s.amount, s.turn, s.pct = float(8), float(9), float(11)
	s.flags, s.class, s.at, s.bad = resize(s.flags, n), resize(s.class, n), resize(s.at, n), resize(s.bad, n)
	s.found, s.met = s.found[:0], false
	clear(s.bad)
	s.flag()
	s.identify()
}

// flag turns the batch's bits into bytes.
func (s *scan) flag() {
	column := s.batch.Record.Column
	traded, st := column(10).(*array.Boolean), column(16).(*array.Boolean)
	turn, pct := column(9), column(11)
	all := uint8(0)
	if turn.NullN() == 0 {
		all |= flagTurn
	}
	if pct.NullN() == 0 {
		all |= flagPct
	}
	for i := range s.flags {
		f := all
		if traded.Value(i) {
			f |= flagTraded
		}
		if st.Value(i) {
			f |= flagST
		}
		if all&flagTurn == 0 && turn.IsValid(i) {
			f |= flagTurn
		}
		if all&flagPct == 0 && pct.IsValid(i) {
			f |= flagPct
		}
		s.flags[i] = f
	}
}

// identify finds the runs of rows of one security, and what each security is.
// Answers are sorted by symbol, as the securities are, so both are walked
// through once; where one is not, its place is searched for.
func (s *scan) identify() {
	s.runs = s.runs[:0]
	at, last := 0, Symbol(0)
	for i := 0; i < len(s.symbols); {
		begin, symbol := i, s.symbols[i]
		if begin == 0 || symbol < last {
			at = s.find(symbol)
		}
		last = symbol
		for at < len(s.securities) && s.securities[at].symbol < symbol {
			at++
		}
		index, c := int32(-1), classNone
		switch {
		case at < len(s.securities) && s.securities[at].symbol == symbol:
			index, c = int32(at), s.securities[at].class
		case s.securities == nil:
			c = classOf(symbol, 0)
		}
		for ; i < len(s.symbols) && s.symbols[i] == symbol; i++ {
			s.at[i], s.class[i] = index, c
		}
		s.runs = append(s.runs, run{begin, i})
	}
}

// note adds a finding at a row, unless the row is refused already.
func (s *scan) note(row int, what *sentence, a, b, c float64, other schedules.Day) {
	if !s.bad[row] {
		s.bad[row] = s.severity == Reject
		s.found = append(s.found, Finding{
			Rule: s.rule, Severity: s.severity, Symbol: s.symbols[row], Day: s.days[row], Row: row,
			what: what, a: a, b: b, c: c, other: other,
		})
	}
}

// find returns where the symbol stands, or would stand, among the securities.
func (s *scan) find(symbol Symbol) int {
	at, _ := slices.BinarySearchFunc(s.securities, symbol, func(x security, s Symbol) int { return int(x.symbol) - int(s) })
	return at
}

package etl

import (
	"fmt"
	"slices"
	"time"

	"barkeep/schedules"
)

// Factor is one ex-date of one security and the adjust factors the vendor gives
// for it. A factor holds from its ex-date to the day before the next one. All
// three are in millionths, which is exact: the vendor prints six decimals.
// Source: specification of Baostock, 8.4.
type Factor struct {
	Symbol Symbol
	Date   schedules.Day // ex-date
	Fore   int64         // millionths; of the newest ex-date 1.000000, rewritten at every new one
	Back   int64         // millionths; stable
	Adjust int64         // millionths; the vendor repeats Back
}

// One is the factor 1.000000, in millionths.
const One = 1_000_000

// String writes the factor in the vendor's form of text.
func (f Factor) String() string {
	return fmt.Sprintf("%s %s fore %s back %s adjust %s", f.Symbol, f.Date,
		FactorText(f.Fore), FactorText(f.Back), FactorText(f.Adjust))
}

// FactorText prints millionths with six decimals, as the vendor does.
func FactorText(millionths int64) string {
	return string(appendDecimal(nil, millionths, 6))
}

// appendDecimal appends v / 10^decimals with exactly that many decimals.
func appendDecimal(dst []byte, v int64, decimals int) []byte {
	rest := uint64(v)
	if v < 0 {
		dst, rest = append(dst, '-'), -rest
	}
	return appendDigits(dst, rest, decimals)
}

func appendDigits(dst []byte, v uint64, decimals int) []byte {
	var text [24]byte
	i := len(text)
	for n := 0; v > 0 || n <= decimals; n++ {
		if n == decimals && n > 0 {
			i--
			text[i] = '.'
		}
		i--
		text[i] = byte('0' + v%10)
		v /= 10
	}
	return append(dst, text[i:]...)
}

// AdjustFactors is the table adjust_factors. Nothing in it is ever changed: the
// forward factors that the vendor rewrites at every ex-date are further rows, so
// what was known at a moment K are the newest rows of each symbol and date with
// fetched_at <= K. The factors have six decimals, which a Float64 keeps: rounded
// to six decimals it is the vendor's text.
var AdjustFactors = Table{
	Name:    "adjust_factors",
	Comment: "adjust factors of every ex-date, every version that the vendor has given",
	Sort:    []string{"symbol", "date", "fetched_at"},
	Unique:  true,
	Columns: []Column{
		{Name: "symbol", Type: String, Comment: "such as sh600000"},
		{Name: "date", Type: Date, Comment: "ex-date; the factors hold from it to the day before the next one"},
		{Name: "fore_factor", Type: Float64, Comment: "price x fore_factor is forward-adjusted; six decimals; rewritten at every ex-date"},
		{Name: "back_factor", Type: Float64, Comment: "price x back_factor is backward-adjusted; six decimals; stable"},
		{Name: "adjust_factor", Type: Float64, Comment: "as the vendor says; it repeats back_factor"},
		{Name: "source", Type: String, Comment: "which vendor sent the row"},
		{Name: "fetched_at", Type: Timestamp, Comment: "when the answer arrived that first said so"},
	},
}

// FactorAnswer is what came back for one request of factors. A row that belongs
// into the answer and cannot be true stands among Factors and has a Flaw; such
// rows are for the quarantine, and Sound leaves them out.
type FactorAnswer struct {
	Request string   // as messages show it
	Factors []Factor // in the vendor's order
	Flaws   []Flaw   // ascending by Row, which counts Factors from 0
	Raw     []string // of every row, its cells as they arrived, joined by commas
	Source  string
	Fetched time.Time
}

// Sound returns the rows without a flaw, sorted by symbol and date.
func (a FactorAnswer) Sound() []Factor {
	list := make([]Factor, 0, len(a.Factors))
	flaws := a.Flaws
	for i, f := range a.Factors {
		if len(flaws) > 0 && flaws[0].Row == i {
			for len(flaws) > 0 && flaws[0].Row == i {
				flaws = flaws[1:]
			}
			continue
		}
		list = append(list, f)
	}
	slices.SortStableFunc(list, compareFactors)
	return list
}

// Judge fills Flaws: a factor that is 0, negative or empty (EmptyInt), and rows
// that share security and ex-date. Of equal rows the later ones are flawed; of
// rows that contradict each other all are, since nobody can tell which is true.
func (a *FactorAnswer) Judge() {
	a.Flaws = nil
	type key struct {
		Symbol Symbol
		Date   schedules.Day
	}
	rows := map[key][]int{}
	for i, f := range a.Factors {
		k := key{f.Symbol, f.Date}
		rows[k] = append(rows[k], i)
	}
	for i, f := range a.Factors {
		same := rows[key{f.Symbol, f.Date}]
		reason := f.flaw()
		if other := slices.IndexFunc(same, func(j int) bool { return a.Factors[j] != f }); reason == "" && other >= 0 {
			reason = "contradicts another row of " + f.Symbol.String() + " of " + f.Date.String() + ": " + a.Raw[same[other]]
		} else if reason == "" && same[0] != i {
			reason = "repeats the row of " + f.Symbol.String() + " of " + f.Date.String()
		}
		if reason != "" {
			a.Flaws = append(a.Flaws, Flaw{i, reason})
		}
	}
}

// Rule names the rule that a flaw of the answer breaks: RuleFactorValue or
// RuleFactorTwice.
func (a FactorAnswer) Rule(f Flaw) string {
	if a.Factors[f.Row].flaw() != "" {
		return RuleFactorValue
	}
	return RuleFactorTwice
}

// flaw says why a factor cannot be true by itself, or "".
func (f Factor) flaw() string {
	for i, v := range [...]int64{f.Fore, f.Back, f.Adjust} {
		name := [...]string{"fore_factor", "back_factor", "adjust_factor"}[i]
		switch {
		case v == EmptyInt:
			return name + " is empty"
		case v <= 0:
			return name + " is " + FactorText(v) + ", which is not positive"
		case v > maxFactor:
			return name + " is " + FactorText(v) + ", which is too large to be kept exactly"
		}
	}
	return ""
}

// maxFactor keeps a factor exact as a Float64: below it the distance of
// neighbouring values is far less than half a millionth.
const maxFactor = 1 << 50

func compareFactors(a, b Factor) int {
	if a.Symbol != b.Symbol {
		return int(a.Symbol) - int(b.Symbol)
	}
	return int(a.Date) - int(b.Date)
}

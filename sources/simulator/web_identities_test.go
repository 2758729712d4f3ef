package simulator_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"barkeep/schedules"
)

// rat reads a printed number.
func rat(t testing.TB, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "/eEpPxX_ ") {
		t.Fatalf("%q is no printed number", text)
	}
	return r
}

// halfUp rounds a/b half away from zero, as text.
func halfUp(a, b *big.Rat, decimals int) string {
	if b.Sign() == 0 {
		return new(big.Rat).FloatString(decimals)
	}
	text := new(big.Rat).Quo(a, b).FloatString(decimals) // half away from zero
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-")
	}
	return text
}

func whole(n int64) *big.Rat { return big.NewRat(n, 1) }

var limitDay = schedules.MakeDay(2026, 2, 12)

// moments are tested for every identity: of the Friday, and under the rules
// before July 2026 of days on which many shares end at their upper limit, some
// at their lower one, and one is listed.
func moments() []time.Time {
	out := []time.Time{limitDay.At(10, 30), limitDay.At(18, 0), schedules.MakeDay(2026, 5, 21).At(18, 0), schedules.MakeDay(2025, 7, 3).At(11, 0)}
	for _, clock := range [][2]int{{9, 5}, {9, 22}, {9, 27}, {9, 31}, {11, 57}, {14, 58}, {15, 20}, {18, 0}} {
		out = append(out, friday.At(clock[0], clock[1]))
	}
	return out
}

// TestTencentIdentities checks the identities of the specification of the quote
// sources, 12, on every live row of a market.
func TestTencentIdentities(t *testing.T) {
	live, limit := 0, 0
	for _, at := range moments() {
		w := startWeb(t, webConfig(at))
		rows, _ := rowsOf(fetch(t, w, "/q="+strings.Join(known(at, nil), ",")).ok(t), "~")
		for symbol, f := range rows {
			bad := func(rule string) {
				t.Errorf("%s %s: %s: %s", at.In(schedules.Shanghai), symbol, rule, strings.Join(f, "~"))
			}
			index := f[61] == "ZS"
			if want := map[bool]int{true: 82, false: 88}[index]; len(f) != want {
				t.Fatalf("%s has %d fields, want %d", symbol, len(f), want)
			}
			checkDigits(t, symbol, f)
			if f[40] != "" || f[33] == "0.00" || f[33] == "0.000" {
				continue
			}
			live++
			auctions := at.In(schedules.Shanghai).Format("15:04") == "14:58"
			if problem := tencentRow(t, f, auctions, index); problem != "" {
				bad(problem)
			}
			if f[20] == "0" && f[3] == f[47] || f[10] == "0" && f[3] == f[48] { // no asks or no bids
				limit++
			}
		}
	}
	if live < 1000 || limit < 5 {
		t.Errorf("only %d live rows, %d of them at a limit", live, limit)
	}
}

// checkDigits wants integers without a point where clients read integers.
func checkDigits(t *testing.T, symbol string, f []string) {
	t.Helper()
	digits := []int{6, 7, 8, 30, 36}
	for i := 10; i <= 28; i += 2 {
		digits = append(digits, i)
	}
	for _, i := range digits {
		if f[i] == "" || strings.Trim(f[i], "0123456789") != "" {
			t.Errorf("%s: field %d is %q, want an integer", symbol, i, f[i])
		}
	}
	if len(f[30]) != 14 {
		t.Errorf("%s: field 30 is %q", symbol, f[30])
	}
}

// tencentRow returns the rule that a live row breaks. In a closing auction the
// last price and the book are virtual.
func tencentRow(t *testing.T, f []string, auction, index bool) string {
	n := func(i int) *big.Rat { return rat(t, f[i]) }
	last, preclose, open, high, low := n(3), n(4), n(5), n(33), n(34)
	decimals := len(f[3]) - strings.IndexByte(f[3], '.') - 1
	unit := int64(100)
	if strings.HasPrefix(f[61], "GP-A-KCB") {
		unit = 1
	}
	shares := new(big.Rat).Mul(n(6), whole(unit))
	parts := strings.Split(f[35], "/")
	money := rat(t, parts[2])
	hundred := whole(100)
	scale := func(r *big.Rat, by int64) *big.Rat { return new(big.Rat).Mul(r, whole(by)) }
	change := new(big.Rat).Sub(last, preclose)
	split := new(big.Rat).Add(n(7), n(8))
	bids, asks := sum(t, f, 10), sum(t, f, 20)
	switch {
	case !auction && (low.Cmp(last) > 0 || last.Cmp(high) > 0) || low.Cmp(open) > 0 || open.Cmp(high) > 0:
		return "low <= last, open <= high"
	case f[47] != "-1" && (n(48).Cmp(low) > 0 || high.Cmp(n(47)) > 0):
		return "within the limits"
	case f[31] != change.FloatString(decimals) && change.Sign() != 0:
		return "change"
	case f[32] != halfUp(scale(change, 100), preclose, 2):
		return "percent"
	case f[36] != f[6] || f[41] != f[33] || f[42] != f[34] || parts[0] != f[3] || parts[1] != f[6]:
		return "repetitions"
	case f[37] != halfUp(money, whole(10_000), 0):
		return "37, money in 10,000"
	case difference(n(57), new(big.Rat).Quo(money, whole(10_000))).Cmp(big.NewRat(1, 10_000)) > 0:
		return "57 near 35"
	case difference(split, n(6)).Cmp(whole(1)) > 0:
		return "7 + 8 = 6"
	case new(big.Rat).Sub(bids, asks).Cmp(n(50)) != 0:
		return "50"
	case f[74] != halfUp(new(big.Rat).Mul(hundred, n(50)), new(big.Rat).Add(bids, asks), 2):
		return "74"
	case f[43] != halfUp(scale(new(big.Rat).Sub(high, low), 100), preclose, 2):
		return "amplitude"
	case n(68).Cmp(low) > 0 || high.Cmp(n(67)) > 0:
		return "52 weeks"
	}
	if index {
		return ""
	}
	switch {
	case f[38] != halfUp(scale(shares, 100), n(72), 2):
		return "turnover"
	case f[44] != halfUp(new(big.Rat).Mul(last, n(72)), whole(1e8), 2) || f[45] != halfUp(new(big.Rat).Mul(last, n(73)), whole(1e8), 2):
		return "market values"
	case f[51] != halfUp(money, shares, decimals):
		return "average price"
	}
	// With half a lot and 1 yuan of tolerance.
	half := big.NewRat(unit, 2)
	upper := new(big.Rat).Mul(high, new(big.Rat).Add(shares, half))
	lower := new(big.Rat).Mul(low, new(big.Rat).Sub(shares, half))
	if money.Cmp(upper.Add(upper, whole(1))) > 0 || money.Cmp(lower.Sub(lower, whole(1))) < 0 {
		return "low <= money / volume <= high"
	}
	if auction {
		return ""
	}
	return bookRule(t, f)
}

// bookRule checks the order book of a live row outside auctions.
func bookRule(t *testing.T, f []string) string {
	empty := [2]bool{}
	for side := range 2 {
		var before *big.Rat
		for level := range 5 {
			at := 9 + 10*side + 2*level
			price := rat(t, f[at])
			if (price.Sign() == 0) != (f[at+1] == "0") {
				return fmt.Sprintf("price 0 and quantity 0 together, field %d", at)
			}
			if price.Sign() == 0 {
				empty[side] = empty[side] || level == 0
				continue
			}
			if level > 0 && (before == nil || side == 0 && price.Cmp(before) >= 0 || side == 1 && price.Cmp(before) <= 0) {
				return "order of the levels"
			}
			before = price
		}
	}
	switch {
	case !empty[0] && !empty[1] && rat(t, f[9]).Cmp(rat(t, f[19])) >= 0:
		return "bid below ask"
	case empty[1] && f[3] != f[47]:
		return "no asks away from the upper limit"
	case empty[0] && f[3] != f[48]:
		return "no bids away from the lower limit"
	}
	return ""
}

func sum(t *testing.T, f []string, from int) *big.Rat {
	total := new(big.Rat)
	for i := range 5 {
		total.Add(total, rat(t, f[from+2*i]))
	}
	return total
}

func difference(a, b *big.Rat) *big.Rat {
	d := new(big.Rat).Sub(a, b)
	return d.Abs(d)
}

// TestSinaIdentities checks the same of Sina's rows, and that both providers
// agree: on prices exactly, on volume within half a lot, on money within half a
// yuan, on names byte for byte.
func TestSinaIdentities(t *testing.T) {
	live := 0
	for _, at := range moments() {
		w := startWeb(t, webConfig(at))
		list := strings.Join(known(at, nil), ",")
		rows, order := rowsOf(fetch(t, w, "/list="+list).ok(t), ",")
		if strings.Join(order, ",") != list {
			t.Errorf("%s: rows are not in the asked order", at)
		}
		others, _ := rowsOf(fetch(t, w, "/q="+list).ok(t), "~")
		for symbol, f := range rows {
			if f[32] != "00" || f[8] == "0" || f[30] != schedules.DayOf(at).String() {
				continue
			}
			live++
			if problem := sinaRow(t, f, others[symbol]); problem != "" {
				t.Errorf("%s %s: %s: %s", at, symbol, problem, strings.Join(f, ","))
			}
		}
	}
	if live < 1000 {
		t.Errorf("only %d live rows", live)
	}
}

func sinaRow(t *testing.T, f, other []string) string {
	n := func(i int) *big.Rat { return rat(t, f[i]) }
	equal := func(text string, o int) bool {
		decimals := len(other[o]) - strings.IndexByte(other[o], '.') - 1
		return rat(t, text).FloatString(decimals) == other[o]
	}
	switch {
	case f[0] != other[1]:
		return "name"
	case n(5).Cmp(n(1)) > 0 || n(1).Cmp(n(4)) > 0:
		return "low <= open <= high"
	case f[6] != f[11] && f[6] != "0" || f[7] != f[21] && f[7] != "0":
		return "6 = 11, 7 = 21"
	case !equal(f[3], 3) || !equal(f[2], 4) || !equal(f[1], 5) || !equal(f[4], 33) || !equal(f[5], 34):
		return "the providers' prices differ"
	case difference(n(9), rat(t, strings.Split(other[35], "/")[2])).Cmp(big.NewRat(1, 2)) > 0:
		return "the providers' amounts differ"
	}
	if other[61] == "ZS" {
		if f[8] != other[6] {
			return "the lots of an index differ"
		}
		return ""
	}
	shares := rat(t, other[6])
	if !strings.HasPrefix(other[61], "GP-A-KCB") {
		shares.Mul(shares, whole(100))
	}
	if difference(shares, n(8)).Cmp(whole(50)) > 0 {
		return "the providers' volumes differ"
	}
	money, low, high := n(9), new(big.Rat).Mul(n(5), n(8)), new(big.Rat).Mul(n(4), n(8))
	if money.Cmp(low.Sub(low, whole(1))) < 0 || money.Cmp(high.Add(high, whole(1))) > 0 {
		return "low <= money / volume <= high"
	}
	for i := range 10 {
		if !equal(f[11+2*i], 9+2*i) {
			return "the providers' books differ"
		}
	}
	return ""
}

package etl

// Rule is one thing that holds of true bars. The order is that of the checks: a
// row is refused by the first rule it breaks.
type Rule uint8

// The rules. What each says, and what it cannot know, is told by About.
const (
	EmptyCell Rule = iota
	Unlisted
	ClosedDay
	OHLCOrder
	PositivePrices
	VolumeSign
	SuspendedVolume
	Duplicate
	Tick
	Scale
	SuspendedPrices
	AveragePrice
	PctChg
	PriceLimit
	Listing
	Repeated
	PrecloseChain
	Jump
	FloatShares
	IndexRows
	ruleCount
)

// checks are the rules' own functions, by number. Each looks at the rows of a
// scan, notes what it finds, and returns how many rows it could judge.
var checks = [ruleCount]func(*scan) int{
	EmptyCell:       (*scan).emptyCells,
	Unlisted:        (*scan).unlisted,
	ClosedDay:       (*scan).closedDays,
	OHLCOrder:       (*scan).ohlcOrder,
	PositivePrices:  (*scan).positivePrices,
	VolumeSign:      (*scan).volumeSign,
	SuspendedVolume: (*scan).suspendedVolume,
	Duplicate:       (*scan).duplicates,
	Tick:            (*scan).tick,
	Scale:           (*scan).scale,
	SuspendedPrices: (*scan).suspendedPrices,
	AveragePrice:    (*scan).averagePrice,
	PctChg:          (*scan).pctChg,
	PriceLimit:      (*scan).priceLimit,
	Listing:         (*scan).listing,
	Repeated:        (*scan).repeated,
	PrecloseChain:   (*scan).precloseChain,
	Jump:            (*scan).jump,
	FloatShares:     (*scan).floatShares,
	IndexRows:       (*scan).indexRows,
}

// comparesDays reports whether the rule looks at the trading days around a row.
func (r Rule) comparesDays() bool { return r >= PrecloseChain }

// String returns the rule's name: its key in the configuration, and its text in
// the table checks.
func (r Rule) String() string { return ruleNames[r] }

// ruleNames are the names by number.
var ruleNames = [ruleCount]string{
	"empty_cell", "unlisted", "calendar", "ohlc_order", "positive_prices", "volume_sign", "suspended_volume",
	"duplicate", "tick", "scale", "suspended_prices", "average_price", "pct_chg", "price_limit", "listing",
	"repeated", "preclose_chain", "jump", "float_shares", "index_rows",
}

// Rules returns all rules in their order.
func Rules() []Rule {
	list := make([]Rule, ruleCount)
	for i := range list {
		list[i] = Rule(i)
	}
	return list
}

// About says what holds of true bars by this rule, and which rows it leaves
// alone because it cannot know.
func (r Rule) About() string { return ruleAbouts[r] }

var ruleAbouts = [ruleCount]string{
	EmptyCell:       "every column that must have a value has one",
	Unlisted:        "the security is in the vendor's list; without a list every row is left alone",
	ClosedDay:       "the date is a trading day; dates past the calendar's horizon are left alone",
	OHLCOrder:       "low <= open, close <= high",
	PositivePrices:  "prices are above zero",
	VolumeSign:      "volume and amount are not negative",
	SuspendedVolume: "no shares are traded on a suspended day",
	Duplicate:       "an answer holds one row of a security and day",
	Tick:            "prices are multiples of the tick: 0.01 for A shares, 0.001 for funds, and by exchange for B shares; preclose of a share's first day, which is an offer price, and indices and bonds are left alone",
	Scale:           "amount / volume is at most scale_factor times away from low..high: shares are no lots, and yuan no thousands; indices, B shares and bonds are left alone",
	SuspendedPrices: "on a suspended day open, high, low, close and preclose are equal",
	AveragePrice:    "amount / volume lies in low..high, by the tolerances for amounts; indices, B shares and bonds are left alone",
	PctChg:          "pct_chg is (close / preclose - 1) x 100, within pct_chg_tolerance, or to the last of two decimals where no more are printed",
	PriceLimit:      "high and low lie within the limit prices of board, day and risk warning, and of a share's first sessions; shares without a listing date, boards and days without a known rule, funds, indices and B shares are left alone. Sessions that the exchange sets free for one security, such as those after some suspensions, cannot be known and are found",
	Listing:         "the day lies between listing and delisting; a side without a date is left alone",
	Repeated:        "no two rows of an answer have the same volume and amount; volumes below 10,000 shares are left alone",
	PrecloseChain:   "preclose is the close of the trading day before, but on ex-dates, where it is lower, and which are further apart than break_days. Where the ex-dates are known, other days have none. Rows without a known row on the trading day before, and indices, are left alone",
	Jump:            "preclose / close of the trading day before lies in jump_down..jump_up; left alone as in preclose_chain, and on known ex-dates",
	FloatShares:     "volume / turn, the floating shares, lie in float_down..float_up times those of the trading day before; indices, rows without turn, and those without a known row before, are left alone",
	IndexRows:       "an index is never suspended nor under risk warning, and its preclose is the close of the trading day before, where that is known",
}

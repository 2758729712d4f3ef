// Package schedules is about when: which days the mainland exchanges trade,
// how far ahead that is known, and which trading days a vendor has published
// by a given instant.
//
// # Days, clocks and instants
//
// A [Day] is a date on a wall calendar in Shanghai and a [Clock] is a time of
// day on a clock beside it; neither is an instant. Instants are [time.Time],
// and only three functions cross over: [DayOf], [Day.At] and [Clock.On]. The
// zone of the host never matters, and the zone database is inside the binary.
//
// # Three answers
//
// Whether a day trades has three answers: [Open], [Closed] and [Unknown]. The
// exchanges publish a year's holidays in November or December of the year
// before, so every calendar ends somewhere. [Calendar.Horizon] is its last
// known day. A weekday past the horizon is Unknown: not open, not closed, and
// never guessed. Weekends past the horizon are Closed, because no exchange of
// the mainland has traded on one since 1990, make-up working weekends
// included. Days before [Calendar.First] are Unknown.
//
//	cal := schedules.Embedded()
//	cal.Status(schedules.MakeDay(2024, time.February, 9)) // Closed: Spring Festival
//	cal.Status(schedules.MakeDay(2024, time.February, 4)) // Closed: a working Sunday
//	cal.Status(schedules.MakeDay(2027, time.January, 4))  // Unknown: not yet announced
//
// [Calendar.Next] and [Calendar.Prev] say false rather than step over an
// unknown day.
//
// # Where the calendar comes from
//
//   - [Embedded] is the product's own table, closures.txt, from 1990-12-19,
//     the first day of the Shanghai exchange, to 2026-12-31: 8,797 trading
//     days, 605 weekday closures. Shenzhen and Beijing follow the same
//     notices; 1990 to 2004 are confirmed by fewer independent sources than
//     the years after.
//   - [ParseCalendar] reads a table of the same format, so that a new year
//     needs a line in a file and no new build. [Calendar.WriteTo] writes the
//     file to start from.
//   - [Calendar.Extend] takes a vendor's list of days. Inside the horizon the
//     table rules and every difference is returned; past the horizon the
//     contiguous days right after it carry the calendar on.
//
// A Calendar is immutable and safe for concurrent use. Asking it costs
// nanoseconds and allocates nothing, [Calendar.Days] aside.
//
// # Phases of a trading day
//
// [Calendar.Moment] tells what the market does at an instant: the [Phase], the
// trading day whose quotes are current, and when the phase ends. A phase begins
// with its first second and ends before the first second of the next.
//
//	09:15  opening_auction   prices are virtual
//	09:25  auction_fixed     the open is known, nothing trades
//	09:30  morning
//	11:30  lunch             nothing changes
//	13:00  afternoon
//	14:57  closing_auction
//	15:00  settling          the close is fixed, providers catch up
//	15:05  after_hours       only after-hours volume and amount move
//	15:30  final             the last times of the day arrive
//	15:36  closed            until 09:15 of the next trading day
//
// A night, a weekend and a holiday of eleven days are one closed phase, whose
// end a cache can wait for. Past the horizon a weekday is closed but for 09:15
// to 15:36, when its phase is unknown; there Moment.Until is 09:15 of the next
// weekday, because that day may trade. Two short sessions of January 2016 ended
// early without the table knowing: a phase says when quotes may change, not
// that they do.
//
// # Published days
//
// A trading day's daily bars exist some hours after its close, for Baostock
// at 17:30 ([DailyBarsReady]). [Calendar.Published] answers the question of
// every tick: up to which trading day should the lake be complete now? Before
// 17:30 of a trading day that is the trading day before, and over a weekend
// or a holiday it is the last trading day. Past the horizon the answer stays
// where knowledge ends, so a daemon has to watch the horizon and raise an
// alarm long before it is reached.
package schedules

// Package market holds the markets that the simulator serves: a made-up one
// that is the same for the same seed everywhere, and a recorded one read from
// files. Neither knows of sockets or clocks; both answer with rows of text in
// the vendor's form, so that what is served is decided in one place.
//
// # Rows
//
// A [Row] is one daily bar: the vendor's 18 columns ([Header]) as text, raw
// prices, cells separated by commas. Prices have 4 decimals, volume none,
// amount 4, turn, pctChg and the valuations 6, and a missing value is the
// empty text. Source of every text rule: specification of Baostock, 8.1 to
// 8.3. [Market.Bars] and [Market.Day] yield the same bytes for the same
// security and day.
//
// # The generated market
//
// [Generate] makes a market from a [Config] and a calendar; the two decide every
// byte of it. Stocks are listed
// through the years about as the real ones were, on the main boards, ChiNext
// and STAR, beside a few indices and funds. A day's return is a market move, a
// sector move and a move of its own with fat tails (Student's t, 4 degrees),
// pulled gently towards the security's own level, so that prices stay within
// 1 to 500 yuan for 35 years. Everything an exchange does to a price is done:
//
//   - price limits by board, date and risk warning, rounded half up to the
//     tick, and the rules of new shares by year (specification of the market,
//     4.1 and 4.2)
//   - ex-dates with cash and bonus shares: preclose is the exchange's
//     reference price (close - cash) / (1 + bonus), rounded to the tick
//   - suspensions, in the text form of their date (Baostock, 8.3)
//   - risk warnings (ST, *ST) and delistings with their run-up: warning,
//     falling price, suspension, delisting period, end
//
// All state is integers, so that the same seed gives the same bytes on every
// machine. The market is not stored: a state of 32 bytes per security is kept
// for every 32nd day of its life, and any row is reached by at most 31 cheap
// steps. Days asked in ascending order need one step each.
//
// # The replayed market
//
// [Replay] serves a directory of CODE.csv and CODE.csv.gz files byte for byte
// and derives the adjust factors from their closes and precloses.
//
// # The tape
//
// A [Tape] shows a market at any instant of any day: the path of a trading day is
// a function of the market, the security and the time that goes through the
// auctions, the limits and the book, and ends in the daily bar exactly. Quotes
// and bars therefore agree.
package market

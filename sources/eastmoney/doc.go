// Package eastmoney reads realtime quotes from Eastmoney, the provider of last
// resort: it has no order book, no price limits and no status, and since 2025 it
// closes connections without an answer on addresses that ask too much.
//
// # Requests
//
// Provider.Quotes asks api/qt/ulist.np/get for up to Config.Batch symbols at a
// time. How many rows the vendor puts into one answer is not known, so it is
// found out: symbols that an answer leaves out are asked for again, together and
// in smaller batches, a bounded number of times. When batches would be more
// requests than the pages of the market, api/qt/clist/get is read instead, sorted
// by code; the number of its pages follows from the rows of the first one, which
// are as many as the vendor likes, and rows that moved to a page already read are
// asked for in a batch afterwards.
//
//	                                          etl.QuoteAnswer
//	row                                       Quotes, or Refused when it cannot be true
//	rc 102 without data, of one symbol        Unknown
//	rc 102 again, in a smaller batch          Unknown
//	left out twice, though there was room     Unknown
//	left out in every round, request failed   in no list; the error says how many
//
// All calls of a Provider share one pace: Config.Pause between the starts of two
// requests, and Config.Budget requests in any five minutes, above which the error
// is an *etl.RefusedError. A closed connection, an empty body, 403 and 429 are a
// *BannedError; a call then sends nothing more. Nor does it after three requests
// that failed in other ways. A request that failed is not repeated: when to ask
// again is the caller's business.
//
// # Rows
//
// Rows are paired with symbols by f13 and f12, market and code, never by
// position, and fields are read by their names; the vendor chooses the order of
// both. f13 is 1 for Shanghai and 0 for Shenzhen and Beijing, which the code tells
// apart. Rows nobody asked for are passed over. Of a security with two different
// rows in one answer, neither is served.
//
// A value that does not exist is "-" or null, and any number may come as text. An
// answer may be an object with the positions as keys instead of an array, and
// JavaScript that calls a function. Numbers are decimals, as asked for with
// fltt=2. If the vendor sends integers all the same - no decimal point anywhere,
// and a change in per cent a hundred times too large - prices are divided by
// 10^f1 and ratios by 10^f152.
//
// # Units
//
// Prices are CNY per share, of indices points. f5 is lots of 100 shares and
// becomes shares; of STAR too, where only an amount that fits single shares and
// not lots tells otherwise. Volume, amount and the rest are without after-hours
// trading. Levels of the book are empty, LimitUp and LimitDown are NaN. Time is
// f124; in rows of securities that do not trade it can be 08:00 of the current
// day, or missing, which is the zero time.
//
// # Status
//
//	what the row has                          etl.QuoteStatus
//	last, but no open and volume, 09:15-09:30 CallAuction
//	last                                      Trading
//	no last, listing date f26 to come         NotListed
//	no last, f297 over a year old, or a name
//	with PT or 退                             Delisted
//	no last, of the current day, fetched
//	before 09:30, f297 within 11 days         Trading: the first trade is to come
//	no last                                   Suspended
//
// f297 is the security's latest trading day. In the closing auction, 14:57 to
// 15:00, the last price may leave the day's range, because it may be virtual.
//
// # Checks
//
// A row is refused, with its text, when a field does not parse, when the change
// f4 is not the last price less the previous close, when it has a last price and
// no time, and when etl.Quote.Problem finds that it cannot be true.
//
// # Symbols
//
// Provider.Symbols lists all A shares from the pages of the market, without those
// that are Delisted: the vendor still lists shares that left decades ago.
//
// # Libraries
//
// golang.org/x/sync bounds the requests at once. Rows are decoded with
// encoding/json: the vendor's pace is a thousand times slower.
//
// Source of all of this: specification of the quote sources, 6, 7, 9, 10 and 11.
package eastmoney

// Package tencent asks Tencent (qt.gtimg.cn) for realtime quotes and reads its
// answers: up to 900 securities per request, five levels of the order book, price
// limits and the state of each security. It also lists the whole market.
//
//	p := tencent.New(tencent.DefaultConfig())
//	answer, err := p.Quotes(ctx, symbols)
//	symbols, err := p.Symbols(ctx)
//
// # Which symbols are unknown
//
// The vendor leaves out the symbols it does not know, without a word, unless it
// knows none of a request's: then it answers v_pv_none_match. A row can be absent
// for other reasons too: a body that was cut short, a server that carries fewer
// rows per request than it was asked for. Nothing in such an answer tells one from
// the other, so absence proves nothing. The symbols that an answer lacks are asked
// for again, by themselves, at most four times in all:
//
//   - if rows come, the answer before was short, and the rest is asked for again;
//   - if the vendor says that it knows none of them, they are unknown;
//   - if neither comes, they were not answered, and the error says so.
//
// A list of known symbols costs one request per batch, one with unknown symbols in
// it two. That none of a request's symbols is known is believed only of up to 50,
// or of half of a batch: a vendor that says so of a whole market is ill.
//
// A row for a symbol that was not asked for is refused, rows are paired by the
// name in them, and a symbol with two different rows is refused.
//
// # What a row means
//
// Volumes are lots of 100 shares, on the STAR market shares. Which of the two is
// decided by the average price, amount / volume, which must lie between low and
// high; the code decides where that fits both or none. Quantities of the book are
// lots everywhere. The amount is that of field 57, rounded to the yuan, or else
// the third part of field 35. The volume of an index is the shares of its members.
//
// What cannot be true is refused with the reason: rows of fewer than 50 fields,
// cells that are no numbers, fields that contradict the ones they repeat or are
// computed from (change, percentage, high, low and volume again, the three parts
// of field 35), and whatever [etl.Quote.Problem] finds. Change and percentage of
// an index are not compared, because of its rounding. The halves of the volume and
// the imbalance of the book are not read: they lag behind while a security trades.
// Ratios and market values are taken as they are, and are NaN where the vendor
// prints 0.
//
// The last price is NaN where nothing traded: in the rows of suspended, delisted
// and unlisted securities, and before a security's first trade of the day, the
// vendor repeats the previous close. In the opening auction, told by the time of a
// row without trades or by the same price on both sides of the book, the last
// price is the virtual one.
//
// The time of a quote moves on without trades, through the lunch break and, for
// suspended securities, all day.
//
// # Texts
//
// Names are GB18030; the second byte of a letter can be the tilde that separates
// fields, so a name ends where the code follows that the statement names. UTF-8,
// which mirrors send, is recognised.
//
// Source of all rules: specification of the quote sources, 4, 5, 11 and 12.
//
// Libraries: golang.org/x/text decodes GB18030, which the standard library does
// not.
package tencent

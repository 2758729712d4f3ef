// Package sina reads realtime quotes from Sina.
//
// # Quotes
//
// Provider.Quotes asks hq.sinajs.cn/list= for up to Config.Batch symbols in one
// request, Config.Parallel requests at a time. Every request carries a Referer
// of finance.sina.com.cn: without it the answer is HTTP 403. The commas between
// symbols stay raw: Sina does not understand %2C. An answer has one statement
// per symbol,
//
//	var hq_str_sz003999="name,open,preclose,last,...,2026-07-22,15:35:00,00,D|500|5060.000";
//
// and is paired with the symbols by the name in it, never by position.
//
//	                           etl.QuoteAnswer
//	filled statement           Quotes, or Refused when it cannot be true
//	empty string, status -1    Unknown
//	no statement, or cut short in no list; the error says how many
//
// A request that fails loses its own symbols only. A body that says FAILED has
// a symbol in it that Sina does not take: the symbols it lost are asked again in
// halves until that one is alone, within bounds. After 403, 429 or 456 a call
// sends nothing more. Nothing else is ever repeated: when to ask again is the
// caller's business.
//
// # Units
//
// Prices are CNY per share, of indices points. Volumes and the book are shares:
// Sina sends shares, but for indices lots of 100, which are multiplied; some
// indices come in shares, as amount / volume shows, and are left alone. Volume and amount are without after-hours trading, which is in the trailer
// D|shares|yuan of Shanghai and Shenzhen. Beijing's six trailing fields have no
// known meaning and are not read. A price of 0 is none: NaN. What list= does not
// carry is NaN: limit prices, turnover, ratios and market values.
//
// # Status
//
//	Sina's status             etl.QuoteStatus
//	00                        Trading; CallAuction as below
//	01..09                    Suspended; last is NaN unless it traded before, preclose is kept
//	-2                        NotListed
//	-3                        Delisted
//	-1                        the symbol is unknown to Sina
//
// In an opening call auction Sina sends no last price, but the virtual price as
// bid 1 and ask 1. A share without open and volume is in CallAuction when those
// two are equal, or when its own time is 09:15 to 09:25; Last is the virtual
// price, or NaN while no price lets anything trade.
//
// Status 00 does not mean that a row is current: shares that left the market
// keep the last row of their last day. It is served as it is, Trading on that
// day, and its Time tells. Rows of Delisted and NotListed carry old times too.
// Source: specification of the quote sources, 2.4.
//
// # Checks
//
// A row is refused, with its text, when a field does not parse, when fields 6
// and 7 do not repeat the best bid and ask, and when etl.Quote.Problem finds
// that it cannot be true.
//
// # Symbols
//
// Provider.Symbols lists all A shares from the market pages of node hs_a, one
// page at a time: the vendor blocks addresses that ask too much for 5 to 60
// minutes.
//
// # Libraries
//
// golang.org/x/sync bounds the requests at once; golang.org/x/text decodes
// GB18030, which the standard library does not.
package sina

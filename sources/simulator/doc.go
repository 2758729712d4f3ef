// Package simulator is a fake exchange: a server on a TCP port that speaks
// the Baostock protocol over a made-up or a recorded market, faithful enough
// for the vendor's own client, with every known fault at the turn of a switch.
//
//	m, err := market.Generate(market.DefaultConfig(), schedules.Embedded())
//	s, err := simulator.New(simulator.DefaultConfig(), m)
//	err = s.Listen("127.0.0.1:0")
//	err = s.Serve(ctx) // until the context ends
//
// The markets are described in package market.
//
// # What it answers
//
// Every method of the protocol (wire.Methods) is known. Login, logout, K-lines
// of days, weeks and months (95), the whole-market days (98, 9A, 9C), the
// trading calendar (33), all stocks of a day (35), basics (45), industries
// (59), adjust factors (15), dividends (13), index members (61, 63, 65) and
// the lists of delisted, suspended and warned stocks (67, 69, 71, 73) are
// answered from the market. Minute bars, the quarterly and report tables and
// the macro tables have the right fields and no rows. Withdrawn methods and
// unknown types get 04 / 10004020.
//
// Rows exist up to the last day published on the server's clock: bars at
// 17:30, factors at 18:00 of their day. [Config].Now moves the clock. The
// clock of a replayed market stands at 20:00 of its last recorded day.
//
// # Choices where the real server is not known
//
//   - Requests with a bad checksum or a malformed frame get 04 / 10004019.
//   - A weekly or monthly row is dated on the last trading day of its week or
//     month, counts the whole of it, and appears at the vendor's time for it.
//     Its change compounds the daily ones. One without any traded day has
//     volume 0 and no turn.
//   - Index members are the largest stocks by the value of their floating
//     shares; lists carry the Monday on or before the day asked.
//   - Arguments that are no dates get 10004007, 10004008 or 10004010; so does
//     the page number that the vendor's client can put in the place of a date.
//
// # Time
//
// A connection is read ahead of what is answered, up to [Config].ReadAhead
// requests, and answers go out strictly in order. Each is due [Config].Latency
// after its request arrived, so that requests sent ahead wait side by side as
// on a real line. [Config].DropPipelined is a server that does not play along:
// what arrives before an answer is sent is lost.
//
// # Faults
//
// A [Fault] is written NAME[@WHEN][:ARG], as in reset@3, blacklist@98#100:6h
// or corrupt@5%:cut; see the type, and [Faults] for all names.
//
// # Quotes over HTTP
//
// [Web] is the realtime side: the quote providers Sina, Tencent and Eastmoney
// on one port, told apart by the paths that they really have, so that a client
// needs another host and nothing else. It shows a market.Tape at the moment of
// [WebConfig].Now, which a [Clock] moves.
//
//	w, err := simulator.NewWeb(simulator.DefaultWebConfig(), market.NewTape(m, calendar))
//	err = w.Listen("127.0.0.1:0")
//	err = w.Serve(ctx) // until the context ends
//
//	sina-list        /list=sh600000,sz000001   /rn=1&list=  /?list=  also s_sh600000 and sh600000_i
//	sina-node        /quotes_service/api/json_v2.php/Market_Center.getHQNodeData and .getHQNodeStockCount
//	tencent-q        /q=sh600000,sz000001  /?q=  /r=0.5&q=  /utf8/q=  &fmt=json  also s_sh600000
//	tencent-rank     /cgi/cgi-bin/rank/hs/getBoardRankList
//	eastmoney-clist  /api/qt/clist/get
//	eastmoney-ulist  /api/qt/ulist.np/get
//	eastmoney-stock  /api/qt/stock/get
//
// Every form, order of fields, rounding and time follows the specification of
// the quote sources, and the identities of its section 12 hold in every live
// row. One instant differs between the providers as it really does: Sina has
// volume in shares, Tencent in lots and on the STAR market in shares; Sina's
// clock stands still over lunch and Tencent's does not; a suspended share costs
// 0, its preclose or "-".
//
// Where the vendors are not known:
//
//   - Symbols and rows past a cap of [WebCaps] are left out without a word.
//   - A text that can be no symbol makes Sina answer FAILED.
//   - Sina's rows have after-hours trailers, and Beijing's six more fields,
//     from 2026-07-06 on; before the session they say D|0|0.00.
//   - Tencent's fields of unknown meaning are made up and stay the same. A
//     quantity below half a lot is shown as one lot, because a price never
//     stands without one.
//   - The rank list has volumes in the unit of tencent-q.
//   - f297 of a suspended share is the day it is suspended on.
//
// A [WebFault] is written as a Fault is, with a provider or an endpoint in the
// place of the request type: closed@eastmoney#3+ or 456@sina-node#60:5m. See
// [WebFaults] for all names. A ban by a fault or by a [WebQuota] shuts one
// address out of one vendor's host, in real time.
//
// Names are written by golang.org/x/text, whose GB18030 the standard library
// lacks.
package simulator

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
package simulator

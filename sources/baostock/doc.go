// Package baostock asks a Baostock server for daily bars, the trading calendar
// and the list of securities, and decodes bars straight into Arrow columns. The
// bytes on the wire are package wire's matter; what a row must fulfil before it
// is stored is package etl's.
//
//	ledger := sources.OpenLedger("lake/state/baostock.json", cfg.Budget)
//	c := baostock.New(cfg, ledger, log)
//	defer c.Close(ctx)
//	a, err := c.Fetch(ctx, etl.Request{Shape: etl.MarketDay, From: day, To: day})
//	b, err := a.Decode()
//	a.Release() // when the text of refused rows is not needed any more
//
// # Requests
//
//	Fetch market-day      98  every stock of one day, one answer, never paged
//	Fetch etf-day         9A  every exchange-traded fund of one day, the same way
//	Fetch security-range  95  one security or index, page after page
//	TradeDates            33  the vendor's calendar, paged
//	Published             35  whether a day's securities are listed, paged
//	Instruments           45  every security and index, paged
//	Industries            59  the industry of every stock, paged
//
// A market day is one request however many stocks there are, so it is by far the
// cheapest way to a whole market; a range is for single securities and for
// indices. Prices are always asked for as traded (adjustflag 3). Requests are
// those of the vendor's client 0.9.4, byte for byte.
//
// Every answer must belong to its request: type, method, user, page and
// arguments are compared with what was sent, and since a market day is answered
// without its date, its first row's is. An answer without rows says only whom it
// is for; whether rows should have been there is for the plan to know.
//
// # Pages
//
// A page with as many rows as it may hold is followed by another request, so a
// result that fills its pages exactly costs one more. A page that does not come
// is asked for again, and one that is too long, or repeats the one before it,
// is an error: no rows are dropped in silence. A server that gives fewer rows
// per page than page_size and says so in its first answer is asked for that many
// from then on. A server that gives fewer and does not say so cannot be told
// from one that has no more; its missing rows stay missing cells of the plan,
// which asks for them in the next run.
//
// # Sessions, pipelining, prefetch
//
// A session is a connection with a login; it is opened when first needed, kept,
// replaced when it fails or has been idle for idle_timeout, and logged out by
// [Client.Close]. By default there is one, with one request at a time, because
// that is what the vendor wants: he cuts off the second connection of an
// address, and puts addresses that use several on his blacklist for hours or
// days. Three settings trade politeness for speed:
//
//   - sessions: connections at once. Requests take turns on them. Only for a
//     server of your own.
//   - pipeline: requests sent on one connection before the first is answered,
//     which hides the round trip. The protocol answers in order, so this works
//     against a server that simply reads on; the vendor's own client never does
//     it. If answers stay away, come in another order, or the connection fails
//     while several requests are in flight, the client says so once, goes on
//     with one request at a time, and asks again for what was lost.
//   - prefetch: answers fetched while earlier ones are converted and written.
//     It costs the vendor nothing, so it is on. [etl.Prefetch] does it, with as
//     many callers as [Client.Concurrency] says.
//
// A call that is cancelled returns at once, wherever it waits. Its connection is
// closed, since the answer would be taken for the next one's; other requests in
// flight there are repeated.
//
// # Errors, and what is repeated
//
//   - [*ConnectionError]: no connection, a timeout, a closed or reset connection, a
//     damaged frame, an answer to something else. The connection is replaced and
//     the request repeated, up to retries times, after retry_backoff, twice that,
//     and so on.
//   - [*Error]: the server's own error answer, whatever type it arrives under.
//     10005001 (system error) and 10002xxx (network) are repeated the same way.
//     10001001 (not logged in) is worth one fresh login and one repetition, at
//     once. All others, bad arguments, passwords and versions among them, are
//     returned as they are. 10004020 (unknown type) is an etl.ErrUnsupported.
//   - [*etl.RefusedError], which is an etl.ErrRefused: the budget is spent or the
//     vendor has banned us. Never repeated.
//   - [*etl.DataError]: an answer that arrived whole and contradicts itself or the
//     request. Not repeated either; nothing of it is used.
//   - the cause of the context's end.
//
// Each names the request. A read ends after read_timeout of silence, and after
// ten times that even if a little keeps coming; frames and inflated bodies are
// bounded by max_answer. Nothing waits for ever and nothing grows without bound.
//
// # Budget and ban
//
// The vendor blocks an address after 50,000 requests in a day. Every request is
// counted before it is sent, logins, logouts, pages and repetitions included, in
// a [Ledger] that outlives the process. A login is counted even before
// connecting: once the budget is spent or a ban is in force, no connection is
// opened at all. 10001011 (blacklisted), to a login or to a query, becomes a ban
// in the ledger that stops all sessions and every process that shares the file.
//
// [Client.Now] is the earlier of our clock and the server's, so that a clock that
// runs ahead does not ask for what cannot be there yet.
//
// # Decoding
//
// The real server writes every market day the same way: compact JSON, the 18
// columns in one order, 4 decimals for prices, 6 for ratios. The decoder is made
// for that: it reads eight digits at a time, knows where the point must be, and
// stores into columns that become the Arrow record's buffers; no row exists in
// between. A number becomes the same float64 that strconv would return. Whatever
// looks different, columns in another order, blanks, escapes, raw line breaks, is
// decoded by a tolerant second path with the same result, and what neither
// accepts is an error that names the request, the byte and the cell. Cells that
// are empty where a value must be are no error but a flaw of the row, for the
// quarantine.
//
// BenchmarkDecode measures a whole market from the frame's bytes to an Arrow
// record, beside the same with the standard library's zlib and JSON:
//
//	go test -run '^$' -bench Decode ./sources/baostock
//
// Source of all rules: specification of Baostock, sections 2 to 10.
package baostock

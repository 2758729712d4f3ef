// Package web is the HTTP door: to realtime quotes, to SQL over the lake, and to
// the daemon, its jobs, health and figures. The paths, fields and errors of quotes
// are those that clients of QuantDB 2.2 know; where that product is wrong about
// itself, the door says what is true. Source: specification of QuantDB's public
// behaviour, 3 to 5, 8, 9 and 12.
//
// # Routes
//
//	GET    /api/v1/realtime/stock/{symbol}   one quote; ?force_refresh= ?stale=
//	POST   /api/v1/realtime/batch            {"symbols": [...], "force_refresh": false, "stale": false}
//	GET    /api/v1/realtime/cache/stats      {"cache_stats": {...}, "metadata": {...}}
//	DELETE /api/v1/realtime/cache/cleanup    drops what has expired
//	GET    /api/v1/cache/stats               the same counters, not nested
//	DELETE /api/v1/cache/clear[/{symbol}]    forgets everything, or one security
//	GET    /health, /api/v1/health           alive; the second knows the providers
//	GET    /api/v1/version, /                what this is
//	GET    /openapi.json                     all of this as an OpenAPI document
//
//	POST   /api/v1/sql                       {"query": "SELECT ...", "format": "json", "max_rows": 1000}
//	GET    /api/v1/jobs                      all jobs; a list of jobs.State
//	POST   /api/v1/jobs/{name}/run           runs one now; {"options": {"from": "2024-01-02"}}, or no body
//	GET    /api/v1/runs                      the history, a list of jobs.Run; ?job= ?limit=
//	GET    /api/v1/status                    what the daemon is doing
//	GET    /healthz, /readyz                 alive; all is well, or 503 and what is not
//	GET    /metrics                          figures for Prometheus; see package metrics
//	GET    /debug/pprof/                     Go's profiles; on a loopback address only
//
// GET answers HEAD too. Any other path is 404, any other method 405 with Allow. A
// route whose part of the [Program] is missing is a path nobody knows.
// force_refresh asks a provider although a quote is cached; stale lets the last
// known quote do when no provider answers.
//
// # Answers
//
// A symbol comes back as the caller wrote it, in symbol, and in its canonical
// form in id: "600000", "sh600000" and "600000.SH" are one security, and
// sh000001 is the Shanghai index, never the share 000001. Every field is always
// there, cached or fetched, and null where nothing is known; what has two names
// at QuantDB has both here:
//
//	price, current_price         last price; virtual while status is call_auction
//	prev_close, previous_close   the exchange's reference price
//	change                       CNY/share
//	pct_change, change_percent   per cent of prev_close
//	turnover, amount             CNY
//	volume                       shares
//	turnover_rate, amplitude     per cent
//	bid_price, ask_price         best of bids and asks, five {price, volume} each
//	market_status                of the market now: open, closed, pre_market, after_hours
//	is_trading_hours             market_status is open
//	phase                        of the market when the quote was fetched
//	status                       trading, call_auction, suspended, delisted, not_listed
//	timestamp                    the quote's own time, with +08:00
//	fetched_at                   when it arrived; age_seconds is counted from it
//	cache_hit, stale             no provider was asked; none answered
//
// hit_rate and cache_hit_ratio are per cent, 0 to 100; hit_ratio is 0 to 1.
//
// # Runs
//
// A job that is triggered runs whether or not anybody watches, until the program
// stops. Its answer is one JSON object a line (application/x-ndjson), each sent at
// once: {"progress": text} while it runs, then {"run": jobs.Run}, or {"error": text}
// when nobody knows how it ends. Whoever reads too slowly misses lines, and is told
// how many. An option that the job does not take, or that is empty, is a 422.
//
// # SQL
//
// The formats are json, an array of objects as barkeep sql writes it; csv; and
// arrow, an IPC stream. max_rows asks for the first rows only; the header
// Barkeep-Truncated says whether there were more, Barkeep-Rows how many there are.
// An answer up to 1 MiB is sent when it is whole. A longer one is sent while it is
// computed: those headers are trailers then, and if it cannot be finished its
// connection ends early, so that no part passes for the whole. An answer with more
// rows or bytes than the configuration allows is such an error, and so is a query
// that takes too long, which includes its way to the client. When the client goes,
// its query ends.
//
// # Errors
//
// An answer that is none has the body {"error": {code, message, status_code,
// details, path, timestamp}}:
//
//	400 BAD_REQUEST        a malformed symbol, an empty or too long batch, a query that is
//	                       refused, wrong, or asks for too much
//	401 UNAUTHORIZED       no token, or a wrong one
//	403 FORBIDDEN          a foreign Host, or a page of another site asks
//	404 NOT_FOUND          "No data available": there is no such security; or no such path
//	405 METHOD_NOT_ALLOWED
//	409 CONFLICT           the job is running already, or cannot run now
//	413 PAYLOAD_TOO_LARGE  a body over 64 KiB
//	422 VALIDATION_ERROR   bad JSON or types; details.errors lists {loc, msg, type}
//	429 TOO_MANY_REQUESTS, 503 SERVICE_UNAVAILABLE   try again after Retry-After
//	502 DATA_FETCH_ERROR   no provider answered, or its row cannot be true
//	504 TIMEOUT            none answered in time, or the query took too long
//
// A batch is 200 with one entry per symbol, a quote or {symbol, error,
// error_code, cache_hit, timestamp}, and metadata.status success, partial or
// failed. Only when nothing but failed requests is in it, it is 502 or 504, with
// data and metadata beside error. metadata.warnings names what was ignored: blank
// symbols, fields and parameters nobody knows.
//
// # Who may ask
//
// By default the door listens on 127.0.0.1 only, and answers only requests whose
// Host is localhost, 127.0.0.1 or [::1], so that no page in a browser reaches it
// under a name of its own. There is no CORS header, and requests that a browser
// makes for another site are refused. On any other address every request but GET
// /health and /healthz needs "Authorization: Bearer TOKEN", and without a token New
// fails. The door speaks plain HTTP: beyond a trusted network put TLS in front of it.
//
// ListenUnix has it answer on a Unix socket as well, which only the daemon's own
// user can open: there no token is needed and no rate counts.
//
// # Speed
//
// A hit is written by appending to a reused buffer; no reflection, no maps. The
// decoder of batches is the standard library's.
package web

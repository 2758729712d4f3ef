// Package quotes makes one source of realtime quotes of several: providers in an
// order of preference, under a cache that knows the trading calendar.
//
//	cache, err := quotes.New(quotes.DefaultConfig(), calendar, providers, quotes.Options{Log: log})
//	result := cache.Get(ctx, symbol, quotes.Ask{})
//	results := cache.GetBatch(ctx, symbols, quotes.Ask{Stale: true})
//
// For users of QuantDB: get_realtime_data is [Cache.Get], get_realtime_data_batch
// is [Cache.GetBatch], cache_stats is [Cache.Stats], clear_cache is [Cache.Clear],
// and force_refresh is [Ask].Fresh. A symbol is one security however it was
// written, an unknown one is [ErrUnknown] rather than a map with an error text,
// and cached and fresh quotes are the same but for [Result].Hit.
//
// # Lifetimes
//
// How long a quote is served without asking again is decided once, when it is
// stored, by when it was fetched, by its own time and by the calendar:
//
//	ttl (30 s)        while quotes can change: 09:15 to 11:30, 13:00 to 15:36
//	quiet_ttl (60 s)  09:25 to 09:30, the lunch break, and after 15:36 for a row
//	                  that is not the day's last: a provider may be late
//	09:15 of the next day that may trade
//	                  the day's last row, fetched after 15:36; over a night, a
//	                  weekend or a holiday nothing is asked for
//
// No lifetime reaches over a change of phase, so what was fetched at 14:59:50
// lives ten seconds. The day's last row is of the last trading day and of its
// close or later; a suspended, delisted or not yet listed security has no later
// one either. Past the calendar's horizon the ttl applies from 09:15 to 15:36 of
// every weekday, and the log says so once a day. That a security is unknown is
// kept for unknown_ttl (10 min). A host whose clock is set back by more than a
// minute finds nothing fresh of what it fetched before.
//
// Entries outlive their lifetime, to be served as stale to those who ask for it;
// max_entries bounds the cache, and [Cache.Cleanup] drops them.
//
// # Loads
//
// Symbols that are not cached are loaded in flights. A symbol is in one flight
// at a time: whoever asks for it meanwhile waits for the same answer. A batch
// begins one flight for all its symbols that no flight is under way for. A
// flight ends after timeout at the latest; a caller whose context ends leaves,
// and the flight goes on. A Fresh caller joins only a flight that began after
// its call, and begins one of its own otherwise; what it brings renews the cache
// for all.
//
// A flight asks the preferred provider for all its symbols in one call. What
// needs another provider is asked of the next: symbols of requests that failed,
// rows that were refused or are too old, and symbols the provider does not know,
// which two providers must agree on unless no other answers. A provider that has
// not answered after hedge_after gets a rival; of each symbol the first good row
// is served, and the flight ends when every symbol has one.
//
// A provider that fails breaker.failures times in a row, or once with an error
// whose Blocked method says that it wants no more requests, is left alone for
// breaker.wait; one request then tries whether it is back. To be outrun by a
// rival after hedge_after is a failure too. Garbage and old rows are not, nor is
// a call in which a part of the requests failed.
//
// # Rows that are too old
//
// The time of a row that claims to trade is compared with the calendar: a row of
// an earlier day than the current one is too old, and in continuous trading so
// are all rows of an answer whose newest time lies more than max_lag behind.
// When the other providers have nothing better there are three ends:
//
//   - Two providers have the same old picture, of the current day or the one
//     before: there is nothing newer, because trading is halted or the exchanges
//     stayed closed. The row is served, with its own time.
//   - A provider has the last row of a day long past, and another says that there
//     is no such security: the share has left the market, and is unknown.
//   - Otherwise the error is ErrUnavailable, for ttl or, while the market is
//     closed, unknown_ttl; callers who take stale quotes get the row.
//
// A row whose date lies in the future is refused.
//
// # Concurrency
//
// A hit takes no lock, allocates nothing, and counts on cache lines that
// processors rarely share. Quotes are shared between callers and never change.
//
// Libraries: otter is the bounded store, for its lock-free reads and its
// admission policy, and is used without its own expiry, because entries outlive
// their lifetime; failsafe-go is the breaker.
package quotes

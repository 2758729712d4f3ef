package web

import (
	"net/http"
	"strconv"
	"time"
	"unsafe"

	"barkeep/etl"
	"barkeep/sources/quotes"
)

// appendInts writes ,"name":value for each pair.
func appendInts(dst []byte, pairs ...intField) []byte {
	for _, p := range pairs {
		dst = append(dst, ',', '"')
		dst = append(dst, p.name...)
		dst = append(dst, '"', ':')
		dst = strconv.AppendInt(dst, p.value, 10)
	}
	return dst
}

type intField struct {
	name  string
	value int64
}

// realtimeStats answers {"cache_stats": {...}, "metadata": {...}}.
func (x *exchange) realtimeStats() error {
	x.body = append(x.body, `{"cache_stats":{`...)
	x.appendStats()
	x.body = append(x.body, '}')
	x.appendMetadata("Cache statistics")
	x.body = append(x.body, '}')
	return nil
}

// cacheStats answers the same counters at the top. Source: specification of
// QuantDB's public behaviour, 5.1.
func (x *exchange) cacheStats() error {
	x.body = append(x.body, '{')
	x.appendStats()
	x.body = append(x.body, `,"timestamp":`...)
	x.body = appendTime(x.body, x.now(), isoMillis)
	x.body = append(x.body, '}')
	return nil
}

// appendStats writes the fields of the statistics without braces.
func (x *exchange) appendStats() {
	s := x.quotes.Stats()
	dst := append(x.body, `"cache_type":"memory"`...)
	dst = appendInts(dst, intField{"total_requests", s.Hits + s.Misses}, intField{"cache_hits", s.Hits}, intField{"cache_misses", s.Misses},
		intField{"cache_entries", int64(s.Entries)}, intField{"total_records", int64(s.Entries)}, intField{"unique_symbols", int64(s.Entries)},
		intField{"valid_records", int64(s.Fresh)}, intField{"loads", s.Loads}, intField{"load_errors", s.LoadErrors},
		intField{"unknown_symbols", s.Unknown}, intField{"refused_rows", s.Refused}, intField{"stale_served", s.Stale},
		intField{"evictions", s.Evictions}, intField{"cleanup_count", x.cleanups.Load()})
	dst = appendField(dst, `,"hit_rate":`, s.HitRate()*100, 4)
	dst = appendField(dst, `,"cache_hit_ratio":`, s.HitRate()*100, 4)
	dst = appendNumber(append(dst, `,"hit_ratio":`...), s.HitRate(), 4)
	// What the quotes themselves take; the index around them is not counted.
	size := float64(s.Entries) * float64(unsafe.Sizeof(etl.Quote{})) / (1 << 20)
	dst = appendField(dst, `,"cache_size_mb":`, size, 4)
	dst = appendField(dst, `,"memory_usage_mb":`, size, 4)
	dst = append(dst, `,"disk_usage_mb":0.0`...)
	dst = append(dst, `,"oldest_entry":`...)
	dst = appendTime(dst, s.Oldest, isoMillis)
	dst = append(dst, `,"newest_entry":`...)
	dst = appendTime(dst, s.Newest, isoMillis)
	dst = append(dst, `,"last_cleanup":`...)
	var last time.Time
	if at := x.cleaned.Load(); at != 0 {
		last = time.Unix(0, at)
	}
	dst = appendTime(dst, last, isoMillis)
	dst = appendTimes(dst, &s)
	x.body = appendProviders(append(dst, `,"providers":[`...), s.Providers)
}

// appendTimes writes the means under QuantDB's names, null before the first call
// of a kind, and the quantiles.
func appendTimes(dst []byte, s *quotes.Stats) []byte {
	all, n := 0.0, s.HitTime.Count+s.LoadTime.Count
	if n > 0 {
		all = (float64(s.HitTime.Mean)*float64(s.HitTime.Count) + float64(s.LoadTime.Mean)*float64(s.LoadTime.Count)) / float64(n)
	}
	dst = appendMean(append(dst, `,"avg_response_time_ms":`...), time.Duration(all), n)
	dst = appendMean(append(dst, `,"cache_response_time_ms":`...), s.HitTime.Mean, s.HitTime.Count)
	dst = appendMean(append(dst, `,"fresh_data_response_time_ms":`...), s.LoadTime.Mean, s.LoadTime.Count)
	dst = appendQuantiles(append(dst, `,"cache_response_time":`...), &s.HitTime)
	return appendQuantiles(append(dst, `,"fresh_data_response_time":`...), &s.LoadTime)
}

// appendMean writes milliseconds with four decimals: a hit takes less than a
// microsecond.
func appendMean(dst []byte, mean time.Duration, count int64) []byte {
	if count == 0 {
		return append(dst, "null"...)
	}
	return appendNumber(dst, float64(mean)/1e6, 4)
}

func appendQuantiles(dst []byte, q *quotes.Quantiles) []byte {
	dst = append(dst, `{"count":`...)
	dst = strconv.AppendInt(dst, q.Count, 10)
	dst = appendMean(append(dst, `,"p50_ms":`...), q.P50, q.Count)
	dst = appendMean(append(dst, `,"p90_ms":`...), q.P90, q.Count)
	dst = appendMean(append(dst, `,"p99_ms":`...), q.P99, q.Count)
	return append(dst, '}')
}

// appendProviders writes the elements and the closing bracket.
func appendProviders(dst []byte, list []quotes.ProviderStats) []byte {
	for i, p := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"name":`...)
		dst = appendString(dst, p.Name)
		dst = appendInts(dst, intField{"requests", p.Requests}, intField{"bytes", p.Bytes}, intField{"quotes", p.Quotes},
			intField{"errors", p.Errors}, intField{"stale", p.Stale})
		dst = append(dst, `,"paused":`...)
		dst = appendBool(dst, p.Open)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func (x *exchange) appendMetadata(message string) {
	x.body = append(x.body, `,"metadata":{"status":"success","message":`...)
	x.body = appendString(x.body, message)
	x.appendTook()
	x.body = append(x.body, `,"timestamp":`...)
	x.body = appendTime(x.body, x.now(), isoMillis)
	x.body = append(x.body, '}')
}

// cleanup drops what has expired.
func (x *exchange) cleanup() error {
	n := x.quotes.Cleanup()
	x.cleanups.Add(1)
	x.cleaned.Store(x.now().UnixNano())
	x.body = append(x.body, `{"deleted_count":`...)
	x.body = strconv.AppendInt(x.body, int64(n), 10)
	x.appendMetadata("Expired quotes dropped")
	x.body = append(x.body, '}')
	return nil
}

// clear forgets everything.
func (x *exchange) clear() error {
	x.cleared(x.quotes.Clear(), "all quotes cleared from the cache")
	return nil
}

// clearOne forgets one security, and is 404 when it was not cached. Source:
// specification of QuantDB's public behaviour, 9.2.
func (x *exchange) clearOne() error {
	written := x.r.PathValue("symbol")
	symbol, err := etl.ParseSymbol(written)
	if err != nil {
		return symbolProblem(written, err)
	}
	n := x.quotes.Clear(symbol)
	if n == 0 {
		return &problem{status: http.StatusNotFound, message: "Symbol " + symbol.String() + " not found in the cache"}
	}
	x.cleared(n, symbol.String()+" cleared from the cache")
	return nil
}

func (x *exchange) cleared(n int, message string) {
	x.body = append(x.body, `{"message":`...)
	x.body = appendString(x.body, "Successfully cleared: "+message)
	x.body = append(x.body, `,"deleted_count":`...)
	x.body = strconv.AppendInt(x.body, int64(n), 10)
	x.body = append(x.body, `,"timestamp":`...)
	x.body = appendTime(x.body, x.now(), isoMillis)
	x.body = append(x.body, '}')
}

package simulator

import (
	"log/slog"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

// WebConfig says how the web server of quotes behaves. DefaultWebConfig is
// what is known of the vendors, without their slowness and their bans.
type WebConfig struct {
	// Latency passes between the arrival of a request and its answer.
	Latency WebLatency
	// Caps bound the rows of one answer, whatever was asked.
	Caps WebCaps
	// NodeQuota bans an address that asks too many of Sina's market pages, with
	// HTTP status 456. EastmoneyQuota closes its connections without an answer.
	NodeQuota, EastmoneyQuota WebQuota

	// Faults are what goes wrong, and Seed decides it where chance does.
	Faults []WebFault
	Seed   uint64

	// Now is the market's clock: it decides which moment quotes show. Nil is
	// the real time. Latency, quotas and bans run on the real time.
	Now func() time.Time
	// Calendar tells the phases of the day, which decide the times in the
	// rows. Nil is the embedded one. It is the tape's.
	Calendar *schedules.Calendar

	// OnRequest is called for every request when its answer is known, before
	// it is sent, from the request's goroutine. Nil for none.
	OnRequest func(WebRequest)
	// Log receives one line per request at level debug. Nil for none.
	Log *slog.Logger
}

// WebLatency is the waiting time per provider.
type WebLatency struct{ Sina, Tencent, Eastmoney time.Duration }

// WebCaps are rows per answer. The rows past a cap are left out without a word.
type WebCaps struct {
	SinaList        int // symbols of one list=
	SinaNode        int // rows of a market page
	TencentList     int // symbols of one q=
	TencentRank     int // rows of a part of the rank list
	EastmoneyPage   int // rows of a page of clist
	EastmoneySecids int // of one ulist.np
}

// WebQuota bans an address for Block once it has sent more than Requests
// within a time. Zero Requests: no bound.
type WebQuota struct {
	Requests      int
	Within, Block time.Duration
}

// DefaultWebConfig returns the vendors' settings: the largest answers that were
// seen, rounded up where the real cap is unknown. Source: specification of the
// quote sources, 1, 5, 6.4 and 7.
func DefaultWebConfig() WebConfig {
	return WebConfig{
		Caps: WebCaps{SinaList: 900, SinaNode: 100, TencentList: 1000, TencentRank: 200, EastmoneyPage: 100, EastmoneySecids: 300},
		Seed: 1,
	}
}

// Validate reports every bad value at once.
func (c WebConfig) Validate() error {
	var errs etl.KeyErrors
	for key, d := range map[string]time.Duration{"sina": c.Latency.Sina, "tencent": c.Latency.Tencent, "eastmoney": c.Latency.Eastmoney} {
		errs.Check(d >= 0, "latency."+key, "must not be negative")
	}
	for key, n := range map[string]int{"sina_list": c.Caps.SinaList, "sina_node": c.Caps.SinaNode, "tencent_list": c.Caps.TencentList,
		"tencent_rank": c.Caps.TencentRank, "eastmoney_page": c.Caps.EastmoneyPage, "eastmoney_secids": c.Caps.EastmoneySecids} {
		errs.Check(n >= 1 && n <= 10_000, "caps."+key, "must be 1 to 10000")
	}
	for key, q := range map[string]WebQuota{"node_quota": c.NodeQuota, "eastmoney_quota": c.EastmoneyQuota} {
		off := q == WebQuota{}
		errs.Check(off || q.Requests > 0 && q.Within > 0 && q.Block > 0, key, "must have requests, within and block above zero, or none of them")
	}
	for _, f := range c.Faults {
		if err := f.validate(); err != nil {
			errs = append(errs, &etl.KeyError{Key: "faults", Problem: err.Error()})
		}
	}
	return errs.Err()
}

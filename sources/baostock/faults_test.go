package baostock_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/baostock"
	"barkeep/sources/simulator"
)

// faultCase is one fault of the fake exchange and what the client makes of it:
// rows that equal the market's, or an error that says what was wrong.
type faultCase struct {
	fault  string
	day    bool     // ask a market day instead of four pages of one security
	also   string   // a second fault
	errors []string // all of them in the error; none: the right rows arrive
	data   bool     // the error comes from decoding: an answer arrived whole and is wrong
	config func(*baostock.Config)
	rows   func([]string) []string // what arrives instead of the market's rows
}

func impatient(c *baostock.Config) { c.ReadTimeout = 300 * time.Millisecond }

func smallAnswers(c *baostock.Config) { c.MaxAnswer = 1 << 20 }

var faultCases = []faultCase{
	// The connection.
	{fault: "refuse@1:50ms", config: func(c *baostock.Config) { c.Retries, c.RetryBackoff = 8, 5*time.Millisecond }},
	{fault: "refuse@1", errors: []string{"connect to 127.0.0.1", "refused"}},
	{fault: "second-connection"}, // never opened
	{fault: "close"},
	{fault: "close:5"},
	{fault: "close:21"},
	{fault: "close@98#1:30", day: true},
	{fault: "close@*", errors: []string{"inside the frame", "unexpected EOF"}},
	{fault: "reset"},
	{fault: "reset:20"},
	{fault: "reset@95#3"},
	{fault: "reset@*:30", errors: []string{"inside the frame"}},
	{fault: "reset@00#1"},
	{fault: "stall", config: impatient},
	{fault: "stall@98#1:100", day: true, config: impatient},
	{fault: "stall@*", config: func(c *baostock.Config) { c.ReadTimeout, c.Retries = 100*time.Millisecond, 1 },
		errors: []string{"no answer within 100ms"}},
	{fault: "silence", config: impatient},
	{fault: "silence@00#1", config: impatient},
	{fault: "drop"},
	{fault: "drop:reset"},
	{fault: "drop@*", errors: []string{"closed the connection instead of answering"}},
	{fault: "idle-close@2"},
	{fault: "idle-reset@2"},
	{fault: "idle-close@*"}, // a new connection for every page
	{fault: "slow:5ms"},
	{fault: "split"},
	{fault: "split:1000", day: true},

	// The session.
	{fault: "blacklist", errors: []string{"blacklist", "login", "10001011", "nothing is sent before"}},
	{fault: "blacklist@95#3", errors: []string{"blacklist", "page 3", "10001011"}},
	{fault: "quota:3", errors: []string{"blacklist", "10001011"}},
	{fault: "quota:3,drop", errors: []string{"login", "connection reset"}},
	{fault: "logins", errors: []string{"login", "10001005"}},
	{fault: "expired", errors: []string{"login", "10001004"}},
	{fault: "session"},
	{fault: "session@98#1", day: true},
	{fault: "session@2-3", errors: []string{"page 2", "10001001"}},
	{fault: "system"},
	{fault: "system@2-4"},
	{fault: "system@*", errors: []string{"10005001"}},
	{fault: "error:10002007"},
	{fault: "error:10004012", errors: []string{"10004012", "模拟错误"}},
	{fault: "error:10004020", errors: []string{"10004020"}},
	{fault: "error-typed", also: "error:10004011", errors: []string{"10004011", "模拟错误"}},
	{fault: "error-typed", also: "error@98#1:10004010", day: true, errors: []string{"10004010", "模拟错误"}},
	{fault: "error-typed", also: "session@2"},
	{fault: "error-typed", also: "blacklist", errors: []string{"blacklist", "10001011"}},
	{fault: "version:00.9.40"},
	{fault: "unpublished", rows: func(rows []string) []string { return rows[:len(rows)-1] }},
	{fault: "unpublished", day: true, rows: func([]string) []string { return nil }},
	{fault: "partial-day:7", day: true, rows: func(rows []string) []string { return rows[:7] }},

	// The frame.
	{fault: "trailing"},
	{fault: "trailing", day: true},
	{fault: "trailing@*", errors: []string{"1 bytes follow the answer unasked"}},
	{fault: "crc@00#1"},
	{fault: "crc@00#*", errors: []string{"login", "checksum"}},
	{fault: "compressed-crc"},
	{fault: "compressed-crc:none", day: true},
	{fault: "length"},
	{fault: "length@00#*", errors: []string{"login", "header announces"}},
	{fault: "length@95#*", errors: []string{"frame: byte"}, config: impatient},
	{fault: "huge"},
	{fault: "huge@*", errors: []string{"9999999999", "at most"}},
	{fault: "type"},
	{fault: "type@*", errors: []string{"answer has type 99, expected 96"}},
	{fault: "type@98#*", day: true, errors: []string{"answer has type 9B, expected 99"}},
	{fault: "corrupt"},
	{fault: "corrupt@*:cut", errors: []string{"frame: byte"}},
	{fault: "corrupt@*:adler", errors: []string{"checksum does not match the contents"}},
	{fault: "corrupt@*:tail", errors: []string{"bytes follow the end of the stream"}},
	{fault: "corrupt:flip", day: true},
	{fault: "bomb", config: smallAnswers},
	{fault: "bomb@*:64", config: smallAnswers, errors: []string{"inflates to more than 1048576 bytes"}},
	{fault: "utf8"},
	{fault: "utf8@*", errors: []string{"not UTF-8"}},

	// Pages and fields.
	{fault: "missing-page"},
	{fault: "missing-page:close"},
	{fault: "missing-page:silence", config: impatient},
	{fault: "missing-page:error"},
	{fault: "missing-page@*", errors: []string{"page 2"}},
	{fault: "missing-page@*:error", errors: []string{"page 2", "10005001"}},
	{fault: "oversized-page"},
	{fault: "oversized-page@*:3", errors: []string{"page holds 13 rows, at most 10"}},
	{fault: "repeated-page"},
	{fault: "repeated-page@3"},
	{fault: "repeated-page@*", errors: []string{"page 2", "repeats the one before it"}},
	{fault: "empty-json"},
	{fault: "short-body"},
	{fault: "short-body@*", errors: []string{"answer has 3 fields"}},
	{fault: "short-body@*:8", errors: []string{"answer has 8 fields, expected at least 13"}},
	{fault: "short-body@98#*:5", day: true, errors: []string{"answer has 5 fields, expected 6"}},
	{fault: "short-body@00#*:2", errors: []string{"login", "answer has 2 fields"}},
	{fault: "echo"},
	{fault: "echo@*", errors: []string{"another request", "field 7"}},
	{fault: "echo@*:method", errors: []string{"another request", "query_history_k_data_plux"}},
	{fault: "echo@*:user", errors: []string{"another request", "anonymoux"}},
	{fault: "echo@*:page", errors: []string{"another request", "field 4"}},
	{fault: "echo@*:rows", errors: []string{"pages of", "we asked for 10"}},
	{fault: "echo@*:start", errors: []string{"another request", "field 9"}},
	{fault: "echo@*:columns", errors: []string{"answer has the columns"}},
	{fault: "echo@98#*:method", day: true, errors: []string{"another request"}},
	{fault: "echo@98#*:columns", day: true, data: true, errors: []string{"column isST is missing"}},

	// Rows. A raw line break is tolerated; what contradicts the request is not.
	{fault: "linebreak"},
	{fault: "linebreak", day: true},
	{fault: "other-symbol", data: true, errors: []string{"page 1", "another security"}},
	{fault: "other-symbol", day: true, rows: nextCode}, // nothing contradicts it here
	{fault: "other-day@95#2", data: true, errors: []string{"page 2"}},
	{fault: "other-day", day: true, data: true, errors: []string{"not among the days asked for"}},
	{fault: "duplicate"}, // makes a full page too long
	{fault: "duplicate", day: true, data: true, errors: []string{"comes after"}},
	{fault: "duplicate@95#4", config: func(c *baostock.Config) { c.PageSize = 12 }, data: true, errors: []string{"page 4", "comes after"}},
	{fault: "unsorted", data: true, errors: []string{"page 1", "comes after"}},
	{fault: "unsorted", day: true, data: true, errors: []string{"comes after"}},
	{fault: "ragged", data: true, errors: []string{"17 cells for 18 columns"}},
	{fault: "ragged", day: true, data: true, errors: []string{"17 cells for 18 columns"}},
	{fault: "unparsable", data: true, errors: []string{`"--" is no close`}},
	{fault: "unparsable:1e5", day: true, data: true, errors: []string{`"1e5" is no close`}},
	{fault: "impossible"}, // TestImpossibleBarsPass

	// One bar.
	{fault: "revised:sz.000001/2026-09-18/pbMRQ=77.250000", day: true, rows: func(rows []string) []string { return revisedRow(rows, "77.250000") }},
	{fault: "without:sz.000001/2026-09-18", day: true, rows: func(rows []string) []string { return revisedRow(rows, "") }},
}

// revisedRow is a market day in which the row of sz.000001 has another pbMRQ, or
// without it.
func revisedRow(rows []string, pb string) []string {
	rows = slices.Clone(rows)
	i := slices.IndexFunc(rows, func(r string) bool { return strings.HasPrefix(r, "2026-09-18,sz.000001,") })
	if pb == "" {
		return slices.Delete(rows, i, i+1)
	}
	cells := strings.Split(rows[i], ",")
	cells[14] = pb
	rows[i] = strings.Join(cells, ",")
	return rows
}

// nextCode is a market day in which the middle row is of the security with the
// next code.
func nextCode(rows []string) []string {
	rows = slices.Clone(rows)
	middle := []byte(rows[len(rows)/2])
	last := len("2026-09-18,sz.00000")
	middle[last] = '0' + (middle[last]-'0'+1)%10
	rows[len(rows)/2] = string(middle)
	return rows
}

func TestFaults(t *testing.T) {
	r, day := aRange(t), marketDay(today)
	bars, whole := expected(r), expected(day)
	for _, tc := range faultCases {
		if strings.HasPrefix(tc.fault, "impossible") {
			continue // the row parses; that it cannot be true is not the client's to find
		}
		t.Run(strings.TrimSpace(tc.fault+" "+tc.also), func(t *testing.T) {
			t.Parallel()
			faults := []string{tc.fault}
			if tc.also != "" {
				faults = append(faults, tc.also)
			}
			s := exchange(t, nil, faults...)
			ten := func(c *baostock.Config) { c.PageSize = 10 }
			if tc.config == nil {
				tc.config = ten
			}
			c := client(t, s.Addr(), ten, tc.config)
			request, rows := r, bars
			if tc.day {
				request, rows = day, whole
			}
			if tc.rows != nil {
				rows = tc.rows(rows)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			tc.judge(t, request, fetch(ctx, c.Client, request, rows))
			if ctx.Err() != nil {
				t.Error("the client hung")
			}
			tc.played(t, s)
		})
	}
}

// judge compares an error with what the case wants.
func (tc faultCase) judge(t *testing.T, r etl.Request, err error) {
	t.Helper()
	if len(tc.errors) == 0 {
		if err != nil {
			t.Errorf("%v; want the right rows after all", err)
		}
		return
	}
	if err == nil || strings.HasPrefix(err.Error(), "wrong answer") {
		t.Fatalf("%v; want an error with %q", err, tc.errors)
	}
	var data *etl.DataError
	if errors.As(err, &data) != tc.data {
		t.Errorf("%T %v: data error %t, want %t", err, err, !tc.data, tc.data)
	}
	names := []string{r.String(), "login", "connect to"}
	if !strings.Contains(err.Error(), names[0]) && !strings.Contains(err.Error(), names[1]) && !strings.Contains(err.Error(), names[2]) {
		t.Errorf("%v: does not say which request failed", err)
	}
	for _, want := range tc.errors {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: does not say %q", err, want)
		}
	}
}

// played makes sure that the fault was not merely announced.
func (tc faultCase) played(t *testing.T, s *simulator.Server) {
	t.Helper()
	name, _, _ := strings.Cut(strings.ReplaceAll(tc.fault, "@", ":"), ":")
	if name != "second-connection" && s.Stats().Faults[name] == 0 {
		t.Errorf("the fault was never played: %v", s.Stats().Faults)
	}
}

// TestEveryFaultHasACase fails when the fake exchange learns a fault that
// nobody has thought of here.
func TestEveryFaultHasACase(t *testing.T) {
	for _, f := range simulator.Faults() {
		found := false
		for _, tc := range faultCases {
			name, _, _ := strings.Cut(strings.ReplaceAll(tc.fault, "@", ":"), ":")
			found = found || name == f.Name
		}
		if !found {
			t.Errorf("no case plays the fault %s: %s", f.Name, f.Text)
		}
	}
}

// TestImpossibleBarsPass: a high below its low parses, and reaches the checks of
// package etl, which keep the row with its text.
func TestImpossibleBarsPass(t *testing.T) {
	s := exchange(t, nil, "impossible")
	c := client(t, s.Addr())
	a, err := c.Fetch(t.Context(), marketDay(today))
	if err != nil {
		t.Fatal(err)
	}
	b, err := a.Decode()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Record.Release()
	rows, different := expected(marketDay(today)), 0
	for i, want := range rows {
		if b.Raw(i) != want {
			different++
		}
	}
	if len(b.Symbols) != len(rows) || different != 1 {
		t.Errorf("%d rows of %d, %d differ from the market, want one", len(b.Symbols), len(rows), different)
	}
}

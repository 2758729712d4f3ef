package simulator_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"barkeep/sources/baostock/wire"
)

// TestSessionFaults plays what the server says instead of an answer.
func TestSessionFaults(t *testing.T) {
	t.Run("login", func(t *testing.T) {
		for text, code := range map[string]string{"logins": "10001005", "expired": "10001004", "blacklist": "10001011"} {
			s := start(t, config(text), generated())
			c := dial(t, s)
			ask := func() answer { return c.ask(wire.Login, "login", "anonymous", "123456", "0") }
			ask().want(t, code)
			again := "0"
			if text == "blacklist" {
				again = code // it stays for hours
			}
			ask().want(t, again)
		}
	})
	t.Run("blacklist in a query", func(t *testing.T) {
		s := start(t, config("blacklist@98#2:6h"), generated())
		c := dial(t, s).login()
		c.day(dayOne).want(t, "0")
		c.day(dayOne).want(t, "10001011")
		c.bars("sh.600000", dayOne, dayOne, "3").want(t, "10001011")
		dial(t, s).ask(wire.Login, "login", "anonymous", "123456", "0").want(t, "10001011")
	})
	t.Run("quota", func(t *testing.T) {
		s := start(t, config("quota:3"), generated())
		c := dial(t, s).login()
		c.day(dayOne).want(t, "0")
		c.day(dayOne).want(t, "0")
		c.day(dayOne).want(t, "10001011")
		dial(t, s).ask(wire.Login, "login", "anonymous", "123456", "0").want(t, "10001011")
	})
	t.Run("quota with a reset", func(t *testing.T) {
		c := dial(t, start(t, config("quota:1,drop"), generated())).login()
		c.write(frame(t, wire.MarketDay, "query_daily_history_k_AStock", "anonymous", dayOne))
		if got, err := c.ended(); len(got) != 0 || err == nil {
			t.Errorf("%d bytes, then %v", len(got), err)
		}
	})
	t.Run("session", func(t *testing.T) {
		c := dial(t, start(t, config("session@2"), generated())).login()
		c.day(dayOne).want(t, "0")
		c.day(dayOne).want(t, "10001001")
		c.day(dayOne).want(t, "10001001")
		c.login().day(dayOne).want(t, "0")
	})
	t.Run("system", func(t *testing.T) {
		c := dial(t, start(t, config("system@2-3", "error@5:10004016"), generated())).login()
		for _, code := range []string{"0", "10005001", "10005001", "0", "10004016", "0"} {
			c.day(dayOne).want(t, code)
		}
	})
	t.Run("error-typed", func(t *testing.T) {
		c := dial(t, start(t, config("error-typed"), generated())).login()
		if a := c.day("2").want(t, "10004010"); a.Type != "99" || len(a.fields) != 2 {
			t.Errorf("%s %q", a.Type, a.fields)
		}
		if a := c.paged(wire.TradeDates, "1", "10", "x", "y").want(t, "10004007"); a.Type != "34" {
			t.Errorf("%s %q", a.Type, a.fields)
		}
	})
	t.Run("second-connection:first", func(t *testing.T) {
		s := start(t, config("second-connection:first"), generated())
		first := dial(t, s).login()
		dial(t, s).login().day(dayOne).want(t, "0")
		if _, err := first.ended(); err == nil {
			t.Error("the first connection ends in order, want a reset")
		}
	})
	t.Run("chance", func(t *testing.T) {
		codes := func(seed uint64) string {
			cfg := config("system@30%")
			cfg.Seed = seed
			c := dial(t, start(t, cfg, generated())).login()
			out := ""
			for range 60 {
				out += c.paged(wire.TradeDates, "1", "10", dayOne, dayTwo).fields[0][:1]
			}
			return out
		}
		one := codes(1)
		if hits := strings.Count(one, "1"); hits < 6 || hits > 32 {
			t.Errorf("%d of 60 hit at 30 %%", hits)
		}
		if codes(1) != one || codes(2) == one {
			t.Error("the seed does not decide")
		}
	})
}

// TestPageFaults plays what is wrong with pages and whole answers.
func TestPageFaults(t *testing.T) {
	page := func(c *client, n string) answer {
		return c.paged(wire.TradeDates, n, "5", dayOne, "2024-01-14")
	}
	t.Run("missing-page", func(t *testing.T) {
		c := dial(t, start(t, config("missing-page:error"), generated())).login()
		page(c, "1").want(t, "0")
		page(c, "2").want(t, "10005001")
		page(c, "2").want(t, "0")
	})
	t.Run("oversized-page", func(t *testing.T) {
		c := dial(t, start(t, config("oversized-page:2"), generated())).login()
		if a := page(c, "1"); len(a.rows) != 7 || a.rows[6][0] != "2024-01-08" || a.fields[5] != "5" {
			t.Errorf("%q", a.rows)
		}
	})
	t.Run("repeated-page", func(t *testing.T) {
		c := dial(t, start(t, config("repeated-page"), generated())).login()
		one, two := page(c, "1"), page(c, "2")
		if one.rows[0][0] != two.rows[0][0] || two.fields[4] != "2" {
			t.Errorf("%q", two.rows)
		}
	})
	t.Run("empty-json", func(t *testing.T) {
		c := dial(t, start(t, config("empty-json"), generated())).login()
		if a := page(c, "9"); a.fields[6] != `{"record":[]}` {
			t.Errorf("%q", a.fields)
		}
	})
	t.Run("short-body", func(t *testing.T) {
		c := dial(t, start(t, config("short-body@*:7"), generated())).login()
		if a := page(c, "1"); len(a.fields) != 7 || len(a.rows) != 5 {
			t.Errorf("%q", a.fields)
		}
		if a := c.day(dayOne); len(a.fields) != 6 {
			t.Errorf("%d fields", len(a.fields))
		}
	})
	t.Run("echo", func(t *testing.T) {
		for field, at := range map[string]int{"method": 2, "user": 3, "page": 4, "rows": 5, "start": 7, "end": 8, "columns": 9} {
			c := dial(t, start(t, config("echo:"+field), generated())).login()
			wrong, right := page(c, "1"), page(c, "1")
			for i := range right.fields {
				if (wrong.fields[i] != right.fields[i]) != (i == at) {
					t.Errorf("echo:%s: field %d is %.60q", field, i, wrong.fields[i])
				}
			}
		}
	})
	t.Run("unpublished", func(t *testing.T) {
		c := dial(t, start(t, config("unpublished@1-2"), generated())).login()
		today := friday.String()
		c.bars("sh.600000", "2024-01-01", "2024-02-01", "3") // is not about today
		if a := c.day(today); a.fields[4] != "" {
			t.Error("today is published")
		}
		if a := c.bars("sh.600000", "2026-09-17", today, "3"); len(a.rows) != 1 {
			t.Errorf("%q", a.rows)
		}
		if a := c.day(today); len(a.rows) == 0 {
			t.Error("today is never published")
		}
	})
	t.Run("partial-day", func(t *testing.T) {
		c := dial(t, start(t, config("partial-day@1:7"), generated())).login()
		today := friday.String()
		whole := len(c.day("2026-09-17").rows)
		if a, b := c.day(today), c.day(today); len(a.rows) != 7 || len(b.rows) < whole-3 {
			t.Errorf("%d rows, then %d", len(a.rows), len(b.rows))
		}
	})
}

// TestRowFaults compares a spoilt answer with the right one.
func TestRowFaults(t *testing.T) {
	right := dial(t, start(t, config(), generated())).login().day(dayOne)
	mid := len(right.rows) / 2
	for text, wrong := range map[string]func(rows [][]string) bool{
		"other-symbol":   func(r [][]string) bool { return r[mid][1] != right.rows[mid][1] && len(r[mid][1]) == 9 },
		"other-day":      func(r [][]string) bool { return r[mid][0] == "2023-12-26" },
		"duplicate":      func(r [][]string) bool { return len(r) == len(right.rows)+1 && slices.Equal(r[mid], r[mid+1]) },
		"unsorted":       func(r [][]string) bool { return r[mid-1][1] > r[mid][1] },
		"ragged":         func(r [][]string) bool { return len(r[mid]) == 17 },
		"unparsable":     func(r [][]string) bool { return r[mid][5] == "--" },
		"unparsable:NaN": func(r [][]string) bool { return r[mid][5] == "NaN" },
		"impossible": func(r [][]string) bool {
			return slices.ContainsFunc(r, func(x []string) bool { return len(x[3]) == len(x[4]) && x[3] < x[4] })
		},
		"duplicate@98#1+": func(r [][]string) bool { return len(r) == len(right.rows)+1 },
	} {
		t.Run(text, func(t *testing.T) {
			c := dial(t, start(t, config(text), generated())).login()
			a := c.day(dayOne).want(t, "0")
			if !wrong(a.rows) || wrong(right.rows) {
				t.Errorf("rows around the middle: %q", a.rows[mid-1:mid+2])
			}
		})
	}
	for text, raw := range map[string]string{"utf8": "[[\"2\xff024", "linebreak": "[[\"2\n024"} {
		c := dial(t, start(t, config(text), generated())).login()
		c.write(frame(t, wire.MarketDay, "query_daily_history_k_AStock", "anonymous", dayOne))
		a, err := c.in.Read()
		if err == nil && !bytes.Contains(a.Body, []byte(raw)) {
			t.Errorf("%s: %q", text, a.Body[:100])
		}
	}
}

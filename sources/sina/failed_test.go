package sina_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"barkeep/sources/sina"
)

// failing makes the vendor answer FAILED to every request with one of the bad
// symbols in it.
func failing(v *vendor, bad ...int) {
	v.list = func(w http.ResponseWriter, _ *http.Request, symbols []string) bool {
		for _, i := range bad {
			if slices.Contains(symbols, share(i).String()) {
				io.WriteString(w, `var hq_str_sys_auth="FAILED";`)
				return true
			}
		}
		return false
	}
}

// TestFailedBody: one bad symbol does not lose the rest, and is not called
// unknown.
func TestFailedBody(t *testing.T) {
	for name, tc := range map[string]struct {
		bad      []int
		requests int // at most
	}{
		"none":        {nil, 1},
		"first":       {[]int{0}, 21},
		"middle":      {[]int{444}, 21},
		"last":        {[]int{849}, 21},
		"neighbours":  {[]int{300, 301}, 23},
		"far apart":   {[]int{1, 800}, 40},
		"three":       {[]int{1, 400, 800}, 60},
		"four in row": {[]int{500, 501, 502, 503}, 40},
	} {
		v := &vendor{t: t}
		failing(v, tc.bad...)
		answer, err := v.start(nil).Quotes(t.Context(), shares(850))
		if (err != nil) != (len(tc.bad) > 0) || answer.Requests > tc.requests || answer.Requests != len(v.sent()) {
			t.Errorf("%s: %d requests, %v", name, answer.Requests, err)
		}
		for _, i := range tc.bad {
			if !strings.Contains(err.Error(), share(i).String()+": sina: the answer is FAILED") {
				t.Errorf("%s: the error does not name %s: %v", name, share(i), err)
			}
		}
		check(t, answer, shares(850), tc.bad...)
	}
}

// TestAlwaysFailed: when nothing at all is answered, few requests are sent.
func TestAlwaysFailed(t *testing.T) {
	v := &vendor{t: t}
	v.list = func(w http.ResponseWriter, _ *http.Request, _ []string) bool {
		io.WriteString(w, "FAILED")
		return true
	}
	answer, err := v.start(func(c *sina.Config) { c.Parallel = 1 }).Quotes(t.Context(), shares(5560))
	if err == nil || answer.Requests > 40 || len(answer.Quotes) > 0 {
		t.Errorf("%d requests, %d quotes, %v", answer.Requests, len(answer.Quotes), err)
	}
}

// TestManyFailed: the requests of a call are bounded, and what was answered is
// kept.
func TestManyFailed(t *testing.T) {
	v := &vendor{t: t}
	var bad []int
	for i := range 85 {
		bad = append(bad, 10*i)
	}
	failing(v, bad...)
	answer, err := v.start(nil).Quotes(t.Context(), shares(850))
	if err == nil || !strings.Contains(err.Error(), "too many") || answer.Requests > 130 || len(answer.Quotes) < 50 {
		t.Errorf("%d requests, %d quotes, %v", answer.Requests, len(answer.Quotes), err)
	}
}

// TestPartlyFailed asks again only for what a body with FAILED left out.
func TestPartlyFailed(t *testing.T) {
	v := &vendor{t: t}
	v.list = func(w http.ResponseWriter, _ *http.Request, symbols []string) bool {
		if len(symbols) < 8 {
			return false
		}
		v.serve(w, symbols[:6])
		io.WriteString(w, "FAILED")
		return true
	}
	answer, err := v.start(nil).Quotes(t.Context(), shares(8))
	want := []string{"/list=sz003000,sz003001,sz003002,sz003003,sz003004,sz003005,sz003006,sz003007", "/list=sz003006", "/list=sz003007"}
	if err != nil || !slices.Equal(v.sent(), want) {
		t.Errorf("requests %q, %v", v.sent(), err)
	}
	check(t, answer, shares(8))
}

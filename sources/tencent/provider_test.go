package tencent_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/sources"
)

func TestMarketInSevenRequests(t *testing.T) {
	symbols := codes(1, 5560)
	v, p := newVendor(t, symbols, 900, nil)
	a, err := p.Quotes(t.Context(), symbols)
	if err != nil || !slices.Equal(symbolsOf(a.Quotes), symbols) || len(a.Unknown)+len(a.Refused) > 0 {
		t.Fatalf("%d quotes, %d unknown, %d refused: %v", len(a.Quotes), len(a.Unknown), len(a.Refused), err)
	}
	if a.Requests != 7 || v.count() != 7 || a.Bytes < 2_000_000 {
		t.Errorf("%d requests, %d arrived, %d bytes", a.Requests, v.count(), a.Bytes)
	}
	if q := a.Quotes[0]; q.Fetched.IsZero() || q.Phase != 0 || p.Name() != q.Source {
		t.Errorf("%+v", q)
	}
}

func TestNothingAsked(t *testing.T) {
	v, p := newVendor(t, nil, 900, nil)
	if a, err := p.Quotes(t.Context(), nil); err != nil || a.Requests > 0 || v.count() > 0 {
		t.Errorf("%+v, %v, %d requests", a, err, v.count())
	}
}

func TestUnknown(t *testing.T) {
	known, unknown := codes(100, 40), codes(900, 3)
	v, p := newVendor(t, known, 30, nil)
	a, err := p.Quotes(t.Context(), append(slices.Clone(unknown), known...))
	if err != nil || !slices.Equal(a.Unknown, unknown) || !slices.Equal(symbolsOf(a.Quotes), known) {
		t.Errorf("%d quotes, unknown %v: %v", len(a.Quotes), a.Unknown, err)
	}
	if v.count() != 3 || a.Requests != 3 { // the first chunk's unknown symbols twice
		t.Errorf("%d requests: %q", v.count(), v.requests)
	}
	if a, err := p.Quotes(t.Context(), unknown[:1]); err != nil || len(a.Unknown) != 1 || a.Requests != 1 {
		t.Errorf("one unknown symbol: %+v, %v", a, err)
	}
}

// Half a page is missing, once or always; what is missing exists.
func TestMissingRowsAreNotUnknown(t *testing.T) {
	symbols := codes(1, 400)
	for name, c := range map[string]struct {
		hook     func(v **vendor) func(int, []string, http.ResponseWriter) bool
		quotes   int
		requests int
		problem  string
	}{
		"the second half, once": {func(v **vendor) func(int, []string, http.ResponseWriter) bool {
			return func(n int, asked []string, w http.ResponseWriter) bool {
				if n == 1 {
					w.Write((*v).answer(asked[:200]))
				}
				return n == 1
			}
		}, 400, 2, ""},
		"every other row, once": {func(v **vendor) func(int, []string, http.ResponseWriter) bool {
			return func(n int, asked []string, w http.ResponseWriter) bool {
				if n == 1 {
					for i := 0; i < len(asked); i += 2 {
						w.Write((*v).answer(asked[i : i+1]))
					}
				}
				return n == 1
			}
		}, 400, 2, ""},
		"cut inside a row, once": {func(v **vendor) func(int, []string, http.ResponseWriter) bool {
			return func(n int, asked []string, w http.ResponseWriter) bool {
				if n == 1 {
					body := (*v).answer(asked)
					w.Write(body[:len(body)/2])
				}
				return n == 1
			}
		}, 400, 2, ""},
		"all but 150, always": {func(v **vendor) func(int, []string, http.ResponseWriter) bool {
			return func(n int, asked []string, w http.ResponseWriter) bool {
				w.Write((*v).answer(asked[:min(150, len(asked))]))
				return true
			}
		}, 400, 3, ""},
		"all but 50, always": {func(v **vendor) func(int, []string, http.ResponseWriter) bool {
			return func(n int, asked []string, w http.ResponseWriter) bool {
				w.Write((*v).answer(asked[:min(50, len(asked))]))
				return true
			}
		}, 200, 4, "200 symbols, sz000201 first: tencent left them out of 4 answers"},
		"the second half, then nothing": {func(v **vendor) func(int, []string, http.ResponseWriter) bool {
			return func(n int, asked []string, w http.ResponseWriter) bool {
				if n == 1 {
					w.Write((*v).answer(asked[:200]))
				}
				return true
			}
		}, 200, 2, "none of them: the answer is empty"},
		"the whole page": {func(v **vendor) func(int, []string, http.ResponseWriter) bool {
			return func(n int, asked []string, w http.ResponseWriter) bool { return true }
		}, 0, 1, "the answer is empty"},
		"another page": {func(v **vendor) func(int, []string, http.ResponseWriter) bool {
			return func(n int, asked []string, w http.ResponseWriter) bool {
				fmt.Fprint(w, "<html>please wait</html>")
				return true
			}
		}, 0, 1, `"<html>please wait</html>"`},
		"a market of which nothing is known": {func(v **vendor) func(int, []string, http.ResponseWriter) bool {
			return func(n int, asked []string, w http.ResponseWriter) bool {
				fmt.Fprint(w, `v_pv_none_match="1";`)
				return true
			}
		}, 0, 1, "none_match"},
	} {
		t.Run(name, func(t *testing.T) {
			var v *vendor
			started, p := newVendor(t, symbols, 900, func(n int, asked []string, w http.ResponseWriter) bool { return c.hook(&v)(n, asked, w) })
			v = started
			a, err := p.Quotes(t.Context(), symbols)
			if len(a.Unknown)+len(a.Refused) > 0 || len(a.Quotes) != c.quotes || a.Requests != c.requests {
				t.Errorf("%d quotes, %d unknown, %d refused, %d requests", len(a.Quotes), len(a.Unknown), len(a.Refused), a.Requests)
			}
			if c.problem == "" && err != nil || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
				t.Errorf("the error is %v, want %q", err, c.problem)
			}
		})
	}
}

func TestOneChunkFails(t *testing.T) {
	symbols := codes(1, 40)
	_, p := newVendor(t, symbols, 10, func(n int, asked []string, w http.ResponseWriter) bool {
		if bad := asked[0] == "sz000011"; bad {
			http.Error(w, "forbidden", http.StatusForbidden)
			return true
		}
		return false
	})
	a, err := p.Quotes(t.Context(), symbols)
	if len(a.Quotes) != 30 || a.Requests != 4 || len(a.Unknown)+len(a.Refused) > 0 {
		t.Errorf("%d quotes, %d requests, %d unknown, %d refused", len(a.Quotes), a.Requests, len(a.Unknown), len(a.Refused))
	}
	if e, ok := errors.AsType[*sources.StatusError](err); !ok || !e.Blocked() || !strings.Contains(err.Error(), "10 symbols, sz000011 first") {
		t.Errorf("the error is %v", err)
	}
}

// The connection breaks inside a body whose length was announced.
func TestBrokenConnection(t *testing.T) {
	symbols := codes(1, 20)
	for _, times := range []int{1, 2} {
		v, p := newVendor(t, symbols, 900, func(n int, asked []string, w http.ResponseWriter) bool {
			if n <= times {
				w.Header().Set("Content-Length", "99999")
				fmt.Fprint(w, row(symbol(t, asked[0]), nil, 0))
				panic(http.ErrAbortHandler)
			}
			return false
		})
		a, err := p.Quotes(t.Context(), symbols)
		if want := map[int]int{1: 20, 2: 0}[times]; len(a.Quotes) != want || (err != nil) != (want == 0) || v.count() != 2 || a.Requests != 2 {
			t.Errorf("broken %d times: %d quotes, %d requests: %v", times, len(a.Quotes), a.Requests, err)
		}
		if len(a.Unknown) > 0 {
			t.Errorf("broken %d times: unknown %v", times, a.Unknown)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("the user went away")
	v, p := newVendor(t, codes(1, 20), 5, func(n int, asked []string, w http.ResponseWriter) bool {
		cancel(stop)
		return true
	})
	a, err := p.Quotes(ctx, codes(1, 20))
	if err == nil || len(a.Unknown) > 0 || v.count() > 4 {
		t.Errorf("%v, %d unknown, %d requests", err, len(a.Unknown), v.count())
	}
}

func TestRefusedAndStray(t *testing.T) {
	symbols := codes(1, 20)
	_, p := newVendor(t, symbols, 10, func(n int, asked []string, w http.ResponseWriter) bool {
		if asked[0] != "sz000001" {
			return false
		}
		for i, text := range asked {
			s := symbol(t, text)
			w.Write(gbk(t, row(s, map[bool]cells{true: {3: "99.00"}}[i == 4], 0)))
		}
		// One that another request asked for, and one that none did.
		w.Write(gbk(t, row(symbol(t, "sz000015"), cells{1: "别"}, 0)+row(symbol(t, "sz000099"), nil, 0)))
		return true
	})
	a, err := p.Quotes(t.Context(), symbols)
	if err != nil || len(a.Quotes) != 19 || len(a.Refused) != 3 {
		t.Fatalf("%d quotes, %d refused: %v", len(a.Quotes), len(a.Refused), err)
	}
	want := []etl.Symbol{symbol(t, "sz000005"), 0, symbol(t, "sz000099")}
	for i, r := range a.Refused {
		if r.Symbol != want[i] || r.Reason == "" || !strings.HasPrefix(r.Raw, "v_sz0000") {
			t.Errorf("refused %+v, want %s", r, want[i])
		}
	}
	if i := slices.IndexFunc(a.Quotes, func(q etl.Quote) bool { return q.Symbol == symbol(t, "sz000015") }); a.Quotes[i].Name != "样例股份" {
		t.Errorf("the stray row is served: %+v", a.Quotes[i])
	}
}

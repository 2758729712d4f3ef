package simulator_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// film is the tape of the market of these tests.
var film = sync.OnceValue(func() *market.Tape { return market.NewTape(generated(), schedules.Embedded()) })

// Moments of the Friday.
var (
	auction    = friday.At(9, 22)
	lunch      = friday.At(11, 57)
	afterClose = friday.At(18, 0)
)

// webConfig is the default with a standing clock.
func webConfig(at time.Time, faults ...string) simulator.WebConfig {
	c := simulator.DefaultWebConfig()
	c.Now = func() time.Time { return at }
	for _, text := range faults {
		f, err := simulator.ParseWebFault(text)
		if err != nil {
			panic(err)
		}
		c.Faults = append(c.Faults, f)
	}
	return c
}

// startWeb serves the film on a port of its own until the test ends.
func startWeb(t testing.TB, c simulator.WebConfig) *simulator.Web {
	t.Helper()
	w, err := simulator.NewWeb(c, film())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- w.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return w
}

// webAnswer is what came back.
type webAnswer struct {
	status int
	kind   string // Content-Type
	header http.Header
	raw    []byte
	text   string // decoded as GB18030, unless the header says UTF-8 or nothing
	err    error
}

const sinaPage = "https://finance.sina.com.cn/"

// fetch asks byte for byte, with a Referer of Sina.
func fetch(t testing.TB, w *simulator.Web, target string) webAnswer {
	t.Helper()
	return fetchAs(t, w, target, sinaPage)
}

func fetchAs(t testing.TB, w *simulator.Web, target, referer string) (a webAnswer) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+w.Addr()+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Referer", referer)
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(r)
	if err != nil {
		return webAnswer{err: err}
	}
	defer response.Body.Close()
	a.status, a.header, a.kind = response.StatusCode, response.Header, response.Header.Get("Content-Type")
	a.raw, a.err = io.ReadAll(response.Body)
	a.text = string(a.raw)
	if lower := strings.ToLower(a.kind); strings.Contains(lower, "gb") {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(a.raw)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		a.text = string(decoded)
	}
	return a
}

// ok demands status 200 and returns the text.
func (a webAnswer) ok(t testing.TB) string {
	t.Helper()
	if a.err != nil || a.status != 200 {
		t.Fatalf("status %d, %v: %.200q", a.status, a.err, a.raw)
	}
	return a.text
}

// known returns the symbols of the film that fit at an instant, in the form of
// a list.
func known(at time.Time, fits func(i *market.Instant) bool) []string {
	var out []string
	for i := range film().All(at) {
		if fits == nil || fits(i) {
			out = append(out, i.Symbol.String())
		}
	}
	return out
}

// shares fits listed shares that trade.
func shares(i *market.Instant) bool { return i.Kind == market.Stock && i.Status == etl.Trading }

// rowsOf takes the statements of Sina or Tencent apart: symbol to fields.
func rowsOf(text, separator string) (rows map[string][]string, order []string) {
	rows = map[string][]string{}
	for statement := range strings.SplitSeq(text, "\";\n") {
		name, value, ok := strings.Cut(statement, `="`)
		if !ok {
			continue
		}
		name = name[strings.LastIndexByte(name, ' ')+1:]
		name = strings.TrimPrefix(strings.TrimPrefix(name, "hq_str_"), "v_")
		rows[name] = strings.Split(value, separator)
		order = append(order, name)
	}
	return rows, order
}

package web_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"barkeep/cmd/barkeep/metrics"
	"barkeep/cmd/barkeep/web"
	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/sources/quotes"
)

// full is a cache that has everything.
type full struct{ result quotes.Result }

func (f *full) Get(context.Context, etl.Symbol, quotes.Ask) quotes.Result { return f.result }
func (f *full) GetBatch(_ context.Context, symbols []etl.Symbol, _ quotes.Ask) []quotes.Result {
	return slices.Repeat([]quotes.Result{f.result}, len(symbols))
}
func (f *full) Stats() quotes.Stats     { return quotes.Stats{} }
func (f *full) Clear(...etl.Symbol) int { return 0 }
func (f *full) Cleanup() int            { return 0 }

func hits() *full { return &full{quotes.Result{Quote: quote(bank), Hit: true}} }

// void is a response that nobody reads.
type void struct{ header http.Header }

func (v void) Header() http.Header         { return v.header }
func (v void) Write(p []byte) (int, error) { return len(p), nil }
func (v void) WriteHeader(int)             {}

// BenchmarkHit is the door alone: from the parsed request to the written answer.
// It reports the bytes of an answer; net/http's own work is in
// BenchmarkFixedRate.
func BenchmarkHit(b *testing.B) {
	s := newServer(b, hits(), nil)
	r := httptest.NewRequest("GET", stock+"600000", nil)
	r.Host = "localhost"
	size := ask(s, "GET", stock+"600000", "").Body.Len()
	w := void{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		s.ServeHTTP(w, r)
	}
	b.ReportMetric(float64(size), "bytes/answer")
}

// BenchmarkBatch is the same for a batch of 100.
func BenchmarkBatch(b *testing.B) {
	s := newServer(b, hits(), nil)
	list := make([]string, 100)
	for i := range list {
		list[i] = fmt.Sprintf("%06d", 600000+i)
	}
	text := body(b, object{"symbols": list})
	w := void{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", batch, strings.NewReader(text))
		r.Host = "localhost"
		s.ServeHTTP(w, r)
	}
}

// BenchmarkFixedRate sends b.N requests at 5,000 a second over 8 connections to
// a server on loopback, in the same process and on the same processors; net/http
// alone, with a finished answer of the same size, is what the door is compared
// with. The clock of a request starts when it is sent, or when it should have
// been sent if the answer before it was late: a slow server does not slow the
// measure down. Run it with -benchtime 50000x, which takes ten seconds each.
func BenchmarkFixedRate(b *testing.B) {
	b.Run("door", func(b *testing.B) {
		s := newServer(b, hits(), func(c *door.Config) { c.Address = "127.0.0.1:0" })
		addr, err := s.Listen()
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- s.Serve(ctx) }()
		load(b, addr.String(), stock+"600000", 5000)
		cancel()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
	})
	b.Run("net-http", func(b *testing.B) {
		answer := ask(newServer(b, hits(), nil), "GET", stock+"600000", "").Body.Bytes()
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
			w.Write(answer)
		}))
		defer s.Close()
		load(b, s.Listener.Addr().String(), stock+"600000", 5000)
	})
}

// BenchmarkObservation asks for what a supervisor asks, 20 times a second over 8
// connections, first with nothing else to do and then while a goroutine keeps one
// processor busy as a backfill does: p99 must stay under 5 ms. Run it with
// -benchtime 200x, which takes ten seconds each.
func BenchmarkObservation(b *testing.B) {
	const names = "daily-bars quotes instruments adjust-factors revisions compact vacuum"
	set, err := metrics.New(metrics.Options{Version: "1.2.3", Figures: manyTables{}, Quotes: hits()})
	if err != nil {
		b.Fatal(err)
	}
	for _, job := range strings.Fields(names) {
		set.AddJob(job)
	}
	p := program(&engine{})
	p.Metrics = set
	c := door.DefaultConfig()
	c.Address = "127.0.0.1:0"
	s, err := web.New(c, hits(), web.Options{Program: p})
	if err != nil {
		b.Fatal(err)
	}
	addr, err := s.Listen()
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx) }()
	observe := func(name string) {
		for _, path := range []string{"/metrics", "/healthz"} {
			b.Run(name+path, func(b *testing.B) { load(b, addr.String(), path, 20) })
		}
	}
	observe("idle")
	var busy sync.WaitGroup
	busy.Go(func() {
		for work := make([]byte, 1<<16); ctx.Err() == nil; {
			sha256.Sum256(work)
		}
	})
	observe("busy")
	cancel()
	busy.Wait()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

// manyTables are the figures of a lake with all tables.
type manyTables struct{}

func (manyTables) Figures() metrics.Figures {
	f := metrics.Figures{Budgets: []metrics.Budget{{Source: "baostock", Used: 1, Limit: 50_000}}}
	for _, t := range etl.Tables {
		f.Tables = append(f.Tables, metrics.Table{Name: t.Name, Fresh: noon, Commits: 3, Files: 2, Rows: 1_000_000, Bytes: 5 << 30})
	}
	return f
}

// load sends the requests and reports what it saw.
func load(b *testing.B, addr, path string, rate int) {
	const lanes = 8
	times := make([][]time.Duration, lanes)
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	var work sync.WaitGroup
	for lane := range lanes {
		work.Go(func() {
			var err error
			if times[lane], err = send(addr, start, lane, lanes, b.N, path, time.Second/time.Duration(rate)); err != nil {
				b.Error(err)
			}
		})
	}
	work.Wait()
	took := time.Since(start)
	b.StopTimer()
	all := slices.Concat(times...)
	slices.Sort(all)
	if len(all) == 0 {
		return
	}
	at := func(share float64) float64 {
		return float64(all[min(len(all)-1, int(share*float64(len(all))))].Microseconds())
	}
	b.ReportMetric(float64(len(all))/took.Seconds(), "requests/s")
	b.ReportMetric(at(0.5), "p50-µs")
	b.ReportMetric(at(0.99), "p99-µs")
	b.ReportMetric(at(0.999), "p99.9-µs")
}

// send is one connection's share of the load: every lanes-th request.
func send(addr string, start time.Time, lane, lanes, total int, path string, every time.Duration) ([]time.Duration, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	answers := bufio.NewReaderSize(conn, 16<<10)
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
	var times []time.Duration
	answered := start
	for i := lane; i < total; i += lanes {
		due := start.Add(time.Duration(i) * every)
		if wait := time.Until(due); wait > 0 {
			<-time.After(wait)
		}
		from := time.Now()
		if answered.After(due) {
			from = due
		}
		if _, err := conn.Write(request); err != nil {
			return times, err
		}
		if err := skipAnswer(answers); err != nil {
			return times, err
		}
		answered = time.Now()
		times = append(times, answered.Sub(from))
	}
	return times, nil
}

// skipAnswer reads an answer with as little work as can be, so that the load does
// not take the processor away from the server.
func skipAnswer(r *bufio.Reader) error {
	length, status := 0, ""
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if status == "" {
			status = string(line)
			if !strings.HasPrefix(status, "HTTP/1.1 200 ") {
				return fmt.Errorf("answered %q", status)
			}
		}
		if len(line) <= 2 {
			break
		}
		const name = "Content-Length: "
		if len(line) > len(name) && string(line[:len(name)]) == name {
			for _, c := range line[len(name) : len(line)-2] {
				length = length*10 + int(c-'0')
			}
		}
	}
	if length == 0 {
		return io.ErrUnexpectedEOF
	}
	_, err := r.Discard(length)
	return err
}

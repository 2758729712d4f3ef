package sina_test

import (
	"testing"

	"barkeep/etl"
	"barkeep/sources"
	"barkeep/sources/sina"
)

// BenchmarkList reads a made-up answer for 850 shares: with the room for its
// quotes made anew for each answer, as a call does, with that room used again,
// which leaves the reader alone, and as most programs do.
func BenchmarkList(b *testing.B) {
	body := market(b, 850)
	symbols := shares(850)
	page := sources.Page{Body: body, Received: received}
	p := sina.New(sina.DefaultConfig())
	report := func(b *testing.B) {
		b.ReportMetric(float64(b.N)*850/b.Elapsed().Seconds(), "rows/s")
		b.SetBytes(int64(len(body)))
	}
	read := func(b *testing.B, room []etl.Quote) {
		b.ReportAllocs()
		for b.Loop() {
			if answer, missing := p.Take(page, symbols, room); len(answer.Quotes) != 850 || missing != nil {
				b.Fatalf("%d quotes, refused %v", len(answer.Quotes), answer.Refused)
			}
		}
		report(b)
	}
	b.Run("reader/new", func(b *testing.B) { read(b, nil) })
	b.Run("reader/room", func(b *testing.B) { read(b, make([]etl.Quote, 0, 850)) })
	b.Run("split+strconv", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if quotes, err := naive(body, received); err != nil || len(quotes) != 850 {
				b.Fatal(len(quotes), err)
			}
		}
		report(b)
	})
}

package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/etl"
)

func TestProgressInPlainLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := newScreen(&out)
		p := etl.Progress{Planned: 120}
		for range 60 { // an answer a second
			p.Requests++
			p.Rows += 5000
			s.progress(p)
			<-time.After(time.Second)
		}
		s.done()
		want := "" +
			"daily-bars: 11 of 120 requests, 55000 rows, 10s elapsed, about 1m39s left\n" +
			"daily-bars: 21 of 120 requests, 105000 rows, 20s elapsed, about 1m34s left\n" +
			"daily-bars: 31 of 120 requests, 155000 rows, 30s elapsed, about 1m26s left\n" +
			"daily-bars: 41 of 120 requests, 205000 rows, 40s elapsed, about 1m17s left\n" +
			"daily-bars: 51 of 120 requests, 255000 rows, 50s elapsed, about 1m8s left\n"
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", &out, want)
		}
	})
}

func TestNumbersForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 88_800: "88.8 kB", 999_600: "1 MB", 1_500_000_000: "1.5 GB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %s, want %s", n, got, want)
		}
	}
}

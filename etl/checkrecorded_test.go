package etl_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/recorded"
)

// recording is every recorded bar, read once for all tests.
type recording struct {
	universe   etl.Universe
	securities []*etl.BarBuilder // one each, in the order of the universe
}

var readRecording = sync.OnceValues(func() (*recording, error) {
	dir := filepath.Join(recordedDir, "baostock")
	list, err := readListings(filepath.Join(dir, "reference"))
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "bars", "s*.csv.gz"))
	if err != nil {
		return nil, err
	}
	r := &recording{}
	for _, file := range files {
		bars, err := readBars(file)
		if err != nil {
			return nil, err
		}
		r.securities = append(r.securities, bars)
		r.universe = append(r.universe, list[bars.Symbols[0]])
	}
	return r, nil
})

var recordedDir string

// recordedMarket returns the recorded bars, or skips the test.
func recordedMarket(t testing.TB) *recording {
	t.Helper()
	recordedDir = recorded.Dir(t)
	r, err := readRecording()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// readListings reads both recorded lists of securities; the later one wins.
func readListings(dir string) (map[etl.Symbol]etl.Instrument, error) {
	list := map[etl.Symbol]etl.Instrument{}
	for _, name := range []string{"stock_basic_2023-12_all_types.csv.gz", "stock_basic_2026-04_astocks_plus_is_st.csv.gz"} {
		err := eachLine(filepath.Join(dir, name), func(cells []string) error {
			symbol, err := etl.ParseSymbol(cells[0])
			if err != nil {
				return nil // the lists name more than this product knows
			}
			kind, _ := strconv.Atoi(cells[4])
			in := etl.Instrument{Symbol: symbol, Name: cells[1], Kind: etl.Kind(kind)}
			in.Listed, _ = schedules.ParseDay(cells[2])
			in.Delisted, _ = schedules.ParseDay(cells[3])
			list[symbol] = in
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// readBars reads the recorded bars of one security.
func readBars(file string) (*etl.BarBuilder, error) {
	b := &etl.BarBuilder{}
	return b, eachLine(file, func(cells []string) error {
		i := b.Len()
		b.SetLen(i + 1)
		var err error
		if b.Days[i], err = schedules.ParseDay(cells[0]); err != nil {
			return err
		}
		if b.Symbols[i], err = etl.ParseSymbol(cells[1]); err != nil {
			return err
		}
		for j, c := range [][]float64{b.Open, b.High, b.Low, b.Close, b.Preclose, nil, b.Amount, nil, b.Turn, nil, b.PctChg, b.PeTTM, b.PbMRQ, b.PsTTM, b.PcfNcfTTM} {
			if c == nil {
				continue
			}
			if c[i] = math.NaN(); cells[j+2] != "" {
				if c[i], err = strconv.ParseFloat(cells[j+2], 64); err != nil {
					return err
				}
			}
		}
		if b.Volume[i] = etl.EmptyInt; cells[7] != "" {
			if b.Volume[i], err = strconv.ParseInt(cells[7], 10, 64); err != nil {
				return err
			}
		}
		b.Traded[i], b.IsST[i] = cells[11][0]-'0', cells[17][0]-'0'
		return nil
	})
}

// eachLine calls f with the cells of every line but the first.
func eachLine(file string, f func(cells []string) error) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(text)
	for lines.Scan(); lines.Scan(); {
		cells := strings.Split(lines.Text(), ",")
		if strings.Contains(lines.Text(), `"`) {
			if cells, err = csv.NewReader(strings.NewReader(lines.Text())).Read(); err != nil {
				return err
			}
		}
		if err := f(cells); err != nil {
			return err
		}
	}
	return lines.Err()
}

// take appends rows begin to end of one builder to another.
func take(to, from *etl.BarBuilder, begin, end int) {
	n := to.Len()
	to.SetLen(n + end - begin)
	copy(to.Days[n:], from.Days[begin:end])
	copy(to.Symbols[n:], from.Symbols[begin:end])
	copy(to.Volume[n:], from.Volume[begin:end])
	copy(to.Traded[n:], from.Traded[begin:end])
	copy(to.IsST[n:], from.IsST[begin:end])
	a, b := floats(to), floats(from)
	for i := range a {
		copy(a[i][n:], b[i][begin:end])
	}
}

func floats(b *etl.BarBuilder) [12][]float64 {
	return [...][]float64{b.Open, b.High, b.Low, b.Close, b.Preclose, b.Amount, b.Turn, b.PctChg, b.PeTTM, b.PbMRQ, b.PsTTM, b.PcfNcfTTM}
}

// byDay returns the recorded bars as whole-market answers, newest first.
func (r *recording) byDay(from, to schedules.Day) []*etl.BarBuilder {
	days := schedules.Embedded().Days(from, to)
	list := make([]*etl.BarBuilder, 0, len(days))
	at := make([]int, len(r.securities))
	for i := range at {
		at[i] = r.securities[i].Len()
	}
	for d := len(days) - 1; d >= 0; d-- {
		b := &etl.BarBuilder{}
		for i, s := range r.securities {
			for at[i] > 0 && s.Days[at[i]-1] > days[d] {
				at[i]--
			}
			if at[i] > 0 && s.Days[at[i]-1] == days[d] {
				take(b, s, at[i]-1, at[i])
			}
		}
		if b.Len() > 0 {
			list = append(list, b)
		}
	}
	return list
}

// copyOf returns a builder of its own: Batch takes over the slices.
func copyOf(b *etl.BarBuilder) *etl.BarBuilder {
	c := &etl.BarBuilder{}
	take(c, b, 0, b.Len())
	return c
}

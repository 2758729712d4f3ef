package etl_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
)

// cell is one security on one day.
type cell struct {
	symbol etl.Symbol
	day    schedules.Day
}

// model is the set of cells as one would write it without thinking of memory.
type model struct {
	days []schedules.Day
	set  map[cell]bool
}

func (m model) add(s etl.Symbol, d schedules.Day) bool {
	c := cell{s, d}
	if !slices.Contains(m.days, d) || m.set[c] {
		return false
	}
	m.set[c] = true
	return true
}

func (m model) minus(others ...model) model {
	left := model{m.days, maps.Clone(m.set)}
	for _, o := range others {
		maps.DeleteFunc(left.set, func(c cell, _ bool) bool { return o.set[c] })
	}
	return left
}

func (m model) symbols() []etl.Symbol {
	list := []etl.Symbol{}
	for c := range m.set {
		list = append(list, c.symbol)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func compareCells(t *testing.T, got *etl.Cells, want model, symbols []etl.Symbol) {
	t.Helper()
	if got.Len() != len(want.set) {
		t.Fatalf("Len() = %d, want %d", got.Len(), len(want.set))
	}
	if s := got.Symbols(); !slices.Equal(s, want.symbols()) {
		t.Fatalf("Symbols() = %v, want %v", s, want.symbols())
	}
	for _, s := range symbols {
		var days []schedules.Day
		for _, d := range want.days {
			if want.set[cell{s, d}] {
				days = append(days, d)
			}
			if got.Has(s, d) != want.set[cell{s, d}] {
				t.Fatalf("Has(%s, %s) = %t", s, d, got.Has(s, d))
			}
		}
		if of := slices.Collect(got.Of(s)); !slices.Equal(of, days) {
			t.Fatalf("Of(%s) = %v, want %v", s, of, days)
		}
	}
}

func TestCellsAgainstModel(t *testing.T) {
	symbols := []etl.Symbol{sym(t, "bj920000"), sym(t, "sh600000"), sym(t, "sh600001"), sym(t, "sz000001"), sym(t, "sz300750")}
	for _, n := range []int{0, 1, 5, 63, 64, 65, 130} {
		random := rand.New(rand.NewPCG(uint64(n), 7))
		days := schedules.Embedded().Days(schedules.MakeDay(2024, 1, 1), schedules.MakeDay(2025, 1, 1))[:n]
		first := schedules.MakeDay(2024, 1, 1)
		pick := func() (etl.Symbol, schedules.Day) { // weekends and days outside included
			return symbols[random.IntN(len(symbols))], first - 3 + schedules.Day(random.IntN(n*3/2+10))
		}
		sets, models := make([]*etl.Cells, 3), make([]model, 3)
		for i := range sets {
			sets[i], models[i] = etl.NewCells(days), model{days, map[cell]bool{}}
		}
		for range 300 {
			i := random.IntN(len(sets))
			s, d := pick()
			switch random.IntN(10) {
			case 0:
				_, to := pick() // half of the ranges are empty
				sets[i].AddRange(s, d, to)
				for day := d; day <= to; day++ {
					models[i].add(s, day)
				}
			case 1:
				j, k := random.IntN(len(sets)), random.IntN(len(sets))
				sets[i], models[i] = sets[i].Minus(sets[j], sets[k]), models[i].minus(models[j], models[k])
			case 2:
				sets[i], models[i] = sets[i].Minus(), models[i].minus()
			default:
				if got, want := sets[i].Add(s, d), models[i].add(s, d); got != want {
					t.Fatalf("Add(%s, %s) = %t, want %t", s, d, got, want)
				}
			}
			if i := random.IntN(len(sets)); random.IntN(4) == 0 {
				compareCells(t, sets[i], models[i], symbols)
			}
		}
		for i := range sets {
			compareCells(t, sets[i], models[i], symbols)
		}
	}
}

func TestCellsMinusLeavesBothAlone(t *testing.T) {
	s := sym(t, "sh600000")
	a, b := etl.NewCells(june), etl.NewCells(june)
	a.AddRange(s, june[0], june[4])
	b.AddRange(s, june[2], june[9])
	left := a.Minus(b)
	left.Add(s, june[20])
	if a.Len() != 5 || b.Len() != 8 || left.Len() != 3 {
		t.Errorf("%d, %d and %d cells, want 5, 8 and 3", a.Len(), b.Len(), left.Len())
	}
}

func TestCellsOfStopsEarly(t *testing.T) {
	s := sym(t, "sh600000")
	c := etl.NewCells(june)
	c.AddRange(s, june[0], june[9])
	var seen []schedules.Day
	for d := range c.Of(s) {
		if seen = append(seen, d); len(seen) == 3 {
			break
		}
	}
	if !slices.Equal(seen, june[:3]) {
		t.Errorf("the first three days are %v, want %v", seen, june[:3])
	}
}

func BenchmarkCellsMinus(b *testing.B) {
	days := schedules.Embedded().Days(schedules.MakeDay(1990, 12, 19), schedules.MakeDay(2026, 12, 31))
	full, none := etl.NewCells(days), etl.NewCells(days)
	for i := range 5500 {
		full.AddRange(etl.MakeSymbol(etl.Shanghai, i), days[0], days[len(days)-1])
	}
	b.ReportAllocs()
	for b.Loop() {
		full.Minus(none, none)
	}
	b.ReportMetric(float64(full.Len()), "cells")
}

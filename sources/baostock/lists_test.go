package baostock_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
)

// instruments serves a list of securities.
func instruments(t *testing.T, rows [][]string) (etl.Universe, error) {
	s := script(t, func(p *peer) {
		p.serve(func(r wire.Request) []byte {
			if r.Fields[2] != "1" {
				return rowsAnswer(r, "")
			}
			return rowsAnswer(r, payload(rows))
		})
	})
	return client(t, s.addr).Instruments(t.Context())
}

func TestInstruments(t *testing.T) {
	list, err := instruments(t, [][]string{
		{"sz.000001", "平安银行", "1991-04-03", "", "1", "1"},
		{"of.159001", "货币ETF", "2014-10-20", "", "5", "1"},
		{"of.510050", "50ETF", "2005-02-23", "", "5", "1"},
		{"sh.000001", "上证综合指数", "1991-07-15", "", "2", "1"},
		{"sh.600001", "邯郸钢铁(退)", "1998-01-22", "2009-12-29", "1", "0"},
		{"sh.600117", "*ST 西钢\"[", "1997-10-15", "", "1", "1"},
		{"bj.920000", "", "", "", "9", "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, 0, len(list))
	for _, i := range list {
		day := func(d schedules.Day) string {
			if d == 0 {
				return "-"
			}
			return d.String()
		}
		got = append(got, fmt.Sprint(i.Symbol, "|", i.Name, "|", i.Kind, "|", day(i.Listed), "|", day(i.Delisted)))
	}
	want := strings.Join([]string{
		"bj920000||other|-|-",
		"sh000001|上证综合指数|index|1991-07-15|-",
		"sh510050|50ETF|etf|2005-02-23|-",
		"sh600001|邯郸钢铁(退)|stock|1998-01-22|2009-12-29",
		"sh600117|*ST 西钢\"[|stock|1997-10-15|-",
		"sz000001|平安银行|stock|1991-04-03|-",
		"sz159001|货币ETF|etf|2014-10-20|-",
	}, "\n")
	if g := strings.Join(got, "\n"); g != want {
		t.Errorf("got\n%s\nwant\n%s", g, want)
	}
	for name, tc := range map[string]struct {
		rows [][]string
		want string
	}{
		"empty":      {nil, "the answer is empty"},
		"twice":      {[][]string{{"of.159001", "a", "", "", "5", "1"}, {"sz.159001", "a", "", "", "5", "1"}}, "sz159001 twice"},
		"no code":    {[][]string{{"sh.60000", "a", "", "", "1", "1"}}, "sh.60000"},
		"no date":    {[][]string{{"sh.600000", "a", "soon", "", "1", "1"}}, "soon"},
		"short row":  {[][]string{{"sh.600000", "a", ""}}, "3 cells for 6 columns"},
		"no such of": {[][]string{{"of.999999", "a", "", "", "5", "1"}}, "of.999999"},
	} {
		_, err := instruments(t, tc.rows)
		var data *etl.DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "list of") {
			t.Errorf("%s: %v, want a data error with %q", name, err, tc.want)
		}
	}
}

func TestTradeDatesThatContradictThemselves(t *testing.T) {
	for name, tc := range map[string]struct {
		rows [][]string
		want string
	}{
		"no date":     {[][]string{{"2026-02-30", "0"}}, "2026-02-30"},
		"no flag":     {[][]string{{"2026-09-18", ""}}, "no day of a calendar"},
		"other flag":  {[][]string{{"2026-09-18", "2"}}, "no day of a calendar"},
		"outside":     {[][]string{{"2026-09-20", "0"}}, "outside the days asked for"},
		"repeated":    {[][]string{{"2026-09-18", "1"}, {"2026-09-18", "1"}}, "comes after"},
		"descending":  {[][]string{{"2026-09-18", "1"}, {"2026-09-17", "1"}}, "comes after"},
		"three cells": {[][]string{{"2026-09-18", "1", "x"}}, "3 cells for 2 columns"},
	} {
		s := script(t, func(p *peer) { p.serve(func(r wire.Request) []byte { return rowsAnswer(r, payload(tc.rows)) }) })
		days, err := client(t, s.addr).TradeDates(t.Context(), today-1, today)
		var data *etl.DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "trade dates 2026-09-17..2026-09-18") {
			t.Errorf("%s: %v, %v; want a data error with %q", name, days, err, tc.want)
		}
	}
}

package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	colours "github.com/jedib0t/go-pretty/v6/text"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

// writeQuotes prints a table. Colour follows the market's custom: red rises,
// green falls.
func writeQuotes(w io.Writer, results []quotes.Result, colour bool) {
	t := table.NewWriter()
	t.SuppressTrailingSpaces()
	t.SetStyle(table.StyleLight)
	t.Style().Options.DrawBorder = false
	t.Style().Options.SeparateColumns = false
	t.Style().Format.Header = colours.FormatDefault
	t.AppendHeader(table.Row{"symbol", "name", "last", "change", "%", "open", "high", "low", "preclose", "volume", "amount", "time", "", "source"})
	var right []table.ColumnConfig
	for column := 3; column <= 11; column++ {
		right = append(right, table.ColumnConfig{Number: column, Align: colours.AlignRight, AlignHeader: colours.AlignRight})
	}
	t.SetColumnConfigs(right)
	rows := 0
	for _, r := range results {
		if r.Err == nil {
			t.AppendRow(quoteRow(r, colour))
			rows++
		}
	}
	if rows > 0 {
		fmt.Fprintln(w, t.Render())
	}
}

func quoteRow(r quotes.Result, colour bool) table.Row {
	q := r.Quote
	change, percent := q.Change()
	paint := func(s string) string { return s }
	if colour && change > 0 {
		paint = func(s string) string { return colours.FgRed.Sprint(s) }
	} else if colour && change < 0 {
		paint = func(s string) string { return colours.FgGreen.Sprint(s) }
	}
	return table.Row{q.Symbol, q.Name, paint(price(q.Last)), paint(signed(change, -1)), paint(signed(percent, 2)),
		price(q.Open), price(q.High), price(q.Low), price(q.Preclose), chinese(float64(q.Volume)), chinese(q.Amount),
		quoteTime(q.Time), quoteNote(r), q.Source}
}

// price writes two decimals, or as many as there are; a price that does not
// exist is a dash.
func price(v float64) string {
	if v != v {
		return "-"
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if point := strings.IndexByte(s, '.'); point < 0 || len(s)-point-1 < 2 {
		s = strconv.FormatFloat(v, 'f', 2, 64)
	}
	return s
}

func signed(v float64, decimals int) string {
	if v != v || math.IsInf(v, 0) {
		return "-"
	}
	s := price(v)
	if decimals >= 0 {
		s = strconv.FormatFloat(v, 'f', decimals, 64)
	}
	if v > 0 {
		s = "+" + s
	}
	return s
}

// chinese writes a large number in units of ten thousand (万) and a hundred
// million (亿), as the market's screens do.
func chinese(v float64) string {
	switch {
	case v >= 1e8:
		return strconv.FormatFloat(v/1e8, 'f', 2, 64) + "亿"
	case v >= 1e4:
		return strconv.FormatFloat(v/1e4, 'f', 2, 64) + "万"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// quoteTime writes the time of day of a quote of today, and the date of others.
func quoteTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	layout := "15:04:05"
	if schedules.DayOf(t) != schedules.DayOf(now()) {
		layout = "2006-01-02 15:04:05"
	}
	return t.In(schedules.Shanghai).Format(layout)
}

// quoteNote says what is not usual about a quote.
func quoteNote(r quotes.Result) string {
	var notes []string
	if r.Quote.Status != etl.Trading {
		notes = append(notes, strings.ReplaceAll(r.Quote.Status.String(), "_", " "))
	}
	if r.Stale {
		notes = append(notes, "STALE")
	}
	return strings.Join(notes, ", ")
}

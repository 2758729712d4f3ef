//go:build cgo

package duckdb

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"barkeep/etl"
)

// commitsShown is how many commits of each table the table commits has at most.
const commitsShown = 500

// content is the lake as one catalog shows it.
type content struct {
	views  []view
	number int64     // of the publication; 0 if it is none
	taken  time.Time // of the publication
	at     time.Time // that is asked about; zero for now
	runs   bool      // whether the history of runs has a file
}

// formSQL returns the statements that give an empty database everything but the
// content of the lake: the views of all tables and what derives from them, and
// the tables, with their comments. They are always the same.
func formSQL() []string {
	sql := append([]string{"CREATE SCHEMA IF NOT EXISTS " + liveSchema}, literalsSQL()...)
	for _, t := range tables {
		sql = append(sql, tableSQL(t)...)
	}
	sql = append(sql, derivedSQL()...)
	for _, l := range listings {
		sql = append(sql, l.formSQL()...)
	}
	return sql
}

// fillSQL returns the statements that make a database with the form show the
// content.
func (c content) fillSQL(from origin) ([]string, error) {
	sql, err := liveSQL(c.views, from)
	if err != nil {
		return nil, err
	}
	sql = append(sql, c.literalsSQL()...)
	if c.runs {
		query, err := runsQuery(from)
		if err != nil {
			return nil, err
		}
		sql = append(sql, liveView(runsView, query))
	}
	for _, l := range listings {
		rows := c.lines(l)
		if len(rows) == 0 {
			continue
		}
		query, err := l.query(rows, from)
		if err != nil {
			return nil, err
		}
		sql = append(sql, l.show(query))
	}
	return sql, nil
}

// liveSQL makes the views read the live files. Those of tables without any are
// empty already.
func liveSQL(views []view, from origin) ([]string, error) {
	var sql []string
	for _, v := range views {
		if len(v.snap.Files) == 0 {
			continue
		}
		v.from = from
		statements, err := v.liveSQL()
		if err != nil {
			return nil, fmt.Errorf("view %s: %w", v.table.Name, err)
		}
		sql = append(sql, statements...)
	}
	return sql, nil
}

func (v view) liveSQL() ([]string, error) {
	if v.table.Name == etl.Quotes.Name {
		return liveQuotesSQL(v)
	}
	query, err := v.query()
	return []string{liveView(v.table.Name, query)}, err
}

// lines returns the rows of a listing.
func (c content) lines(l listing) (rows lines) {
	if l.name == "publication" && c.number > 0 {
		rows.add(c.number, stamp(c.taken))
	}
	for _, v := range c.views {
		switch l.name {
		case "files":
			rows.addFiles(v)
		case "versions":
			if v.snap.Version >= 0 {
				rows.add(v.table.Name, v.snap.Version, stamp(v.snap.Committed), v.snap.Rows(), len(v.snap.Files))
			}
		case "commits":
			for _, e := range v.history {
				rows.add(v.table.Name, e.Version, stamp(e.Time), plainText(e.Operation), plainText(e.Job), plainText(e.Engine),
					known(int64(e.Added)), known(int64(e.Removed)), known(e.Rows), known(e.Bytes))
			}
		}
	}
	return rows
}

func (l *lines) addFiles(v view) {
	column := cmp.Or(v.table.Year, v.table.Day, "date")
	for _, f := range v.snap.Files {
		year, low, high := "", "", ""
		if f.Year != 0 {
			year = fmt.Sprint(f.Year)
		}
		if first, last, ok := f.DayRange(column); ok {
			low, high = first.String(), last.String()
		}
		l.add(v.table.Name, relative(v.table.Name, f), year, known(f.Rows), f.Bytes, low, high, known(f.Added), stamp(f.Modified))
	}
}

// known is empty, null, for the -1 that stands for what is not known.
func known(n int64) string {
	if n < 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// stamp writes an instant as DuckDB reads it without the extension for time zones.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000000") + "+00"
}

// plainText makes one line of what another program may have written.
func plainText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
}

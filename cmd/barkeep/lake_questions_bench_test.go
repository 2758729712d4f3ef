package main

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/marcboeker/go-duckdb/v2" // queries run as those of any user of the published catalog

	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

// questions are what users ask.
var questions = []struct{ name, query string }{
	{"symbol", "SELECT date, open, high, low, close, volume FROM bars WHERE symbol = $symbol ORDER BY date"},
	{"day", "SELECT symbol, open, high, low, close, volume FROM bars WHERE date = $day"},
	{"scan", "SELECT year, count(*), avg(close), max(high), min(low), sum(volume), sum(amount) FROM bars GROUP BY year ORDER BY year"},
}

// measureQueries asks them of the published catalog and of a native table.
func measureQueries(b *testing.B, name, dir, native string, days []schedules.Day) {
	b.Helper()
	if _, err := duckdb.Publish(b.Context(), lake.Open(dir, lake.DefaultConfig()), duckdb.DefaultConfig()); err != nil {
		b.Fatal(err)
	}
	_ = os.Remove(native)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range []string{"ATTACH '" + filepath.Join(dir, duckdb.CatalogName) + "' AS lake (READ_ONLY)", "USE lake", recommended,
		"ATTACH '" + native + "' AS native", "CREATE TABLE native.bars AS FROM daily_bars", "CHECKPOINT native"} {
		if _, err := db.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	for _, q := range questions {
		b.Run(name+"/"+q.name, func(b *testing.B) {
			for b.Loop() {
				took := medians(b, db, q.query, days, "native.bars", "daily_bars")
				theirs, ours := took[0], took[1]
				b.ReportMetric(float64(ours.Microseconds())/1000, "ms-median")
				b.ReportMetric(float64(theirs.Microseconds())/1000, "ms-native")
				b.ReportMetric(float64(ours)/float64(theirs), "times-native")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// medians asks tables in turn, so that all see the machine in the same mood, 41 times
// of another symbol and day each, after 5 times that do not count.
func medians(b *testing.B, db *sql.DB, query string, days []schedules.Day, tables ...string) []time.Duration {
	b.Helper()
	random := rand.New(rand.NewPCG(2, 2))
	took := make([][]time.Duration, len(tables))
	for i := range 46 {
		symbol, day := fmt.Sprintf("sh%06d", 600000+random.IntN(1000)), days[random.IntN(len(days))]
		for t, table := range tables {
			q := strings.NewReplacer("bars", table, "$symbol", "'"+symbol+"'", "$day", "DATE '"+day.String()+"'").Replace(query)
			if d := takeAll(b, db, q); i >= 5 {
				took[t] = append(took[t], d)
			}
		}
	}
	middle := make([]time.Duration, len(tables))
	for t := range took {
		slices.Sort(took[t])
		middle[t] = took[t][len(took[t])/2]
	}
	return middle
}

// takeAll takes every row of an answer, and tells how long that took.
func takeAll(b *testing.B, db *sql.DB, query string) time.Duration {
	b.Helper()
	start := time.Now()
	rows, err := db.QueryContext(b.Context(), query)
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

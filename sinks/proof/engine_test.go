//go:build cgo

package proof_test

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"

	driver "github.com/marcboeker/go-duckdb/v2"

	"barkeep/etl"
	"barkeep/sinks/duckdb"
)

// tables are those that the proofs write.
var tables = []etl.Table{etl.DailyBars, etl.Quotes, etl.TradingDays}

func sqlConfig() duckdb.Config {
	c := duckdb.DefaultConfig()
	c.MemoryLimit, c.Threads = "512MiB", 1
	return c
}

// engine is one DuckDB in memory, which knows nothing of barkeep.
var engine = sync.OnceValues(func() (*sql.DB, error) {
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(2)
	// A file that is restored has the path and the time of the one before it.
	_, err = db.Exec("SET threads = 1; SET memory_limit = '512MiB'; SET TimeZone = 'UTC'; SET enable_external_file_cache = false")
	return db, err
})

func execute(statement string) error {
	db, err := engine()
	if err == nil {
		_, err = db.Exec(statement)
	}
	if err != nil {
		return fmt.Errorf("%.200s: %w", statement, err)
	}
	return nil
}

// ask returns the rows of a query whose columns are all texts, joined by tabs.
func ask(query string) ([]string, error) {
	db, err := engine()
	if err != nil {
		return nil, err
	}
	return askOn(db, query)
}

func askOn(db *sql.DB, query string) (list []string, err error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, fmt.Errorf("%.200s: %w", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	cells := make([]sql.NullString, len(names))
	targets := make([]any, len(names))
	for i := range cells {
		targets[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		line := make([]string, len(cells))
		for i, c := range cells {
			line[i] = c.String
		}
		list = append(list, strings.Join(line, "\t"))
	}
	return list, rows.Err()
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// filesSQL is the relation over data files, the partition taken from their paths.
func filesSQL(t etl.Table, paths []string) string {
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = quote(p)
	}
	hive := "false"
	switch {
	case t.Year != "":
		hive = "true, hive_types = {'year': INTEGER}"
	case t.Day != "":
		hive = "true, hive_types = {'" + t.Day + "': DATE}"
	}
	return "read_parquet([" + strings.Join(quoted, ", ") + "], hive_partitioning = " + hive + ")"
}

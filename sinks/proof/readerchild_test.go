//go:build cgo

package proof_test

import (
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	driver "github.com/marcboeker/go-duckdb/v2"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
)

// playReader asks until its standard input ends. It keeps a catalog open for some
// time, then it opens the newest one.
func playReader() error {
	keeps, err := time.ParseDuration(os.Getenv(roleName))
	if err != nil {
		return err
	}
	var over atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		over.Store(true)
	}()
	for !over.Load() {
		if err := readCatalog(filepath.Join(os.Getenv(roleDir), duckdb.CatalogName), keeps, &over); err != nil {
			return err
		}
	}
	return nil
}

// readCatalog opens the catalog as any program would and asks for some time.
func readCatalog(path string, keeps time.Duration, over *atomic.Bool) error {
	connector, err := driver.NewConnector(path+"?access_mode=read_only&threads=1", nil)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	for begin := time.Now(); ; {
		for table, day := range map[string]schedules.Day{etl.DailyBars.Name: firstBar, etl.Quotes.Name: firstQuote} {
			if err := askCatalog(db, table, day); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		if over.Load() || time.Since(begin) >= keeps {
			return nil
		}
	}
}

// askCatalog asks for everything, one symbol and one day of a table, and prints
// the version and the answers.
func askCatalog(db *sql.DB, table string, day schedules.Day) error {
	version, err := askOn(db, "SELECT CAST(version AS VARCHAR) FROM versions WHERE table_name = "+quote(table))
	if err != nil {
		return err
	}
	line := table + " " + strings.Join(version, "?") + " "
	for i, condition := range []string{"true", "symbol = 'sh000001'", "date = " + quote(day.String()) + "::DATE"} {
		answer, err := askOn(db, "SELECT CAST(count(*) AS VARCHAR), CAST(coalesce(sum(volume), 0) AS VARCHAR) FROM "+table+" WHERE "+condition)
		if err != nil {
			return err
		}
		if i > 0 {
			line += " "
		}
		line += "[" + strings.ReplaceAll(strings.Join(answer, "?"), "\t", " ") + "]"
	}
	_, err = fmt.Println(line)
	return err
}

package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"barkeep/schedules/recorded"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// recordedCells reads the recorded CSV files into the form of daily_bars, both
// forms of suspended days brought into one, and both sides are compared with all
// their repetitions.
const recordedCells = `
WITH csv AS (
  SELECT CAST(date AS DATE) AS date, replace(code, '.', '') AS symbol,
         CAST(open AS DOUBLE) AS open, CAST(high AS DOUBLE) AS high, CAST(low AS DOUBLE) AS low,
         CAST(close AS DOUBLE) AS close, CAST(preclose AS DOUBLE) AS preclose,
         CASE WHEN tradestatus = '0' THEN 0 ELSE CAST(volume AS BIGINT) END AS volume,
         CASE WHEN tradestatus = '0' THEN 0 ELSE CAST(amount AS DOUBLE) END AS amount,
         CASE WHEN tradestatus = '0' THEN NULL ELSE CAST(turn AS DOUBLE) END AS turn,
         tradestatus = '1' AS traded,
         CASE WHEN tradestatus = '0' THEN 0 ELSE CAST(pctChg AS DOUBLE) END AS pct_chg,
         CAST(peTTM AS DOUBLE) AS pe_ttm, CAST(pbMRQ AS DOUBLE) AS pb_mrq,
         CAST(psTTM AS DOUBLE) AS ps_ttm, CAST(pcfNcfTTM AS DOUBLE) AS pcf_ncf_ttm, isST = '1' AS is_st
  FROM read_csv('%s', all_varchar = true, header = true, nullstr = '')),
lake AS (SELECT * EXCLUDE (source, fetched_at, year) FROM daily_bars)
SELECT (SELECT count(*) FROM csv), (SELECT count(*) FROM lake),
       (SELECT count(*) FROM (FROM csv EXCEPT ALL FROM lake)),
       (SELECT count(*) FROM (FROM lake EXCEPT ALL FROM csv))`

// TestRecordedBars replays every recorded bar through exchange, run and catalog
// and compares what SQL answers with the recording, cell by cell.
func TestRecordedBars(t *testing.T) {
	dir := filepath.Join(recorded.Dir(t), "baostock", "bars")
	for _, tc := range []struct {
		name, pageSize, request string
	}{
		{"security by security", "2000", "95"},
		{"day by day", "100", "98"}, // with short pages whole days are cheaper
	} {
		t.Run(tc.name, func(t *testing.T) {
			lakeDir := t.TempDir()
			summary := runRecorded(t, dir, lakeDir, "baostock.page_size="+tc.pageSize)
			if most := summary.RequestsByType[tc.request]; most < summary.Requests/2 {
				t.Errorf("%d of %d requests are of type %s", most, summary.Requests, tc.request)
			}
			if summary.Rows != 433_350 || summary.Missing != 0 || summary.Quarantined != 0 {
				t.Errorf("%d rows, %d missing, %d quarantined", summary.Rows, summary.Missing, summary.Quarantined)
			}
			db, err := sql.Open("duckdb", filepath.Join(lakeDir, "lake.duckdb")+"?access_mode=read_only")
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var inCSV, inLake, lost, invented int
			query := fmt.Sprintf(recordedCells, filepath.Join(dir, "s*.csv.gz"))
			if err := db.QueryRow(query).Scan(&inCSV, &inLake, &lost, &invented); err != nil {
				t.Fatal(err)
			}
			if inCSV != 433_350 || inLake != inCSV || lost != 0 || invented != 0 {
				t.Errorf("%d rows recorded, %d in the lake, %d lost or changed, %d invented or changed", inCSV, inLake, lost, invented)
			}
		})
	}
}

// runRecorded runs the job once against a replay of the directory.
func runRecorded(t *testing.T, dir, lakeDir, set string) report {
	t.Helper()
	m, err := market.Replay(dir)
	if err != nil {
		t.Fatal(err)
	}
	address := serve(t, simulator.DefaultConfig(), m)
	var out, errs bytes.Buffer
	args := []string{"run", "--job", "daily-bars", "--json", "--lake", lakeDir, "--set", "baostock.address=" + address, "--set", set}
	if code := run(t.Context(), terminal{in: strings.NewReader(""), out: &out, err: &errs}, args); code != exitDone {
		t.Fatalf("exit code %d\n%s", code, errs.Bytes())
	}
	var summary report
	if err := json.Unmarshal(out.Bytes(), &summary); err != nil {
		t.Fatal(err)
	}
	return summary
}

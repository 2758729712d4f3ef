// Package duckdb opens a lake to SQL: as a DuckDB file that anyone can use
// without barkeep, and as a door for read-only queries inside barkeep. It is
// the only package that needs cgo; without it there is the Config and nothing
// else, so that packages which only carry settings build anywhere.
//
// # The catalog
//
// [Publish] writes LAKE/lake.duckdb. It holds no rows of the lake, only views
// over the Parquet files, so it is small and made anew after every commit:
//
//	daily_bars, quotes, instruments, trading_days, quarantine
//	          views over exactly the live files of one version; a table that has
//	          none yet is an empty view with the right columns
//	latest_quotes
//	          the newest row of each symbol in quotes of the newest day
//	provisional_bars
//	          daily bars made from the last quotes of each day after its close
//	daily_bars_live
//	          daily_bars and, marked provisional, the bars of the newest day of
//	          quotes that it does not have yet
//	daily_bars_hfq, daily_bars_qfq, adjusted(as_of, known_at := NULL)
//	          daily_bars with backward- and forward-adjusted prices, and the factor;
//	          the last as on a day, with what was known at a time
//	coverage, coverage_by_symbol, missing_bars(since, til)
//	          which bars should exist, which do, which are explained, which are
//	          missing; when a day was sealed
//	daily_bars_sealed
//	          daily_bars of the days on which nothing is missing
//	universe(d, known_at := NULL), instruments_history
//	          the securities listed on a day, those delisted later included
//	index_members_on(d)
//	          the members of the indices on a day
//	st_intervals
//	          when securities were under risk warning
//	runs      the newest runs of jobs, of now whatever the publication
//	files     the live files: table_name, path, year, rows, bytes, min_date,
//	          max_date, version (that added it), modified
//	versions  what the views show: table_name, version, committed_at, rows, files
//	commits   the newest 500 of each table: table_name, version, committed_at,
//	          operation, job, engine, added, removed, rows, bytes
//	publication
//	          which catalog this is: number, taken_at
//
// Units and meanings are comments of the columns: SELECT column_name, comment
// FROM duckdb_columns(). daily_bars has the column year besides; a condition on
// it skips the files of all other years, while a condition on date alone opens
// each file to look at its statistics. quotes is split by date itself, so there a
// condition on date is the one that skips files:
//
//	$ duckdb -readonly lake.duckdb
//	D SELECT date, close FROM daily_bars WHERE symbol = 'sh600000' AND year >= 2020 ORDER BY date;
//
// All of these read the views of a schema of their own, live_files, which are all
// that changes from one version to the next; the rest, with its comments, is a form
// that is made once, kept in LAKE/_state, and copied. A process keeps its DuckDB for
// the next publication, which costs 1 MB and no time while nothing is published.
// The largest file of daily_bars is the first in its list, since DuckDB takes all files
// to be as large as the first, and orders joins by that.
// SELECT * FROM latest_quotes takes 0.3 s over a day of 480 snapshots of 5,500
// symbols with two threads; over the same rows a row_number() does not fit into 1 GiB.
//
// The file is never open once it has its name, so barkeep never makes a reader
// wait, nor a reader barkeep. A reader keeps the catalog it has opened, and the
// files it names stay for vacuum's grace period; to see newer rows, open it
// again. Two users who open it for writing hinder each other, which -readonly
// (read_only=True in Python) avoids. What a user writes into lake.duckdb is
// gone with the next version: keep own tables in another file and ATTACH this
// one, with USE where DuckDB is older than 1.4. The catalog names files by absolute
// path: publish again after the lake was moved, or use the script.
//
// # Older catalogs
//
// Every publication has a number, one more than the last. Its catalog is written
// twice: as lake@NUMBER.duckdb and, a copy, as lake.duckdb, so that who writes to
// lake.duckdb by mistake, or holds it open, touches no other. The older ones stay
// for Config.Keep after another has taken their place: of the newest 8 all, of the
// others the last of each clock hour. The newest is always kept. LAKE/_state/
// publications.json lists them, with the versions they show; while one is listed,
// vacuum removes none of its files. INVARIANT: a catalog is listed before it has its
// name, and has lost its name before it is crossed off. taken_at never goes back,
// even if the clock does.
//
// When the lake is as the last publication shows it, and its three files are as they
// were written, Publish leaves everything alone.
//
// # Adjusted prices
//
// An adjusted price is the price as traded times the factor of the newest ex-date up
// to its day, exactly: a DECIMAL(18,10), which reads as the vendor prints it. preclose
// is multiplied by the factor of its own day, so that close / preclose remains the
// day's return. volume and amount stay as they are. Of an ex-date the newest version
// counts. Before the first ex-date the backward factor is 1 and the forward one 1 /
// the newest backward factor. 99 million yuan and more are null.
//
// The vendor rewrites all forward-adjusted history at every ex-date, so daily_bars_qfq
// is another one after each. adjusted(DATE '2024-06-28') is as on that day, whenever it
// is asked: it has the bars up to then, and its factors are back_factor / the
// back_factor in force on that day, rounded to six decimals. A year in a condition
// leaves out the files and the factors of other years.
//
// # Coverage
//
// A bar is expected of each stock on each trading day from listing to the day before
// delisting; of indices and funds as well if daily_bars has bars of half of them; of
// Beijing none. That is what a run of daily-bars plans by. Days count from the first in
// daily_bars to the last that is published, at 17:30 in Shanghai, by the reader's clock;
// in the door as of a time, by that time. A day is sealed when each expected bar is
// there or has a row in absences. Bars that nobody expects, such as those of the day of
// delisting, count for nothing.
//
// No cell is ever made: what is listed on a day and what has a bar are two strings of
// bits. A condition on year makes coverage and daily_bars_sealed read that year's
// files alone. missing_bars makes the cells of its days: ask it for years at most.
//
// # The script
//
// LAKE/lake.sql makes the same views, with their comments, in any DuckDB from 1.0.0
// on: another version, another host. It needs no extension. Only commits and runs are
// empty there: runs is read with the extension json, which nearly every DuckDB has.
// Where the lake is seen under another path, a macro says so, and all views follow
// without being made again:
//
//	$ duckdb my.duckdb -c ".read lake.sql"
//	D CREATE OR REPLACE MACRO live_files.lake_dir() AS 's3://bucket/lake';
//
// # Formats and times
//
// The format is the oldest that DuckDB 1.4 writes: version 1.0.0 and everything
// later opens it, 0.10 does not.
//
// fetched_at, modified and committed_at are TIMESTAMP WITH TIME ZONE, which is
// an instant; DuckDB prints it in the session's zone (SET TimeZone = 'UTC').
// Dates are dates in Shanghai and have no zone. For the clock on the wall there
// write fetched_at AT TIME ZONE 'Asia/Shanghai'.
//
// # Crashes
//
// Publishers take turns (LAKE/_state/publish.lock), and each looks at the lake
// after its turn has come, so a catalog never goes back. All files are written under
// names of their own (.lake.duckdb.tmp-*) and flushed; then those no longer kept are
// removed, the list is saved, and the new files renamed: the numbered one,
// lake.duckdb, lake.sql. After a failure lake.duckdb is the old one or the new one.
// The next Publish removes leftovers and catalogs that are not listed, and crosses
// off those that are missing. Foreign files stay: a name that is not exactly
// lake@NUMBER.duckdb, or a file that is not a DuckDB database.
//
// # The door
//
// [Open] builds the same views in memory, over the newest versions, [OpenAt] over
// those of a kept publication or of a time, and [DB.Query] runs one statement that
// reads. Three fences stand around it:
// the words of the statement are checked, then DuckDB's parser is asked what
// kind of statement it is, and DuckDB itself has no access to files but the
// live ones, none to the network or to extensions, and a locked configuration;
// it runs in a read-only transaction. The first fence is not enough alone, and
// neither is the last: EXPLAIN ANALYZE COPY writes a file, and a file that may
// be read may be written, too.
//
// Rows are streamed: a result of any size needs a few megabytes, and
// [Result.WriteTable] leaves the rest of a long query unrun. The streaming call
// is DuckDB's C interface, which the driver does not use. Sorts and joins spill
// to a directory of their own when they reach the memory limit. The time zone
// of the door is UTC.
package duckdb

// Package lake keeps tables on disk: Parquet files, and beside them a
// transaction log in the public Delta Lake format (reader version 1, writer
// version 2) that says which of the files are the table. Spark, Trino, Polars,
// ClickHouse and DuckDB's delta extension read the same directories. ClickHouse 26.7,
// by way of delta-kernel-rs, has been held against the log: 52 versions of eight tables,
// compacted, with checkpoints, and cleaned up to the last of those.
//
// # On disk
//
//	LAKE/TABLE/_delta_log/00000000000000000017.json    commit of version 17
//	LAKE/TABLE/_delta_log/00000000000000000010.checkpoint.parquet
//	LAKE/TABLE/_delta_log/_last_checkpoint             where readers find that one
//	LAKE/TABLE/year=2024/part-UUID.parquet             data of a table split by year
//	LAKE/TABLE/date=2024-05-06/part-UUID.parquet       split by a Date column itself
//	LAKE/TABLE/part-UUID.parquet                       not split
//
// A lake is a directory that need not exist: Open touches nothing, and the
// first commit makes what is missing.
//
// What is no table lies in LAKE/_state, which this package makes and others share:
//
//	JOB.lock                              one run of a job at a time, see Lock
//	publications.json                     the catalogs that are kept, see Publication
//	publish.lock, catalog-form-*.duckdb   package sinks/duckdb: the turn, and the views
//	runs.jsonl, runs.jsonl.lock           package sinks/runlog: the history of runs
//	notifications.json                    package sinks/webhook: who was told what
//	baostock.json, baostock.json.lock     package sources: requests of the day, and bans
//	adjust-factors.json, exdates/YEAR     what the vendor was asked, what the bars show
//	daemon.json, control.sock             where the daemon of this lake is, while it runs
//
// INVARIANT: no row of a table depends on any of it. What is lost with it is the
// history of runs, the day's count of requests, bans, and the way back to the catalogs.
//
// # Writing
//
// Append sorts the rows by the table's Sort columns, writes one new file for
// every year, or every day, among them, and then commits:
//
//  1. Each data file is written under a name that begins with a dot and ends
//     in .tmp, flushed, renamed to a name never used before, and its directory
//     flushed.
//  2. The commit, one JSON object a line, is written and flushed the same way.
//  3. link(2) gives it the name of the next version. The call fails if the name
//     exists, so of two writers exactly one gets a version; and the file is
//     whole before it has the name, so no reader sees a part.
//  4. The log's directory is flushed, and Append returns.
//
// Step 3 is the only commit point. Before it the table is what it was, after it
// every row is there. INVARIANT: a file that a commit names was on disk, whole,
// before the commit was; neither is ever changed or overwritten.
//
// After an error the table is in the old state or in the new one, never between.
// Nearly always it is the old one, and the files written are removed. Only when
// the step of the commit itself fails is it open; then the files stay, and a
// new Snapshot tells. Info.AppID makes a repeated append safe: if the first one
// went in, the second is refused with ErrCommitted.
//
// Replace makes new rows the whole content of a small table, Mark commits
// nothing but an application's progress. NewFile and Rewrite put files with the
// same rows in the place of others, for package compact; Remove takes damaged ones
// out. Edit takes rows out or puts others of the same keys in their place: it
// rewrites the files that hold them, in one commit, and begins anew when a
// compaction was faster. Every tenth version (the table's
// property delta.checkpointInterval) is followed by a checkpoint, so that
// readers need not read all commits; failing to write one is a Warning. Commits
// and checkpoints older than delta.logRetentionDuration (30 days) that a readable
// checkpoint makes superfluous are removed after it, upwards by version, so that at
// every moment the log can be read from its oldest checkpoint on.
//
// # Several writers
//
// Writers need no lock. Who finds the next version taken reads that commit and
// checks it for a conflict: two appends never conflict, nor does an append with
// a compaction. A change of schema or properties, a transaction of the same
// application, and, for Replace, any change of files do; then nothing is
// committed and the error matches ErrConflict. If there is none the next
// version is tried, with the data files already written. Two that create a
// table at once both succeed. Lock is for jobs that should not run twice, not
// for the log.
//
// # Reading
//
// A Snapshot is one version: a list of files with their years or days, row counts
// and date bounds. It stays right while others commit. Scan reads its rows;
// SnapshotAt goes back in time. The newest checkpoint that can be read and the
// commits after it are replayed; SnapshotAsOf finds the version of a time, History
// lists the commits. A version that the log no longer has is ErrGone, one whose
// files vacuum has removed is found by Complete. A missing commit is an error and
// not the end of the table; so is a line that is not JSON, with file and line.
// Unknown actions and fields are passed over, as Delta asks.
//
// Files written last come last within their year or day, so that what an append
// brought is read back without a look at the others:
//
//	err = table.Scan(ctx, snapshot.Newest(1), nil, nil, yield)
//
// # Schema
//
// The log holds the schema with unit and comment of every column, all nullable,
// the partition column year last. A table split by a Date column of its own has
// that column at its place in the schema and in every record, while its files
// have it in their path only, as Delta wants it. When the program's definition has
// further nullable columns at the end, the next commit adds them, and older rows
// read as null. Any other difference is a SchemaError that names the column.
//
// # What a crash leaves
//
//	.part-UUID.tmp, .commit-UUID.tmp, ...   removed by the next write after an hour
//	part-UUID.parquet that no commit names  left alone here: package vacuum can tell
//	                                        it from one that is about to be committed
//
// All changes to files go through package disk, whose hook lets tests end the
// process before any one of them. CheckLog reads a log as it is, damaged or not,
// for package verify.
//
// # Cost
//
// Sorting half a million rows by symbol and date takes about 40 ms, a tenth of
// writing them. A table of a thousand versions with a checkpoint opens in about
// 12 ms, without one in 50 ms. A commit flushes twice, and twice more for every
// data file: a snapshot of 5,500 quotes takes 40 ms and 0.6 MB. To open a day of
// 480 such files and read the newest one takes 30 ms.
package lake

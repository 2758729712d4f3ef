// Package vacuum deletes the files of a table that no version within the grace
// period needs: those that compaction, a replacement or a repair took out of it, and
// what writers that died left behind.
//
//	report, err := vacuum.Run(ctx, lake, lake.Table(etl.DailyBars), vacuum.Options{Config: vacuum.DefaultConfig()})
//
// Vacuum makes no commit and changes nothing that the newest version shows. What goes
// is the way back: versions older than the grace period lose files, and
// lake.Table.Complete tells which is the oldest that has them all.
//
// # What is deleted
//
//	removed   the log says when the file was taken out, and that is longer ago than
//	          the grace period
//	orphan    named part-UUID.parquet as this program names data, but neither in the
//	          table nor taken out of it, and not changed for the grace period, an hour
//	          at least: a writer finishes a file before it commits it
//	leftover  a temporary file of this program, as old as that
//
// The rule is that of the Delta protocol and of its Spark implementation (VACUUM),
// made stricter:
//
//   - A file that a catalog still on offer may name stays, see lake.Publication: what
//     was taken out after the oldest of them was made, by the clock or by the
//     version it shows.
//   - When something was taken out is the later of what the action and what the time
//     of its commit say. A tombstone that was dropped early does not shorten it.
//   - The directory is listed first and the table read then: a file committed in
//     between is in the table.
//
// # What is never touched
//
// Files of the newest version, the log but for temporary files, names that begin with _
// or a dot, symbolic links and what lies behind them, a table within the table's
// directory. Files of any other kind, and Parquet files that neither the log nor
// their name tells to be the table's, are reported as foreign and stay. So do empty
// directories: a writer may be about to put a file there.
//
// # When in doubt
//
// Nothing is deleted when the table has no log, or one that cannot be read or ends
// before a version that a catalog shows; when the newest commit lies in the future by
// more than a day, so that the clock is wrong; when the list of catalogs is damaged. A
// file that itself lies so far in the future stays, and the report says so.
//
// Deletions are independent of each other: after a crash in the midst of them the
// table is right, and the next run does the rest.
//
// # Cost
//
// One look at every file in the table's directory, one snapshot, and every commit in
// the log is read once more. To delete 5,000 files beside 500 live ones, taken out by
// a hundred commits, takes about 0.3 s on two busy cores, 0.2 s of which go into
// looking.
package vacuum

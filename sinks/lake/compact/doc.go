// Package compact folds the small files of a table into large sorted ones, while
// others append and read. No row comes or goes.
//
// # What is folded
//
// A partition is a year, a day, or the whole of a table that is not split.
//
//   - A partition that has ended (Options.Closed) becomes one file, or as many as
//     its bytes need at Config.FileBytes each, which then share no keys. Files end
//     where the first sort column changes, so that a symbol is in one of them. Once
//     it is in that form it is left alone, until a late append.
//   - In one that still grows, up to Config.TailFiles small files are left alone. When
//     there is one more, the smaller half of them becomes one, together with every
//     larger one that is no larger than what has been picked. So the number of files
//     stays bounded, and a row is rewritten a logarithmic number of times. Files of
//     FileBytes and more are not touched.
//
// For daily bars that is one file for each closed year, and at most some 30 for the
// current one; for quotes one file for each day, and during the session a roll-up
// after every 15 snapshots or so. Due decides by the log alone, in microseconds.
//
// # How
//
//  1. Every file is read row group by row group. The first two sort columns of a row
//     make a key of 128 bits, whose order is that of the columns; longer strings and
//     further columns are looked at when keys are equal. A heap holds the files' first
//     keys; the first file gives all rows below the key of the second at once.
//  2. Rows are never copied on their own: a window names them by batch and position,
//     and package parquet gathers them column by column while the next window is merged.
//  3. The files are finished and read back from disk, where every page's checksum is
//     looked at. The number of rows, their order, the uniqueness of keys, and for each
//     column the nulls and a sum of mixed values must be those of the files read,
//     and so must a sum over whole rows, which finds values that changed places.
//  4. One commit takes the old files out and puts the new ones in: lake.Table.Rewrite.
//     The old ones stay on disk until vacuum, for readers of older versions.
//
// In between, a crash leaves files that no commit names, and temporary ones, which
// sweep and vacuum know by name. INVARIANT: nothing is committed that was not read
// back and found equal.
//
// Rows with equal keys, where a table allows them, keep the order of their files. The
// new files take the place of the newest old one, before what was appended since.
//
// # Memory
//
// Config.MemoryBytes bounds the decoded rows: a row group for every open file, and two
// windows. When the files take more, or are more than 64, neighbours are merged into
// intermediate files of small row groups first. Peaks of the whole process, with the
// defaults: 40 small files and a year of daily bars 320 MB; 480 snapshots of 5,500
// quotes 280 MB; 30 files of quotes with row groups of 122,880 rows 390 MB.
//
// # Several at once
//
// Appends never conflict. When another run, or a removal, took one of the files, the
// commit is refused, the new files are dropped, and the partition is planned again.
package compact

// Package verify proves a table of the lake, or names what is wrong with it.
//
// Run looks at one version of a table, while others go on writing, and changes
// nothing. What it holds against what:
//
//   - The log against the Delta protocol and itself: commits without a hole, every
//     line one well-formed action, checkpoints equal to the replay of the commits,
//     the schema equal to the definition. See lake.Table.CheckLog.
//   - Every live file against the log: there, as long as logged, footer readable,
//     rows, columns, types and partition as logged, the footer's bounds within the
//     log's, sorted by the table's order according to the footer.
//   - Deep: every byte of every page against its checksum and every header against
//     the footer; every value against the bounds of its row group and of the file,
//     which must be what an append would log; no null where none may be; rows in
//     the table's order; keys once in a file and, in a Unique table, once in the
//     table.
//
// What it finds are Findings, never errors: errors are about the context and the
// directory. A finding names the file, the rows it held by the log's word, because
// the file may be gone, and the command that brings them back.
//
// # What no checksum covers
//
// Pages have a checksum; the library that reads them leaves it out where it is
// zero or missing, and for a dictionary that it looks up out of turn, so pages are
// read and summed here. Headers of pages and the footer have none: every field that
// says something about the rows is compared with the pages, the values or the
// definition. What then remains is the name of the program that wrote a file, and
// bytes of Thrift that no field stands for. A commit has none either: digits in
// times and free text of commitInfo can change unseen, whatever names a file,
// counts or bounds cannot. When the newest commits vanish together with all they
// added, nothing is left to tell.
//
// # Keys across files
//
// Two files can share a key only if their bounds overlap in every column of the
// key. Files that do are read once more, the key columns only; keys become 64-bit
// numbers that are sorted, four million at a time, so that memory does not grow with
// the table. Equal numbers are looked up, so that a finding names real keys.
//
// # Cost
//
// Without Deep a file costs its footer, some 100 microseconds. Deep reads every
// byte twice, once for the checksums and once for the values, on up to four
// processors file by file.
package verify

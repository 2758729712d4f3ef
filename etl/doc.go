// Package etl is the vocabulary of barkeep and its core: what a bar, a symbol and
// a table are, which bars are missing, and how they get from a source into a
// sink. It knows no vendor and no file format; it declares the small interfaces
// it needs, and sources and sinks implement them. This page is also the map of
// the product.
//
// # One idea
//
// Schedules say when to look. The lake says what is there. The plan is the
// difference. A trigger carries no work of its own: it asks which cells - one
// security on one trading day - should exist by now and which are committed, and
// fetches the rest. First run, daily run, missed tick, crash, backfill and repair
// are therefore one code path, and there is no checkpoint that could disagree
// with the data.
//
// # A bar from socket to SQL
//
//  1. [Expected] lists the cells that should exist: the trading days on which each
//     security of the [Universe] was listed. The lake's own cells are read from
//     its files. Their difference is a [Cells] set, one bit per cell.
//  2. [Plan] covers the missing cells with the fewest requests: whole-market
//     requests for days that many securities miss, ranges for securities that
//     miss many days. It is a minimum vertex cover, so no plan is cheaper.
//  3. [Prefetch] lets a [BarSource] run ahead of the rest by a bounded number of
//     answers, in order. Package sources/baostock reads the frames, inflates
//     them, and checks that each answers its request.
//  4. An [Answer] decodes into a [BarBuilder], column by column, straight from the
//     bytes; the builder's slices become an Arrow record without a copy. One row
//     that does not parse, or belongs elsewhere, refuses the whole answer.
//  5. A [Checker] holds every row against named rules. Rows that cannot be true go
//     to the table quarantine with their raw text; doubtful ones are kept, and
//     counted with an example in the table checks.
//  6. [Run] gathers records until 500,000 rows or a minute have come together and
//     hands them to an [Appender], which commits them while the next ones are
//     fetched. Package sinks/lake sorts them, sinks/parquet writes one file per
//     year, and one new entry of the table's transaction log makes them visible.
//     That is the only commit point.
//  7. Package sinks/duckdb publishes a fresh catalog by rename. Nobody meets a
//     lock, and nobody sees half a commit.
//  8. When small files have become many, sinks/lake/compact folds them: a commit
//     that changes no row, checked against what was read. Much later, when no
//     catalog can name the old files any more, sinks/lake/vacuum removes them.
//     sinks/lake/verify proves a table from its log down to its cells.
//
// # A quote from the web to SQL
//
// A [Quote] is what one provider says of one security at one moment, in one unit
// system. Packages sources/tencent, sources/sina and sources/eastmoney read the
// providers' texts; each row must hold the identities that every live quote holds
// ([Quote.Problem]), or it is refused and goes to the quarantine. Package
// sources/quotes makes one of them: order of preference, breakers, failover, and
// a cache that knows from the trading calendar until when a quote cannot change.
// It serves single quotes over HTTP (cmd/barkeep/web) and on the command line;
// the job quotes takes snapshots of the whole market through the same cache into
// the table [Quotes]. Quotes are rows, not columns, until then: they are looked
// up one by one, and a market of them is small. The last snapshot of a day stands
// for the day's bars, as provisional ones, until the vendor's arrive.
//
// # An adjust factor from the bars to SQL
//
// An [ExDateScanner] finds the days whose reference price is not the close before: on
// them, and for no other day, a factor is wanted. What a year of bars says of that is a
// [BarSpan], which is kept as long as the year has the same files, so that a run reads
// the current year. [PlanFactors] makes the fewest requests of what is missing; none
// when nothing is. A [FactorAnswer] is judged row by row, changed factors become new
// versions in the table adjust_factors, and [CheckFactors] derives every one of them
// anew from the prices around its ex-date: what disagrees is a [Verdict] in checks.
// Factors are integers, in millionths, wherever they are computed with.
//
// The members of indices are asked for list by list, the most telling days first, and
// a [MemberHistory] makes intervals of them.
//
// # A job from its hour to its report
//
// Package schedules knows the trading days and the phases of each, schedules/trigger
// the moments at which a job is due. Package schedules/jobs runs it: never twice at
// once, one run for all that was missed, again when it did not end well. What a job
// does is one of the works of cmd/barkeep, which the command run does as well, in its
// own process or through the daemon's socket.
//
// Each run that has ended is a line in the history that sinks/runlog keeps, which SQL
// shows as the view runs. What is wrong, and when that is over, sinks/webhook tells
// chat robots and programs. Who wants to know asks the daemon over HTTP: cmd/barkeep/web
// answers for quotes, SQL, jobs and health, cmd/barkeep/metrics has the figures.
//
// # What a Run promises
//
// Every round settles the cells it asked for, so rounds end; what no round could
// bring is reported as a [Gap] with its reason. A day within the last week that
// comes empty or nearly so is "not yet published": it is neither taken for final
// nor asked for again security by security. When the source refuses further
// requests, when three requests in a row fail, or when the context ends, what has
// arrived is committed first.
//
// # What changes afterwards
//
// The job revisions fetches the last days once more, by the same path. Its Appender
// is a [Reviser]: cells that the vendor has changed go to the table [Revisions] with
// their old and new values, and then the new row takes the old one's place by one
// commit of the lake, so that older versions still show what was known before. A bar
// that the vendor does not have any more stays, and is a finding.
//
// A bar is absent when the vendor, asked for its security alone, has answered with
// rows of it and not with this one, a week after the day. The run notes that in the
// table [Absences]; from then on the cell is explained: neither missing nor asked
// for, but by revisions and by a run that is told to ask again. A bar that comes
// overrules its absence. Whole-market answers and empty ones explain nothing.
//
// # Glossary
//
//	bar          one security's prices and volume of one trading day
//	cell         one security on one trading day, whether its bar exists or not
//	trading day  a day on which the exchanges trade; see package schedules
//	batch        decoded rows of one answer, an Arrow record
//	absence      a bar that should exist and that the vendor does not have
//	revision     a cell that the vendor has changed after it was stored
//	quarantine   rows that arrived and were refused, with their reason
//	commit       one atomic change of one table; version numbers it
//	quote        what a provider says of one security at one moment
//	snapshot     the quotes of a market at one moment
//	phase        a part of the trading day; see package schedules
//	partition    the files of one table that share a calendar year, or a day
//	compaction   many small files become few sorted ones; no row comes or goes
//	vacuum       the removal of files that no version still in use names
//	publication  one catalog that was offered to readers; it has a number
//	universe     the list of securities and indices, delisted ones included
//	budget       the requests a day may spend; the vendor bans above its limit
//
// # Rooms
//
//	cmd/barkeep -> configs -> sources, sinks -> etl -> schedules
//
// Imports run along the arrows only, and sources and sinks never see each other;
// a test in cmd/barkeep holds that. Libraries here: Arrow (apache/arrow/go/v17)
// is the form in which rows travel between rooms.
package etl

// Package parquet writes Arrow record batches as one immutable Parquet file,
// and reads such files back.
//
// Write takes many batches and an order of their rows, such as the decoded
// answers of a night and the permutation that sorts them by symbol and date.
// Each column of each row group is gathered in that order from the Arrow
// buffers into a scratch column, encoded and compressed, so that no sorted copy
// of the whole data ever exists. Nothing is allocated per row. A Writer holds one
// compressed row group, about 4 MB of bars and 6 MB of quotes, 20 bytes for each
// row of it, and scratch memory for each of Config.Parallel goroutines, which
// share the columns: about 10 MB for row groups of 98,304 rows, in proportion
// for others.
//
// Pages and footer are put together here from the encoders and the metadata
// types of parquet-go, not by its ColumnWriter: that takes every value boxed
// in 24 bytes, which costs more than encoding and compressing it.
// BenchmarkWrite compares with its GenericWriter.
//
// # Layout of a file
//
//   - zstd, or nothing in columns where it gains little; data pages of version 1, each
//     with a CRC; row groups of 98,304 rows; one page per column and row group (strings
//     of more than 4 MiB: several).
//   - Columns in table order; REQUIRED, or OPTIONAL if nullable. Date is INT32
//     DATE, Timestamp INT64 TIMESTAMP(MICROS, UTC), String BYTE_ARRAY STRING,
//     Int64 INT64, Float64 DOUBLE, Bool BOOLEAN. Source: Delta protocol.
//   - Per column and row group: null count, minimum and maximum. A Float64 column
//     with a NaN in a row group has no bounds there, as DuckDB and Spark take
//     NaN for the greatest number and would skip it wrongly.
//   - The sorting columns of a row group are those of the table, if its rows
//     are sorted so; else none are named.
//   - Created by "barkeep version ...".
//
// # Encodings
//
// Config.EncodingOf chooses by type and unit. Chosen by measuring 433,350
// recorded bars of 156 securities, by year, symbol and date, alone in a file:
// bytes per row, and milliseconds that DuckDB 1.4.1 with one thread takes to
// find the largest value, best of 120. An asterisk marks the default; "split" is
// byte_stream_split, "-" does not exist for the type, "=" fell back to
// the default.
//
//	column         plain          dictionary     delta          split
//	               bytes    ms    bytes    ms    bytes    ms    bytes    ms
//	date           0.04    2.1    0.11*   1.5    0.08    3.0    -
//	symbol         0.03    9.9    0.01*   2.9    -              -
//	open           2.64    8.9    1.96*   4.3    -              4.32    8.0
//	high           2.66    8.9    1.98*   4.4    -              4.35    7.9
//	low            2.63    8.8    2.72*   3.2    -              4.33    8.1
//	close          2.66    8.7    1.98*   4.4    -              4.43    8.0
//	preclose       2.67    8.8    1.98*   4.3    -              4.45    7.6
//	volume         3.95    6.8    =              3.39*   2.2    -
//	amount         5.28*   8.8    =              -              5.09    6.5
//	turn           4.18    9.1    4.03*   9.1    -              6.91    6.5
//	traded         0.01*   1.9    -              -              -
//	pct_chg        4.00    8.9    3.89*   8.7    -              7.22    6.6
//	pe_ttm         2.23*   5.4    =              -              2.96    4.2
//	pb_mrq         2.27*   5.4    =              -              2.91    4.3
//	ps_ttm         2.28*   5.5    =              -              2.95    4.4
//	pcf_ncf_ttm    2.41*   5.6    =              -              3.02    4.4
//	is_st          0.00*   2.0    -              -              -
//	source         0.00   10.2    0.00*   5.2    -              -
//	fetched_at     0.00    2.3    0.00*   1.4    0.00    2.9    -
//
// The column low is not compressed there, see below. The sizes come from
//
//	BARKEEP_RECORDED=... go test ./sinks/parquet -run - -bench Encodings -benchtime 1x
//
// A dictionary is sorted, nearly, which makes whole files 3 % smaller, and given
// up when more than 60 % of a row group's values differ, which a sample tells
// beforehand. Percentages of before August 2019 have six decimals and then lie
// plain.
//
// Positions in dictionaries and marks of nulls are runs of the hybrid encoding that
// begin and end at multiples of 32 values wherever values are bit-packed, not at
// multiples of 8 as the format asks. DuckDB then finds a day in two thirds of the
// time.
//
// # Compression
//
// Positions and differences are bit-packed. If four samples of such a page hardly get
// smaller, and its dictionary is small beside it, as those of prices are, the column
// is not compressed: files grow by 3 %, and DuckDB finds one symbol in three quarters
// of the time. The first row group decides for the file. Every other page is one zstd
// frame. Which effort makes it depends on what lies in it:
//
//   - Bit-packed pages that hardly get smaller lie in the frame as they are.
//   - Plain floats, and dictionaries of them, are searched at one place per value
//     only, for what repeats there: whole values and the endings of decimal
//     fractions. Of a whole page of decimals that finds more than the general
//     search with its look per byte, in less than half of its time. The place is
//     chosen by trying four on a sixteenth of the page.
//   - The others, which are small, go to the general search at the effort of
//     Config.Compression.
//
// All decoders of zstd read all of these; it is the encoder that is particular.
// Whole files, bytes per row, all recorded bars and only those since August 2019
// with all four ratios present:
//
//	DuckDB 1.4.1, COPY ... (COMPRESSION zstd)      40.9    54.7
//	general search, fastest                        41.8    56.9
//	general search, default                        39.7    53.8
//	compression: fastest, default, best            36.5    46.1
//	default and byte_stream_split                  42.1    52.7
//
// Decoders pay for what is found: DuckDB takes 1.5 times as long for the ratios, and
// the same for amounts, as for a file of the general search at its default effort.
// Config.ByteStreamSplit makes files a seventh larger and the ratios and amounts faster
// to read, for a lake that neither Spark nor Flink reads: their vectorised readers
// refuse that encoding (Spark reads it with
// spark.sql.parquet.enableVectorizedReader=false), which is why it is off.
//
// # Row groups
//
// Twelve million generated bars, a file a year, medians of DuckDB with two threads
// as multiples of the same questions to a native table (BenchmarkLake in cmd/barkeep
// asks them): the history of one symbol, a day of all, an aggregate over everything.
//
//	rows of a row group    MB     symbol   day    scan
//	122,880                520    2.1      1.29   1.03
//	98,304 (the default)   532    1.9      1.33   1.04
//	81,920                 539    1.95     1.40   1.05
//	61,440                 552    1.95     1.54   1.07
//
// Several pages per row group, of 10,240 to 40,960 rows, made no query of DuckDB's
// faster.
//
// # Reading
//
// Read streams named columns, one record batch per row group, of files of any
// writer whose columns have the table's types; ReadDays leaves out row groups
// by their dates. Damaged files are errors that name them, never panics: the
// checksum of every page, dictionaries included, is held against its bytes.
//
// # Ownership
//
// Write neither retains nor releases the caller's batches, and needs them
// until it returns. Read releases each batch after yield returns.
package parquet

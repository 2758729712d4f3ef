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
// share the columns: about 12 MB for row groups of 122,880 rows, in proportion
// for others.
//
// Pages and footer are put together here from the encoders and the metadata
// types of parquet-go, not by its ColumnWriter: that takes every value boxed
// in 24 bytes, which costs more than encoding and compressing it.
// BenchmarkWrite compares with its GenericWriter.
//
// # Layout of a file
//
//   - zstd; data pages of version 1, each with a CRC; row groups of 122,880 rows;
//     one page per column and row group (strings of more than 4 MiB: several).
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
// aggregate the column, best of 40. An asterisk marks the default; "split" is
// byte_stream_split, "-" does not exist for the type, "=" fell back to
// the default.
//
//	column         plain          dictionary     delta          split
//	               bytes    ms    bytes    ms    bytes    ms    bytes    ms
//	date           0.04    3.4    0.10*   2.2    0.08    3.8    -
//	symbol         0.03   13.6    0.03*   3.9    -              -
//	open           2.64    8.8    1.95*   4.7    -              4.23    8.0
//	high           2.65    8.8    1.96*   4.6    -              4.29    7.7
//	low            2.63    8.8    1.95*   4.7    -              4.20    7.7
//	close          2.66    8.9    1.96*   4.9    -              4.31    7.6
//	preclose       2.66    8.8    1.96*   4.6    -              4.32    7.8
//	volume         3.95    9.0    =              3.39*   3.5    -
//	amount         5.26*   9.1    =              -              5.04    6.0
//	turn           4.06    9.9    3.83*  10.0    -              6.88    6.3
//	traded         0.01*   2.6    -              -              -
//	pct_chg        3.91    8.9    3.70*  10.0    -              7.18    6.0
//	pe_ttm         2.15*   6.1    =              -              2.90    4.6
//	pb_mrq         2.19*   6.1    =              -              2.89    4.7
//	ps_ttm         2.20*   6.1    =              -              2.89    4.7
//	pcf_ncf_ttm    2.34*   6.2    =              -              2.93    4.7
//	is_st          0.00*   2.6    -              -              -
//	source         0.00   13.4    0.00*   6.0    -              -
//	fetched_at     0.00    4.3    0.00*   2.8    0.00    4.9    -
//
// The sizes come from
//
//	BARKEEP_RECORDED=... go test ./sinks/parquet -run - -bench Encodings -benchtime 1x
//
// A dictionary is sorted, nearly, which makes whole files 3 % smaller, and given
// up when more than 60 % of a row group's values differ, which a sample tells
// beforehand. Percentages of before August 2019 have six decimals and then lie
// plain.
//
// # Compression
//
// Every page is one zstd frame. Which effort makes it depends on what lies in it:
//
//   - Plain floats, and dictionaries of them, are searched at one place per value
//     only, for what repeats there: whole values and the endings of decimal
//     fractions. Of a whole page of decimals that finds more than the general
//     search with its look per byte, in less than half of its time. The place is
//     chosen by trying four on a sixteenth of the page.
//   - Indexes and differences are bit-packed. If four samples of such a page hardly
//     get smaller, the frame holds it as it is.
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
//	compression: fastest                           35.0    46.4
//	compression: default                           35.0    46.4
//	compression: best                              34.8    46.1
//	default and byte_stream_split                  39.4    52.7
//
// Decoders pay for what is found: DuckDB takes 1.5 times as long for the ratios, and
// the same for prices and amounts, as for a file of the general search at its
// default effort. Config.ByteStreamSplit makes files a tenth larger and the ratios and amounts
// faster to read, for a lake that neither Spark nor Flink reads: their vectorised
// readers refuse that encoding (Spark reads it with
// spark.sql.parquet.enableVectorizedReader=false), which is why it is off.
//
// Several pages per row group, of 20,480 or 40,960 rows, made files 2 % larger
// and no query of DuckDB's faster.
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

// Package parquet writes Arrow record batches as one immutable Parquet file,
// and reads such files back.
//
// Write takes many batches and an order of their rows, such as the decoded
// answers of a night and the permutation that sorts them by symbol and date.
// Each column of each row group is gathered in that order from the Arrow
// buffers into a scratch column, encoded and compressed, so that no sorted copy
// of the whole data ever exists: memory is one compressed row group, plus some
// megabytes for each of Config.Parallel goroutines, which share the columns.
// Nothing is allocated per row.
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
//	date           0.04    3.4    0.11*   2.2    0.09    3.8    -
//	symbol         0.08   13.6    0.03*   3.9    -              -
//	open           2.65    8.6    1.94*   4.6    -              4.24    7.1
//	high           2.67    8.6    1.95*   4.3    -              4.27   10.0
//	low            2.64    9.2    1.95*   4.5    -              4.24    9.4
//	close          2.68    8.6    1.96*   4.6    -              4.32    8.9
//	preclose       2.68    9.7    1.96*   4.4    -              4.32    8.9
//	volume         3.91    9.3    =              3.39*   3.2    -
//	amount         5.92*   6.8    =              -              4.99    5.5
//	turn           5.60    7.2    5.45*   7.0    -              6.84    7.4
//	traded         0.01*   2.6    -              -              -
//	pct_chg        4.33    9.4    4.06*   9.3    -              7.15    6.5
//	pe_ttm         3.21*   3.5    =              -              2.89    4.3
//	pb_mrq         3.27*   3.6    =              -              2.89    4.4
//	ps_ttm         3.25*   3.7    =              -              2.91    4.5
//	pcf_ncf_ttm    3.38*   3.4    =              -              2.92    4.6
//	is_st          0.00*   2.6    -              -              -
//	source         0.00   13.4    0.00*   6.0    -              -
//	fetched_at     0.00    4.3    0.00*   2.8    0.00    4.9    -
//
// The sizes come from
//
//	BARKEEP_RECORDED=... go test ./sinks/parquet -run - -bench Encodings -benchtime 1x
//
// A dictionary is sorted, nearly, which makes it 6 to 20 % smaller, and given
// up when more than 60 % of a row group's values differ. Percentages of
// before August 2019 have six decimals and then lie plain.
//
// zstd works at its default effort: whole files are then smaller than DuckDB's
// own, in every reader's encodings. Its fastest effort writes about twice as fast
// and makes files a little larger than DuckDB's. Config.ByteStreamSplit is both
// smaller and faster, for a lake that neither Spark nor Flink reads: their
// vectorised readers refuse that encoding (Spark reads it with
// spark.sql.parquet.enableVectorizedReader=false), which is why it is off. Whole
// files, bytes per row, all recorded bars and only those since August 2019 with
// all four ratios present; the table of columns above is of the fastest effort:
//
//	DuckDB 1.4.1, COPY ... (COMPRESSION zstd)      40.9    54.7
//	defaults                                       40.1    53.8
//	compression: fastest                           41.8    56.9
//	fastest and byte_stream_split                  39.4    52.9
//
// Several pages per row group, of 20,480 or 40,960 rows, made files 2 % larger
// and no query of DuckDB's faster.
//
// # Reading
//
// Read streams named columns, one record batch per row group, of files of any
// writer whose columns have the table's types; ReadDays leaves out row groups
// by their dates. Damaged files are errors that name them, never panics.
//
// # Ownership
//
// Write neither retains nor releases the caller's batches, and needs them
// until it returns. Read releases each batch after yield returns.
package parquet

package verify

import (
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/parquet"
)

// checkFooter holds the footer against the log, and against itself.
func (f *file) checkFooter() {
	rows := int64(0)
	for i, g := range f.footer.RowGroups {
		if g.NumRows < 0 || len(g.Columns) != len(f.footer.Schema)-1 {
			f.fail(CheckFooter, "the file is damaged: row group %d has %d columns and %d rows", i, len(g.Columns), g.NumRows)
			return
		}
		rows += g.NumRows
	}
	switch {
	case rows != f.footer.NumRows:
		f.fail(CheckFooter, "the file is damaged: its footer counts %d rows, its row groups %d", f.footer.NumRows, rows)
	case f.Rows < 0:
		f.warn(CheckUnspecified, "the log does not say how many rows the file has; it has %d", rows)
	case rows != f.Rows:
		f.fail(CheckRows, "the file has %d rows, the log says %d", rows, f.Rows)
	}
	f.checkLayout()
	if f.damaged() {
		return
	}
	f.checkSorting()
	stats := parquet.Stats{Rows: rows}
	for i, c := range f.columns {
		s := f.footerStats(c, f.leaves[i])
		if s.Nulls > 0 && !c.Nullable {
			f.fail(CheckNull, "the column %s has %d nulls and must have none", c.Name, s.Nulls)
		}
		stats.Columns = append(stats.Columns, s)
	}
	f.says = &stats
	if !f.deep {
		f.checkPartition(stats)
		f.checkStatistics(stats, false)
	}
}

// checkLayout recomputes where this program put what: row groups and columns
// follow one another from the first byte after the magic to the footer.
func (f *file) checkLayout() {
	at := int64(4)
	for i, g := range f.footer.RowGroups {
		start, raw, packed := at, int64(0), int64(0)
		for leaf, chunk := range g.Columns {
			m := chunk.MetaData
			first := m.DataPageOffset
			if m.DictionaryPageOffset != 0 {
				first = m.DictionaryPageOffset
			}
			name := f.footer.Schema[leaf+1].Name
			if first < 4 || m.TotalCompressedSize < 0 || m.TotalCompressedSize > f.footer.start-first || m.DataPageOffset < first {
				f.fail(CheckFooter, "the file is damaged: row group %d, column %s: bytes %d to %d are not in the file", i, name, first, first+m.TotalCompressedSize)
				return
			}
			if !f.footer.ours {
				continue
			}
			if first != at || m.NumValues != g.NumRows || m.Codec != format.Zstd || m.TotalUncompressedSize < 0 ||
				m.Type != f.footer.Schema[leaf+1].Type.V || !slices.Equal(m.PathInSchema, []string{name}) || !plainChunk(chunk, at) {
				f.fail(CheckFooter, "the file is damaged: row group %d, column %s: the footer contradicts itself", i, name)
				return
			}
			at += m.TotalCompressedSize
			raw, packed = raw+m.TotalUncompressedSize, packed+m.TotalCompressedSize
		}
		if f.footer.ours && (g.FileOffset != start || g.TotalByteSize != raw || g.TotalCompressedSize != packed || g.Ordinal != int16(i) || !plainGroup(g)) {
			f.fail(CheckFooter, "the file is damaged: row group %d: the footer contradicts itself", i)
			return
		}
	}
	if f.footer.ours && at != f.footer.start {
		f.fail(CheckFooter, "the file is damaged: its pages end at byte %d and its footer begins at %d", at, f.footer.start)
	}
}

// plainChunk says that only the fields which this program writes are there.
func plainChunk(c format.ColumnChunk, at int64) bool {
	m := c.MetaData
	return reflect.DeepEqual(c, format.ColumnChunk{FileOffset: at, MetaData: format.ColumnMetaData{
		Type: m.Type, Encoding: m.Encoding, PathInSchema: m.PathInSchema, Codec: m.Codec, NumValues: m.NumValues,
		TotalUncompressedSize: m.TotalUncompressedSize, TotalCompressedSize: m.TotalCompressedSize,
		DataPageOffset: m.DataPageOffset, DictionaryPageOffset: m.DictionaryPageOffset, Statistics: m.Statistics,
	}})
}

func plainGroup(g format.RowGroup) bool {
	return reflect.DeepEqual(g, format.RowGroup{
		Columns: g.Columns, TotalByteSize: g.TotalByteSize, NumRows: g.NumRows, SortingColumns: g.SortingColumns,
		FileOffset: g.FileOffset, TotalCompressedSize: g.TotalCompressedSize, Ordinal: g.Ordinal,
	})
}

// checkSorting wants every row group to say that it is sorted as the table is.
func (f *file) checkSorting() {
	for i, g := range f.footer.RowGroups {
		ok := len(g.SortingColumns) == len(f.stored.Sort)
		for n, s := range g.SortingColumns {
			ok = ok && int(s.ColumnIdx) < len(f.footer.Schema)-1 && s.ColumnIdx >= 0 && !s.Descending &&
				f.footer.Schema[s.ColumnIdx+1].Name == f.stored.Sort[n]
			ok = ok && !(f.footer.ours && s.NullsFirst)
		}
		switch {
		case ok:
		case f.footer.ours:
			f.fail(CheckUnsorted, "row group %d does not say that it is sorted by %v", i, f.stored.Sort)
		default:
			f.warn(CheckUnsorted, "row group %d, which another program wrote, does not say that it is sorted by %v", i, f.stored.Sort)
		}
	}
}

// checkPartition wants all dates within the year that the log gives.
func (f *file) checkPartition(stats parquet.Stats) {
	if f.table.Year == "" {
		return
	}
	for i, c := range f.columns {
		s := stats.Columns[i]
		if c.Name != f.table.Year || !s.Valid {
			continue
		}
		first, last := schedules.MakeDay(f.Year, time.January, 1), schedules.MakeDay(f.Year, time.December, 31)
		if s.MinInt < int64(first) || s.MaxInt > int64(last) {
			f.fail(CheckPartition, "its dates go from %s to %s, beyond the year %d", schedules.Day(s.MinInt), schedules.Day(s.MaxInt), f.Year)
		}
	}
}

// footerStats adds up what the row groups say of a column. It is Valid only if all
// that have values say what their bounds are.
func (f *file) footerStats(c etl.Column, leaf int) parquet.ColumnStats {
	all, first := parquet.ColumnStats{}, true
	for _, g := range f.footer.RowGroups {
		m := g.Columns[leaf].MetaData
		all.Nulls += m.Statistics.NullCount
		if m.Statistics.NullCount >= g.NumRows {
			continue
		}
		s, ok := decodeBounds(c.Type, m.Statistics)
		if !ok || c.Type == etl.String && !f.footer.ours { // others cut long strings
			return parquet.ColumnStats{Nulls: all.Nulls}
		}
		if first {
			s.Nulls = all.Nulls
			all, first = s, false
			continue
		}
		all.MinInt, all.MaxInt = min(all.MinInt, s.MinInt), max(all.MaxInt, s.MaxInt)
		all.MinFloat, all.MaxFloat = min(all.MinFloat, s.MinFloat), max(all.MaxFloat, s.MaxFloat)
		all.MinString, all.MaxString = min(all.MinString, s.MinString), max(all.MaxString, s.MaxString)
	}
	all.Valid = !first
	return all
}

// decodeBounds reads the bounds of one column of a row group.
func decodeBounds(t etl.ColumnType, s format.Statistics) (parquet.ColumnStats, bool) {
	le, low, high := binary.LittleEndian, s.MinValue, s.MaxValue
	out := parquet.ColumnStats{Valid: true}
	width := 8
	switch t {
	case etl.Bool:
		return out, false
	case etl.String:
		out.MinString, out.MaxString = string(low), string(high)
		return out, len(high) > 0
	case etl.Date:
		width = 4
	}
	if len(low) != width || len(high) != width {
		return out, false
	}
	switch t {
	case etl.Date:
		out.MinInt, out.MaxInt = int64(int32(le.Uint32(low))), int64(int32(le.Uint32(high)))
	case etl.Float64:
		out.MinFloat, out.MaxFloat = math.Float64frombits(le.Uint64(low)), math.Float64frombits(le.Uint64(high))
		return out, !math.IsNaN(out.MinFloat) && !math.IsNaN(out.MaxFloat) && !math.IsInf(out.MinFloat, 0) && !math.IsInf(out.MaxFloat, 0)
	default:
		out.MinInt, out.MaxInt = int64(le.Uint64(low)), int64(le.Uint64(high))
	}
	return out, true
}

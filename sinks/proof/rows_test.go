//go:build cgo

package proof_test

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"barkeep/etl"
	"barkeep/schedules"
)

// key identifies a row of a table.
type key struct {
	symbol int
	day    schedules.Day
	second int // of a quote, since midnight UTC; 0 in other tables
}

// content is a table: each key with the number of the fetch that brought its row.
// All values of a row are functions of both, so that a row in the wrong place, an
// old row in place of a new one, and a value in the wrong column show.
type content map[key]int

// world is the content of a lake, by table.
type world map[string]content

// with returns the world with one table changed.
func (w world) with(table string, change func(content)) world {
	next := maps.Clone(w)
	if next == nil {
		next = world{}
	}
	c := maps.Clone(next[table])
	if c == nil {
		c = content{}
	}
	change(c)
	next[table] = c
	return next
}

// having returns the world with these rows put into one table.
func (w world) having(table string, rows content) world {
	return w.with(table, func(c content) { maps.Copy(c, rows) })
}

// lacking returns the world without these rows.
func (w world) lacking(table string, rows content) world {
	return w.with(table, func(c content) { maps.DeleteFunc(c, func(k key, _ int) bool { _, ok := rows[k]; return ok }) })
}

// cell is one value: a number, or a text, or null.
func cell(c etl.Column, k key, fetch int) (n int64, s string, null bool) {
	h := fnv.New64a()
	fmt.Fprint(h, c.Name, k, fetch)
	v := int64(h.Sum64() >> 20)
	switch {
	case c.Name == "symbol":
		return 0, fmt.Sprintf("sh%06d", k.symbol), false
	case c.Name == "date":
		return int64(k.day), "", false
	case c.Name == "fetched_at":
		return (int64(k.day)*86400+int64(k.second))*1_000_000 + 123, "", false
	case c.Nullable && v%5 == 0:
		return 0, "", true
	case c.Type == etl.String:
		return 0, c.Name + strconv.FormatInt(v%3, 10) + "价", false
	case c.Type == etl.Date:
		return int64(k.day) + v%9, "", false
	case c.Type == etl.Bool:
		return v % 2, "", false
	case c.Type == etl.Timestamp:
		return int64(k.day)*86_400_000_000 + v%86_400_000_000, "", false
	}
	return v%2_000_000 - 1_000_000, "", false
}

// perUnit is what a Float64 is multiplied by to be a whole number.
const perUnit = 4

// batch returns rows as a record of the table, in no particular order.
func batch(t etl.Table, rows content) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, t.Schema())
	defer b.Release()
	for k, fetch := range rows {
		for i, c := range t.Columns {
			n, s, null := cell(c, k, fetch)
			if null {
				b.Field(i).AppendNull()
				continue
			}
			switch f := b.Field(i).(type) {
			case *array.Date32Builder:
				f.Append(arrow.Date32(n))
			case *array.StringBuilder:
				f.Append(s)
			case *array.Float64Builder:
				f.Append(float64(n) / perUnit)
			case *array.Int64Builder:
				f.Append(n)
			case *array.BooleanBuilder:
				f.Append(n != 0)
			case *array.TimestampBuilder:
				f.Append(arrow.Timestamp(n))
			default:
				panic(fmt.Sprintf("%T", f))
			}
		}
	}
	return b.NewRecord()
}

// texts returns every row as one text, sorted: what textSQL makes of it.
func texts(t etl.Table, rows content) []string {
	list := make([]string, 0, len(rows))
	for k, fetch := range rows {
		cells := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			n, s, null := cell(c, k, fetch)
			switch {
			case null:
				cells[i] = "~"
			case c.Type == etl.String:
				cells[i] = s
			default:
				cells[i] = strconv.FormatInt(n, 10)
			}
		}
		list = append(list, strings.Join(cells, "|"))
	}
	slices.Sort(list)
	return list
}

// textSQL is the expression that makes one text of a row.
func textSQL(t etl.Table) string {
	cells := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		x := `"` + c.Name + `"`
		switch c.Type {
		case etl.Date:
			x = "(" + x + " - DATE '1970-01-01')"
		case etl.Float64:
			x = fmt.Sprintf("CAST(%s * %d AS BIGINT)", x, perUnit)
		case etl.Bool:
			x = "CAST(" + x + " AS INTEGER)"
		case etl.Timestamp:
			x = "epoch_us(" + x + ")"
		}
		cells[i] = "coalesce(CAST(" + x + " AS VARCHAR), '~')"
	}
	return "concat_ws('|', " + strings.Join(cells, ", ") + ")"
}

// bars returns rows of symbols low..high on each of the days.
func bars(fetch, low, high int, days ...schedules.Day) content {
	rows := content{}
	for symbol := low; symbol <= high; symbol++ {
		for _, day := range days {
			rows[key{symbol: symbol, day: day}] = fetch
		}
	}
	return rows
}

// snapshotOf returns the quotes of symbols low..high at one second of a day.
func snapshotOf(low, high int, day schedules.Day, second int) content {
	rows := content{}
	for symbol := low; symbol <= high; symbol++ {
		rows[key{symbol, day, second}] = 1
	}
	return rows
}

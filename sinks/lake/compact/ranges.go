package compact

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"barkeep/etl"
	"barkeep/sinks/lake"
)

// span is the range of a file's first sort column, as the log's statistics have it.
type span struct{ low, high string }

// disjoint says that no two of the files share values of the first sort column. A
// merge ends a file where that column changes, so this tells merged files from
// others. Statistics round bounds: two files may touch, as far as rounding may
// have moved the ends.
func disjoint(t etl.Table, files []lake.File) bool {
	stored := slices.DeleteFunc(slices.Clone(t.Sort), func(name string) bool { return name == t.Day })
	if len(stored) == 0 {
		return true // rows without an order have no keys to share
	}
	column := t.Columns[t.Index(stored[0])]
	var spans []span
	for _, f := range files {
		if f.Stats() == "" {
			return false // another program's; merged, it will have some
		}
		if s, ok := spanOf(f.Stats(), column.Name); ok {
			spans = append(spans, s)
		}
	}
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(strings.Compare(a.low, b.low), strings.Compare(a.high, b.high))
	})
	for i := 1; i < len(spans); i++ {
		if beyond(column.Type, spans[i-1].high, spans[i].low) {
			return false
		}
	}
	return true
}

// spanOf reads the bounds of a column out of a file's statistics.
func spanOf(stats, column string) (span, bool) {
	var s struct {
		Min map[string]json.RawMessage `json:"minValues"`
		Max map[string]json.RawMessage `json:"maxValues"`
	}
	var low, high string
	if json.Unmarshal([]byte(stats), &s) != nil || s.Min[column] == nil || s.Max[column] == nil ||
		json.Unmarshal(s.Min[column], &low) != nil || json.Unmarshal(s.Max[column], &high) != nil {
		return span{}, false
	}
	return span{low, high}, true
}

// Delta's statistics keep this many characters of a string and whole milliseconds
// of an instant. Source: Delta protocol, per-file statistics.
const (
	keptRunes = 32
	keptTime  = time.Millisecond
)

// beyond says that a value lies above another one even when what rounding may have
// added is taken off.
func beyond(t etl.ColumnType, high, low string) bool {
	if t == etl.Timestamp {
		h, herr := time.Parse(time.RFC3339Nano, high)
		l, lerr := time.Parse(time.RFC3339Nano, low)
		return herr == nil && lerr == nil && h.Sub(l) > keptTime
	}
	return firstRunes(high) > firstRunes(low)
}

func firstRunes(s string) string {
	n := 0
	for at := range s {
		if n == keptRunes {
			return s[:at]
		}
		n++
	}
	return s
}

package simulator

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"barkeep/schedules"
)

// table is the rows of an answer taken apart, for faults that spoil them.
type table struct {
	columns []string
	rows    [][]string
}

// column returns the position of the first of the names that is there, or -1.
func (t *table) column(names ...string) int {
	return slices.IndexFunc(t.columns, func(c string) bool { return slices.Contains(names, c) })
}

// columnNames returns the trimmed, lower-case column list of an answer.
func (e *exchange) columnNames() []string {
	list := e.method.Columns
	if list == "" && len(e.args) > 1 {
		list = e.args[1]
	}
	names := strings.Split(strings.ToLower(list), ",")
	for i, n := range names {
		names[i] = strings.TrimSpace(n)
	}
	return names
}

// editRows takes the rows apart, lets edit change them and writes them again.
func (e *exchange) editRows(edit func(t *table)) {
	var parsed struct{ Record [][]string }
	if err := json.Unmarshal(e.reply.records, &parsed); err != nil {
		return // another fault has spoilt the text already
	}
	t := table{columns: e.columnNames(), rows: parsed.Record}
	edit(&t)
	var w rowWriter
	for _, row := range t.rows {
		w.add(row...)
	}
	e.reply.records, e.reply.rows = w.finish(), w.rows
}

// rowFault is a fault of the rows of an answer that has at least some, with
// one of the columns.
func rowFault(name, text string, atLeast int, columns []string, arg argument, edit func(t *table, f *activeFault)) faultKind {
	return faultKind{
		name: name, text: text, arg: arg, stage: onReply,
		possible: func(e *exchange) bool {
			t := table{columns: e.columnNames()}
			return e.reply.code == 0 && e.reply.rows >= atLeast && (columns == nil || t.column(columns...) >= 0)
		},
		play: func(e *exchange, f *activeFault) *failure {
			e.editRows(func(t *table) { edit(t, f) })
			return nil
		},
	}
}

// rawFault puts bytes into the first cell, unescaped.
func rawFault(name, text, raw string) faultKind {
	return faultKind{
		name: name, text: text, stage: onReply,
		possible: func(e *exchange) bool { return e.reply.code == 0 && e.reply.rows > 0 },
		play: func(e *exchange, _ *activeFault) *failure {
			at := len(recordsHead) + len(`["x`)
			e.reply.records = slices.Insert(bytes.Clone(e.reply.records), at, []byte(raw)...)
			return nil
		},
	}
}

func rowFaults() []faultKind {
	numbers := []string{"close", "backadjustfactor"}
	return []faultKind{
		rawFault("utf8", "the first cell holds a byte that is no UTF-8", "\xff"),
		rawFault("linebreak", "the first cell holds a raw line break", "\n"),
		rowFault("other-symbol", "a row is one of another security", 1, []string{"code"}, noArg, func(t *table, _ *activeFault) {
			cell := &t.rows[len(t.rows)/2][t.column("code")]
			*cell = altered(*cell)
		}),
		rowFault("other-day", "a row is dated on another day", 1, []string{"date", "calendar_date", "dividoperatedate"}, noArg, func(t *table, _ *activeFault) {
			cell := &t.rows[len(t.rows)/2][t.column("date", "calendar_date", "dividoperatedate")]
			if d, err := schedules.ParseDay(*cell); err == nil {
				*cell = (d - 7).String()
			}
		}),
		rowFault("duplicate", "a row comes twice", 1, nil, noArg, func(t *table, _ *activeFault) {
			i := len(t.rows) / 2
			t.rows = slices.Insert(t.rows, i, t.rows[i])
		}),
		rowFault("unsorted", "two rows are swapped", 2, nil, noArg, func(t *table, _ *activeFault) {
			i := len(t.rows) / 2
			t.rows[i-1], t.rows[i] = t.rows[i], t.rows[i-1]
		}),
		rowFault("ragged", "a row lacks its last cell", 1, nil, noArg, func(t *table, _ *activeFault) {
			row := &t.rows[len(t.rows)/2]
			*row = (*row)[:len(*row)-1]
		}),
		rowFault("unparsable", "a number is TEXT (--)", 1, numbers, argument{usage: "TEXT"}, func(t *table, f *activeFault) {
			text := f.Arg
			if text == "" {
				text = "--"
			}
			t.rows[len(t.rows)/2][t.column(numbers...)] = text
		}),
		rowFault("impossible", "a bar's high is below its low", 1, []string{"high"}, noArg, func(t *table, _ *activeFault) {
			high, low := t.column("high"), t.column("low")
			if low < 0 {
				return
			}
			i := slices.IndexFunc(t.rows, func(row []string) bool { return row[high] != row[low] })
			if i < 0 { // one price all day: lower its high
				i = len(t.rows) / 2
				t.rows[i][high] = "0.0001"
				return
			}
			t.rows[i][high], t.rows[i][low] = t.rows[i][low], t.rows[i][high]
		}),
	}
}

package lake

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"barkeep/etl"
)

// schemaJSON is Spark's JSON form of a struct.
type schemaJSON struct {
	Type   string      `json:"type"`
	Fields []fieldJSON `json:"fields"`
}

// fieldJSON has exactly these four keys; readers refuse more and fewer.
type fieldJSON struct {
	Name     string          `json:"name"`
	Type     json.RawMessage `json:"type"` // a string, or an object for nested types
	Nullable bool            `json:"nullable"`
	Metadata json.RawMessage `json:"metadata"`
}

type fieldNotes struct {
	Unit    string `json:"unit,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// deltaType returns the name Delta gives a column type.
func deltaType(t etl.ColumnType) string {
	switch t {
	case etl.Date:
		return "date"
	case etl.String:
		return "string"
	case etl.Float64:
		return "double"
	case etl.Int64:
		return "long"
	case etl.Bool:
		return "boolean"
	case etl.Timestamp:
		return "timestamp"
	}
	panic("lake: unknown column type")
}

// schemaString returns the table's schema as the log holds it: the columns in
// their order, and last the year, which is the partition only. Every column is nullable there: in Delta the opposite is a
// promise that writers of all makes have to check, and readers have failed on
// it; barkeep keeps its own stricter promise when it writes.
func schemaString(t etl.Table) (string, error) {
	s := schemaJSON{Type: "struct"}
	add := func(name, typ string, notes fieldNotes) error {
		meta, err := encodeString(notes)
		if err != nil {
			return err
		}
		s.Fields = append(s.Fields, fieldJSON{
			Name: name, Type: json.RawMessage(`"` + typ + `"`), Nullable: true, Metadata: json.RawMessage(meta),
		})
		return nil
	}
	for _, c := range t.Columns {
		if err := add(c.Name, deltaType(c.Type), fieldNotes{Unit: c.Unit, Comment: c.Comment}); err != nil {
			return "", err
		}
	}
	if t.Year != "" {
		notes := fieldNotes{Comment: "calendar year of " + t.Year + ", the partition"}
		if err := add(yearColumn, "integer", notes); err != nil {
			return "", err
		}
	}
	return encodeString(s)
}

// checkDefinition holds a table's definition against the rules of Delta.
func checkDefinition(t etl.Table) error {
	bad := func(column, problem string) error {
		return &SchemaError{Table: t.Name, Column: column, Problem: problem}
	}
	if t.Name == "" || strings.ContainsAny(t.Name, `/\`) || strings.HasPrefix(t.Name, ".") || strings.HasPrefix(t.Name, "_") {
		return fmt.Errorf("%q cannot be the name of a table: it names a directory", t.Name)
	}
	if err := checkPartition(t); err != nil {
		return err
	}
	seen := map[string]bool{yearColumn: t.Year != ""}
	for _, c := range t.Columns {
		if c.Name == "" || strings.ContainsAny(c.Name, " ,;{}()\n\t=") {
			return bad(c.Name, "the name holds a character that Delta does not allow")
		}
		if lower := strings.ToLower(c.Name); seen[lower] {
			return bad(c.Name, "the name is taken (upper and lower case count as the same)")
		} else {
			seen[lower] = true
		}
	}
	for _, name := range t.Sort {
		i := t.Index(name)
		if i < 0 || t.Columns[i].Nullable || !slices.Contains(sortable, t.Columns[i].Type) {
			return bad(name, "files are sorted by Date, Timestamp and String columns without nulls only")
		}
	}
	return nil
}

var sortable = []etl.ColumnType{etl.Date, etl.String, etl.Timestamp}

// checkPartition: a table is split by one Date column; where that names the
// directories, in letters that need no escapes there, something must remain for
// the files.
func checkPartition(t etl.Table) error {
	p := partitionOf(t)
	bad := func(problem string) error { return &SchemaError{Table: t.Name, Column: p.from, Problem: problem} }
	switch i := t.Index(p.from); {
	case p.key == "":
		return nil
	case t.Year != "" && t.Day != "":
		return bad("the table is split by year or by day, not by both")
	case i < 0 || t.Columns[i].Type != etl.Date || t.Columns[i].Nullable:
		return bad("the partition needs a Date column without nulls")
	case p.day && !plainName.MatchString(p.key):
		return bad("a column that names directories has letters, digits and underscores only, and a letter first")
	case p.day && len(t.Columns) == 1:
		return bad("is the partition, and there is no other column")
	}
	return nil
}

var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// compareSchema holds the stored schema against the definition. grown says that
// the definition has further nullable columns at the end, which a new metaData
// adds; anything else is a SchemaError for the first column that differs.
func compareSchema(t etl.Table, stored *metaData) (grown bool, err error) {
	bad := func(column, format string, args ...any) (bool, error) {
		return false, &SchemaError{Table: t.Name, Column: column, Problem: fmt.Sprintf(format, args...)}
	}
	var have schemaJSON
	if err := json.Unmarshal([]byte(stored.SchemaString), &have); err != nil {
		return false, fmt.Errorf("table %s: the stored schema: %w", t.Name, err)
	}
	if want := partitionOf(t).columns(); !slices.Equal(stored.PartitionColumns, want) {
		return bad(slices.Concat(want, stored.PartitionColumns)[0], "the table on disk is partitioned by %q, the definition says %q; write to a new table", stored.PartitionColumns, want)
	}
	fields := slices.DeleteFunc(have.Fields, func(f fieldJSON) bool {
		return t.Year != "" && f.Name == yearColumn // it is not among the table's columns
	})
	for i, f := range fields {
		if i >= len(t.Columns) {
			return bad(f.Name, "is on disk but not in the definition: a newer barkeep wrote this table, use that one")
		}
		if err := compareColumn(t.Name, t.Columns[i], f); err != nil {
			return false, err
		}
	}
	for _, c := range t.Columns[len(fields):] {
		if !c.Nullable {
			return bad(c.Name, "is not in the table on disk and cannot be added, because older rows would hold null and the definition forbids it")
		}
	}
	return len(t.Columns) > len(fields), nil
}

func compareColumn(table string, want etl.Column, have fieldJSON) error {
	bad := func(format string, args ...any) error {
		return &SchemaError{Table: table, Column: want.Name, Problem: fmt.Sprintf(format, args...)}
	}
	if have.Name != want.Name {
		return bad("the table on disk has %s in its place; columns can only be added at the end", have.Name)
	}
	if typ := `"` + deltaType(want.Type) + `"`; string(have.Type) != typ {
		return bad("is %s on disk, the definition says %s; a type cannot change, write to a new table", have.Type, typ)
	}
	var notes struct {
		fieldNotes
		Invariants json.RawMessage `json:"delta.invariants"`
	}
	if err := json.Unmarshal(have.Metadata, &notes); err != nil {
		return bad("the stored metadata: %v", err)
	}
	if notes.Unit != want.Unit {
		return bad("is in %q on disk, the definition says %q; write to a new table", notes.Unit, want.Unit)
	}
	if notes.Invariants != nil {
		return bad("carries an invariant of another program, which barkeep cannot check")
	}
	return nil
}

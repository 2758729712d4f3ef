package verify

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
	"barkeep/sinks/parquet"
)

// checkColumns holds the file's schema against the definition.
func (f *file) checkColumns() {
	elements := f.footer.Schema
	if len(elements) == 0 || int(elements[0].NumChildren.V) != len(elements)-1 {
		f.fail(CheckColumns, "the file's schema is nested or damaged; a table of the lake is flat")
		return
	}
	leaves := map[string]int{}
	for i, e := range elements[1:] {
		leaves[e.Name] = i
	}
	for _, c := range f.stored.Columns {
		leaf, there := leaves[c.Name]
		delete(leaves, c.Name)
		switch {
		case there:
			f.columns, f.leaves = append(f.columns, c), append(f.leaves, leaf)
		case !c.Nullable:
			f.fail(CheckColumns, "the file lacks the column %s, which must not be null", c.Name)
		}
	}
	f.checkOtherColumns(leaves)
	if f.damaged() {
		return
	}
	expected, err := expectedFooter(f.stored, f.columns)
	if err != nil {
		f.fail(CheckColumns, "the file's schema cannot be compared: %v", err)
		return
	}
	for i, c := range f.columns {
		have, want := elements[f.leaves[i]+1], expected.Schema[i+1]
		if !sameType(have, want, c.Type) {
			f.fail(CheckColumns, "the column %s is of another type than the definition says", c.Name)
		} else if f.footer.ours && !reflect.DeepEqual(have, want) {
			f.fail(CheckFooter, "the file is damaged: its footer does not describe the column %s as barkeep writes it", c.Name)
		}
	}
	if f.footer.ours && (f.footer.Version != expected.Version || !reflect.DeepEqual(f.footer.ColumnOrders, expected.ColumnOrders) ||
		elements[0].Name != expected.Schema[0].Name || len(f.footer.KeyValueMetadata) > 0) {
		f.fail(CheckFooter, "the file is damaged: its footer is not one that barkeep writes")
	}
}

// checkOtherColumns judges columns of the file that the definition does not have,
// and ones that it lacks though later ones are there.
func (f *file) checkOtherColumns(others map[string]int) {
	for name := range others {
		switch {
		case name == f.table.Day || name == "year" && f.table.Year != "":
			// Some writers keep the partition in the files as well, which Delta allows.
		case f.footer.ours:
			f.fail(CheckColumns, "the file has a column %s, which the definition does not have", name)
		default:
			f.warn(CheckColumns, "the file has a column %s, which the definition does not have; readers pass over it", name)
		}
	}
	for i, c := range f.columns {
		if f.footer.ours && c.Name != f.stored.Columns[i].Name {
			f.fail(CheckColumns, "the file lacks the column %s, though it has later ones", f.stored.Columns[i].Name)
			return
		}
	}
}

// sameType compares the physical type and the annotation that gives it its
// meaning, in either of the two forms that writers use.
func sameType(have, want format.SchemaElement, t etl.ColumnType) bool {
	if have.Type != want.Type || have.NumChildren.V != 0 || have.RepetitionType.V == format.Repeated {
		return false
	}
	switch t {
	case etl.Date, etl.Timestamp, etl.String:
		return reflect.DeepEqual(have.LogicalType, want.LogicalType) || have.ConvertedType == want.ConvertedType
	}
	return true
}

// expected keeps the footers of empty files, by table and columns.
var expected sync.Map

// expectedFooter returns the footer of an empty file with the columns: what a file
// of this program says of itself, whatever its rows.
func expectedFooter(stored etl.Table, columns []etl.Column) (*format.FileMetaData, error) {
	var key strings.Builder
	key.WriteString(stored.Name)
	for _, c := range columns {
		fmt.Fprintf(&key, " %s:%d:%t", c.Name, c.Type, c.Nullable)
	}
	if known, ok := expected.Load(key.String()); ok {
		return known.(*format.FileMetaData), nil
	}
	var b bytes.Buffer
	stored.Columns = slices.Clone(columns)
	w, err := parquet.NewWriter(&b, stored, parquet.DefaultConfig())
	if err != nil {
		return nil, err
	}
	if _, err := w.Close(); err != nil {
		return nil, err
	}
	body, _, err := parquet.ReadFooter(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		return nil, err
	}
	footer := new(format.FileMetaData)
	if err := decodeThrift(body, footer); err != nil {
		return nil, err
	}
	expected.Store(key.String(), footer)
	return footer, nil
}

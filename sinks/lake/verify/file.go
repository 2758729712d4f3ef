package verify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"barkeep/etl"
	"barkeep/sinks/lake"
	"barkeep/sinks/parquet"
)

// file is a live file being checked.
type file struct {
	lake.File
	table    etl.Table // as the program defines it
	stored   etl.Table // as its files hold it
	deep     bool
	missing  bool
	unsorted bool
	findings []Finding
	more     map[string]int // check -> how many problems beyond the first

	footer  *footer
	columns []etl.Column          // of stored, those that the file has
	leaves  []int                 // where these lie among the file's
	says    *parquet.Stats        // of columns: by the footer, or by the values once these are read; nil before
	keys    []parquet.ColumnStats // exact bounds of the stored table's sort columns; nil likewise
}

// fail adds an error. Of one check the first problem is told and the others are
// counted.
func (f *file) fail(check, problem string, args ...any) { f.add(Error, check, problem, args...) }

func (f *file) warn(check, problem string, args ...any) { f.add(Warning, check, problem, args...) }

func (f *file) add(severity Severity, check, problem string, args ...any) {
	for i := range f.findings {
		if f.findings[i].Check == check && (f.findings[i].Severity == severity || severity == Warning) {
			f.more[check]++
			return
		}
	}
	finding := Finding{Table: f.table.Name, File: f.Relative, Version: f.Added, Severity: severity, Check: check,
		Problem: fmt.Sprintf(problem, args...)}
	f.findings = append(f.findings, finding)
}

// damaged says that the content cannot be read any further.
func (f *file) damaged() bool {
	for _, found := range f.findings {
		if found.Severity == Error && (unreadableData[found.Check] || found.Check == CheckUnreadable) {
			return true
		}
	}
	return false
}

// file checks one file. Its error is the context's.
func (r *run) file(ctx context.Context, live lake.File) (*file, error) {
	f := &file{File: live, table: r.table.Definition(), stored: r.table.Stored(), deep: r.deep, more: map[string]int{}}
	defer f.finish()
	f.checkPlace()
	in := f.open()
	if in == nil {
		return f, nil
	}
	defer in.Close()
	if !f.readFooter(in) {
		return f, nil
	}
	f.checkColumns()
	if f.damaged() {
		return f, nil
	}
	f.checkFooter()
	if !r.deep || f.damaged() {
		return f, nil
	}
	return f, f.checkDeep(ctx, in)
}

// finish completes the findings with what is known when all is done: how many
// there are, what the file held, and how that comes back.
func (f *file) finish() {
	for i := range f.findings {
		found := &f.findings[i]
		if n := f.more[found.Check]; n > 0 {
			found.Problem += fmt.Sprintf(" (and %d more problems of this kind)", n)
			f.more[found.Check] = 0
		}
		if found.Check == CheckDuplicate {
			continue
		}
		found.held(f)
		switch {
		case found.Check == CheckUnreadable:
			found.Remedy = "Give barkeep the right to read it, or check the disk, and verify again"
		case found.Severity == Warning:
			found.Remedy = "Nothing needs to be done"
		default:
			found.Remedy = found.remedy(!unreadableData[found.Check])
		}
	}
}

// checkPlace compares the directory with the partition value in the log.
func (f *file) checkPlace() {
	want := "."
	switch {
	case f.table.Year != "":
		want = fmt.Sprintf("year=%d", f.Year)
	case f.table.Day != "":
		want = f.table.Day + "=" + f.Day.String()
	}
	if dir := path.Dir(f.Relative); dir != want {
		f.fail(CheckPartition, "the log says that it belongs to %s, its directory is %s", want, dir)
	}
}

// footer is a Parquet file's metadata.
type footer struct {
	format.FileMetaData
	start int64 // where it begins, which is where the pages end
	ours  bool  // written by this program, whose layout is known to the byte
}

// readFooter compares the size and decodes the footer.
func (f *file) readFooter(in *os.File) bool {
	info, err := in.Stat()
	if err != nil {
		f.fail(CheckUnreadable, "the file cannot be read: %v", err)
		return false
	}
	if size := info.Size(); !info.Mode().IsRegular() || size != f.Bytes {
		f.fail(CheckSize, "the file has %d bytes, the log says %d", size, f.Bytes)
		return false
	}
	body, start, err := parquet.ReadFooter(in, f.Bytes)
	if err != nil {
		f.fail(CheckFooter, "the file is damaged: %v", err)
		return false
	}
	f.footer = &footer{start: start}
	if err := decodeThrift(body, &f.footer.FileMetaData); err != nil {
		f.fail(CheckFooter, "the file is damaged: its footer cannot be decoded: %v", err)
		return false
	}
	f.footer.ours = strings.HasPrefix(f.footer.CreatedBy, "barkeep ")
	return true
}

// decodeThrift decodes all of b. A field of another type than it must have is an
// error; a panic of the decoder is, too.
func decodeThrift(b []byte, v any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	r := new(thrift.CompactProtocol).NewReaderFromBytes(slices.Clone(b))
	d := thrift.NewDecoder(r)
	d.SetStrict(true)
	if err := d.Decode(v); err != nil {
		return err
	}
	if r.BytesRead() != len(b) {
		return errors.New("it goes on after its end")
	}
	return nil
}

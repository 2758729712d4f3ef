package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// barHistory is what all stored bars say of ex-dates.
type barHistory struct {
	exDates []etl.ExDate // by symbol and day, without those of listings and indices
	present *etl.Cells   // which bars there are
	days    []schedules.Day
	rows    int64
	read    int64 // of them, those that were read and not known from before
}

// spanColumns are the columns that ex-dates are found by.
var spanColumns = []string{"symbol", "date", "close", "preclose", "traded"}

// spanForm is written into kept spans; another number makes them void.
const spanForm = 1

// keptSpan is the content of LAKE/_state/exdates/YEAR, after its SHA-256: a year's
// bars as long as they lie in the same files.
type keptSpan struct {
	Form  int
	Files string // digest of the files' names, which are never used twice
	Span  *etl.BarSpan
}

// readBarHistory reads the bars year by year. A year whose files were read before is
// not read again; keep says whether what is read is kept for the next time.
func readBarHistory(ctx context.Context, l *lake.Lake, c *schedules.Calendar, u etl.Universe, keep bool) (*barHistory, error) {
	table := l.Table(etl.DailyBars)
	snapshot, err := table.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	h := &barHistory{present: etl.NewCells(nil)}
	var spans []*etl.BarSpan
	for files := snapshot.Files; len(files) > 0; {
		n := slices.IndexFunc(files, func(f lake.File) bool { return f.Year != files[0].Year })
		if n < 0 {
			n = len(files)
		}
		part := *snapshot
		part.Files, files = files[:n], files[n:]
		span, kept, err := yearSpan(ctx, l, &part, keep)
		if err != nil {
			return nil, err
		}
		spans = append(spans, span)
		if h.rows += span.Rows; !kept {
			h.read += span.Rows
		}
	}
	if len(spans) == 0 {
		return h, nil
	}
	h.days = c.Days(schedules.MakeDay(snapshot.Files[0].Year, 1, 1), schedules.MakeDay(snapshot.Files[len(snapshot.Files)-1].Year, 12, 31))
	found, present, err := etl.JoinSpans(h.days, spans)
	h.present = present
	h.exDates = slices.DeleteFunc(etl.WithoutListings(found, u), func(e etl.ExDate) bool {
		in, ok := u.Find(e.Symbol)
		return ok && in.Kind == etl.Index
	})
	return h, err
}

// yearSpan reads the files of one year, or what was kept of them.
func yearSpan(ctx context.Context, l *lake.Lake, files *lake.Snapshot, keep bool) (span *etl.BarSpan, kept bool, err error) {
	digest := sha256.New()
	for _, f := range files.Files {
		fmt.Fprintln(digest, f.Relative)
	}
	key := hex.EncodeToString(digest.Sum(nil))
	dir := filepath.Join(l.StateDir(), "exdates")
	path := filepath.Join(dir, fmt.Sprint(files.Files[0].Year))
	if span := openSpan(path, key); span != nil {
		return span, true, nil
	}
	if span, err = scanYear(ctx, l.Table(etl.DailyBars), files); err != nil || !keep {
		return span, false, err
	}
	var text bytes.Buffer
	if err := gob.NewEncoder(&text).Encode(keptSpan{spanForm, key, span}); err != nil {
		return nil, false, fmt.Errorf("keep the ex-dates of a year: %w", err)
	}
	if err := l.Disk().Mkdir(dir); err != nil {
		return nil, false, fmt.Errorf("keep the ex-dates of a year: %w", err)
	}
	sum := sha256.Sum256(text.Bytes())
	if err := l.Disk().Replace(path+".tmp", path, append(sum[:], text.Bytes()...)); err != nil {
		return nil, false, fmt.Errorf("keep the ex-dates of a year: %w", err)
	}
	return span, false, nil
}

// openSpan returns what was kept of the same files; nil when that is nothing, or is
// damaged, so that the files are read.
func openSpan(path, key string) *etl.BarSpan {
	text, err := os.ReadFile(path)
	if err != nil || len(text) < sha256.Size || sha256.Sum256(text[sha256.Size:]) != [sha256.Size]byte(text) {
		return nil
	}
	text = text[sha256.Size:]
	var kept keptSpan
	if err := gob.NewDecoder(bytes.NewReader(text)).Decode(&kept); err != nil || kept.Form != spanForm || kept.Files != key {
		return nil
	}
	return kept.Span
}

// scanYear finds the ex-dates within a year. One file is sorted and streams through;
// several may overlap in days, and their bars are sorted first.
func scanYear(ctx context.Context, table *lake.Table, files *lake.Snapshot) (*etl.BarSpan, error) {
	scanner := etl.NewExDateScanner(nil)
	if len(files.Files) == 1 {
		if err := table.Scan(ctx, files, spanColumns, nil, scanner.Scan); err != nil {
			return nil, err
		}
		return scanner.Span(), nil
	}
	var bars etl.BarSorter
	bars.Grow(int(min(max(files.Rows(), 0), 4_000_000)))
	if err := table.Scan(ctx, files, spanColumns, nil, bars.Add); err != nil {
		return nil, err
	}
	if err := bars.Pass(scanner); err != nil {
		return nil, fmt.Errorf("table daily_bars, year %d: %w; barkeep verify tells more", files.Files[0].Year, err)
	}
	return scanner.Span(), nil
}

//go:build cgo

package duckdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"barkeep/sinks/lake"
)

// built is a publication on disk under temporary names: paths.
type built struct {
	catalog string
	// copied is the same again, for lake.duckdb: a link would be cheaper, but then
	// whoever writes to lake.duckdb by mistake would write to the kept catalog too,
	// and by holding it open keep readers from it.
	copied string
	script string
}

// build makes the files of a publication.
func (b *builder) build(ctx context.Context, l *lake.Lake, c content, cfg Config) (built, error) {
	tmp := func(of string) string { return filepath.Join(l.Dir(), tmpName(of)) }
	out := built{catalog: tmp(""), copied: tmp("copy"), script: tmp("script")}
	d := l.Disk()
	if err := b.begin(d, out.catalog); err != nil {
		return out, err
	}
	script, err := b.fill(ctx, l, c, out.catalog, cfg)
	if err != nil {
		return out, err
	}
	if err := d.Sync(out.catalog); err != nil {
		return out, err
	}
	body, err := os.ReadFile(out.catalog)
	if err != nil {
		return out, err
	}
	if err := d.Write(out.copied, body); err != nil {
		return out, err
	}
	return out, d.Write(out.script, script)
}

// fill makes the file with the form into the catalog, and returns the script.
func (b *builder) fill(ctx context.Context, l *lake.Lake, c content, path string, cfg Config) (script []byte, err error) {
	var opening errgroup.Group // as long as writing the statements takes
	var s *session
	opening.Go(func() (err error) {
		s, err = b.open(ctx, path, cfg)
		return err
	})
	statements, script, err := c.statements(ctx, l)
	if err = errors.Join(err, opening.Wait()); err != nil {
		if s != nil {
			s.conn.close()
		}
		return nil, err
	}
	return script, s.write(statements)
}

func (c content) statements(ctx context.Context, l *lake.Lake) (fill []string, script []byte, err error) {
	if err := readHistories(ctx, l, c.views); err != nil {
		return nil, nil, err
	}
	if fill, err = c.fillSQL(origin{dir: l.Dir()}); err != nil {
		return nil, nil, err
	}
	script, err = c.script(l.Dir())
	return fill, script, err
}

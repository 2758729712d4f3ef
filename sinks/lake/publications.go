package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Publication is a catalog that was made of the lake and is still offered to
// readers. While one is listed, vacuum keeps every file it may name.
type Publication struct {
	Number   int64            `json:"number"`   // ascending from 1, without regard to the versions of tables
	Taken    time.Time        `json:"taken"`    // just before the first of its snapshots was read
	Versions map[string]int64 `json:"versions"` // table -> the version it shows; tables that do not exist are left out
}

func (l *Lake) publicationsPath() string { return filepath.Join(l.StateDir(), "publications.json") }

// Publications reads the list, oldest first; a lake that was never published has
// none.
func (l *Lake) Publications() ([]Publication, error) {
	text, err := os.ReadFile(l.publicationsPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of published catalogs: %w", err)
	}
	var list []Publication
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("the list of published catalogs, %s, is damaged: %w; remove it together with all lake@*.duckdb, and publish again",
			l.publicationsPath(), err)
	}
	return list, nil
}

// SavePublications replaces the list. Only one publisher at a time may do so. A
// publication is listed before readers can see it, and crossed off after they no
// longer can.
func (l *Lake) SavePublications(list []Publication) error {
	text, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return err
	}
	if err := l.disk.Mkdir(l.StateDir()); err != nil {
		return err
	}
	path := l.publicationsPath()
	if err := l.disk.Replace(filepath.Join(l.StateDir(), tmpName(tmpPublications)), path, append(text, '\n')); err != nil {
		return fmt.Errorf("save the list of published catalogs: %w", err)
	}
	return nil
}

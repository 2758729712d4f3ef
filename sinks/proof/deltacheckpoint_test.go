//go:build cgo

package proof_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// readCheckpoint lets DuckDB read a checkpoint.
func (t *deltaTable) readCheckpoint(version int64) error {
	file := "read_parquet(" + quote(filepath.Join(t.log(), fmt.Sprintf("%020d.checkpoint.parquet", version))) + ")"
	rows, err := ask("SELECT to_json({'path': add.path, 'partitionValues': add.partitionValues, 'size': add.size, " +
		"'dataChange': add.dataChange, 'stats': add.stats})::VARCHAR FROM " + file + " WHERE add IS NOT NULL")
	if err != nil {
		return err
	}
	for _, row := range rows {
		var f deltaFile
		if err := json.Unmarshal([]byte(row), &f); err != nil {
			return fmt.Errorf("checkpoint %d: %s: %w", version, row, err)
		}
		if f.DataChange == nil || *f.DataChange {
			return fmt.Errorf("checkpoint %d: dataChange of %s is not false", version, f.Path)
		}
		if err := t.apply(&deltaAction{Add: &f}, map[string]bool{}); err != nil {
			return fmt.Errorf("checkpoint %d: %w", version, err)
		}
	}
	rows, err = ask("SELECT txn.appId, txn.version FROM " + file + " WHERE txn IS NOT NULL")
	if err != nil {
		return err
	}
	for _, row := range rows {
		id, v, _ := strings.Cut(row, "\t")
		if t.txns[id], err = strconv.ParseInt(v, 10, 64); err != nil {
			return err
		}
	}
	t.version = version
	return t.checkOrder(file)
}

// checkOrder makes sure that readers which stop early find what they need first.
func (t *deltaTable) checkOrder(file string) error {
	rows, err := ask("SELECT (protocol IS NOT NULL)::VARCHAR, (metaData IS NOT NULL)::VARCHAR FROM " + file + " LIMIT 2")
	if err == nil && !slices.Equal(rows, []string{"true\tfalse", "false\ttrue"}) {
		err = fmt.Errorf("a checkpoint begins with %q", rows)
	}
	return err
}

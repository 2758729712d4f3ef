package lake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	pq "github.com/parquet-go/parquet-go"
)

// Defaults of the table properties that bear on checkpoints.
const (
	defaultInterval  = 10
	defaultRetention = 7 * 24 * time.Hour

	maxInterval = 200 * 365 * 24 * time.Hour // what a time can go back
)

// interval returns after how many commits a checkpoint is due.
func (s *state) interval() int64 {
	if s.metaData == nil {
		return defaultInterval
	}
	n, err := strconv.ParseInt(s.metaData.Configuration["delta.checkpointInterval"], 10, 64)
	if err != nil || n <= 0 {
		return defaultInterval
	}
	return n
}

// retention returns how long tombstones stay in the state.
func (s *state) retention() time.Duration {
	return interval(s.metaData, "delta.deletedFileRetentionDuration", defaultRetention)
}

// interval reads a table property of the form "interval 30 days". Deleting what is
// in use would be worse than keeping what is not, so what cannot be read counts as
// the default.
func interval(m *metaData, property string, standard time.Duration) time.Duration {
	f := strings.Fields(strings.ToLower(m.Configuration[property]))
	if len(f) != 3 || f[0] != "interval" {
		return standard
	}
	n, err := strconv.ParseInt(f[1], 10, 32)
	unit, ok := map[string]time.Duration{
		"second": time.Second, "minute": time.Minute, "hour": time.Hour,
		"day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
	}[strings.TrimSuffix(f[2], "s")]
	if err != nil || !ok || n < 0 || n > int64(maxInterval/unit) {
		return standard
	}
	return time.Duration(n) * unit
}

// writeCheckpoint writes the checkpoint of a version whose commit exists, and
// points _last_checkpoint at it. If two processes do so at once either result
// is right.
func (t *Table) writeCheckpoint(ctx context.Context, version int64) error {
	st, err := t.load(ctx, version)
	if err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	rows := checkpointRows(st, time.Now())
	body, err := encodeCheckpoint(rows)
	if err != nil {
		return fmt.Errorf("write checkpoint of %s, version %d: %w", t.table.Name, version, err)
	}
	if err := t.lake.disk.Replace(t.tmp(tmpCheckpoint), filepath.Join(t.log, checkpointName(version)), body); err != nil {
		return fmt.Errorf("write checkpoint of %s, version %d: %w", t.table.Name, version, err)
	}
	if err := t.pointAt(version, len(rows), len(body), len(st.adds)); err != nil {
		return fmt.Errorf("write %s of %s: %w", lastPointer, t.table.Name, err)
	}
	return nil
}

// lastCheckpoint is the content of _last_checkpoint. There is no "parts": with
// one, readers look for a multi-part name.
type lastCheckpoint struct {
	Version       int64 `json:"version"`
	Size          int64 `json:"size"` // rows
	SizeInBytes   int64 `json:"sizeInBytes"`
	NumOfAddFiles int64 `json:"numOfAddFiles"`
}

// pointAt replaces the pointer unless it is ahead already.
func (t *Table) pointAt(version int64, rows, size, adds int) error {
	var have lastCheckpoint
	if text, err := os.ReadFile(filepath.Join(t.log, lastPointer)); err == nil {
		if json.Unmarshal(text, &have) == nil && have.Version > version {
			return nil
		}
	}
	text, err := encodeString(lastCheckpoint{version, int64(rows), int64(size), int64(adds)})
	if err != nil {
		return err
	}
	return t.lake.disk.Replace(t.tmp(tmpPointer), filepath.Join(t.log, lastPointer), []byte(text))
}

// checkpointRows lists the state: the rows readers want first come first, the
// rest in a fixed order.
func checkpointRows(st *state, now time.Time) []checkpointRow {
	rows := []checkpointRow{
		{Protocol: &checkpointProtocol{&st.protocol.MinReaderVersion, &st.protocol.MinWriterVersion}},
		{MetaData: checkpointMetaDataOf(st.metaData)},
	}
	for _, id := range slices.Sorted(maps.Keys(st.txns)) {
		txn := st.txns[id]
		rows = append(rows, checkpointRow{Txn: &checkpointTxn{&txn.AppID, &txn.Version, txn.LastUpdated}})
	}
	for _, path := range slices.Sorted(maps.Keys(st.adds)) {
		rows = append(rows, checkpointRow{Add: checkpointAddOf(st.adds[path].addFile)})
	}
	expired := now.Add(-st.retention()).UnixMilli()
	for _, path := range slices.Sorted(maps.Keys(st.removes)) {
		if r := st.removes[path]; r.DeletionTimestamp >= expired {
			rows = append(rows, checkpointRow{Remove: checkpointRemoveOf(r)})
		}
	}
	return rows
}

// encodeCheckpoint writes what the widest range of readers can read: PLAIN
// strings, version 1 pages, snappy.
func encodeCheckpoint(rows []checkpointRow) ([]byte, error) {
	var b bytes.Buffer
	w := pq.NewGenericWriter[checkpointRow](&b,
		pq.Compression(&pq.Snappy), pq.DataPageVersion(1),
		pq.DefaultEncodingFor(pq.ByteArray, &pq.Plain))
	if _, err := w.Write(rows); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

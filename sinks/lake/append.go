package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
)

// Append adds rows to the table in one commit, and creates the table with it
// if need be. The batches have the table's columns in order; they are sorted
// by Table.Sort and split by partition, one new file for each year or day, and
// stay the caller's.
//
// A row twice in a Unique table, a null where the definition has none and a
// column of another type are errors before anything is written; rows already
// in the table are not looked for. Appends of several processes all succeed.
// After an error the table is as it was, or holds all the rows: a new snapshot
// tells which. Errors: ErrCommitted, ErrConflict, SchemaError, ProtocolError.
func (t *Table) Append(ctx context.Context, batches []arrow.Record, info Info) (Commit, error) {
	return t.put(ctx, batches, info, false)
}

// Replace makes these rows the whole content of the table, in one commit: for
// small tables that are fetched whole. Readers see the old rows or the new
// ones. Unlike an append it conflicts with any change that comes first. No
// rows at all are an error, because an empty answer of a vendor must not empty
// the table.
func (t *Table) Replace(ctx context.Context, batches []arrow.Record, info Info) (Commit, error) {
	return t.put(ctx, batches, info, true)
}

func (t *Table) put(ctx context.Context, batches []arrow.Record, info Info, replace bool) (Commit, error) {
	start := time.Now()
	fail := func(err error) (Commit, error) {
		return Commit{}, fmt.Errorf("write to table %s: %w", t.table.Name, err)
	}
	base, err := t.openForWrite(ctx, info)
	if err != nil {
		return fail(err)
	}
	parts, err := arrange(t.table, batches)
	if err != nil {
		return fail(err)
	}
	rows := t.partition.withoutKey(t.table, batches)
	defer func() {
		for _, r := range rows {
			r.Release()
		}
	}()
	commit := Commit{Warning: t.sweep(start)}
	c := &change{operation: "WRITE", info: info, replace: replace, parameters: t.writeParameters(replace)}
	for _, p := range parts {
		f, add, err := t.writeFile(ctx, p, rows)
		if err != nil {
			return fail(errors.Join(err, t.DropUncommitted(commit.Files)))
		}
		c.adds = append(c.adds, add)
		commit.Files = append(commit.Files, f)
		commit.Rows += f.Rows
		commit.Bytes += f.Bytes
	}
	sortFiles(commit.Files)
	c.metrics = writeMetrics(&commit, info)
	commit.Version, err = t.publish(ctx, base, c)
	if errors.Is(err, errUncertain) {
		return commit, err
	}
	if err != nil {
		return Commit{}, errors.Join(err, t.DropUncommitted(commit.Files))
	}
	t.finish(ctx, base, &commit, start)
	return commit, nil
}

// Mark commits the version of an application and nothing else: "up to here, and
// there was nothing to write". A version the table holds already is not
// committed again.
func (t *Table) Mark(ctx context.Context, appID string, version int64) error {
	start := time.Now()
	if appID == "" {
		return fmt.Errorf("mark table %s: an application needs a name", t.table.Name)
	}
	base, err := t.openForWrite(ctx, Info{})
	if err != nil {
		return fmt.Errorf("mark table %s: %w", t.table.Name, err)
	}
	if have, ok := base.txns[appID]; ok && have.Version == version {
		return nil
	}
	c := &change{
		operation:  "STREAMING UPDATE",
		parameters: map[string]string{"outputMode": "Append", "queryId": appID, "epochId": strconv.FormatInt(version, 10)},
		info:       Info{AppID: appID, AppVersion: version},
	}
	var commit Commit
	if commit.Version, err = t.publish(ctx, base, c); err != nil {
		return err
	}
	t.finish(ctx, base, &commit, start)
	return nil
}

// openForWrite reads the table and refuses early what could not be committed.
func (t *Table) openForWrite(ctx context.Context, info Info) (*state, error) {
	if err := checkDefinition(t.table); err != nil {
		return nil, err
	}
	base, err := t.load(ctx, newestVersion)
	if err != nil {
		return nil, err
	}
	if _, err := t.schemaActions(base, 0); err != nil {
		return nil, err
	}
	if have, ok := base.txns[info.AppID]; ok && info.AppID != "" && have.Version >= info.AppVersion {
		return nil, fmt.Errorf("version %d of %s: %w (the table has %d)", info.AppVersion, info.AppID, ErrCommitted, have.Version)
	}
	return base, nil
}

// finish does what follows a commit and can no longer fail it.
func (t *Table) finish(ctx context.Context, base *state, commit *Commit, start time.Time) {
	for i := range commit.Files {
		commit.Files[i].Added = commit.Version
	}
	commit.Took = time.Since(start)
	if commit.Version == 0 || commit.Version%base.interval() != 0 {
		return
	}
	err := t.writeCheckpoint(ctx, commit.Version)
	if err == nil {
		err = t.cleanLog(ctx, base.metaData, time.Now())
	}
	commit.Warning = errors.Join(commit.Warning, err)
}

func (t *Table) writeParameters(replace bool) map[string]string {
	by, mode := "[]", "Append"
	if t.partition.key != "" {
		by = `["` + t.partition.key + `"]`
	}
	if replace {
		mode = "Overwrite"
	}
	return map[string]string{"mode": mode, "partitionBy": by}
}

func writeMetrics(c *Commit, info Info) map[string]string {
	m := map[string]string{
		"numFiles":       strconv.Itoa(len(c.Files)),
		"numOutputRows":  strconv.FormatInt(c.Rows, 10),
		"numOutputBytes": strconv.FormatInt(c.Bytes, 10),
	}
	maps.Copy(m, info.Metrics)
	return m
}

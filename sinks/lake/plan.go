package lake

import (
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
)

// proposal is a change against one base version, with what makes other commits
// conflict with it.
type proposal struct {
	actions   []action
	creates   bool            // the base is no table
	appID     string          // "" for none
	readTable bool            // relies on the base's whole content
	removes   map[string]bool // encoded paths it takes out; nil for none
}

// plan turns a change into actions.
func (t *Table) plan(base *state, c *change) (*proposal, error) {
	p := &proposal{creates: base.version < 0, appID: c.info.AppID, readTable: c.replace && base.version >= 0}
	// A clock that was set back must not make a file look as if it had been out of
	// use for long: nothing happens before the commit it builds on.
	now := max(time.Now().UnixMilli(), base.committed)
	info, err := t.commitInfo(base, c, now)
	if err != nil {
		return nil, err
	}
	p.actions = append(p.actions, action{CommitInfo: info})
	schema, err := t.schemaActions(base, now)
	if err != nil {
		return nil, err
	}
	p.actions = append(p.actions, schema...)
	if c.info.AppID != "" {
		p.actions = append(p.actions, action{Txn: &transaction{c.info.AppID, c.info.AppVersion, &now}})
	}
	removes, err := c.removeActions(t.table.Name, base, now)
	if err != nil {
		return nil, err
	}
	if len(removes) > 0 {
		p.removes = make(map[string]bool, len(removes))
	}
	for _, r := range removes {
		p.removes[r.Path] = true
		p.actions = append(p.actions, action{Remove: r})
	}
	for _, a := range c.adds {
		add := *a
		add.DataChange = !c.keepsRows
		p.actions = append(p.actions, action{Add: &add})
	}
	return p, nil
}

// removeActions takes out what the change takes out of the base.
func (c *change) removeActions(table string, base *state, now int64) ([]*removeFile, error) {
	var paths []string
	switch {
	case c.replace:
		paths = slices.Sorted(maps.Keys(base.adds))
	default:
		for _, f := range c.removes {
			if _, live := base.adds[f.Relative]; !live {
				return nil, &ConflictError{Table: table, Version: base.version, Found: "no longer holds the file " + f.Relative}
			}
			paths = append(paths, f.Relative)
		}
	}
	if len(paths) == 0 {
		return nil, nil
	}
	if !c.keepsRows && base.metaData.Configuration["delta.appendOnly"] == "true" {
		return nil, fmt.Errorf("remove rows from %s: the table's property delta.appendOnly forbids it", table)
	}
	removes := make([]*removeFile, len(paths))
	for i, path := range paths {
		old := base.adds[path]
		removes[i] = &removeFile{
			Path: old.Path, DeletionTimestamp: now, DataChange: !c.keepsRows,
			ExtendedFileMetadata: true, PartitionValues: old.PartitionValues, Size: old.Size,
		}
	}
	return removes, nil
}

// schemaActions creates the table, or adds new columns to it, or does nothing.
func (t *Table) schemaActions(base *state, now int64) ([]action, error) {
	schema, err := schemaString(t.table)
	if err != nil {
		return nil, err
	}
	if base.version < 0 {
		return []action{
			{Protocol: &protocol{MinReaderVersion: 1, MinWriterVersion: 2}},
			{MetaData: &metaData{
				ID: uuid.NewString(), Name: t.table.Name, Description: t.table.Comment,
				Format:       format{Provider: "parquet", Options: map[string]string{}},
				SchemaString: schema, PartitionColumns: t.partition.columns(),
				Configuration: map[string]string{}, CreatedTime: now,
			}},
		}, nil
	}
	if v := base.protocol.MinWriterVersion; v > 2 {
		return nil, &ProtocolError{Table: t.table.Name, Needs: fmt.Sprintf("writer version %d", v)}
	}
	grown, err := compareSchema(t.table, base.metaData)
	if err != nil || !grown {
		return nil, err
	}
	m := *base.metaData
	m.SchemaString = schema
	return []action{{MetaData: &m}}, nil
}

func (t *Table) commitInfo(base *state, c *change, now int64) ([]byte, error) {
	info := commitInfo{
		Timestamp: now, Operation: c.operation, OperationParameters: maps.Clone(c.parameters),
		IsolationLevel: "Serializable", IsBlindAppend: !c.replace && len(c.removes) == 0,
		OperationMetrics: c.metrics, EngineInfo: c.info.Engine, TxnID: uuid.NewString(),
	}
	if c.keepsRows {
		info.IsolationLevel = "SnapshotIsolation"
	}
	if base.version >= 0 {
		info.ReadVersion = &base.version
	}
	if info.EngineInfo == "" {
		info.EngineInfo = engine()
	}
	if c.info.Job != "" {
		info.OperationParameters["job"] = c.info.Job
	}
	text, err := encodeString(info)
	return []byte(text), err
}

// engine returns the program's name and the version built into it.
var engine = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return "barkeep/" + info.Main.Version
	}
	return "barkeep/devel"
})

// conflict holds one action of a commit that came first against the proposal.
// Appends conflict with no file action, so neither with other appends nor with
// compaction; what takes files out conflicts with what took the same ones.
func (p *proposal) conflict(table string, version int64, theirs *action) error {
	found := ""
	switch {
	case theirs.Protocol != nil && (theirs.Protocol.MinReaderVersion > 1 || theirs.Protocol.MinWriterVersion > 2):
		return &ProtocolError{Table: table, Needs: fmt.Sprintf("reader version %d, writer version %d",
			theirs.Protocol.MinReaderVersion, theirs.Protocol.MinWriterVersion)}
	case theirs.MetaData != nil:
		found = "changed the schema or the properties"
	case theirs.Txn != nil && p.appID != "" && theirs.Txn.AppID == p.appID:
		found = "holds version " + strconv.FormatInt(theirs.Txn.Version, 10) + " of the same application, " + p.appID
	case theirs.Add != nil && p.readTable:
		found = "added files, which this commit would have replaced unseen"
	case theirs.Remove != nil && (p.readTable || p.removes[theirs.Remove.Path]):
		found = "removed files that this commit removes, too"
	}
	if found == "" {
		return nil
	}
	return &ConflictError{Table: table, Version: version, Found: found}
}

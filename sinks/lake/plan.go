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
	creates   bool   // the base is no table
	appID     string // "" for none
	readTable bool   // relies on the base's whole content
}

// plan turns a change into actions.
func (t *Table) plan(base *state, c *change) (*proposal, error) {
	p := &proposal{creates: base.version < 0, appID: c.info.AppID, readTable: c.replace && base.version >= 0}
	now := time.Now().UnixMilli()
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
	if c.replace {
		if base.version >= 0 && base.metaData.Configuration["delta.appendOnly"] == "true" {
			return nil, fmt.Errorf("replace the content of %s: the table's property delta.appendOnly forbids it", t.table.Name)
		}
		for _, path := range slices.Sorted(maps.Keys(base.adds)) {
			old := base.adds[path]
			p.actions = append(p.actions, action{Remove: &removeFile{
				Path: old.Path, DeletionTimestamp: now, DataChange: true,
				ExtendedFileMetadata: true, PartitionValues: old.PartitionValues, Size: old.Size,
			}})
		}
	}
	for _, a := range c.adds {
		p.actions = append(p.actions, action{Add: a})
	}
	return p, nil
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
		IsolationLevel: "Serializable", IsBlindAppend: !c.replace,
		OperationMetrics: c.metrics, EngineInfo: c.info.Engine, TxnID: uuid.NewString(),
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
// compaction.
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
	case theirs.Remove != nil && p.readTable:
		found = "removed files that this commit removes, too"
	}
	if found == "" {
		return nil
	}
	return &ConflictError{Table: table, Version: version, Found: found}
}

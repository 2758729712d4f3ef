package lake

// The columns of a checkpoint, all of them optional and all of them written,
// even where every value is null: some readers count them. Pointers keep false
// and 0 apart from null.

type checkpointRow struct {
	Txn      *checkpointTxn      `parquet:"txn,optional"`
	Add      *checkpointAdd      `parquet:"add,optional"`
	Remove   *checkpointRemove   `parquet:"remove,optional"`
	MetaData *checkpointMetaData `parquet:"metaData,optional"`
	Protocol *checkpointProtocol `parquet:"protocol,optional"`
}

type checkpointTxn struct {
	AppID       *string `parquet:"appId,optional"`
	Version     *int64  `parquet:"version,optional"`
	LastUpdated *int64  `parquet:"lastUpdated,optional"`
}

type checkpointAdd struct {
	Path             *string            `parquet:"path,optional"`
	PartitionValues  map[string]*string `parquet:"partitionValues,optional"`
	Size             *int64             `parquet:"size,optional"`
	ModificationTime *int64             `parquet:"modificationTime,optional"`
	DataChange       *bool              `parquet:"dataChange,optional"`
	Stats            *string            `parquet:"stats,optional"`
	Tags             map[string]*string `parquet:"tags,optional"`
}

type checkpointRemove struct {
	Path                 *string            `parquet:"path,optional"`
	DeletionTimestamp    *int64             `parquet:"deletionTimestamp,optional"`
	DataChange           *bool              `parquet:"dataChange,optional"`
	ExtendedFileMetadata *bool              `parquet:"extendedFileMetadata,optional"`
	PartitionValues      map[string]*string `parquet:"partitionValues,optional"`
	Size                 *int64             `parquet:"size,optional"`
}

type checkpointMetaData struct {
	ID               *string            `parquet:"id,optional"`
	Name             *string            `parquet:"name,optional"`
	Description      *string            `parquet:"description,optional"`
	Format           *checkpointFormat  `parquet:"format,optional"`
	SchemaString     *string            `parquet:"schemaString,optional"`
	PartitionColumns []*string          `parquet:"partitionColumns,optional,list"`
	Configuration    map[string]*string `parquet:"configuration,optional"`
	CreatedTime      *int64             `parquet:"createdTime,optional"`
}

type checkpointFormat struct {
	Provider *string            `parquet:"provider,optional"`
	Options  map[string]*string `parquet:"options,optional"`
}

type checkpointProtocol struct {
	MinReaderVersion *int32 `parquet:"minReaderVersion,optional"`
	MinWriterVersion *int32 `parquet:"minWriterVersion,optional"`
}

func checkpointAddOf(a *addFile) *checkpointAdd {
	change := false // a checkpoint changes nothing
	return &checkpointAdd{
		Path: &a.Path, PartitionValues: notNil(a.PartitionValues), Size: &a.Size,
		ModificationTime: &a.ModificationTime, DataChange: &change,
		Stats: orNull(a.Stats), Tags: a.Tags,
	}
}

func checkpointRemoveOf(r *removeFile) *checkpointRemove {
	change := false
	row := &checkpointRemove{
		Path: &r.Path, DeletionTimestamp: &r.DeletionTimestamp, DataChange: &change,
		ExtendedFileMetadata: &r.ExtendedFileMetadata,
	}
	if r.ExtendedFileMetadata {
		row.PartitionValues, row.Size = notNil(r.PartitionValues), &r.Size
	}
	return row
}

func checkpointMetaDataOf(m *metaData) *checkpointMetaData {
	row := &checkpointMetaData{
		ID: &m.ID, Name: orNull(m.Name), Description: orNull(m.Description),
		Format:           &checkpointFormat{Provider: &m.Format.Provider, Options: pointers(m.Format.Options)},
		SchemaString:     &m.SchemaString,
		PartitionColumns: make([]*string, len(m.PartitionColumns)),
		Configuration:    pointers(m.Configuration),
	}
	for i := range m.PartitionColumns {
		row.PartitionColumns[i] = &m.PartitionColumns[i]
	}
	if m.CreatedTime != 0 {
		row.CreatedTime = &m.CreatedTime
	}
	return row
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func notNil(m map[string]*string) map[string]*string {
	if m == nil {
		return map[string]*string{}
	}
	return m
}

func pointers(m map[string]string) map[string]*string {
	p := make(map[string]*string, len(m))
	for k, v := range m {
		p[k] = &v
	}
	return p
}

package lake

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// action is one line of a commit: exactly one of the fields is set. Unknown
// actions leave all of them empty and are passed over.
type action struct {
	CommitInfo json.RawMessage `json:"commitInfo,omitempty"` // not part of the table's state
	Protocol   *protocol       `json:"protocol,omitempty"`
	MetaData   *metaData       `json:"metaData,omitempty"`
	Txn        *transaction    `json:"txn,omitempty"`
	Remove     *removeFile     `json:"remove,omitempty"`
	Add        *addFile        `json:"add,omitempty"`
}

// All times in actions are milliseconds since 1970-01-01T00:00:00Z.

type protocol struct {
	MinReaderVersion int32 `json:"minReaderVersion"`
	MinWriterVersion int32 `json:"minWriterVersion"`
}

type metaData struct {
	ID               string            `json:"id"` // a UUID, fixed for the life of the table
	Name             string            `json:"name,omitempty"`
	Description      string            `json:"description,omitempty"`
	Format           format            `json:"format"`
	SchemaString     string            `json:"schemaString"` // JSON inside a string
	PartitionColumns []string          `json:"partitionColumns"`
	Configuration    map[string]string `json:"configuration"`
	CreatedTime      int64             `json:"createdTime,omitempty"`
}

type format struct {
	Provider string            `json:"provider"`
	Options  map[string]string `json:"options"`
}

type transaction struct {
	AppID       string `json:"appId"`
	Version     int64  `json:"version"`
	LastUpdated *int64 `json:"lastUpdated,omitempty"`
}

type addFile struct {
	Path             string             `json:"path"` // percent-encoded
	PartitionValues  map[string]*string `json:"partitionValues"`
	Size             int64              `json:"size"` // bytes
	ModificationTime int64              `json:"modificationTime"`
	DataChange       bool               `json:"dataChange"`
	Stats            string             `json:"stats,omitempty"` // JSON inside a string
	Tags             map[string]*string `json:"tags,omitempty"`
}

type removeFile struct {
	Path                 string             `json:"path"` // spelled as in the add
	DeletionTimestamp    int64              `json:"deletionTimestamp"`
	DataChange           bool               `json:"dataChange"`
	ExtendedFileMetadata bool               `json:"extendedFileMetadata"`
	PartitionValues      map[string]*string `json:"partitionValues,omitempty"`
	Size                 int64              `json:"size,omitempty"`
}

// commitInfo tells people and other clients what a commit was. All values of
// the two maps are strings, because typed readers insist on it.
type commitInfo struct {
	Timestamp           int64             `json:"timestamp"`
	Operation           string            `json:"operation"`
	OperationParameters map[string]string `json:"operationParameters"`
	ReadVersion         *int64            `json:"readVersion,omitempty"`
	IsolationLevel      string            `json:"isolationLevel"`
	IsBlindAppend       bool              `json:"isBlindAppend"`
	OperationMetrics    map[string]string `json:"operationMetrics,omitempty"`
	EngineInfo          string            `json:"engineInfo"`
	TxnID               string            `json:"txnId"` // a UUID
}

// encodeActions writes the body of a commit: one object a line.
func encodeActions(actions []action) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i := range actions {
		if err := enc.Encode(&actions[i]); err != nil {
			return nil, fmt.Errorf("encode commit: %w", err)
		}
	}
	return b.Bytes(), nil
}

// encodeString writes v as compact JSON without HTML escapes.
func encodeString(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// decodeActions reads the body of a commit and calls each for every line that
// holds an action. Errors are LogErrors with the file and the line.
func decodeActions(file string, body []byte, each func(*action) error) error {
	lines := 0
	for number := 1; len(body) > 0; number++ {
		line := body
		if end := bytes.IndexByte(body, '\n'); end >= 0 {
			line, body = body[:end], body[end+1:]
		} else {
			body = nil
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		lines++
		if err := decodeAction(line, each); err != nil {
			return &LogError{File: file, Line: number, Err: err}
		}
	}
	if lines == 0 {
		return &LogError{File: file, Err: fmt.Errorf("holds no action")}
	}
	return nil
}

func decodeAction(line []byte, each func(*action) error) error {
	if line[0] != '{' {
		return fmt.Errorf("not a JSON object: %.40q", line)
	}
	var a action
	if err := json.Unmarshal(line, &a); err != nil {
		return err
	}
	switch {
	case a.Add != nil && a.Add.Path == "", a.Remove != nil && a.Remove.Path == "":
		return fmt.Errorf("a file without a path")
	case a.MetaData != nil && a.MetaData.SchemaString == "":
		return fmt.Errorf("metaData without a schema")
	case a.Txn != nil && a.Txn.AppID == "":
		return fmt.Errorf("txn without an appId")
	}
	return each(&a)
}

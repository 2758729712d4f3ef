package lake

import (
	"strings"

	"github.com/google/uuid"
)

// TemporaryName says whether a file's name is one that this package gives to files
// being written. When such a file is older than any writer it is a dead one's.
func TemporaryName(name string) bool { return tmpPattern.MatchString(name) }

// DataName says whether a file's name is one that this package gives to data files,
// part-UUID.parquet.
func DataName(name string) bool {
	text, ok := strings.CutPrefix(name, dataPrefix)
	text, suffixed := strings.CutSuffix(text, dataSuffix)
	id, err := uuid.Parse(text)
	return ok && suffixed && err == nil && id.String() == text // Parse takes other spellings, too
}

// LogDir returns the absolute path of the table's transaction log.
func (t *Table) LogDir() string { return t.log }

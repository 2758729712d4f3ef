package lake

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

const (
	logName       = "_delta_log"
	lastPointer   = "_last_checkpoint"
	versionDigits = 20
)

func commitName(version int64) string     { return fmt.Sprintf("%020d.json", version) }
func checkpointName(version int64) string { return fmt.Sprintf("%020d.checkpoint.parquet", version) }

// Temporary files say in their names what they are, and begin with a dot:
// readers of the table and of the log pass over them, and a sweep recognises
// them when their writer has died.
const (
	tmpData       = "part"
	tmpCommit     = "commit"
	tmpCheckpoint = "checkpoint"
	tmpPointer    = "last_checkpoint"

	tmpPublications = "publications"
)

var tmpPattern = regexp.MustCompile(`^\.(part|commit|checkpoint|last_checkpoint|publications)-` +
	`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.tmp$`)

func tmpName(purpose string) string { return "." + purpose + "-" + uuid.NewString() + ".tmp" }

// dataName returns a name never used before. The UUID begins with the time, so
// that a listing shows files in the order they were written.
func dataName() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("name a data file: %w", err)
	}
	return dataPrefix + id.String() + dataSuffix, nil
}

const dataPrefix, dataSuffix = "part-", ".parquet"

// dataNameAfter returns a name never used before that, among the names dataName
// gives, sorts after the given one and before those of a later millisecond. For
// a name of another program it is one of now.
func dataNameAfter(name string) (string, error) {
	text, ok := strings.CutPrefix(strings.TrimSuffix(name, dataSuffix), dataPrefix)
	old, err := uuid.Parse(text)
	if !ok || err != nil || old.Version() != 7 {
		return dataName()
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("name a data file: %w", err)
	}
	copy(id[:6], old[:6])     // the time, in milliseconds
	id[6], id[7] = 0x7f, 0xff // what orders names of one millisecond
	return dataPrefix + id.String() + dataSuffix, nil
}

// escapePath turns a path below the table, with slashes, into the form the log
// holds: a relative, percent-encoded URI reference.
func escapePath(relative string) string {
	return (&url.URL{Path: relative}).EscapedPath()
}

// unescapePath is the reverse. Absolute URIs are legal in Delta, but a file
// outside the table's directory is none of ours to read or delete.
func unescapePath(escaped string) (string, error) {
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return "", fmt.Errorf("path %q: %w", escaped, err)
	}
	if path == "" || filepath.Clean(path) == "." || !filepath.IsLocal(filepath.FromSlash(path)) || strings.Contains(path, "://") ||
		strings.HasPrefix(path, "file:") {
		return "", fmt.Errorf("path %q does not lie below the table's directory", escaped)
	}
	return path, nil
}

// parseVersion reads exactly 20 digits.
func parseVersion(digits string) (int64, bool) {
	if len(digits) != versionDigits || strings.TrimLeft(digits, "0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	return v, err == nil
}

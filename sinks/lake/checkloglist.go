package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// logNames is a log's directory, sorted by what the names say.
type logNames struct {
	commits        map[int64]bool
	checkpoints    map[int64][]checkpoint // complete ones
	oldest, newest int64                  // commits; -1 for none
}

// span returns the versions between which there is anything.
func (n *logNames) span() (first, last int64) {
	first, last = n.oldest, n.newest
	for v := range n.checkpoints {
		if first < 0 || v < first {
			first = v
		}
		last = max(last, v)
	}
	return first, last
}

// readable returns the oldest readable checkpoint of a version or of a later one,
// -1 for none.
func (c *logChecker) readable(version int64) int64 {
	for _, v := range c.read {
		if v >= version {
			return v
		}
	}
	return -1
}

// Other files that the protocol allows in a log. Source: Delta protocol, "File
// Types": version checksums and log compactions.
var allowedInLog = regexp.MustCompile(`^[0-9]{20}\.(crc|[0-9]{20}\.compacted\.json)$`)

// list sorts the names in the log, and notes those that do not belong there.
func (c *logChecker) list() (*logNames, error) {
	n := &logNames{commits: map[int64]bool{}, checkpoints: map[int64][]checkpoint{}, oldest: -1, newest: -1}
	entries, err := os.ReadDir(c.table.log)
	if errors.Is(err, fs.ErrNotExist) {
		return n, nil
	}
	if err != nil {
		return nil, err
	}
	parts := map[partKey][]string{}
	for _, e := range entries {
		name := e.Name()
		digits, rest, _ := strings.Cut(name, ".")
		version, ok := parseVersion(digits)
		count, isCheckpoint := checkpointParts(rest)
		switch {
		case e.IsDir() || !ok || rest != "json" && !isCheckpoint:
			c.foreign(e)
		case rest == "json":
			n.commits[version] = true
			if n.oldest < 0 || version < n.oldest {
				n.oldest = version
			}
			n.newest = max(n.newest, version)
		default:
			key := partKey{version, count}
			parts[key] = append(parts[key], filepath.Join(c.table.log, name))
		}
	}
	for key, files := range parts {
		if len(files) != key.count {
			c.add(LogProblem{Check: CheckCheckpoint, Warning: true, File: inLog(filepath.Base(files[0])), Version: key.version,
				Problem: fmt.Sprintf("the checkpoint of version %d has %d of its %d parts; readers pass over it", key.version, len(files), key.count),
				Remedy:  "remove these parts, or restore the others from a copy of the lake"})
			continue
		}
		slices.Sort(files)
		n.checkpoints[key.version] = append(n.checkpoints[key.version], checkpoint{key.version, files})
	}
	c.result.Oldest, c.result.Newest = n.oldest, n.newest
	return n, c.tooWide(n)
}

// maxVersions bounds the numbers that are walked through: one stray name must not
// keep the check busy for years.
const maxVersions = 1 << 24

func (c *logChecker) tooWide(n *logNames) error {
	if first, last := n.span(); last-first > maxVersions {
		return fmt.Errorf("the log in %s goes from version %d to %d: remove the file whose number is wrong", c.table.log, first, last)
	}
	return nil
}

// foreign notes a name that is neither commit nor checkpoint, unless it is known
// or hidden.
func (c *logChecker) foreign(e fs.DirEntry) {
	name := e.Name()
	if name == lastPointer || strings.HasPrefix(name, ".") || !e.IsDir() && allowedInLog.MatchString(name) {
		return
	}
	p := LogProblem{Check: CheckForeign, Warning: true, File: inLog(name), Version: -1,
		Problem: "does not belong into a transaction log; some Delta readers fail on it", Remedy: "move it elsewhere"}
	switch digits := strings.TrimSuffix(name, ".json"); {
	case e.IsDir():
		p.Problem = "is a directory and " + p.Problem
	case digits != name && digits != "" && strings.Trim(digits, "0123456789") == "":
		p.Problem = fmt.Sprintf("looks like a commit, but the name of one has %d digits: no reader sees it", versionDigits)
	}
	c.add(p)
}

// checkPointer holds _last_checkpoint against the checkpoint it points at. The
// disk is asked and not the listing, because both may have moved on.
func (c *logChecker) checkPointer(names *logNames) {
	bad := func(warning bool, version int64, format string, args ...any) {
		c.add(LogProblem{Check: CheckCheckpoint, Warning: warning, File: inLog(lastPointer), Version: version, Problem: fmt.Sprintf(format, args...),
			Remedy: "remove " + inLog(lastPointer) + "; the next checkpoint writes it anew"})
	}
	text, err := os.ReadFile(filepath.Join(c.table.log, lastPointer))
	if errors.Is(err, fs.ErrNotExist) {
		if names.oldest > 0 && len(c.read) > 0 {
			newest := c.read[len(c.read)-1]
			c.add(LogProblem{Check: CheckCheckpoint, File: inLog(lastPointer), Version: newest,
				Problem: fmt.Sprintf("is missing, and the first commits are gone: some Delta readers find the checkpoint of version %d only through it", newest),
				Remedy:  "the next checkpoint writes it; ten commits make one due"})
		}
		return
	}
	var have lastCheckpoint
	if err == nil {
		err = json.Unmarshal(text, &have)
	}
	if err != nil {
		bad(false, -1, "cannot be read: %v", err)
		return
	}
	var keys map[string]json.RawMessage
	if json.Unmarshal(text, &keys) != nil || keys["version"] == nil || keys["size"] == nil {
		bad(false, have.Version, "lacks version or size")
		return
	}
	info, err := os.Stat(filepath.Join(c.table.log, checkpointName(have.Version)))
	switch {
	case err != nil && (keys["parts"] == nil || len(names.checkpoints[have.Version]) == 0):
		bad(false, have.Version, "points at the checkpoint of version %d, which is not there", have.Version)
	case err == nil && keys["sizeInBytes"] != nil && have.SizeInBytes != info.Size():
		// Two processes that wrote it at once leave this behind.
		bad(true, have.Version, "says that the checkpoint of version %d has %d bytes; it has %d", have.Version, have.SizeInBytes, info.Size())
	}
}

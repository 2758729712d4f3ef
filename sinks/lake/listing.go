package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listing is what the names in a log directory say.
type listing struct {
	newest      int64        // version of the newest commit; -1 for none
	checkpoints []checkpoint // complete ones, newest first
}

// checkpoint is one complete checkpoint: a single file, or all parts of an
// older multi-part one.
type checkpoint struct {
	version int64
	files   []string // absolute
}

// readListing lists a log. The pointer _last_checkpoint would only save this
// step, and the step is wanted: without the names of all commits a missing one
// would look like the end of the log.
func readListing(dir string) (listing, error) {
	l := listing{newest: -1}
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return l, fmt.Errorf("list transaction log: %w", err)
	}
	names, err := d.Readdirnames(-1)
	if err = errors.Join(err, d.Close()); err != nil {
		return l, fmt.Errorf("list transaction log %s: %w", dir, err)
	}
	parts := map[partKey][]string{}
	for _, name := range names {
		digits, rest, _ := strings.Cut(name, ".")
		version, ok := parseVersion(digits)
		if !ok {
			continue
		}
		if rest == "json" {
			l.newest = max(l.newest, version)
		} else if count, ok := checkpointParts(rest); ok {
			key := partKey{version, count}
			parts[key] = append(parts[key], filepath.Join(dir, name))
		}
	}
	for key, files := range parts {
		if len(files) == key.count {
			slices.Sort(files)
			l.checkpoints = append(l.checkpoints, checkpoint{key.version, files})
		}
	}
	slices.SortFunc(l.checkpoints, func(a, b checkpoint) int {
		if a.version != b.version {
			return int(max(-1, min(1, b.version-a.version)))
		}
		return len(a.files) - len(b.files)
	})
	return l, nil
}

type partKey struct {
	version int64
	count   int
}

// checkpointParts reads what follows the version in a checkpoint's name:
// "checkpoint.parquet", or "checkpoint.%010d.%010d.parquet" with the number of
// a part and of all parts.
func checkpointParts(rest string) (count int, ok bool) {
	if rest == "checkpoint.parquet" {
		return 1, true
	}
	f := strings.Split(rest, ".")
	if len(f) != 4 || f[0] != "checkpoint" || f[3] != "parquet" || len(f[1]) != 10 || len(f[2]) != 10 {
		return 0, false
	}
	part, err1 := strconv.Atoi(f[1])
	count, err2 := strconv.Atoi(f[2])
	return count, err1 == nil && err2 == nil && part >= 1 && part <= count
}

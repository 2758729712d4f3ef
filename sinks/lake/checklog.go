package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// LogCheck is what CheckLog found out about a transaction log.
type LogCheck struct {
	Oldest, Newest int64 // versions of the commits that are there; -1 when there are none
	Commits        int
	Checkpoints    int // readable ones
	Problems       []LogProblem
	// Snapshot is the newest version. Unless Whole it is what the readable part
	// of the log says: files that a damaged commit added are missing in it, and
	// files that one took out are still there.
	Snapshot *Snapshot
	Whole    bool
	// Unnamed are data files that no readable commit and no checkpoint names:
	// being written, left by a crash, or of a commit that is lost.
	Unnamed []UnnamedFile
}

// LogProblem is one thing that is wrong with a log.
type LogProblem struct {
	Check   string // short name of the rule: one of the Check constants
	Warning bool   // nothing is lost and nothing is read wrongly
	File    string // relative to the table's directory, with slashes
	Line    int    // from 1; 0 when the whole file is meant
	Version int64  // of the commit or the checkpoint; -1 for none
	Problem string
	Remedy  string
}

// UnnamedFile is a data file that is no part of the table.
type UnnamedFile struct {
	Relative string // to the table's directory, with slashes
	Bytes    int64
	Modified time.Time
}

// The rules that CheckLog holds a log against.
const (
	CheckHole       = "log-hole"    // a commit is missing between others
	CheckDamaged    = "log-damaged" // a commit cannot be read, or contradicts itself or those before it
	CheckCheckpoint = "checkpoint"  // a checkpoint, or the pointer to it, is unreadable or says something else than the commits
	CheckSchema     = "schema"      // the table is not the one the program knows
	CheckProtocol   = "protocol"    // the table asks for more than this program does
	CheckPartition  = "partition"   // a file without a usable partition value
	CheckForeign    = "foreign"     // what does not belong into a log
)

// CheckLog holds every file of the transaction log against the Delta protocol and
// against the others: commits without a hole from the oldest kept to the newest,
// every line one well-formed action, every checkpoint equal to the replay of the
// commits as far as these are still there, and the schema to the definition. What
// is damaged is a problem in the answer and not an error; errors are about the
// directory and the context. It may run while others write.
func (t *Table) CheckLog(ctx context.Context) (*LogCheck, error) {
	check, err := t.checkLog(ctx)
	if err != nil || len(check.Problems) == 0 {
		return check, err
	}
	// Old commits and checkpoints may have been cleaned away meanwhile, and the
	// pointer may have moved on: what is wrong is so at a second look.
	return t.checkLog(ctx)
}

// logChecker is one look at a log.
type logChecker struct {
	table  *Table
	result *LogCheck

	state   *state
	known   bool             // state is what the log says up to its version
	suspect bool             // though a commit since the last checkpoint is odd
	lost    []int            // the problems that made state unknown, as positions in result.Problems
	read    []int64          // versions of the readable checkpoints, ascending
	named   map[string]bool  // decoded paths of all actions
	adds    map[string]int64 // decoded path -> version, as far as commits tell
	removes map[string]int64 // likewise

	protocolAt, metaDataAt int64 // versions of the commits that set them last
}

func (t *Table) checkLog(ctx context.Context) (*LogCheck, error) {
	c := &logChecker{table: t, result: &LogCheck{Oldest: -1, Newest: -1}, state: newState(), named: map[string]bool{}, adds: map[string]int64{}, removes: map[string]int64{}}
	names, err := c.list()
	if err != nil {
		return nil, fmt.Errorf("check the log of table %s: %w", t.table.Name, err)
	}
	if err := c.replay(ctx, names); err != nil {
		return nil, fmt.Errorf("check the log of table %s: %w", t.table.Name, err)
	}
	c.explainLosses(names)
	c.checkPointer(names)
	c.checkTable()
	c.snapshot()
	if c.result.Unnamed, err = t.unnamed(c.named); err != nil {
		return nil, fmt.Errorf("check the log of table %s: %w", t.table.Name, err)
	}
	return c.result, nil
}

func (c *logChecker) add(p LogProblem) int {
	c.result.Problems = append(c.result.Problems, p)
	return len(c.result.Problems) - 1
}

func inLog(name string) string { return logName + "/" + name }

// replay applies commit after commit and holds every checkpoint against what they
// add up to.
func (c *logChecker) replay(ctx context.Context, names *logNames) error {
	r := c.result
	if len(names.commits) == 0 && len(names.checkpoints) == 0 {
		c.known = true
		return nil
	}
	first, last := names.span()
	c.known = first == 0 && names.commits[0]
	for v := first; v <= last; v++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case names.commits[v]:
			r.Commits++
			if err := c.commit(v); err != nil {
				return err
			}
		case v > names.oldest && v < names.newest:
			c.lose(LogProblem{Check: CheckHole, File: inLog(commitName(v)), Version: v, Problem: fmt.Sprintf("commit %d is missing", v)})
		case v > c.state.version:
			c.known = false // a checkpoint that stands alone, if there is one
		}
		for _, cp := range names.checkpoints[v] {
			c.checkpoint(cp)
		}
		c.state.version = v
	}
	return nil
}

// lose notes damage after which the state is not known until the next checkpoint.
func (c *logChecker) lose(p LogProblem) {
	c.lost = append(c.lost, c.add(p))
	c.known = false
}

// explainLosses says for every commit that cannot be read what that means, which
// depends on whether a readable checkpoint follows.
func (c *logChecker) explainLosses(names *logNames) {
	if !c.known && len(c.lost) == 0 && names.oldest != 0 {
		_, last := names.span()
		c.lose(LogProblem{Check: CheckHole, File: inLog(commitName(max(names.oldest, 0))), Version: names.oldest,
			Problem: fmt.Sprintf("the oldest commit is version %d, and there is no readable checkpoint to begin with", names.oldest)})
		p := &c.result.Problems[c.lost[0]]
		p.Problem += fmt.Sprintf("; no version up to %d can be read", last)
		p.Remedy = fmt.Sprintf("restore the commits before version %d, or a checkpoint of any version from %d to %d, from a copy of the lake", names.oldest, names.oldest-1, last)
		return
	}
	_, last := names.span()
	for _, i := range c.lost {
		p := &c.result.Problems[i]
		if next := c.readable(p.Version); next >= 0 {
			p.Warning = true // whoever reads the table begins after it
			p.Problem += fmt.Sprintf("; version %d and later are read from the checkpoint of version %d and not affected, but what the table was at %s cannot be told",
				next, next, span(p.Version, next-1))
			p.Remedy = fmt.Sprintf("restore %s from a copy of the lake to be able to go back to these versions; nothing else needs it", p.File)
			continue
		}
		p.Problem += fmt.Sprintf("; %s cannot be read, and nothing can be written", span(p.Version, last))
		p.Remedy = fmt.Sprintf("restore %s from a copy of the lake (a checkpoint of version %d or later would do as well); no other file says what it said", p.File, p.Version)
	}
}

func span(first, last int64) string {
	if first >= last {
		return fmt.Sprintf("version %d", first)
	}
	return fmt.Sprintf("versions %d to %d", first, last)
}

// checkTable looks at what the whole log adds up to.
func (c *logChecker) checkTable() {
	s, r, t := c.state, c.result, c.table
	if s.version < 0 {
		return
	}
	file, version := inLog(commitName(s.version)), s.version
	if s.protocol == nil || s.metaData == nil {
		if c.known {
			c.add(LogProblem{Check: CheckDamaged, File: file, Version: version, Problem: "the log holds no protocol or no metaData action: no reader can open the table",
				Remedy: "restore the table's log from a copy of the lake"})
		}
		return
	}
	if p := s.protocol; p.MinReaderVersion != 1 || p.MinWriterVersion > 2 || p.MinWriterVersion < 1 {
		c.add(LogProblem{Check: CheckProtocol, File: file, Version: version,
			Problem: fmt.Sprintf("the table needs Delta reader version %d and writer version %d; barkeep reads 1 and writes 2", p.MinReaderVersion, p.MinWriterVersion),
			Remedy:  "use the program that raised the versions, or restore the table from a copy from before"})
	}
	if _, err := compareSchema(t.table, s.metaData); err != nil {
		c.add(LogProblem{Check: CheckSchema, File: file, Version: version, Problem: err.Error(),
			Remedy: "use the barkeep that wrote the table, or move its directory away and fetch it anew"})
	}
	r.Whole = c.known
}

// snapshot makes a Snapshot of the state, leaving out files that cannot be placed.
func (c *logChecker) snapshot() {
	t, s := c.table, c.state
	snap := &Snapshot{Version: s.version, Transactions: map[string]int64{}, state: s}
	c.result.Snapshot = snap
	if s.version < 0 {
		c.result.Whole = true
		return
	}
	if s.metaData != nil {
		snap.ID = s.metaData.ID
	}
	for id, txn := range s.txns {
		snap.Transactions[id] = txn.Version
	}
	for relative, live := range s.adds {
		if v, ok := c.adds[relative]; ok {
			live.added = v
		}
		f, err := t.file(relative, live)
		if err != nil {
			c.add(LogProblem{Check: CheckPartition, File: relative, Version: live.added, Problem: err.Error() + "; no version since then can be read",
				Remedy: fmt.Sprintf("restore %s from a copy of the lake", inLog(commitName(max(live.added, 0))))})
			c.result.Whole = false
			continue
		}
		snap.Files = append(snap.Files, f)
	}
	sortFiles(snap.Files)
	if ms := t.committedAt(s.version); ms != 0 {
		snap.Committed = time.UnixMilli(ms)
	}
}

// unnamed lists the data files that are not among the named ones.
func (t *Table) unnamed(named map[string]bool) ([]UnnamedFile, error) {
	var found []UnnamedFile
	err := filepath.WalkDir(t.dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile, or no table at all
		}
		if err != nil {
			return err
		}
		hidden := path != t.dir && (strings.HasPrefix(e.Name(), "_") || strings.HasPrefix(e.Name(), "."))
		if e.IsDir() {
			if hidden {
				return fs.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(t.dir, path)
		if relative = filepath.ToSlash(relative); err != nil || hidden || named[relative] || !strings.HasSuffix(relative, dataSuffix) {
			return err
		}
		if info, err := e.Info(); err == nil {
			found = append(found, UnnamedFile{Relative: relative, Bytes: info.Size(), Modified: info.ModTime()})
		}
		return nil
	})
	slices.SortFunc(found, func(a, b UnnamedFile) int { return strings.Compare(a.Relative, b.Relative) })
	return found, err
}

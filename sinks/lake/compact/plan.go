package compact

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// job is one partition and those of its files that become fewer.
type job struct {
	partition string      // as in the path
	files     []lake.File // in the order of the snapshot
}

// Due says whether Run would fold anything, by what the log says and without
// reading data.
func Due(t *lake.Table, s *lake.Snapshot, o Options) bool {
	return len(plan(t.Definition(), s.Files, o)) > 0
}

// plan finds what is to be folded, partition by partition. files are in the order
// of a snapshot.
func plan(t etl.Table, files []lake.File, o Options) []job {
	o.Config = o.Config.filled()
	var jobs []job
	for len(files) > 0 {
		first := files[0]
		n := 1
		for n < len(files) && files[n].Year == first.Year && files[n].Day == first.Day {
			n++
		}
		part := files[:n]
		files = files[n:]
		if o.All || ended(t, first, o.Closed) {
			if !settled(t, part, o) {
				jobs = append(jobs, job{partitionOf(t, first), part})
			}
		} else if due := tiers(part, o); len(due) > 0 {
			jobs = append(jobs, job{partitionOf(t, first), due})
		}
	}
	return jobs
}

// partitionOf names the partition of a file as its path does.
func partitionOf(t etl.Table, f lake.File) string {
	switch {
	case t.Year != "":
		return "year=" + strconv.Itoa(f.Year)
	case t.Day != "":
		return t.Day + "=" + f.Day.String()
	}
	return ""
}

// ended says whether the partition of a file ends on the day or before it. The one
// partition of a table without partitions never ends.
func ended(t etl.Table, f lake.File, closed schedules.Day) bool {
	switch {
	case t.Year != "":
		return schedules.MakeDay(f.Year, time.December, 31) <= closed
	case t.Day != "":
		return f.Day <= closed
	}
	return false
}

// settled says that a closed partition needs no work: it has no more files than
// its bytes need, and by their statistics no two of them share keys.
func settled(t etl.Table, files []lake.File, o Options) bool {
	if len(files) < 2 {
		return true
	}
	bytes := int64(0)
	for _, f := range files {
		bytes += f.Bytes
	}
	// Files end at FileBytes or a little above, never below, so a merge leaves at
	// most this many.
	return int64(len(files)) <= (bytes+o.FileBytes-1)/o.FileBytes && disjoint(t, files)
}

// tiers picks the files of an open partition that are to become one: none as long
// as they are few, else the smaller half, and then every larger one that is no
// larger than what has been picked. So a row is rewritten only when the file it
// is in at least doubles, or is one of the small ones: a logarithmic number of times.
func tiers(files []lake.File, o Options) []lake.File {
	small := slices.DeleteFunc(slices.Clone(files), func(f lake.File) bool { return f.Bytes >= o.FileBytes })
	excess := len(small) - o.TailFiles
	if excess <= 0 {
		return nil
	}
	slices.SortStableFunc(small, func(a, b lake.File) int { return cmp.Compare(a.Bytes, b.Bytes) })
	n, sum := max((len(small)+1)/2, excess+1), int64(0)
	for _, f := range small[:n] {
		sum += f.Bytes
	}
	for n < len(small) && small[n].Bytes <= sum {
		sum += small[n].Bytes
		n++
	}
	picked := map[string]bool{}
	for _, f := range small[:n] {
		picked[f.Relative] = true
	}
	return slices.DeleteFunc(slices.Clone(files), func(f lake.File) bool { return !picked[f.Relative] })
}

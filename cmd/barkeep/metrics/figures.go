package metrics

import (
	"time"
)

// Figures are what the program knows of the lake and of its limits. Pointers are
// nil where nothing is known.
type Figures struct {
	Tables   []Table
	Missing  *int64    // bars that should exist by now and have no explanation
	Sealed   time.Time // midnight in Shanghai at which the newest sealed day began; zero for none
	Budgets  []Budget
	DiskFree *int64 // bytes, where the lake is
	Problems *int   // that Health.Ready would name
}

// Table is one table of the lake. Its name is unique among the Figures.
type Table struct {
	Name    string
	Fresh   time.Time // what its freshness counts from; zero for a table without any data
	Commits int64     // since it was made
	Files   int64     // live
	Rows    int64
	Bytes   int64 // of the live files
	Debt    int64 // live files that compaction would fold
}

// Budget is what a source may be asked a day. Its source is unique among the
// Figures.
type Budget struct {
	Source      string
	Used, Limit int64 // requests; Limit 0 for none
}

// Source returns the newest Figures. It answers at once, from memory.
type Source interface {
	Figures() Figures
}

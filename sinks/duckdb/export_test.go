//go:build cgo

package duckdb

import "barkeep/etl"

// SetTables replaces the tables that have views, until restore is called.
func SetTables(t ...etl.Table) (restore func()) {
	before := tables
	tables = t
	return func() { tables = before }
}

// Forget drops what the process keeps between publications.
func Forget() {
	if b := kept.take(); b != nil {
		b.close()
	}
	footers = footerCache{}
}

// KeptOf tells which publications stay.
var KeptOf = keptOf

//go:build cgo

package duckdb

// limit bounds the rows of a result.
type limit struct {
	most int64 // 0 for no bound
	more bool  // whether there were more
}

// cut returns how many of the next rows may be written when so many were before.
func (l *limit) cut(before int64, next int) int {
	if l.most == 0 || before+int64(next) <= l.most {
		return next
	}
	l.more = true
	return int(l.most - before)
}

// Limit has the Result end after so many rows, at least one. It is called before
// the rows are written.
func (r *Result) Limit(rows int64) { r.limit.most = rows }

// More reports whether there were rows beyond the Limit.
func (r *Result) More() bool { return r.limit.more }

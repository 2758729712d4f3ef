package etl

import "math/bits"

// coverDays decides which columns (days) of a matrix of missing cells to fetch
// whole, so that fetching those columns and every row (security) that still has
// a cell outside them takes the fewest requests. A column costs 1, row i costs
// cost[i]; columns not in allowed cannot be fetched whole.
//
// This is a minimum weighted vertex cover of a bipartite graph, which by König's
// theorem is a minimum cut: requests flow from the source through rows (capacity
// cost) and cells (unlimited) to columns (capacity 1; unlimited if not allowed,
// which forces the row). Rows and columns are matched along augmenting paths;
// the columns that the last, fruitless search reaches are the cut.
func coverDays(rows [][]uint64, cost []int, allowed []uint64) (chosen []uint64) {
	m := matching{rows: rows, owner: make([]int32, len(allowed)*64), visited: make([]uint64, len(allowed))}
	for i := range m.owner {
		m.owner[i] = -1
	}
	free := make([]int, len(rows)) // capacity left of each row
	for i, row := range rows {
		free[i] = cost[i]
		for w := range row {
			if row[w]&^allowed[w] != 0 { // must be fetched as a row anyway
				free[i] = 0
			}
		}
		for free[i] > 0 && m.takeFree(i) {
			free[i]--
		}
	}
	for {
		clear(m.visited)
		grown := false
		for i := range rows {
			for free[i] > 0 && m.augment(i) {
				free[i]--
				grown = true
			}
		}
		if !grown {
			return m.visited
		}
	}
}

// matching assigns columns to rows.
type matching struct {
	rows    [][]uint64
	owner   []int32  // row each column is assigned to, or -1
	visited []uint64 // columns seen by the present search
	taken   []uint64 // columns that have an owner
}

// takeFree assigns row i a column that nobody has.
func (m *matching) takeFree(i int) bool {
	if m.taken == nil {
		m.taken = make([]uint64, len(m.visited))
	}
	for w, cells := range m.rows[i] {
		if left := cells &^ m.taken[w]; left != 0 {
			m.assign(w*64+bits.TrailingZeros64(left), i)
			return true
		}
	}
	return false
}

func (m *matching) assign(column, row int) {
	m.taken[column/64] |= 1 << (column % 64)
	m.owner[column] = int32(row)
}

// augment finds row i one more column, moving other rows to other columns where
// that frees one. Every column is visited once per search, so a search costs the
// size of the matrix in words at most.
func (m *matching) augment(i int) bool {
	for w := range m.rows[i] {
		for {
			left := m.rows[i][w] &^ m.visited[w]
			if left == 0 {
				break
			}
			column := w*64 + bits.TrailingZeros64(left)
			m.visited[w] |= left & -left
			if owner := m.owner[column]; owner < 0 || m.augment(int(owner)) {
				m.assign(column, i)
				return true
			}
		}
	}
	return false
}

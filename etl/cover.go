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
// which forces the row). Rows and columns are matched along shortest augmenting
// paths, many at a time, as Hopcroft and Karp do; paths of any length would take
// minutes where the holes of securities overlap like roof tiles. The columns that
// the last, fruitless search reaches are the cut.
func coverDays(rows [][]uint64, cost []int, allowed []uint64) (chosen []uint64) {
	m := newMatching(rows, len(allowed))
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
	for m.search(free) {
		for i := range rows {
			for free[i] > 0 && m.augment(i, 0) {
				free[i]--
			}
		}
	}
	return m.visited
}

// matching assigns columns to rows.
type matching struct {
	rows  [][]uint64
	owner []int32  // row each column is assigned to; undefined unless taken
	taken []uint64 // columns that have an owner

	visited []uint64   // columns the present search has reached
	depth   []int32    // steps from a row with capacity left to each row, or -1
	layers  [][]uint64 // columns first reached from rows of each depth
	last    int        // the depth at which the search met columns without owner
}

func newMatching(rows [][]uint64, words int) *matching {
	return &matching{
		rows: rows, owner: make([]int32, words*64), taken: make([]uint64, words),
		visited: make([]uint64, words), depth: make([]int32, len(rows)),
	}
}

// takeFree assigns row i a column that nobody has.
func (m *matching) takeFree(i int) bool {
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

// search walks from the rows with capacity left to their columns, from these to
// their owners, and so on, layer by layer, until it meets columns that nobody
// has. It reports whether there are any; if not, visited is all that can be
// reached.
func (m *matching) search(free []int) bool {
	clear(m.visited)
	var rows []int32
	for i := range m.rows {
		m.depth[i] = -1
		if free[i] > 0 {
			m.depth[i] = 0
			rows = append(rows, int32(i))
		}
	}
	for m.last = 0; len(rows) > 0; m.last++ {
		layer, open := m.layer(rows)
		if open {
			for w := range layer {
				layer[w] &^= m.taken[w] // longer paths are of no use now
			}
			return true
		}
		rows = rows[:0]
		for w, left := range layer {
			for ; left != 0; left &= left - 1 {
				owner := m.owner[w*64+bits.TrailingZeros64(left)]
				if m.depth[owner] < 0 {
					m.depth[owner] = int32(m.last + 1)
					rows = append(rows, owner)
				}
			}
		}
	}
	return false
}

// layer collects the columns that the rows are the first to reach and reports
// whether one of them has no owner.
func (m *matching) layer(rows []int32) (layer []uint64, open bool) {
	if m.last == len(m.layers) {
		m.layers = append(m.layers, make([]uint64, len(m.visited)))
	}
	layer = m.layers[m.last]
	clear(layer)
	for _, i := range rows {
		for w, cells := range m.rows[i] {
			layer[w] |= cells &^ m.visited[w]
		}
	}
	for w, columns := range layer {
		m.visited[w] |= columns
		open = open || columns&^m.taken[w] != 0
	}
	return layer, open
}

// augment finds row i one more column along the layers, moving other rows to
// other columns where that frees one. Every column is tried once per search, so
// all calls together cost the size of the matrix in words at most.
func (m *matching) augment(i, depth int) bool {
	layer := m.layers[depth]
	for w, cells := range m.rows[i] {
		for left := cells & layer[w]; left != 0; left = cells & layer[w] {
			layer[w] &^= left & -left
			column := w*64 + bits.TrailingZeros64(left)
			if depth < m.last {
				owner := m.owner[column]
				if m.depth[owner] != int32(depth+1) || !m.augment(int(owner), depth+1) {
					continue
				}
			}
			m.assign(column, i)
			return true
		}
	}
	return false
}

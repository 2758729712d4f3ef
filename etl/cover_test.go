package etl_test

import (
	"math/bits"
	"math/rand/v2"
	"testing"
	"time"

	"barkeep/etl"
)

// matrix is an argument list of CoverDays.
type matrix struct {
	rows    [][]uint64
	cost    []int
	allowed []uint64
	columns int
}

func newMatrix(rows, columns int) matrix {
	m := matrix{make([][]uint64, rows), make([]int, rows), make([]uint64, (columns+63)/64), columns}
	words := make([]uint64, rows*len(m.allowed))
	for i := range rows {
		m.rows[i] = words[i*len(m.allowed) : (i+1)*len(m.allowed)]
		m.cost[i] = 1
	}
	for j := range columns {
		m.allowed[j/64] |= 1 << (j % 64)
	}
	return m
}

func (m matrix) set(i, j int) { m.rows[i][j/64] |= 1 << (j % 64) }

// randomMatrix sets every cell with the given probability.
func randomMatrix(r *rand.Rand, rows, columns int, density float64) matrix {
	m := newMatrix(rows, columns)
	for i := range rows {
		for j := range columns {
			if r.Float64() < density {
				m.set(i, j)
			}
		}
	}
	return m
}

// price is what it takes to fetch the chosen columns and every row that still
// has a cell outside them; ok is false for a column that cannot be chosen.
func (m matrix) price(chosen []uint64) (total int, ok bool) {
	for w, c := range chosen {
		if c&^m.allowed[w] != 0 {
			return 0, false
		}
		total += bits.OnesCount64(c)
	}
	for i, row := range m.rows {
		for w := range row {
			if row[w]&^chosen[w] != 0 {
				total += m.cost[i]
				break
			}
		}
	}
	return total, true
}

func TestCoverIsTheMinimum(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 20_000 {
		rows, columns := random.IntN(7), 1+random.IntN(8)
		m := randomMatrix(random, rows, columns, random.Float64())
		for i := range rows {
			m.cost[i] = 1 + random.IntN(3)
		}
		if n%2 == 1 {
			m.allowed[0] &= random.Uint64()
		}
		best := int(^uint(0) >> 1)
		for subset := range uint64(1) << columns {
			if p, ok := m.price([]uint64{subset}); ok {
				best = min(best, p)
			}
		}
		got, ok := m.price(etl.CoverDays(m.rows, m.cost, m.allowed))
		if !ok || got != best {
			t.Fatalf("matrix %b, costs %v, allowed %b: the cover takes %d requests (allowed: %t), the best takes %d", m.rows, m.cost, m.allowed, got, ok, best)
		}
	}
}

// flow is the greatest number of requests that no cover can avoid, found the
// slow way: one column at a time, every search from scratch.
func (m matrix) flow() int {
	owner := make([]int, m.columns)
	for j := range owner {
		owner[j] = -1
	}
	var seen []bool
	var augment func(i int) bool
	augment = func(i int) bool {
		for j := range m.columns {
			if m.rows[i][j/64]>>(j%64)&1 == 0 || seen[j] {
				continue
			}
			seen[j] = true
			if owner[j] < 0 || augment(owner[j]) {
				owner[j] = i
				return true
			}
		}
		return false
	}
	total := 0
	for i, row := range m.rows {
		forced := false
		for w := range row {
			forced = forced || row[w]&^m.allowed[w] != 0
		}
		if forced {
			total += m.cost[i]
			continue
		}
		for range m.cost[i] {
			seen = make([]bool, m.columns)
			if !augment(i) {
				break
			}
			total++
		}
	}
	return total
}

// Above the sizes that brute force can do, the duality of flow and cut proves
// the optimum.
func TestCoverOfLargerMatrices(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		rows, columns := 1+random.IntN(150), 1+random.IntN(200)
		m := randomMatrix(random, rows, columns, random.Float64()*random.Float64())
		for i := range rows {
			m.cost[i] = 1 + random.IntN(4)
		}
		if random.IntN(2) == 0 {
			for range random.IntN(5) {
				j := random.IntN(columns)
				m.allowed[j/64] &^= 1 << (j % 64)
			}
		}
		got, ok := m.price(etl.CoverDays(m.rows, m.cost, m.allowed))
		if want := m.flow(); !ok || got != want {
			t.Fatalf("%d x %d: the cover takes %d requests (allowed: %t), the best takes %d", rows, columns, got, ok, want)
		}
	}
}

func TestCoverDoesNotTouchItsArguments(t *testing.T) {
	m := randomMatrix(rand.New(rand.NewPCG(7, 8)), 20, 100, 0.3)
	before, _ := m.price(make([]uint64, 2))
	cells := 0
	for _, row := range m.rows {
		cells += bits.OnesCount64(row[0]) + bits.OnesCount64(row[1])
	}
	etl.CoverDays(m.rows, m.cost, m.allowed)
	after, _ := m.price(make([]uint64, 2))
	for _, row := range m.rows {
		cells -= bits.OnesCount64(row[0]) + bits.OnesCount64(row[1])
	}
	if before != after || cells != 0 {
		t.Error("the matrix has changed")
	}
}

// overlapping makes holes that overlap like roof tiles, the later rows further
// left: hard for searches that go deep before they go wide.
func overlapping(rows, columns, width int) matrix {
	m := newMatrix(rows, columns)
	for i := range rows {
		for j := max(0, columns-i*columns/rows-width); j < columns-i*columns/rows; j++ {
			m.set(i, j)
		}
		m.cost[i] = 1 + i%5
	}
	return m
}

// A plan must not take minutes for any shape of gap. These took half a minute
// with paths of any length; the limit leaves room for a machine under load.
func TestCoverIsFastWhereHolesOverlap(t *testing.T) {
	for name, m := range map[string]matrix{"tiles": overlapping(3000, 8800, 1500), "stairs": overlapping(5500, 8800, 8800)} {
		start := time.Now()
		chosen := etl.CoverDays(m.rows, m.cost, m.allowed)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s take %s", name, took)
		}
		if _, ok := m.price(chosen); !ok {
			t.Errorf("%s: chooses what is not allowed", name)
		}
	}
}

// The shapes of real gaps: an empty lake, listings through time, scattered holes.
func BenchmarkCover(b *testing.B) {
	const rows, columns = 5500, 8800
	full, stairs := newMatrix(rows, columns), newMatrix(rows, columns)
	random := rand.New(rand.NewPCG(9, 10))
	for i := range rows {
		for j := range columns {
			full.set(i, j)
		}
		for j := i * columns / rows; j < columns; j++ { // listed one after the other
			stairs.set(i, j)
		}
		full.cost[i], stairs.cost[i] = 1, 1
	}
	paged := func(m matrix, size int) matrix { // what smaller pages cost
		m.cost = make([]int, rows)
		for i, row := range m.rows {
			n := 0
			for _, w := range row {
				n += bits.OnesCount64(w)
			}
			m.cost[i] = n/size + 1
		}
		return m
	}
	sparse := newMatrix(rows, columns)
	for range 3 * rows {
		sparse.set(random.IntN(rows), random.IntN(columns))
	}
	uneven := newMatrix(rows, columns) // many holes in few securities, few in many
	for i := range rows {
		for range random.IntN(1 + 4000/(i+1)) {
			uneven.set(i, random.IntN(columns))
		}
		uneven.set(i, random.IntN(100))
	}
	half := newMatrix(rows, columns)
	for _, row := range half.rows {
		for w := range row {
			row[w] = random.Uint64() & half.allowed[w]
		}
	}
	for _, c := range []struct {
		name string
		m    matrix
	}{
		{"full", full}, {"full/pages=2000", paged(full, 2000)},
		{"staircase", stairs}, {"staircase/pages=2000", paged(stairs, 2000)}, {"staircase/pages=10000", paged(stairs, 10000)},
		{"sparse", sparse}, {"uneven", uneven}, {"tiles", overlapping(3000, columns, 1500)}, {"staircase/down", overlapping(rows, columns, columns)}, {"half", half}, {"half/pages=2000", paged(half, 2000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var chosen []uint64
			for b.Loop() {
				chosen = etl.CoverDays(c.m.rows, c.m.cost, c.m.allowed)
			}
			total, _ := c.m.price(chosen)
			b.ReportMetric(float64(total), "requests")
		})
	}
}

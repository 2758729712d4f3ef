package compact

import "slices"

// heap holds the cursors that have rows left; the first has the least row.
type heap []entry

type entry struct {
	head key // of the cursor's row
	*cursor
}

// head returns the key of the cursor's row; in a table without an order all are
// equal, and the rank decides.
func (c *cursor) head() key {
	if len(c.page.keys) == 0 {
		return key{}
	}
	return c.page.keys[c.at]
}

// less orders by key, then rank.
func (a *entry) less(b *entry) bool {
	if a.head.hi != b.head.hi {
		return a.head.hi < b.head.hi
	}
	if a.head.lo != b.head.lo {
		return a.head.lo < b.head.lo
	}
	if c := compareRows(&a.page, a.at, &b.page, b.at); c != 0 {
		return c < 0
	}
	return a.rank < b.rank
}

func (h *heap) push(c *cursor) {
	*h = append(*h, entry{c.head(), c})
	slices.SortFunc(*h, func(a, b entry) int { // a sorted slice is a heap; there are few
		if a.less(&b) {
			return -1
		}
		return 1
	})
}

// second returns the least of the others. There are at least two.
func (h heap) second() *entry {
	if len(h) > 2 && h[2].less(&h[1]) {
		return &h[2]
	}
	return &h[1]
}

// moved restores the order after the first cursor has moved on.
func (h heap) moved() {
	h[0].head = h[0].cursor.head()
	h.down()
}

// pop takes the first cursor out.
func (h *heap) pop() {
	n := len(*h) - 1
	(*h)[0] = (*h)[n]
	(*h)[n] = entry{}
	*h = (*h)[:n]
	h.down()
}

func (h heap) down() {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1].less(&h[child]) {
			child++
		}
		if !h[child].less(&h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// before returns the first row of the cursor's page that does not come before the
// bound. The row it stands on does. The search takes steps of doubling length, as
// runs are of a single row among many small files and of thousands beside a large one.
func (c *cursor) before(bound *entry) int {
	n := int(c.page.batch.NumRows())
	low, high := c.at, c.at+1
	for step := 1; high < n && c.ahead(high, bound); step *= 2 {
		low, high = high, high+step
	}
	high = min(high, n)
	for low+1 < high { // low is ahead, high is not or is the end
		if mid := int(uint(low+high) >> 1); c.ahead(mid, bound) {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// ahead says whether a row of the page comes before the bound.
func (c *cursor) ahead(row int, bound *entry) bool {
	if len(c.page.keys) > 0 {
		k := c.page.keys[row]
		if k.hi != bound.head.hi {
			return k.hi < bound.head.hi
		}
		if k.lo != bound.head.lo {
			return k.lo < bound.head.lo
		}
		if o := compareRows(&c.page, row, &bound.page, bound.at); o != 0 {
			return o < 0
		}
	}
	return c.rank < bound.rank && !c.once
}

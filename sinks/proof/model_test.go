//go:build cgo

package proof_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"barkeep/etl"
)

// TestModel holds a random history against a model. What each step leaves is read
// back; at the end everything is, in every way there is.
func TestModel(t *testing.T) {
	t.Parallel()
	if *seed == 0 {
		*seed = time.Now().UnixNano()
	}
	t.Logf("-seed %d", *seed)
	h := &historian{tb: t, random: rand.New(rand.NewPCG(uint64(*seed), 0)), l: openLake(scratch(t)), counts: map[string]int{}}
	step, last := 0, ""
	defer func() {
		if t.Failed() {
			t.Logf("-seed %d, step %d: %s", *seed, step, last)
		}
	}()
	for step = range *steps {
		last = h.live()
		if t.Failed() {
			return
		}
		if step%20 == 19 {
			checkVerified(t, h.l.Dir())
		}
	}
	h.finish(t)
	t.Logf("%d steps, %d rows: %v", *steps, len(h.holds[etl.DailyBars.Name])+len(h.holds[etl.Quotes.Name]), h.counts)
}

// finish compares through the door, through a new catalog and with a deep
// verification.
func (h *historian) finish(t *testing.T) {
	t.Helper()
	for _, table := range tables {
		rows, err := rowsBehindDoor(t.Context(), h.l, table)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "behind the door, "+table.Name, rows, texts(table, h.holds[table.Name]))
	}
	if err := publish(t.Context(), h.l); err != nil {
		t.Fatal(err)
	}
	h.publishes(true)
	h.catalog()
	checkVerified(t, h.l.Dir())
}

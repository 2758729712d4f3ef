//go:build cgo

package proof_test

import "testing"

// TestCrashMatrix interrupts every operation at its changes to the file system. In
// the short form every fourth one fails, and the ways in which it can take turns;
// with -all each one is a power failure and fails in one of the other ways, too;
// with -ways in all of them.
func TestCrashMatrix(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			g := newStage(t, s)
			points, runs, missed := g.points(t), 0, 0
			for n := 1; n <= points; n++ {
				for i, way := range ways {
					if !*everyWay && !chosen(n, i) {
						continue
					}
					if runs++; !g.interrupt(t, way, n) {
						missed++
					}
				}
			}
			if missed > runs/4 {
				t.Errorf("%d of %d faults were not met", missed, runs)
			}
			t.Logf("%s: %d points, interrupted %d times", s.name, points, runs-missed)
		})
	}
}

// chosen says whether the n-th point is tried in the i-th way.
func chosen(n, i int) bool {
	if *everything {
		return n%len(ways) == i || ways[i] == power
	}
	return n%4 == 1 && n/4%len(ways) == i
}

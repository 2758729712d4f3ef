// Package recorded finds the recorded data that tests compare with: answers of
// the real vendors, which are not part of the repository. Only tests import it.
package recorded

import (
	"os"
	"path/filepath"
	"testing"
)

// Variable names the directory of recorded data. A relative path is taken from
// the root of the checkout, wherever the test runs.
const Variable = "BARKEEP_RECORDED"

// Dir returns the directory of recorded data. Without one the test is skipped,
// and says so; with one that does not exist it fails.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(Variable)
	if dir == "" {
		t.Skipf("SKIPPED: %s does not name the recorded data; NOTHING IS CHECKED against the real vendors", Variable)
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root(t), dir)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	return dir
}

// root finds the checkout above the working directory of a test.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		above := filepath.Dir(dir)
		if above == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = above
	}
}

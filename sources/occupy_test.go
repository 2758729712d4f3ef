package sources_test

import (
	"errors"
	"path/filepath"
	"testing"

	"barkeep/sources"
)

func TestOccupy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "vendor.json")
	release, err := sources.OpenLedger(path, 10).Occupy()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sources.OpenLedger(path, 10).Occupy(); !errors.Is(err, sources.ErrOccupied) {
		t.Errorf("a second job asks, too: %v", err)
	}
	other, err := sources.OpenLedger(filepath.Join(t.TempDir(), "other.json"), 10).Occupy()
	if err != nil {
		t.Errorf("another vendor: %v", err)
	} else if err := other(); err != nil {
		t.Error(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	again, err := sources.OpenLedger(path, 10).Occupy()
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}

package sources_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources"
)

func TestBudgetSurvivesRestartsAndEndsWithTheDay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "baostock.json")
	synctest.Test(t, func(t *testing.T) {
		// The fake clock starts at 2000-01-01 00:00 UTC, 08:00 in Shanghai.
		for i := range 3 {
			if err := sources.OpenLedger(path, 3).Take(); err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
		}
		err := sources.OpenLedger(path, 3).Take()
		var refused *etl.RefusedError
		if !errors.Is(err, etl.ErrRefused) || !errors.As(err, &refused) {
			t.Fatalf("fourth request: %v", err)
		}
		if want := schedules.MakeDay(2000, 1, 2).At(0, 0); !refused.Until.Equal(want) {
			t.Errorf("budget returns at %v, want midnight in Shanghai", refused.Until)
		}
		<-time.After(time.Until(refused.Until) - time.Second)
		if err := sources.OpenLedger(path, 3).Take(); !errors.Is(err, etl.ErrRefused) {
			t.Errorf("a second before midnight: %v", err)
		}
		<-time.After(time.Second)
		if err := sources.OpenLedger(path, 3).Take(); err != nil {
			t.Errorf("the next day: %v", err)
		}
		u, err := sources.OpenLedger(path, 3).Usage()
		if err != nil || u.Used != 1 || u.Left() != 2 {
			t.Errorf("%+v, %v", u, err)
		}
	})
}

func TestBanIsRememberedAndGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baostock.json")
	synctest.Test(t, func(t *testing.T) {
		for n := 1; n <= 3; n++ {
			start := time.Now()
			err := sources.OpenLedger(path, 100).Ban("blacklisted by the vendor")
			if !errors.Is(err, etl.ErrRefused) || !strings.Contains(err.Error(), "blacklisted") {
				t.Fatal(err)
			}
			// A second report of the same ban must not lengthen it.
			sources.OpenLedger(path, 100).Ban("blacklisted by the vendor")
			var refused *etl.RefusedError
			if err := sources.OpenLedger(path, 100).Take(); !errors.As(err, &refused) {
				t.Fatalf("a request during the ban: %v", err)
			}
			if got, want := refused.Until.Sub(start), time.Duration(n)*6*time.Hour; got != want {
				t.Errorf("ban %d lasts %v, want %v", n, got, want)
			}
			<-time.After(time.Until(refused.Until))
			if err := sources.OpenLedger(path, 100).Take(); err != nil {
				t.Errorf("after ban %d: %v", n, err)
			}
		}
	})
}

func TestLedgerIsShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baostock.json")
	var wg sync.WaitGroup
	for range 4 {
		ledger := sources.OpenLedger(path, 1000)
		wg.Go(func() {
			for range 25 {
				if err := ledger.Take(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if u, err := sources.OpenLedger(path, 1000).Usage(); err != nil || u.Used != 100 {
		t.Errorf("%+v, %v; want 100 used", u, err)
	}
}

func TestDamagedLedgerIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baostock.json")
	if err := os.WriteFile(path, []byte(`{"day":"20`), 0o644); err != nil {
		t.Fatal(err)
	}
	err := sources.OpenLedger(path, 10).Take()
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "remove the file") {
		t.Errorf("%v", err)
	}
}

type flaky struct{ error }

func (flaky) Temporary() bool { return true }

func TestRetry(t *testing.T) {
	temporary, final := flaky{errors.New("try again")}, errors.New("no")
	for _, tc := range []struct {
		name   string
		errs   []error
		calls  int
		waited time.Duration
		want   error
	}{
		{"first time", []error{nil}, 1, 0, nil},
		{"third time", []error{temporary, temporary, nil}, 3, 6 * time.Second, nil},
		{"never", []error{temporary, temporary, temporary, temporary, temporary}, 4, 14 * time.Second, temporary},
		{"final", []error{final, nil}, 1, 0, final},
		{"temporary, then final", []error{temporary, final, nil}, 2, 2 * time.Second, final},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, calls := time.Now(), 0
				err := sources.Retry{Max: 3, Backoff: 2 * time.Second}.Do(t.Context(), func() error {
					calls++
					return tc.errs[calls-1]
				})
				if err != tc.want || calls != tc.calls || time.Since(start) != tc.waited {
					t.Errorf("%v after %d calls and %v; want %v, %d, %v", err, calls, time.Since(start), tc.want, tc.calls, tc.waited)
				}
			})
		})
	}
}

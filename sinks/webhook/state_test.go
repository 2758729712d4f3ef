package webhook_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"barkeep/sinks/webhook"
)

// TestBadStates: whatever is in the file, the notifier starts, says what it could
// not read, and tells what is wrong.
func TestBadStates(t *testing.T) {
	for name, content := range map[string]string{
		"empty":     "",
		"not JSON":  "{{",
		"nulls":     `{"incidents":[null,{}]}`,
		"nonsense":  `{"incidents":[{"kind":"run-failed","key":"daily-bars","told":null,"asked":"0001-01-01T00:00:00Z","seen":"9999-01-01T00:00:00Z"}]}`,
		"duplicate": `{"incidents":[{"kind":"disk-low","seen":"2000-01-01T00:00:00Z"},{"kind":"disk-low","seen":"2000-01-01T00:00:00Z"}]}`,
		"too long":  strings.Repeat(" ", 9<<20),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "notifications.json")
			left := filepath.Join(filepath.Dir(path), ".notifications.tmp-dead")
			for _, file := range []string{path, left} {
				if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				net := &robots{}
				n := start(t, config(), webhook.Options{State: path, Transport: net, Log: slog.New(slog.NewTextHandler(&log, nil))})
				n.Raise(failed)
				synctest.Wait()
				if got := net.take(); !strings.Contains(got, "raised run-failed daily-bars") {
					t.Errorf("received %q", got)
				}
				closed(t, n)
				if damaged := name == "empty" || name == "not JSON" || name == "too long"; damaged != strings.Contains(log.String(), "level=WARN") {
					t.Errorf("log: %s", &log)
				}
			})
			if _, err := os.Stat(left); err == nil {
				t.Error("what a dead process left is still there")
			}
		})
	}
}

// FuzzState: no file brings the notifier down.
func FuzzState(f *testing.F) {
	f.Add([]byte(`{"incidents":[{"kind":"run-failed","key":"a","told":{"generic":"2026-01-01T00:00:00Z"},"done":{"generic":true}}]}`))
	f.Add([]byte(`{"incidents":[{"kind":"disk-low","over":"2026-01-01T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "notifications.json")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		n := start(t, config(), webhook.Options{State: path, Transport: &robots{}})
		n.Raise(failed)
		n.Clear(failed.Kind, failed.Key, "")
		closed(t, n)
	})
}

package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"barkeep/sinks/disk"
	"barkeep/sinks/webhook"
)

// robots answers in the place of the network and remembers who was told what.
type robots struct {
	mu     sync.Mutex
	got    []string // "host event kind key" or "host TEXT"
	times  []time.Time
	answer func(r *http.Request) (status int, body string, err error)
}

func (r *robots) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	status, text := http.StatusOK, `{"errcode":0,"code":0}`
	if r.answer != nil {
		if status, text, err = r.answer(request); err != nil {
			return nil, err
		}
	}
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	recorder.WriteHeader(status)
	fmt.Fprint(recorder, text)
	var m struct{ Event, Kind, Key string }
	r.mu.Lock()
	defer r.mu.Unlock()
	if status == http.StatusOK && json.Unmarshal(body, &m) == nil && m.Event != "" {
		r.got = append(r.got, strings.TrimSpace(request.URL.Host+" "+m.Event+" "+m.Kind+" "+m.Key))
	} else {
		r.got = append(r.got, fmt.Sprintf("%s %d", request.URL.Host, status))
	}
	r.times = append(r.times, time.Now())
	return recorder.Result(), nil
}

// take returns what was received since the last call.
func (r *robots) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := strings.Join(r.got, "; ")
	r.got, r.times = nil, nil
	return text
}

func config() webhook.Config {
	c := webhook.DefaultConfig()
	c.Host = "lake1"
	c.Generic.URL = "https://generic.example/hook/KEY-IN-THE-PATH"
	return c
}

func start(t *testing.T, c webhook.Config, o webhook.Options) *webhook.Notifier {
	t.Helper()
	n, err := webhook.New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func closed(t *testing.T, n *webhook.Notifier) {
	t.Helper()
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

var failed = webhook.Event{Kind: webhook.RunFailed, Key: "daily-bars", Text: "no answer"}

// TestOnceRepeatedOver follows one incident over two days and a restart.
func TestOnceRepeatedOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "_state", "notifications.json")
	synctest.Test(t, func(t *testing.T) {
		net := &robots{}
		o := webhook.Options{State: path, Transport: net}
		n := start(t, config(), o)
		received := func(want string) {
			t.Helper()
			synctest.Wait()
			if got := net.take(); got != want {
				t.Errorf("received %q, want %q", got, want)
			}
		}
		n.Clear(failed.Kind, failed.Key, "")
		received("")
		for range 10 {
			n.Raise(failed)
			time.Sleep(time.Minute)
		}
		received("generic.example raised run-failed daily-bars")
		time.Sleep(24 * time.Hour)
		received("")
		n.Raise(failed)
		received("generic.example repeated run-failed daily-bars")
		closed(t, n)

		n = start(t, config(), o)
		n.Raise(failed)
		received("")
		n.Clear(failed.Kind, failed.Key, "complete")
		n.Clear(failed.Kind, failed.Key, "complete")
		received("generic.example recovered run-failed daily-bars")
		n.Raise(failed)
		received("generic.example raised run-failed daily-bars")
		n.Clear(failed.Kind, failed.Key, "")
		closed(t, n) // perhaps before it was sent
		n = start(t, config(), o)
		received("generic.example recovered run-failed daily-bars")
		closed(t, n)
		n = start(t, config(), o)
		received("")
		closed(t, n)
	})
}

// TestDownAndBack: what a target could not be told while it was down it is told
// when it is back, other targets meanwhile.
func TestDownAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Bool
		net := &robots{answer: func(r *http.Request) (int, string, error) {
			if !back.Load() && r.URL.Host == "generic.example" {
				return 0, "", syscall.ECONNREFUSED
			}
			return http.StatusOK, `{"errcode":0}`, nil
		}}
		c := config()
		c.WeCom.URL = "https://wecom.example/send?key=KEY-IN-THE-QUERY"
		n := start(t, c, webhook.Options{Transport: net})
		n.Raise(failed)
		n.Raise(webhook.Event{Kind: webhook.DiskLow, Key: "/lake", Text: "3 % left"})
		time.Sleep(2 * time.Hour)
		if got := net.take(); got != "wecom.example 200; wecom.example 200" {
			t.Errorf("received %q", got)
		}
		n.Clear(webhook.DiskLow, "/lake", "30 % left")
		back.Store(true)
		if err := n.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		got := strings.Split(net.take(), "; ")
		slices.Sort(got)
		if text := strings.Join(got, "; "); text != "generic.example raised run-failed daily-bars; generic.example recovered disk-low /lake; wecom.example 200" {
			t.Errorf("received %q", text)
		}
		closed(t, n)
	})
}

// TestRepetitions: failures of the network are repeated with a growing wait,
// refusals are not, and neither is sent more often than bounded.
func TestRepetitions(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(*http.Request) (int, string, error)
		tries  int64 // in the first two minutes
	}{
		"500":      {func(*http.Request) (int, string, error) { return 500, "oops", nil }, 5},
		"429":      {func(*http.Request) (int, string, error) { return 429, "", nil }, 5},
		"404":      {func(*http.Request) (int, string, error) { return 404, "", nil }, 1},
		"redirect": {func(*http.Request) (int, string, error) { return 302, "", nil }, 1},
		"silence": {func(r *http.Request) (int, string, error) {
			<-r.Context().Done()
			return 0, "", r.Context().Err()
		}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var count atomic.Int64
				net := &robots{answer: func(r *http.Request) (int, string, error) { count.Add(1); return c.answer(r) }}
				n := start(t, config(), webhook.Options{Transport: net})
				n.Raise(failed)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if tries := count.Load(); tries != c.tries {
					t.Errorf("%d attempts, want %d", tries, c.tries)
				}
				time.Sleep(24 * time.Hour)
				synctest.Wait()
				if tries := count.Load(); tries < 90 || tries > 110*c.tries {
					t.Errorf("%d attempts in a day", tries)
				}
				ctx, stop := context.WithTimeout(t.Context(), time.Second)
				defer stop()
				if err := n.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "generic") {
					t.Errorf("Flush: %v", err)
				}
				closed(t, n)
			})
		})
	}
}

// TestRefusedWith200: the vendors answer 200 to what they refuse.
func TestRefusedWith200(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mild atomic.Bool
		net := &robots{answer: func(*http.Request) (int, string, error) {
			if !mild.Load() {
				return 200, `{"errcode":310000,"errmsg":"keywords not in content"}`, nil
			}
			return 200, `{"errcode":0}`, nil
		}}
		c := webhook.DefaultConfig()
		c.DingTalk.URL = "https://dingtalk.example/robot/send?access_token=KEY-IN-THE-QUERY"
		n := start(t, c, webhook.Options{Transport: net})
		n.Raise(failed)
		synctest.Wait()
		if err := n.Try(t.Context(), "hello")["dingtalk"]; err == nil || !strings.Contains(err.Error(), "310000") {
			t.Errorf("Try: %v", err)
		}
		mild.Store(true)
		if err := n.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if got := net.take(); got != "dingtalk.example 200; dingtalk.example 200; dingtalk.example 200" {
			t.Errorf("received %q", got)
		}
		closed(t, n)
	})
}

// TestFlapping: an alarm that comes and goes every second stays within what a
// robot allows, and the last message tells how it is.
func TestFlapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &robots{}
		n := start(t, config(), webhook.Options{Transport: net})
		for range 600 {
			n.Raise(failed)
			time.Sleep(time.Second)
			n.Clear(failed.Kind, failed.Key, "")
			time.Sleep(time.Second)
		}
		if err := n.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		for i, at := range net.times {
			if i >= 20 && at.Sub(net.times[i-20]) < time.Minute {
				t.Fatalf("21 messages within %s", at.Sub(net.times[i-20]))
			}
		}
		if len(net.got) < 20 || !strings.Contains(net.got[len(net.got)-1], "recovered") {
			t.Errorf("%d messages, the last %q", len(net.got), net.got[max(0, len(net.got)-1):])
		}
		closed(t, n)
	})
}

// TestNothingBlocks: callers wait for nobody, whoever hangs and however many
// incidents there are.
func TestNothingBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &robots{answer: func(r *http.Request) (int, string, error) {
			<-r.Context().Done()
			return 0, "", r.Context().Err()
		}}
		n := start(t, config(), webhook.Options{Transport: net})
		began := time.Now()
		for i := range 5000 {
			n.Raise(webhook.Event{Kind: webhook.DayUnsealed, Key: fmt.Sprint(i)})
			n.Clear(webhook.DayUnsealed, fmt.Sprint(i-1), "")
		}
		closed(t, n)
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %s", took)
		}
	})
}

// TestNoTargets: without an address nothing is kept, started or written.
func TestNoTargets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notifications.json")
	n := start(t, webhook.DefaultConfig(), webhook.Options{State: path})
	n.Raise(failed)
	if err := n.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	closed(t, n)
	if _, err := os.Stat(path); err == nil || len(n.Targets()) > 0 {
		t.Error("a state was written")
	}
}

// TestFullDisk: an alarm goes out when the state cannot be saved.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notifications.json")
	synctest.Test(t, func(t *testing.T) {
		net := &robots{}
		var room atomic.Bool
		d := &disk.Disk{Before: func(op, _ string) error {
			if !room.Load() && op == "write" {
				return syscall.ENOSPC
			}
			return nil
		}}
		n := start(t, config(), webhook.Options{State: path, Disk: d, Transport: net})
		n.Raise(webhook.Event{Kind: webhook.DiskLow, Key: "/lake"})
		synctest.Wait()
		if got := net.take(); got != "generic.example raised disk-low /lake" {
			t.Errorf("received %q", got)
		}
		room.Store(true)
		closed(t, n)
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "disk-low") {
			t.Errorf("%v: %s", err, text)
		}
	})
}

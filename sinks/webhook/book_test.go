package webhook

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// TestBook drives one incident through its life and looks at what two targets are
// owed after each step.
func TestBook(t *testing.T) {
	b := newBook([]string{"a", "b"})
	now := noon
	owes := func(want string) {
		t.Helper()
		var got []string
		for _, target := range b.targets {
			for _, m := range b.owed(target) {
				got = append(got, target+":"+m.event+":"+m.key)
			}
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("owed %q, want %q", text, want)
		}
	}
	raise := func(key string) { b.raise(Event{Kind: RunFailed, Key: key, Text: "x", Since: now}, now, 24*time.Hour) }
	over := func(key string) { b.clear(RunFailed, key, "fine", now) }
	tell := func(target string) {
		for _, m := range b.owed(target) {
			b.told(target, m)
		}
	}
	over("q") // nothing was wrong
	owes("")
	raise("q")
	raise("q")
	owes("a:raised:q b:raised:q")
	tell("a")
	owes("b:raised:q")
	now = now.Add(time.Hour)
	raise("q")
	owes("b:raised:q")
	now = now.Add(22 * time.Hour) // a day, but for the slack of a daily job
	raise("q")
	owes("a:repeated:q b:raised:q")
	tell("a")
	now = now.Add(time.Minute)
	over("q")
	over("q")
	owes("a:recovered:q b:recovered:q")
	tell("a")
	owes("b:recovered:q")
	raise("q") // a believes that it is over, b has never heard of it
	owes("a:raised:q b:raised:q")
	tell("a")
	tell("b")
	over("q")
	raise("q") // before anybody was told: nothing has happened
	owes("")
	over("q")
	tell("a")
	tell("b")
	owes("")
	if len(b.incidents) != 0 {
		t.Errorf("%d incidents are left", len(b.incidents))
	}
}

// TestBookChangesWhileSending: a message that was made before a change is accepted
// after it.
func TestBookChangesWhileSending(t *testing.T) {
	b := newBook([]string{"a"})
	raise := func() { b.raise(Event{Kind: Banned, Key: "k", Since: noon}, noon, time.Hour) }
	raise()
	sent := b.owed("a")[0]
	b.clear(Banned, "k", "", noon)
	b.told("a", sent)
	if m := b.owed("a"); len(m) != 1 || m[0].event != eventRecovered {
		t.Errorf("after an end during sending: %+v", m)
	}
	sent = b.owed("a")[0]
	raise()
	b.told("a", sent)
	if m := b.owed("a"); len(m) != 1 || m[0].event != eventRaised {
		t.Errorf("after a beginning during sending: %+v", m)
	}
	b.told("a", message{id: "gone"})
}

func TestBookIsBounded(t *testing.T) {
	b := newBook([]string{"a"})
	for i := range maxIncidents + 10 {
		_, kept := b.raise(Event{Kind: DayUnsealed, Key: fmt.Sprint(i)}, noon, time.Hour)
		if kept != (i < maxIncidents) {
			t.Fatalf("incident %d: kept %t", i, kept)
		}
	}
	if _, kept := b.raise(Event{Kind: DayUnsealed, Key: "0"}, noon, time.Hour); !kept {
		t.Error("one that is in the book is refused")
	}
}

// TestClockSetBack: an alarm is not silent until the clock has caught up.
func TestClockSetBack(t *testing.T) {
	b := newBook([]string{"a"})
	e := Event{Kind: DiskLow, Key: "/"}
	b.raise(e, noon, time.Hour)
	b.told("a", b.owed("a")[0])
	earlier := noon.Add(-365 * 24 * time.Hour)
	b.raise(e, earlier, time.Hour)
	b.told("a", message{id: idOf(e.Kind, e.Key), event: eventRepeated, asked: earlier})
	b.raise(e, earlier.Add(2*time.Hour), time.Hour)
	if m := b.owed("a"); len(m) != 1 || m[0].event != eventRepeated {
		t.Errorf("owed %+v", m)
	}
}

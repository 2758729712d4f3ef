package webhook

import (
	"cmp"
	"slices"
	"time"
)

// incident is one thing that is wrong, or was, and who knows of it.
type incident struct {
	Kind  Kind      `json:"kind"`
	Key   string    `json:"key"`
	Text  string    `json:"text"`
	Since time.Time `json:"since"`
	Asked time.Time `json:"asked"` // when it was last found due to be told
	Seen  time.Time `json:"seen"`  // when it was last raised, to the hour

	Over time.Time `json:"over,omitzero"` // when it ended
	End  string    `json:"end,omitempty"` // how

	Told map[string]time.Time `json:"told,omitempty"` // target -> the Asked it was told of
	Done map[string]bool      `json:"done,omitempty"` // targets told of the end
}

// message is what one target is to be told of one incident.
type message struct {
	id          string
	event       string // raised, repeated, recovered or test
	kind        Kind
	key         string
	text        string // what is wrong, or how it ended
	problem     string // what was wrong, once it has ended
	since       time.Time
	asked, over time.Time // as of the incident when the message was made
}

// The events of messages.
const (
	eventRaised    = "raised"
	eventRepeated  = "repeated"
	eventRecovered = "recovered"
	eventTest      = "test"
)

// maxIncidents bounds the book; forgetAfter is how long an incident stays in it
// that nobody raises or clears any more, because its job is gone, say.
const (
	maxIncidents = 500
	forgetAfter  = 90 * 24 * time.Hour
)

// book holds what is the case and who was told. It is not safe for concurrent
// use.
type book struct {
	targets   []string
	incidents map[string]*incident
}

func newBook(targets []string) *book {
	return &book{targets: targets, incidents: map[string]*incident{}}
}

func idOf(kind Kind, key string) string { return string(kind) + "\x00" + key }

// raise notes that something is wrong. It reports whether the book has changed
// and whether there was room for it.
func (b *book) raise(e Event, now time.Time, repeat time.Duration) (changed, kept bool) {
	id := idOf(e.Kind, e.Key)
	i := b.incidents[id]
	switch {
	case i == nil && len(b.incidents) >= maxIncidents:
		return false, false
	case i == nil:
		b.incidents[id] = &incident{Kind: e.Kind, Key: e.Key, Text: e.Text, Since: e.Since, Asked: now, Seen: now,
			Told: map[string]time.Time{}, Done: map[string]bool{}}
		return true, true
	case !i.Over.IsZero():
		b.reopen(i, e)
		changed = true
	}
	// What a daily job raises comes daily, though one run may end a little earlier
	// than the last. A clock that was set back silences nothing.
	if now.Sub(i.Asked) >= repeat-repeat/24 || i.Asked.After(now) {
		i.Asked, i.Text = now, e.Text
		changed = true
	}
	if now.Sub(i.Seen) >= time.Hour || i.Seen.After(now) {
		i.Seen = now
		changed = true
	}
	return changed, true
}

// reopen takes back the end of an incident. Who was told of the end must be told
// anew; for all others it has never ended.
func (b *book) reopen(i *incident, e Event) {
	for target := range i.Done {
		delete(i.Told, target)
	}
	clear(i.Done)
	if len(i.Told) == 0 {
		i.Since, i.Text = e.Since, e.Text
	}
	i.Over, i.End = time.Time{}, ""
}

// clear notes that something is not wrong any more. It reports whether the book
// has changed.
func (b *book) clear(kind Kind, key, text string, now time.Time) bool {
	i := b.incidents[idOf(kind, key)]
	if i == nil || !i.Over.IsZero() {
		return false
	}
	i.Over, i.End = now, text
	return true
}

// owed returns what a target has still to be told, the oldest first.
func (b *book) owed(target string) []message {
	var list []message
	for id, i := range b.incidents {
		m := message{id: id, event: eventRaised, kind: i.Kind, key: i.Key, text: i.Text, since: i.Since, asked: i.Asked, over: i.Over}
		told, knows := i.Told[target]
		switch {
		case !i.Over.IsZero() && i.Done[target], i.Over.IsZero() && knows && !told.Before(i.Asked):
			continue
		case !i.Over.IsZero():
			m.event, m.text, m.problem = eventRecovered, i.End, i.Text
		case knows:
			m.event = eventRepeated
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b message) int {
		return cmp.Or(a.due().Compare(b.due()), cmp.Compare(a.id, b.id))
	})
	return list
}

// due is the moment that a message is about.
func (m message) due() time.Time {
	if m.event == eventRecovered {
		return m.over
	}
	return m.asked
}

// told notes that a target has accepted a message. The incident may have changed
// while it was sent.
func (b *book) told(target string, m message) {
	i := b.incidents[m.id]
	switch {
	case i == nil:
	case m.event != eventRecovered:
		i.Told[target] = m.asked
	case !i.Over.Equal(m.over): // it is on again, and the target believes that it is over
		delete(i.Told, target)
	default:
		i.Done[target] = true
		if !slices.ContainsFunc(b.targets, func(t string) bool { return !i.Done[t] }) {
			delete(b.incidents, m.id)
		}
	}
}

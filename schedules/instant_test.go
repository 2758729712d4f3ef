package schedules_test

import (
	"testing"
	"time"

	"barkeep/schedules"
)

func TestParseInstant(t *testing.T) {
	want := schedules.MakeDay(2026, time.September, 28).At(9, 14)
	for _, text := range []string{"2026-09-28T09:14", "2026-09-28 09:14", " 2026-09-28T09:14:00 ", "2026-09-28T09:14:00+08:00", "2026-09-28T01:14:00Z"} {
		if got, err := schedules.ParseInstant(text); err != nil || !got.Equal(want) {
			t.Errorf("ParseInstant(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
	if got, err := schedules.ParseInstant("2026-09-28"); err != nil || !got.Equal(schedules.MakeDay(2026, time.September, 28).At(0, 0)) {
		t.Errorf("a bare date is %s, %v", got, err)
	}
	for _, text := range []string{"", "09:14", "2026-09-31T09:14", "2026-09-28T09:14x"} {
		if got, err := schedules.ParseInstant(text); err == nil {
			t.Errorf("ParseInstant(%q) = %s, want an error", text, got)
		}
	}
}

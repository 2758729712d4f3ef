package schedules

import (
	"fmt"
	"strings"
	"time"
)

// instantForms are the spellings of ParseInstant without a zone.
var instantForms = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"}

// ParseInstant reads an instant: 2026-09-28T09:14, with seconds or without
// them or as a bare date, in Asia/Shanghai; or with a zone as in RFC 3339.
func ParseInstant(text string) (time.Time, error) {
	s := strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, form := range instantForms {
		if t, err := time.ParseInLocation(form, s, Shanghai); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not an instant: write it like 2026-09-28T09:14 (Asia/Shanghai) or 2026-09-28T09:14:00+08:00", text)
}

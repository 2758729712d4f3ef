package schedules

import (
	"fmt"
	"strings"
	"time"
)

// Clock is a time of day in Asia/Shanghai in minutes since midnight, 0..1439.
type Clock int16

// DailyBarsReady is when Baostock publishes a trading day's daily bars: 17:30
// of the same day. Source: specification of Baostock, 9.
const DailyBarsReady Clock = 17*60 + 30

// AdjustFactorsReady is when Baostock publishes the adjust factors of a trading
// day: 18:00. Source: specification of Baostock, 9.
const AdjustFactorsReady Clock = 18 * 60

// ParseClock reads 17:30, from 00:00 to 23:59.
func ParseClock(text string) (Clock, error) {
	s := strings.TrimSpace(text)
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, fmt.Errorf("%q is not a time of day: write it like 09:30 or 17:30", text)
	}
	return Clock(t.Hour()*60 + t.Minute()), nil
}

// On returns the instant at which clocks in Shanghai show c on day d.
func (c Clock) On(d Day) time.Time { return d.At(int(c)/60, int(c)%60) }

// String returns HH:MM.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText writes HH:MM.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what ParseClock reads.
func (c *Clock) UnmarshalText(text []byte) error {
	clock, err := ParseClock(string(text))
	if err != nil {
		return err
	}
	*c = clock
	return nil
}

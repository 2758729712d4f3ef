package schedules

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // Asia/Shanghai must exist on hosts without a zone database
)

// Shanghai is the zone of every date and every session of the exchanges:
// UTC+8 the whole year since 1992, with summer time in 1986-1991 only.
var Shanghai = mustLoadShanghai()

func mustLoadShanghai() *time.Location {
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic("schedules: the embedded zone database lacks Asia/Shanghai: " + err.Error())
	}
	return loc
}

// Day is a calendar date in Asia/Shanghai, never an instant. Its value is the
// number of days since 1970-01-01, which is also the DATE of Arrow, Parquet
// and Delta, so no conversion stands between them.
type Day int32

// MakeDay returns the day of a date. Out-of-range months and days are carried
// over as in time.Date.
func MakeDay(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// DayOf returns the date that the clock on a wall in Shanghai shows at t.
func DayOf(t time.Time) Day {
	y, m, d := t.In(Shanghai).Date()
	return MakeDay(y, m, d)
}

// ParseDay reads 2024-01-02, 20240102, 2024/01/02 or 2024.01.02. Anything
// else, a date that does not exist included, is an error that names the text.
func ParseDay(text string) (Day, error) {
	s := strings.TrimSpace(text)
	layout := "2006-01-02"
	switch {
	case len(s) == 8:
		layout = "20060102"
	case len(s) == 10 && s[4] == '/':
		layout = "2006/01/02"
	case len(s) == 10 && s[4] == '.':
		layout = "2006.01.02"
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date: write it like 2024-01-02 or 20240102", text)
	}
	return Day(t.Unix() / 86400), nil
}

// Date returns the year, month and day of the month.
func (d Day) Date() (year int, month time.Month, day int) {
	return time.Unix(int64(d)*86400, 0).UTC().Date()
}

// Year returns the calendar year.
func (d Day) Year() int {
	y, _, _ := d.Date()
	return y
}

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday {
	return time.Unix(int64(d)*86400, 0).UTC().Weekday()
}

// At returns the instant at which clocks in Shanghai show hour:min on this day.
func (d Day) At(hour, min int) time.Time {
	y, m, day := d.Date()
	return time.Date(y, m, day, hour, min, 0, 0, Shanghai)
}

// String returns the date as YYYY-MM-DD.
func (d Day) String() string {
	return time.Unix(int64(d)*86400, 0).UTC().Format("2006-01-02")
}

// MarshalText writes YYYY-MM-DD.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDay reads.
func (d *Day) UnmarshalText(text []byte) error {
	day, err := ParseDay(string(text))
	if err != nil {
		return err
	}
	*d = day
	return nil
}

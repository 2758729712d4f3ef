package simulator

import (
	"errors"

	"barkeep/schedules"
)

// day reads a date argument of the form 2024-01-02, which is all that the
// vendor reads.
func day(text string) (schedules.Day, error) {
	d, err := schedules.ParseDay(text)
	if err == nil && d.String() != text {
		err = errors.New("not of the form 2024-01-02")
	}
	return d, err
}

// days reads a range of dates. An empty one is open: since the first trading
// day, until today.
func (e *exchange) days(start, end string) (from, to schedules.Day, f *failure) {
	from, to = e.server.calendar.First(), e.today
	var err error
	if start != "" {
		if from, err = day(start); err != nil {
			return 0, 0, badStart
		}
	}
	if end != "" {
		if to, err = day(end); err != nil {
			return 0, 0, badEnd
		}
	}
	if from > to && start != "" && end != "" {
		return 0, 0, startAfterEnd
	}
	return from, to, nil
}

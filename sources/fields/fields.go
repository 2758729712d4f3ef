package fields

import (
	"math"
	"time"

	"barkeep/schedules"
)

var scales = [16]float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// Decimal reads an optional minus sign, digits and an optional fraction. An
// empty cell is NaN. It returns false for anything else, exponents and more than
// 15 digits included: up to 15 the value is the one strconv.ParseFloat returns,
// because both the digits and the power of ten are exact.
func Decimal(b []byte) (float64, bool) {
	if len(b) == 0 {
		return math.NaN(), true
	}
	negative := b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 16 {
		return 0, false
	}
	value, point := int64(0), -1
	for i, c := range b {
		if d := c - '0'; d <= 9 {
			value = value*10 + int64(d)
		} else if c == '.' && point < 0 && i > 0 && i < len(b)-1 {
			point = i
		} else {
			return 0, false
		}
	}
	f := float64(value)
	if point >= 0 {
		f /= scales[len(b)-point-1]
	} else if len(b) > 15 {
		return 0, false
	}
	if negative {
		f = -f
	}
	return f, true
}

// Price reads a Decimal that is not negative and in which 0 means that there is
// none: NaN.
func Price(b []byte) (float64, bool) {
	f, ok := Decimal(b)
	if f == 0 {
		return math.NaN(), ok
	}
	return f, ok && !(f < 0)
}

// Integer reads up to 18 digits with an optional minus sign. An empty cell is
// refused.
func Integer(b []byte) (int64, bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	value := int64(0)
	for _, c := range b {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		value = value*10 + int64(d)
	}
	if negative {
		value = -value
	}
	return value, true
}

// Time reads YYYYMMDDHHMMSS in Asia/Shanghai and returns the instant in UTC.
func Time(b []byte) (time.Time, bool) {
	if len(b) != 14 {
		return time.Time{}, false
	}
	return instant(number(b[:4]), number(b[4:6]), number(b[6:8]), number(b[8:10]), number(b[10:12]), number(b[12:]))
}

// DateTime reads YYYY-MM-DD and HH:MM:SS in Asia/Shanghai and returns the
// instant in UTC.
func DateTime(date, clock []byte) (time.Time, bool) {
	if len(date) != 10 || date[4] != '-' || date[7] != '-' || len(clock) != 8 || clock[2] != ':' || clock[5] != ':' {
		return time.Time{}, false
	}
	return instant(number(date[:4]), number(date[5:7]), number(date[8:]), number(clock[:2]), number(clock[3:5]), number(clock[6:]))
}

// number returns the value of a few digits, or -1.
func number(b []byte) int {
	n := 0
	for _, c := range b {
		d := c - '0'
		if d > 9 {
			return -1
		}
		n = n*10 + int(d)
	}
	return n
}

func instant(year, month, day, hour, minute, second int) (time.Time, bool) {
	if year < 1990 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return time.Time{}, false
	}
	d := schedules.MakeDay(year, time.Month(month), day)
	if y, m, dd := d.Date(); y != year || int(m) != month || dd != day {
		return time.Time{}, false
	}
	// China has had no summer time since 1991, so a day begins 8 hours before
	// its date does in UTC.
	const zone = 8 * 3600
	return time.Unix(int64(d)*86400-zone+int64(hour)*3600+int64(minute)*60+int64(second), 0).UTC(), year > 1991
}

//go:build cgo

package duckdb

import (
	"math"
	"strconv"
	"time"

	"github.com/marcboeker/go-duckdb/mapping"
)

const (
	dayLayout     = "2006-01-02"
	clockLayout   = "15:04:05.999999999"
	localLayout   = dayLayout + "T" + clockLayout // no zone: nobody knows which
	instantLayout = localLayout + "Z07:00"
)

func (c *column) appendTime(dst []byte, row int) []byte {
	switch c.id {
	case mapping.TypeDate:
		days := at[int32](c, row)
		if days == math.MaxInt32 || days == -math.MaxInt32 {
			return appendInfinity(dst, days > 0)
		}
		return time.Unix(int64(days)*86400, 0).UTC().AppendFormat(dst, dayLayout)
	case mapping.TypeTime:
		return appendClock(dst, at[int64](c, row))
	case mapping.TypeTimeTZ:
		return appendZonedClock(dst, at[uint64](c, row))
	case mapping.TypeInterval:
		return appendInterval(dst, at[interval](c, row))
	}
	v := at[int64](c, row)
	if v == math.MaxInt64 || v == -math.MaxInt64 {
		return appendInfinity(dst, v > 0)
	}
	switch c.id {
	case mapping.TypeTimestampTZ:
		return time.UnixMicro(v).UTC().AppendFormat(dst, instantLayout)
	case mapping.TypeTimestampS:
		return time.Unix(v, 0).UTC().AppendFormat(dst, localLayout)
	case mapping.TypeTimestampMS:
		return time.UnixMilli(v).UTC().AppendFormat(dst, localLayout)
	case mapping.TypeTimestampNS:
		return time.Unix(0, v).UTC().AppendFormat(dst, localLayout)
	default:
		return time.UnixMicro(v).UTC().AppendFormat(dst, localLayout)
	}
}

func appendInfinity(dst []byte, positive bool) []byte {
	if !positive {
		dst = append(dst, '-')
	}
	return append(dst, "infinity"...)
}

// appendClock takes microseconds since midnight; 24:00:00 is a legal value.
func appendClock(dst []byte, micros int64) []byte {
	if micros == 86400_000_000 {
		return append(dst, "24:00:00"...)
	}
	return time.UnixMicro(micros).UTC().AppendFormat(dst, clockLayout)
}

// appendZonedClock takes microseconds in the upper 40 bits and in the lower 24
// the distance of the offset from +15:59:59, in seconds.
func appendZonedClock(dst []byte, v uint64) []byte {
	const widest = 16*3600 - 1
	dst = appendClock(dst, int64(v>>24))
	offset := widest - int(v&(1<<24-1))
	zone := time.FixedZone("", offset)
	return time.Unix(0, 0).In(zone).AppendFormat(dst, "-07:00")
}

type interval struct {
	months, days int32
	micros       int64
}

// appendInterval writes 1 year 2 months 3 days 04:05:06.
func appendInterval(dst []byte, v interval) []byte {
	start := len(dst)
	unit := func(n int32, name string) {
		if n == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = strconv.AppendInt(dst, int64(n), 10)
		dst = append(dst, ' ')
		dst = append(dst, name...)
		if n != 1 && n != -1 {
			dst = append(dst, 's')
		}
	}
	unit(v.months/12, "year")
	unit(v.months%12, "month")
	unit(v.days, "day")
	if v.micros == 0 && len(dst) > start {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	micros := v.micros
	if micros < 0 {
		dst, micros = append(dst, '-'), -micros
	}
	hours := micros / 3600_000_000
	if hours < 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, hours, 10)
	return time.UnixMicro(micros%3600_000_000).UTC().AppendFormat(dst, ":04:05.999999")
}

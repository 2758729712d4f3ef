package configs

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// ByteSize is a number of bytes, written with a unit: 300MiB, 2GB. KiB, MiB, GiB
// and TiB are powers of 1024, KB, MB, GB and TB of 1000.
type ByteSize int64

// minMemory is the smallest memory_limit: a whole-market answer and the file being
// written fit into it.
const minMemory = 64 * mebi

const mebi ByteSize = 1 << 20

var byteUnits = []struct {
	name string
	size ByteSize
}{
	{"TiB", 1 << 40}, {"TB", 1e12}, {"GiB", 1 << 30}, {"GB", 1e9}, {"MiB", mebi}, {"MB", 1e6}, {"KiB", 1 << 10}, {"KB", 1e3},
}

var byteSize = regexp.MustCompile(`^([0-9]{1,15}) ?([KMGT]i?B)$`)

// UnmarshalText reads a whole number and a unit.
func (b *ByteSize) UnmarshalText(text []byte) error {
	parts := byteSize.FindStringSubmatch(strings.TrimSpace(string(text)))
	if parts == nil {
		return fmt.Errorf("%q is not a size: write a whole number and a unit, such as 300MiB or 2GB", text)
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return err
	}
	for _, u := range byteUnits {
		if u.name == parts[2] {
			if n > math.MaxInt64/int64(u.size) {
				return fmt.Errorf("%q is larger than any memory", text)
			}
			*b = ByteSize(n) * u.size
		}
	}
	return nil
}

// String writes the size in the largest unit that divides it.
func (b ByteSize) String() string {
	for _, u := range byteUnits {
		if b != 0 && b%u.size == 0 {
			return fmt.Sprintf("%d%s", b/u.size, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", int64(b))
}

// MarshalText writes what UnmarshalText reads.
func (b ByteSize) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

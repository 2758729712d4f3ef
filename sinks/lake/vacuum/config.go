package vacuum

import (
	"fmt"
	"time"

	"barkeep/etl"
)

// Bounds of the grace period.
const (
	minGrace = 10 * time.Minute
	maxGrace = 10 * 365 * 24 * time.Hour
)

// Config sets what vacuum leaves alone.
type Config struct {
	// Grace is how long a file stays after it was taken out of the table, 10
	// minutes to 10 years: the time that a reader may go on with an older version.
	Grace time.Duration `yaml:"grace"`
}

// DefaultConfig returns a grace period of a day.
func DefaultConfig() Config { return Config{Grace: 24 * time.Hour} }

// Validate reports every setting that is out of range, as etl.KeyError.
func (c Config) Validate() error {
	var errs etl.KeyErrors
	errs.Check(c.Grace >= minGrace && c.Grace <= maxGrace, "grace",
		fmt.Sprintf("is %v; must be 10m to 87600h: readers of an older version lose their files after it", c.Grace))
	return errs.Err()
}

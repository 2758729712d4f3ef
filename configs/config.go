package configs

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake/compact"
	"barkeep/sinks/lake/vacuum"
	"barkeep/sinks/parquet"
	"barkeep/sinks/webhook"
	"barkeep/sources/baostock"
	"barkeep/sources/eastmoney"
	"barkeep/sources/quotes"
	"barkeep/sources/sina"
	"barkeep/sources/tencent"
)

// Default is the commented default document, which is also the reference of all
// keys.
//
//go:embed default.yaml
var Default []byte

// Config is the whole configuration. Every section belongs to the component
// that uses it.
type Config struct {
	Lake      string             `yaml:"lake"`         // directory
	Memory    ByteSize           `yaml:"memory_limit"` // of Go's heap; GOMEMLIMIT overrules it
	Log       Log                `yaml:"log"`
	Calendar  Calendar           `yaml:"calendar"`
	Jobs      Jobs               `yaml:"jobs"`
	DailyBars etl.Config         `yaml:"daily_bars"`
	Factors   etl.FactorConfig   `yaml:"adjust_factors"`
	Members   etl.MemberConfig   `yaml:"instruments"`
	Revisions etl.RevisionConfig `yaml:"revisions"`
	Checks    etl.CheckConfig    `yaml:"checks"`
	Baostock  baostock.Config    `yaml:"baostock"`
	Quotes    quotes.Config      `yaml:"quotes"`
	Tencent   tencent.Config     `yaml:"tencent"`
	Sina      sina.Config        `yaml:"sina"`
	Eastmoney eastmoney.Config   `yaml:"eastmoney"`
	HTTP      door.Config        `yaml:"http"`
	Parquet   parquet.Config     `yaml:"parquet"`
	Compact   compact.Config     `yaml:"compact"`
	Vacuum    vacuum.Config      `yaml:"vacuum"`
	DuckDB    duckdb.Config      `yaml:"duckdb"`
	Notify    webhook.Config     `yaml:"notify"`
}

// Validate checks what stands outside the sections.
func (c Config) Validate() error {
	var e etl.KeyErrors
	e.Check(strings.TrimSpace(c.Lake) != "", "lake", "must name a directory")
	e.Check(c.Memory >= minMemory, "memory_limit", fmt.Sprintf("is %s; below %s the collector would do nothing but collect", c.Memory, minMemory))
	return e.Err()
}

// Log is the section "log".
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // auto, text or json
}

// Validate returns every problem as an etl.KeyError.
func (l Log) Validate() error {
	var e etl.KeyErrors
	e.Check(slices.Contains([]string{"debug", "info", "warn", "error"}, l.Level), "level", fmt.Sprintf("is %q; must be debug, info, warn or error", l.Level))
	e.Check(slices.Contains([]string{"auto", "text", "json"}, l.Format), "format", fmt.Sprintf("is %q; must be auto, text or json", l.Format))
	return e.Err()
}

// Calendar is the section "calendar".
type Calendar struct {
	File  string  `yaml:"file"`  // a table of closures that replaces the embedded one; empty for none
	Now   string  `yaml:"now"`   // what the market's clock shows; empty for the real time
	Speed float64 `yaml:"speed"` // how fast that clock runs on; 0 stands still
}

// Validate returns every problem as an etl.KeyError.
func (c Calendar) Validate() error {
	var e etl.KeyErrors
	if c.Now != "" {
		if _, err := schedules.ParseInstant(c.Now); err != nil {
			e.Check(false, "now", err.Error())
		}
	}
	e.Check(c.Speed >= 0 && c.Speed <= 100_000, "speed", "must lie in 0..100000")
	e.Check(c.Speed == 0 || c.Now != "", "speed", "needs now, the time to start from")
	return e.Err()
}

// Load returns the calendar to work with: the file's, or the embedded one.
func (c Calendar) Load() (*schedules.Calendar, error) {
	if c.File == "" {
		return schedules.Embedded(), nil
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, fmt.Errorf("calendar.file: %w", err)
	}
	defer f.Close()
	calendar, err := schedules.ParseCalendar(io.LimitReader(f, 1<<20), c.File)
	if err != nil {
		return nil, fmt.Errorf("calendar.file: %w", err)
	}
	return calendar, nil
}

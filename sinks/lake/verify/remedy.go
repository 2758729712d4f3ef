package verify

import (
	"encoding/json"
	"fmt"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// refetchable says that the vendor still has a table's rows.
func refetchable(table string) bool {
	switch table {
	case etl.DailyBars.Name, etl.Instruments.Name, etl.TradingDays.Name:
		return true
	}
	return false
}

// held fills in what a file held: by the log's word, because the file may be gone,
// and by its own where that goes further, because the log may be wrong.
func (f *Finding) held(from *file) {
	t, file := from.table, from.File
	f.Rows, f.Bytes = file.Rows, file.Bytes
	f.FirstDay, f.LastDay = days(t, file)
	if t.Index("symbol") >= 0 {
		f.FirstSymbol, f.LastSymbol = symbols(file)
	}
	if from.says == nil {
		return
	}
	for i, c := range from.columns {
		switch s := from.says.Columns[i]; {
		case !s.Valid:
		case c.Name == dateColumn(t) && f.FirstDay != 0:
			f.FirstDay, f.LastDay = min(f.FirstDay, schedules.Day(s.MinInt)), max(f.LastDay, schedules.Day(s.MaxInt))
		case c.Name == "symbol":
			f.FirstSymbol, f.LastSymbol = min(f.FirstSymbol, s.MinString), max(f.LastSymbol, s.MaxString)
		}
	}
}

// dateColumn names the column that dates a table's rows.
func dateColumn(t etl.Table) string {
	if column := t.Year + t.Day; column != "" { // at most one is set
		return column
	}
	return "date"
}

// days returns the bounds of the column that dates a table's rows; of its
// partition where the log does not tell more.
func days(t etl.Table, file lake.File) (first, last schedules.Day) {
	if first, last, ok := file.DayRange(dateColumn(t)); ok {
		return first, last
	}
	if file.Year != 0 {
		return schedules.MakeDay(file.Year, 1, 1), schedules.MakeDay(file.Year, 12, 31)
	}
	return 0, 0
}

func symbols(file lake.File) (first, last string) {
	var stats struct {
		Min, Max struct {
			Symbol string `json:"symbol"`
		}
	}
	text := []byte(file.Stats())
	var s struct {
		Min json.RawMessage `json:"minValues"`
		Max json.RawMessage `json:"maxValues"`
	}
	if json.Unmarshal(text, &s) != nil || json.Unmarshal(s.Min, &stats.Min) != nil || json.Unmarshal(s.Max, &stats.Max) != nil {
		return "", ""
	}
	return stats.Min.Symbol, stats.Max.Symbol
}

// remedy says how the rows of a file with wrong data come back. alive says that
// they can still be read.
func (f Finding) remedy(alive bool) string {
	const repair = "barkeep verify --repair"
	switch {
	case alive && !refetchable(f.Table):
		return "The rows can be read and cannot be fetched again, so the file stays; compare it with a copy of the lake"
	case f.Table == etl.DailyBars.Name:
		return fmt.Sprintf("Run %q, which takes the file out of the table, then %q, which asks for the missing rows only", repair, f.fetch())
	case f.Table == etl.Instruments.Name, f.Table == etl.TradingDays.Name:
		return fmt.Sprintf("Run %q, which takes the file out of the table, then %q: any run fetches this table anew", repair, "barkeep run --job daily-bars")
	case f.Table == etl.Quotes.Name:
		return fmt.Sprintf("Quotes of the past cannot be fetched again: without a copy of the file these rows are lost; all other snapshots stay. "+
			"%q takes the file out of the table, so that the rest can be queried", repair)
	case f.Table == etl.Quarantine.Name:
		return fmt.Sprintf("The file held refused rows, which no other table contains; without a copy of it they are lost. "+
			"%q takes it out of the table, so that the rest can be queried", repair)
	}
	return fmt.Sprintf("Restore the file from a copy of the lake, or take it out of the table with %q", repair)
}

// fetch returns the command that asks for the rows of a file of daily bars.
func (f Finding) fetch() string {
	command := "barkeep run --job daily-bars"
	if f.FirstDay != 0 {
		command += fmt.Sprintf(" --from %s --to %s", f.FirstDay, f.LastDay)
	}
	if f.FirstSymbol != "" && f.FirstSymbol == f.LastSymbol {
		command += " --symbols " + f.FirstSymbol
	}
	return command
}

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sinks/lake"
)

// selectionFlags are the flags that choose rows by security, day and reason.
type selectionFlags struct {
	symbols      []string
	date         string
	from, to     string
	reason       string
	all, certain bool
}

// add adds the flags; those of a change ask for certainty besides.
func (s *selectionFlags) add(c *cobra.Command, change bool) {
	f := c.Flags()
	f.StringSliceVar(&s.symbols, "symbols", nil, "only these `symbols`, comma separated, in any usual spelling")
	f.StringVar(&s.date, "date", "", "only this `day`")
	f.StringVar(&s.from, "from", "", "first `day`")
	f.StringVar(&s.to, "to", "", "last `day`")
	f.StringVar(&s.reason, "reason", "", "only rows whose reason holds this `text`")
	if change {
		f.BoolVar(&s.all, "all", false, "all rows, when nothing chooses among them")
		f.BoolVar(&s.certain, "yes", false, "do not ask")
	}
	c.MarkFlagsMutuallyExclusive("date", "from")
	c.MarkFlagsMutuallyExclusive("date", "to")
}

// selection chooses rows; an empty field chooses all.
type selection struct {
	symbols  []etl.Symbol
	from, to schedules.Day
	reason   string
	narrow   bool // whether anything is chosen among
}

func (s *selectionFlags) parse() (selection, error) {
	picked := selection{from: 0, to: 1<<31 - 1, reason: s.reason}
	picked.narrow = len(s.symbols) > 0 || s.date+s.from+s.to+s.reason != ""
	var problems []error
	day := func(flag, text string, to *schedules.Day) {
		if text == "" {
			return
		}
		d, err := schedules.ParseDay(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("--%s: %w", flag, err))
			return
		}
		*to = d
	}
	day("from", s.from, &picked.from)
	day("to", s.to, &picked.to)
	if day("date", s.date, &picked.from); s.date != "" {
		picked.to = picked.from
	}
	if picked.from > picked.to {
		problems = append(problems, fmt.Errorf("--to %s lies before --from %s", picked.to, picked.from))
	}
	var err error
	if picked.symbols, err = parseSymbols("--symbols: ", s.symbols); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return picked, usageError{errors.Join(problems...)}
	}
	return picked, nil
}

// holds reports whether a row is chosen.
func (s selection) holds(symbol etl.Symbol, day schedules.Day, reason string) bool {
	return day >= s.from && day <= s.to && strings.Contains(reason, s.reason) &&
		(len(s.symbols) == 0 || slices.Contains(s.symbols, symbol))
}

// show prints a row that a selection may choose: a JSON object, or a text.
type show func(key etl.BarKey, reason string, object map[string]any, text string) error

// listing prints the chosen rows that scan finds in the lake, and in words that there
// are none.
func (a *app) listing(flags selectionFlags, empty string, scan func(*lake.Lake, show) error) error {
	picked, err := flags.parse()
	if err != nil {
		return err
	}
	_, l, err := a.oldLake()
	if err != nil {
		return err
	}
	out := json.NewEncoder(a.out)
	out.SetEscapeHTML(false)
	rows := 0
	err = scan(l, func(key etl.BarKey, reason string, object map[string]any, text string) error {
		if !picked.holds(key.Symbol, key.Day, reason) {
			return nil
		}
		rows++
		if a.json {
			return out.Encode(object)
		}
		_, err := fmt.Fprintln(a.out, text)
		return err
	})
	if err == nil && rows == 0 && !a.json {
		_, err = fmt.Fprintln(a.out, picked.none(empty))
	}
	return err
}

// none says that nothing was found: in the given words when all was looked at.
func (s selection) none(all string) string {
	if s.narrow {
		return "Nothing matches."
	}
	return all
}

// sure makes certain that a change is meant: by --yes, or by asking where somebody
// can answer.
func (a *app) sure(flags selectionFlags, question string) error {
	if flags.certain {
		return nil
	}
	if in, ok := a.in.(*os.File); !ok || !isTerminal(in) || !isTerminal(a.err) {
		return usage("%s; say so with --yes", question)
	}
	fmt.Fprintf(a.err, "%s. Go on? [y/N] ", question)
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	if text := strings.ToLower(strings.TrimSpace(answer)); text == "y" || text == "yes" {
		return nil
	}
	if err != nil {
		fmt.Fprintln(a.err)
	}
	return usage("nothing was changed")
}

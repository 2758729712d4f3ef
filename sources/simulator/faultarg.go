package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// argument describes what may follow the colon.
type argument struct {
	usage string // for help; empty: nothing may follow
	words []string
	kind  string // "number", "duration", "digits", or empty for words
	must  bool
}

// check reports what is wrong with an argument.
func (a argument) check(text string) error {
	if text == "" {
		if a.must {
			return fmt.Errorf("needs an argument: %s", a.usage)
		}
		return nil
	}
	number, rest, listed := strings.Cut(text, ",")
	switch {
	case a.usage == "":
		return errors.New("takes no argument")
	case a.kind == "" && len(a.words) == 0:
		return nil // any text
	case a.kind == "":
		if !slices.Contains(a.words, text) {
			return fmt.Errorf("argument %q must be one of %s", text, strings.Join(a.words, ", "))
		}
		return nil
	case a.kind == "duration":
		if d, err := time.ParseDuration(text); err != nil || d <= 0 {
			return fmt.Errorf("argument %q must be a duration such as 30s", text)
		}
		return nil
	case a.kind == "digits":
		if !versionForm.MatchString(text) {
			return fmt.Errorf("argument %q must be 7 digits and dots, as in 00.9.40", text)
		}
		return nil
	}
	if n, err := strconv.Atoi(number); err != nil || n < 1 {
		return fmt.Errorf("argument %q must be a number of 1 or more", text)
	}
	if listed && !slices.Contains(a.words, rest) {
		return errors.New("argument must be " + a.usage)
	}
	return nil
}

// number returns the argument's number, or 0.
func (f *activeFault) number() int {
	n, err := strconv.Atoi(strings.TrimSuffix(f.Arg, ","+f.word()))
	if err != nil {
		return 0
	}
	return n
}

// word returns what follows the comma of an argument.
func (f *activeFault) word() string {
	_, word, _ := strings.Cut(f.Arg, ",")
	return word
}

// duration returns the argument's duration, or 0.
func (f *activeFault) duration() time.Duration {
	d, err := time.ParseDuration(f.Arg)
	if err != nil {
		return 0
	}
	return d
}

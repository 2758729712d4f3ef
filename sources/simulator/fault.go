package simulator

import (
	"fmt"
	"strconv"
	"strings"

	"barkeep/sources/baostock/wire"
)

// Fault is one thing that goes wrong, and when. Its text is
//
//	NAME[@WHEN][:ARG]
//
// NAME is one of Faults. WHEN says which requests are hit, counted from 1 over
// the whole life of the server among those that the fault is about:
//
//	3      the third one
//	3+     the third one and all after it
//	3-5    the third to the fifth one
//	*      all
//	10%    each with this chance, decided by the seed
//	98#3   the third request of type 98; the type is written as two characters
//	       or as a method name, and any of the forms above follows the #
//
// Without WHEN a fault hits once or always, as Faults says. ARG tunes it.
type Fault struct {
	Name    string
	Type    wire.Type // empty: every type the fault is about
	From    int64     // first request that is hit; 0 when Percent decides or nothing was said
	To      int64     // last one; 0: no end
	Percent float64   // of 100
	Arg     string
}

// ParseFault reads the text of a fault. The error says what is wrong and which
// names or arguments there are.
func ParseFault(text string) (Fault, error) {
	head, arg, hasArg := strings.Cut(text, ":")
	name, when, hasWhen := strings.Cut(head, "@")
	f := Fault{Name: name, Arg: arg}
	if hasArg && arg == "" || hasWhen && when == "" {
		return Fault{}, fmt.Errorf("fault %q: something is missing after @ or : (write NAME[@WHEN][:ARG])", text)
	}
	if hasWhen {
		if err := f.parseWhen(when); err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", text, err)
		}
	}
	if err := f.validate(); err != nil {
		return Fault{}, err
	}
	return f, nil
}

func (f *Fault) parseWhen(when string) error {
	if kind, rest, ok := strings.Cut(when, "#"); ok {
		for _, m := range wire.Methods() {
			if kind == m.Name || kind == string(m.Request) {
				f.Type = m.Request
			}
		}
		if f.Type == "" {
			return fmt.Errorf("%q is no request type; write two characters such as 98, or a method name", kind)
		}
		when = rest
	}
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 {
			return 0
		}
		return n
	}
	switch lo, hi, isRange := strings.Cut(when, "-"); {
	case when == "*":
		f.From = 1
	case strings.HasSuffix(when, "%"):
		p, err := strconv.ParseFloat(strings.TrimSuffix(when, "%"), 64)
		if err != nil || !(p > 0 && p <= 100) {
			return fmt.Errorf("%q is no chance; write it like 10%%", when)
		}
		f.Percent = p
		return nil
	case isRange:
		f.From, f.To = number(lo), number(hi)
		if f.To == 0 || f.To < f.From {
			f.From = 0
		}
	case strings.HasSuffix(when, "+"):
		f.From = number(strings.TrimSuffix(when, "+"))
	default:
		f.From = number(when)
		f.To = f.From
	}
	if f.From == 0 {
		return fmt.Errorf("%q does not say when; write 3, 3+, 3-5, *, 10%% or 98#3", when)
	}
	return nil
}

// String returns the text that ParseFault reads.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.Name)
	when := ""
	switch {
	case f.Percent > 0:
		when = strconv.FormatFloat(f.Percent, 'f', -1, 64) + "%"
	case f.From == 1 && f.To == 0:
		when = "*"
	case f.From > 0 && f.To == 0:
		when = fmt.Sprintf("%d+", f.From)
	case f.From > 0 && f.To == f.From:
		when = fmt.Sprint(f.From)
	case f.From > 0:
		when = fmt.Sprintf("%d-%d", f.From, f.To)
	}
	if when != "" {
		b.WriteByte('@')
		if f.Type != "" {
			b.WriteString(string(f.Type) + "#")
		}
		b.WriteString(when)
	}
	if f.Arg != "" {
		b.WriteString(":" + f.Arg)
	}
	return b.String()
}

// MarshalText writes the text of the fault.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what ParseFault reads.
func (f *Fault) UnmarshalText(text []byte) error {
	parsed, err := ParseFault(string(text))
	if err != nil {
		return err
	}
	*f = parsed
	return nil
}

// validate checks name and argument.
func (f Fault) validate() error {
	kind := kindOf(f.Name)
	if kind == nil {
		names := make([]string, 0, len(faultKinds()))
		for _, k := range faultKinds() {
			names = append(names, k.name)
		}
		return fmt.Errorf("no fault is called %q; there are %s", f.Name, strings.Join(names, ", "))
	}
	counted := f.Name == "refuse" && f.Type == "" && f.Percent == 0
	if kind.stage == outside && !counted && (f.From != 0 || f.Percent != 0) {
		return fmt.Errorf("fault %s is not about single requests: it takes no type, no chance and, unless it is refuse, no count", f.Name)
	}
	if err := kind.arg.check(f.Arg); err != nil {
		return fmt.Errorf("fault %s: %w", f.Name, err)
	}
	if f.Name == "revised" || f.Name == "without" {
		if _, err := parseBarArg(f.Arg, f.Name == "revised"); err != nil {
			return fmt.Errorf("fault %s: %w", f.Name, err)
		}
	}
	return nil
}

// FaultInfo describes a kind of fault for help texts.
type FaultInfo struct {
	Name string
	Arg  string // what may follow the colon; empty for nothing
	When string // what it hits when nothing is said: "once" or "always"
	Text string // one line
}

// Faults lists every kind of fault.
func Faults() []FaultInfo {
	var out []FaultInfo
	for _, k := range faultKinds() {
		when := "once"
		if k.always {
			when = "always"
		}
		out = append(out, FaultInfo{Name: k.name, Arg: k.arg.usage, When: when, Text: k.text})
	}
	return out
}

func kindOf(name string) *faultKind {
	kinds := faultKinds()
	for i := range kinds {
		if kinds[i].name == name {
			return &kinds[i]
		}
	}
	return nil
}

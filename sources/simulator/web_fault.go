package simulator

import (
	"fmt"
	"slices"
	"strings"

	"barkeep/sources/baostock/wire"
)

// WebFault is one thing that goes wrong with a web answer, and when. Its text
// is, as that of a Fault,
//
//	NAME[@WHEN][:ARG]
//
// NAME is one of WebFaults. WHEN says which requests are hit, counted from 1
// over the whole life of the server among those that the fault is about:
//
//	3             the third one
//	3+            the third one and all after it
//	3-5           the third to the fifth one
//	*             all
//	10%           each with this chance, decided by the seed
//	tencent#3     the third request to a provider, or to an endpoint such as
//	              sina-node; any of the forms above follows the #
//
// Without WHEN a fault hits once. ARG tunes it.
type WebFault struct {
	Name    string
	Target  string  // provider or endpoint; empty: all that the fault is about
	From    int64   // first request that is hit; 0 when Percent decides or nothing was said
	To      int64   // last one; 0: no end
	Percent float64 // of 100
	Arg     string
}

// ParseWebFault reads the text of a fault. The error says what is wrong and
// which names or arguments there are.
func ParseWebFault(text string) (WebFault, error) {
	head, arg, hasArg := strings.Cut(text, ":")
	name, when, hasWhen := strings.Cut(head, "@")
	f := WebFault{Name: name, Arg: arg}
	if hasArg && arg == "" || hasWhen && when == "" {
		return WebFault{}, fmt.Errorf("web fault %q: something is missing after @ or : (write NAME[@WHEN][:ARG])", text)
	}
	if hasWhen {
		if target, rest, ok := strings.Cut(when, "#"); ok {
			f.Target, when = target, rest
		}
		var plain Fault // it counts in the same words
		if err := plain.parseWhen(when); err != nil || strings.Contains(when, "#") {
			return WebFault{}, fmt.Errorf("web fault %q: %q does not say when; write 3, 3+, 3-5, *, 10%% or tencent#3", text, when)
		}
		f.From, f.To, f.Percent = plain.From, plain.To, plain.Percent
		if f.Target == "" && strings.Contains(head, "#") {
			return WebFault{}, fmt.Errorf("web fault %q: name a provider or an endpoint before the #", text)
		}
	}
	if err := f.validate(); err != nil {
		return WebFault{}, err
	}
	return f, nil
}

// counted returns the fault in the form that counts requests.
func (f WebFault) counted() Fault {
	return Fault{Name: f.Name, Type: wire.Type(f.Target), From: f.From, To: f.To, Percent: f.Percent, Arg: f.Arg}
}

// String returns the text that ParseWebFault reads.
func (f WebFault) String() string { return f.counted().String() }

// MarshalText writes the text of the fault.
func (f WebFault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what ParseWebFault reads.
func (f *WebFault) UnmarshalText(text []byte) error {
	parsed, err := ParseWebFault(string(text))
	if err != nil {
		return err
	}
	*f = parsed
	return nil
}

// validate checks name, target and argument.
func (f WebFault) validate() error {
	kind := webKindOf(f.Name)
	if kind == nil {
		var names []string
		for _, k := range webFaultKinds() {
			names = append(names, k.name)
		}
		return fmt.Errorf("no web fault is called %q; there are %s", f.Name, strings.Join(names, ", "))
	}
	if targets := kind.targets(); f.Target != "" && !slices.Contains(targets, f.Target) {
		return fmt.Errorf("web fault %s: it is not about %q, but about %s", f.Name, f.Target, strings.Join(targets, ", "))
	}
	if f.Target != "" && f.From == 0 && f.Percent == 0 {
		return fmt.Errorf("web fault %s: say which requests to %s, as in %s#*", f.Name, f.Target, f.Target)
	}
	if err := kind.arg.check(f.Arg); err != nil {
		return fmt.Errorf("web fault %s: %w", f.Name, err)
	}
	return nil
}

// WebFaults lists every kind of web fault.
func WebFaults() []FaultInfo {
	var out []FaultInfo
	for _, k := range webFaultKinds() {
		out = append(out, FaultInfo{Name: k.name, Arg: k.arg.usage, When: "once", Text: k.text})
	}
	return out
}

// targets lists the providers and endpoints that a kind can be about.
func (k *webFaultKind) targets() []string {
	var out []string
	for _, e := range webEndpoints() {
		if k.about != nil && !k.about(e) {
			continue
		}
		if !slices.Contains(out, e.provider) {
			out = append(out, e.provider)
		}
		out = append(out, e.name)
	}
	return out
}

func webKindOf(name string) *webFaultKind {
	kinds := webFaultKinds()
	for i := range kinds {
		if kinds[i].name == name {
			return &kinds[i]
		}
	}
	return nil
}

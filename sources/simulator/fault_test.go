package simulator_test

import (
	"strings"
	"testing"

	"barkeep/sources/simulator"
)

func TestParseFault(t *testing.T) {
	for text, want := range map[string]simulator.Fault{
		"reset":                      {Name: "reset"},
		"reset@3":                    {Name: "reset", From: 3, To: 3},
		"reset@3+":                   {Name: "reset", From: 3},
		"reset@3-5:100":              {Name: "reset", From: 3, To: 5, Arg: "100"},
		"stall@*":                    {Name: "stall", From: 1},
		"corrupt@2.5%:cut":           {Name: "corrupt", Percent: 2.5, Arg: "cut"},
		"blacklist@98#100:6h":        {Name: "blacklist", Type: "98", From: 100, To: 100, Arg: "6h"},
		"system@9A#*":                {Name: "system", Type: "9A", From: 1},
		"system@query_trade_dates#2": {Name: "system", Type: "33", From: 2, To: 2},
		"quota:100,drop":             {Name: "quota", Arg: "100,drop"},
		"version:00.9.40":            {Name: "version", Arg: "00.9.40"},
		"unparsable:1.2.3":           {Name: "unparsable", Arg: "1.2.3"},
	} {
		got, err := simulator.ParseFault(text)
		if err != nil || got != want {
			t.Errorf("ParseFault(%q) = %+v, %v", text, got, err)
		}
		again, err := simulator.ParseFault(got.String())
		if err != nil || again != got {
			t.Errorf("%q is written as %q, which reads as %+v, %v", text, got.String(), again, err)
		}
	}
	for text, want := range map[string]string{
		"nothing": "refuse, second-connection", "reset@": "missing", "reset:": "missing", "reset@0": "does not say when", "reset@5-3": "does not say when",
		"reset@x#1": "no request type", "reset@101%": "no chance", "reset:ten": "number", "slow": "needs an argument", "slow:3": "duration",
		"silence:3": "no argument", "corrupt:bend": "flip, cut", "version:1": "00.9.40", "quota:5,hop": "REQUESTS", "refuse@98#1": "no type", "refuse@5%": "no chance", "quota@3:5": "no count", "quota": "needs",
		"reset@NaN%": "no chance", "idle-close:-3s": "duration", "": "no fault",
	} {
		if _, err := simulator.ParseFault(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseFault(%q): %v, want %q", text, err, want)
		}
	}
}

func TestFaultsList(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range simulator.Faults() {
		if seen[f.Name] || f.Text == "" || strings.ContainsAny(f.Text, "\n") || f.When == "" {
			t.Errorf("fault %+v", f)
		}
		seen[f.Name] = true
	}
	for _, name := range []string{"refuse", "close", "reset", "idle-close", "idle-reset", "stall", "silence", "drop", "split", "trailing", "crc", "length", "type",
		"short-body", "blacklist", "second-connection", "logins", "session", "quota", "system", "missing-page", "oversized-page", "repeated-page", "unpublished",
		"partial-day", "corrupt", "bomb", "huge", "utf8", "linebreak", "empty-json", "echo", "other-symbol", "other-day", "duplicate", "unsorted", "unparsable",
		"impossible", "error-typed", "compressed-crc", "version"} {
		if !seen[name] {
			t.Errorf("there is no fault %s", name)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, s := range []string{"reset@3", "blacklist@98#100:6h", "corrupt@5%:cut", "a@b:c", "quota:5,drop", "reset@1-9999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := simulator.ParseFault(text)
		if err != nil {
			return
		}
		again, err := simulator.ParseFault(got.String())
		if err != nil || again != got {
			t.Fatalf("%q becomes %q: %+v, %v", text, got.String(), again, err)
		}
	})
}

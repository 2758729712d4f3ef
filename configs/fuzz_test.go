package configs_test

import (
	"errors"
	"strings"
	"testing"

	"barkeep/configs"
)

// FuzzLoad: whatever the layers say, the loader neither panics nor blames the
// developer, and what it accepts is shown and loaded again unchanged.
func FuzzLoad(f *testing.F) {
	f.Add(sampleDefault, "BARKEEP_NAME=x", "log.level=debug")
	f.Add("baostock: {account: {user: a, backups: ['x', \"y\\n\"]}}", "BARKEEP_BAOSTOCK_SYMBOLS=[600000, sz.000001]", "lake.tables=a,b")
	f.Add("lake:\n  tables:\n    - |\n      a # b\n    - >-\n      c\n      d\n", "BARKEEP_LAKE_DIR=\u2028", "lake.tables=[\"a,b\", 'c']")
	f.Add("name: &a b\nlog: *a\n<<: {name: !!str c}\n? x\n: y\n", "BARKEEP_LAKE_RATIO=-1e-3", "baostock.read_timeout=1us")
	f.Add("%YAML 1.2\n---\nname: a\n...\n---\nname: b", "BARKEEP_", "=")
	f.Add("\tname: \x00\r\nname: \"\\ud800\"", "BARKEEP_NAME=\xff", "name=\x1b[0m")
	f.Fuzz(func(t *testing.T, file, variable, set string) {
		loaded, err := load(sources{file: file, environ: []string{variable}, set: []string{set}})
		if err != nil {
			var problems *configs.Problems
			if !errors.As(err, &problems) || len(problems.List) == 0 {
				t.Fatalf("error %v is no *Problems", err)
			}
			if lines := strings.Count(err.Error(), "\n"); lines != len(problems.List) {
				t.Fatalf("%d problems on %d lines: %q", len(problems.List), lines, err.Error())
			}
			return
		}
		wantSameAgain(t, loaded)
	})
}

// FuzzDefault: any text is a default document to complain about, or one that
// lists its keys.
func FuzzDefault(f *testing.F) {
	f.Add([]byte(sampleDefault))
	f.Add([]byte("{name: a, log: {level: b}}"))
	f.Add([]byte("name: |\n  # a\n\n# b"))
	f.Fuzz(func(t *testing.T, document []byte) {
		keys, err := configs.Keys[sample](document)
		if (err == nil) != (len(keys) == 16) {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
	})
}

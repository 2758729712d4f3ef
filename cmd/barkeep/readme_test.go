package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"barkeep/configs"
	"barkeep/etl"
)

var updateReadme = flag.Bool("update", false, "write the generated parts of README.md anew")

const readmePath = "../../README.md"

// TestReadme holds that the tables and the configuration reference of README.md are
// those of the program.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile(readmePath)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := configs.Keys[configs.Config](configs.Default)
	if err != nil {
		t.Fatal(err)
	}
	whole := string(text)
	for part, generated := range map[string]string{"tables": tablesReference(etl.Tables), "configuration": keysReference(keys)} {
		begin, end := "<!-- begin generated: "+part+" -->\n", "<!-- end generated: "+part+" -->\n"
		before, rest, ok := strings.Cut(whole, begin)
		found, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("README.md has no part between %q and %q", begin, end)
		}
		if found != generated && !*updateReadme {
			t.Errorf("the part %q of README.md is not what the program says (%s); write it anew with: go test ./cmd/barkeep -run TestReadme -update",
				part, firstDifference(found, generated))
		}
		whole = before + begin + generated + end + after
	}
	if *updateReadme && whole != string(text) {
		if err := os.WriteFile(readmePath, []byte(whole), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReadmeCommands holds that every command line of README.md is one the program
// understands.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile(readmePath)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			args, ok := strings.CutPrefix(line, "barkeep ")
			if !ok {
				continue
			}
			lines++
			args, _, _ = strings.Cut(args, " #")
			args = regexp.MustCompile(`"[^"]*"`).ReplaceAllString(args, "TEXT")
			root := (&app{}).command()
			c, rest, err := root.Find(strings.Fields(args))
			if err == nil && c == root {
				err = fmt.Errorf("it has no command")
			}
			if err == nil {
				err = c.ParseFlags(rest)
			}
			if err == nil {
				err = c.ValidateArgs(c.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: %v", strings.TrimSpace(line), err)
			}
		}
	}
	if lines < 20 {
		t.Errorf("README.md shows %d command lines only; has the form of its code blocks changed?", lines)
	}
}

func firstDifference(found, want string) string {
	a, b := strings.Split(found, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("it has %q in the place of %q", a[i], b[i])
		}
	}
	return fmt.Sprintf("it has %d lines in the place of %d", len(a), len(b))
}

// cell makes text fit for a cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "|", `\|`), "\n", " ")
}

var sqlTypes = map[etl.ColumnType]string{etl.Date: "date", etl.String: "varchar", etl.Float64: "double",
	etl.Int64: "bigint", etl.Bool: "boolean", etl.Timestamp: "timestamptz"}

// tablesReference describes every table. Columns that differ in a digit only share
// a line.
func tablesReference(tables []etl.Table) string {
	var b strings.Builder
	digits := regexp.MustCompile(`[0-9]+`)
	for _, table := range tables {
		fmt.Fprintf(&b, "\n### %s\n\n%s. %s\n\n| column | type | unit | meaning |\n|---|---|---|---|\n", table.Name, sentence(table.Comment), layout(table))
		written := map[string]bool{}
		for i, c := range table.Columns {
			alike := func(o etl.Column) bool {
				return digits.ReplaceAllString(o.Name, "#") == digits.ReplaceAllString(c.Name, "#") && o.Type == c.Type && o.Unit == c.Unit && o.Comment == c.Comment
			}
			if written[c.Name] {
				continue
			}
			last := c.Name
			for _, o := range table.Columns[i:] {
				if alike(o) {
					last, written[o.Name] = o.Name, true
				}
			}
			name, kind := "`"+c.Name+"`", sqlTypes[c.Type]
			if last != c.Name {
				name += " .. `" + last + "`"
			}
			if c.Nullable {
				kind += ", null"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, kind, cell(c.Unit), cell(c.Comment))
		}
	}
	return b.String() + "\n"
}

// layout says how a table's rows are identified and stored.
func layout(t etl.Table) string {
	text := "Sorted by `" + strings.Join(t.Sort, "`, `") + "`"
	if t.Unique {
		text += ", which identify a row"
	}
	switch {
	case t.Year != "":
		text += "; partitioned by the `year` of `" + t.Year + "`"
	case t.Day != "":
		text += "; partitioned by `" + t.Day + "`"
	}
	return text + "."
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// keysReference lists every key of the configuration.
func keysReference(keys []configs.Key) string {
	var b strings.Builder
	b.WriteString("\n| key | type | default | meaning |\n|---|---|---|---|\n")
	for _, k := range keys {
		value := "`" + k.Default + "`"
		switch {
		case k.Secret:
			value = "(secret)"
		case k.Default == "" || k.Default == `""`:
			value = ""
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, k.Type, cell(value), cell(k.Description))
	}
	return b.String() + "\n"
}

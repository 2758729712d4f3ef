package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
		rest string
	}{
		{"", nil, ""},
		{" \n-- nothing; at all\n", nil, ""},
		{";;\n;", nil, ""},
		{"SELECT 1", nil, "SELECT 1"},
		{"SELECT 1;", []string{"SELECT 1"}, ""},
		{"SELECT 1; SELECT 2; SELECT", []string{"SELECT 1", " SELECT 2"}, " SELECT"},
		{"SELECT ';';", []string{"SELECT ';'"}, ""},
		{"SELECT 'it''s;';", []string{"SELECT 'it''s;'"}, ""},
		{`SELECT e'\';', ';`, nil, `SELECT e'\';', ';`},
		{`SELECT ';\', 1;`, []string{`SELECT ';\', 1`}, ""},
		{`SELECT 1 AS ";";`, []string{`SELECT 1 AS ";"`}, ""},
		{"SELECT $$;'$$;", []string{"SELECT $$;'$$"}, ""},
		{"SELECT 1 -- one; two", nil, "SELECT 1 -- one; two"},
		{"SELECT 1 -- one; two\n;", []string{"SELECT 1 -- one; two\n"}, ""},
		{"SELECT 1; -- one; two\n", []string{"SELECT 1"}, ""},
		{"SELECT 1 /* ; */; /* ;", []string{"SELECT 1 /* ; */"}, " /* ;"},
		{"/* a */ SELECT 'x", nil, "/* a */ SELECT 'x"},
		{"SELECT 5 - 3 / 2 - -1;", []string{"SELECT 5 - 3 / 2 - -1"}, ""},
	} {
		got, rest := split(c.text)
		if diff := cmp.Diff(c.want, got); diff != "" || rest != c.rest {
			t.Errorf("split(%q): %s, rest %q, want %q", c.text, diff, rest, c.rest)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("SELECT 1; SELECT ';' -- ;")
	f.Add("/* $$ ' ; \" */ e'\\'")
	f.Fuzz(func(t *testing.T, text string) {
		// Nothing is lost or invented: with a semicolon after it, what was
		// whole stays whole.
		statements, _ := split(text)
		for _, s := range statements {
			again, rest := split(s + ";")
			if len(again) != 1 || again[0] != s || rest != "" {
				t.Errorf("split(%q) = %q, rest %q", s+";", again, rest)
			}
		}
	})
}

//go:build cgo

package duckdb

import (
	"errors"
	"strings"
	"testing"
)

// FuzzStatement: whatever the text, the answer is one statement or a refusal,
// and what was accepted is still accepted with a comment and a semicolon
// around it.
func FuzzStatement(f *testing.F) {
	for _, seed := range []string{
		"SELECT 1", "", ";", "select ';' -- ;\n", "/* /* */ ; */ from x;", "EXPLAIN (ANALYZE) SELECT $$;$$", `table "a;""b"`,
		"explain", "explain (", "explain (analyze", "select e'\\'", "select $a$ $b$ $a$", "pivot x on y", "select $1", "select '",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseStatement(text)
		var refused *RefusedError
		if err != nil {
			if !errors.As(err, &refused) || refused.Reason == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if s.text != text || !strings.HasSuffix(text, s.explains) {
			t.Fatalf("%q became %+v", text, s)
		}
		if _, err := parseStatement("/* ; */\n" + text); err != nil {
			t.Fatalf("%q is refused behind a comment: %v", text, err)
		}
		if _, err := parseStatement("drop x;" + text); err == nil {
			t.Fatalf("DROP is accepted before %q", text)
		}
	})
}

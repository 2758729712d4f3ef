package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/lake"
)

func TestExitCode(t *testing.T) {
	refused := fmt.Errorf("login: %w", &etl.RefusedError{Reason: "banned"})
	disk := errors.New("disk full")
	for _, c := range []struct {
		err  error
		code int
		says []string // lines on the error stream
	}{
		{nil, 0, nil},
		{disk, 1, []string{"barkeep: disk full"}},
		{usage("--job is missing"), 2, []string{"barkeep: --job is missing"}},
		{&configs.Problems{List: []configs.Problem{{Text: "bad"}}}, 2, []string{"barkeep: 1 problem in the configuration:", "  configuration: bad"}},
		{&duckdb.RefusedError{Reason: "COPY is refused"}, 2, []string{"barkeep: COPY is refused"}},
		{&duckdb.QueryError{Kind: "Parser Error", Message: "Parser Error: x"}, 2, []string{"barkeep: Parser Error: x"}},
		{&duckdb.QueryError{Kind: "IO Error", Message: "IO Error: x"}, 1, []string{"barkeep: IO Error: x"}},
		{partialError{}, 3, nil},
		{partialError{disk}, 3, []string{"barkeep: disk full"}},
		{context.Canceled, 1, []string{"barkeep: interrupted"}},
		{partialError{context.Canceled}, 3, []string{"barkeep: interrupted"}},
		// An interruption does not hide what failed besides.
		{partialError{errors.Join(context.Canceled, disk)}, 3, []string{"barkeep: interrupted", "barkeep: disk full"}},
		{refused, 4, []string{"barkeep: login: banned; "}},
		{partialError{refused}, 4, []string{"barkeep: login: banned; "}},
		{fmt.Errorf("job daily-bars: %w", lake.ErrBusy), 5, []string{"barkeep: job daily-bars: busy"}},
	} {
		var out strings.Builder
		explain(&out, c.err)
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if out.Len() == 0 {
			lines = nil
		}
		fine := len(lines) == len(c.says)
		for i := range min(len(lines), len(c.says)) {
			fine = fine && strings.HasPrefix(lines[i], c.says[i])
		}
		if got := exitCode(c.err); got != c.code || !fine {
			t.Errorf("%v: exit code %d, want %d; says %q, want %q", c.err, got, c.code, lines, c.says)
		}
	}
}

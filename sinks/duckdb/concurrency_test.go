//go:build cgo

package duckdb_test

import (
	"bufio"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"testing"

	driver "github.com/marcboeker/go-duckdb/v2"

	"barkeep/etl"
)

// TestMain lets the test binary play the other program: with CATALOG in its
// environment it opens that catalog as a user would, for reading and writing,
// and counts the bars once for each line on its standard input.
func TestMain(m *testing.M) {
	if path := os.Getenv("BARKEEP_TEST_CATALOG"); path != "" {
		if err := count(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func count(path string) error {
	connector, err := driver.NewConnector(path, nil)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	for lines := bufio.NewScanner(os.Stdin); ; {
		var n int
		if err := db.QueryRow("SELECT count(*) FROM daily_bars").Scan(&n); err != nil {
			return err
		}
		fmt.Println(n)
		if !lines.Scan() {
			return lines.Err()
		}
	}
}

// other is a running second program.
type other struct {
	t       *testing.T
	command *exec.Cmd
	stdin   *os.File
	answers *bufio.Reader
}

func startOther(t *testing.T, catalog string) *other {
	t.Helper()
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	o := &other{t: t, command: exec.CommandContext(t.Context(), os.Args[0]), stdin: stdin}
	o.command.Env = append(os.Environ(), "BARKEEP_TEST_CATALOG="+catalog)
	o.command.Stdin, o.command.Stderr = in, os.Stderr
	out, err := o.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	o.answers = bufio.NewReader(out)
	if err := o.command.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	return o
}

func (o *other) expect(want string) {
	o.t.Helper()
	if got, err := o.answers.ReadString('\n'); err != nil || got != want+"\n" {
		o.t.Errorf("the other program says %q, %v; want %s", got, err, want)
	}
}

func (o *other) askAgain() { fmt.Fprintln(o.stdin) }

func (o *other) stop() {
	o.t.Helper()
	o.stdin.Close()
	if err := o.command.Wait(); err != nil {
		o.t.Error(err)
	}
}

// A user who holds the catalog open, even for writing, hinders no publisher,
// keeps what they opened, and sees the new one when they open it again.
func TestReaderHoldsTheOldCatalog(t *testing.T) {
	l := newLake(t, t.TempDir())
	path := publish(t, l).Path
	old := startOther(t, path)
	old.expect("20")
	appendTo(t, l, etl.DailyBars, batch(etl.DailyBars, twoSymbols, days(2025, 5)...))
	publish(t, l)
	fresh := startOther(t, path)
	fresh.expect("30")
	old.askAgain()
	old.expect("20")
	old.stop()
	publish(t, l)
	fresh.askAgain()
	fresh.expect("30")
	fresh.stop()
}

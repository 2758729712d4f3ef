//go:build cgo

package duckdb_test

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	driver "github.com/marcboeker/go-duckdb/v2"

	"barkeep/etl"
)

// TestMain lets the test binary play the other program: with CATALOG in its
// environment it opens that catalog as a user would, for reading and writing,
// and counts the bars once for each line on its standard input.
func TestMain(m *testing.M) {
	if path := os.Getenv("BARKEEP_TEST_CATALOG"); path != "" {
		play := map[string]func(string) error{"": count, "write": write, "loop": loop}[os.Getenv("BARKEEP_TEST_PLAYS")]
		if err := play(path); err != nil {
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

// write makes a table in the catalog, which leaves a write-ahead log, and waits.
func write(path string) error {
	db, err := sql.Open("duckdb", path)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE mine AS SELECT 1 AS i"); err != nil {
		return err
	}
	fmt.Println("written")
	_, err = bufio.NewReader(os.Stdin).ReadString('\n')
	return err
}

// loop opens the catalog again and again until its standard input is closed, and
// says how often. Every answer must be one version, whole.
func loop(path string) error {
	var stop atomic.Bool
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop.Store(true)
	}()
	fmt.Println("looping")
	times, last := 0, int64(-1)
	for ; !stop.Load(); times++ {
		db, err := sql.Open("duckdb", path+"?access_mode=read_only")
		if err != nil {
			return err
		}
		var rows, said, number int64
		err = db.QueryRow(`SELECT (SELECT count(*) FROM daily_bars), (SELECT "rows" FROM versions WHERE table_name = 'daily_bars'),
			(SELECT number FROM publication)`).Scan(&rows, &said, &number)
		if err = errors.Join(err, db.Close()); err != nil {
			return err
		}
		if rows != said || number < last {
			return fmt.Errorf("%d rows, the catalog says %d; publication %d after %d", rows, said, number, last)
		}
		last = number
	}
	fmt.Println(times > 0)
	return nil
}

// other is a running second program.
type other struct {
	t       *testing.T
	command *exec.Cmd
	stdin   *os.File
	answers *bufio.Reader
}

func startOther(t *testing.T, catalog string) *other { return start(t, catalog, "") }

func start(t *testing.T, catalog, plays string) *other {
	t.Helper()
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	o := &other{t: t, command: exec.CommandContext(t.Context(), os.Args[0]), stdin: stdin}
	o.command.Env = append(os.Environ(), "BARKEEP_TEST_CATALOG="+catalog, "BARKEEP_TEST_PLAYS="+plays)
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

// Twenty publications later the files of the first are still there: vacuum has not
// run, and the catalog is a file that nobody writes to.
func TestReaderOutlivesManyPublications(t *testing.T) {
	l := newLake(t, t.TempDir())
	path := publish(t, l).Path
	old := startOther(t, path)
	old.expect("20")
	replaceInstruments(t, l)
	publish(t, l)
	looping := start(t, path, "loop")
	looping.expect("looping")
	for range 20 {
		replaceInstruments(t, l)
		if c := publish(t, l); !c.New {
			t.Error("nothing new after a commit")
		}
	}
	old.askAgain()
	old.expect("20")
	old.stop()
	looping.stdin.Close()
	looping.expect("true")
	looping.stop()
}

// Someone who writes to the catalog by mistake, and dies, harms nothing but what
// they wrote: neither the next catalog, nor the one that is kept under its number,
// and nobody waits for them.
func TestWriterByMistake(t *testing.T) {
	l := newLake(t, t.TempDir())
	first := publish(t, l)
	writer := start(t, first.Path, "write")
	writer.expect("written")
	if _, err := os.Stat(first.Path + ".wal"); err != nil {
		t.Fatal("the test needs a write-ahead log: ", err)
	}
	askOnce(t, filepath.Join(l.Dir(), "lake@1.duckdb"), "SELECT count(*) FROM daily_bars", "20")
	second := publish(t, l) // unchanged, but for the log
	if second.Number != 2 {
		t.Errorf("publication %d, want 2", second.Number)
	}
	askOnce(t, first.Path, "SELECT count(*) FROM daily_bars", "20")
	if err := writer.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	writer.command.Wait()
	if c := publish(t, l); c.Number != 2 {
		t.Errorf("publication %d, want 2 still", c.Number)
	}
	for _, name := range []string{"lake.duckdb", "lake@1.duckdb", "lake@2.duckdb"} {
		askOnce(t, filepath.Join(l.Dir(), name), "SELECT count(*) FROM duckdb_tables()", "0")
	}
	// One who closes properly writes into lake.duckdb itself.
	writer = start(t, first.Path, "write")
	writer.expect("written")
	writer.askAgain()
	writer.stop()
	if c := publish(t, l); c.Number != 3 {
		t.Errorf("publication %d, want 3", c.Number)
	}
	askOnce(t, first.Path, "SELECT count(*) FROM duckdb_tables()", "0")
}

// askOnce leaves the catalog to those who want to write to it.
func askOnce(t *testing.T, path, query, want string) {
	t.Helper()
	db := reader(t, path)
	ask(t, db, query, want)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

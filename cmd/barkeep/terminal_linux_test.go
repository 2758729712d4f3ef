package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// screenTest is a program on a terminal.
type screenTest struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	ended  chan struct{}

	mu   sync.Mutex
	seen strings.Builder
}

// openTerminal returns both ends of a new terminal, 100 columns wide.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("SKIPPED: there are no terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	ioctl := func(request uintptr, p unsafe.Pointer) {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(p)); errno != 0 {
			t.Fatalf("ioctl %#x: %v", request, errno)
		}
	}
	var locked, number int32
	ioctl(syscall.TIOCSPTLCK, unsafe.Pointer(&locked))
	ioctl(syscall.TIOCGPTN, unsafe.Pointer(&number))
	ioctl(syscall.TIOCSWINSZ, unsafe.Pointer(&[4]uint16{30, 100}))
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// onTerminal starts barkeep with all three streams on a terminal.
func onTerminal(t *testing.T, args ...string) *screenTest {
	t.Helper()
	master, slave := openTerminal(t)
	defer slave.Close()
	s := &screenTest{t: t, master: master, cmd: exec.Command("barkeep", args...), ended: make(chan struct{})}
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = slave, slave, slave
	s.cmd.Env = environ()
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			s.mu.Lock()
			s.seen.Write(buffer[:n])
			s.mu.Unlock()
			if err != nil { // EIO once nobody holds the other end
				return
			}
		}
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		<-s.ended
	})
	return s
}

func (s *screenTest) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

// await waits until the pattern is on the screen.
func (s *screenTest) await(pattern string) {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(patience); !re.MatchString(s.text()); {
		select {
		case <-s.ended:
			if !re.MatchString(s.text()) {
				s.t.Fatalf("the program ended without %q:\n%s", pattern, s.text())
			}
			return
		case <-time.After(tick):
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("no %q on the screen:\n%s", pattern, s.text())
		}
	}
}

func (s *screenTest) send(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.master, text); err != nil {
		s.t.Fatal(err)
	}
}

// wait returns the exit code.
func (s *screenTest) wait() int {
	<-s.ended
	s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

// liveExchange starts the fake exchange and returns its address.
func liveExchange(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command("barkeep", append([]string{"simulate", "--listen", "127.0.0.1:0"}, args...)...)
	c.Env = environ()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	var address string
	if _, err := fmt.Fscanf(out, "baostock %s\n", &address); err != nil {
		t.Fatal(err)
	}
	return address
}

func TestProgressBarOnTerminal(t *testing.T) {
	t.Parallel()
	address := liveExchange(t, "--securities", "20", "--latency", "100ms")
	lake := filepath.Join(t.TempDir(), "lake")
	s := onTerminal(t, "run", "--job", "daily-bars", "--from", "2023-01-01", "--to", "2023-12-31",
		"--lake", lake, "--set", "baostock.address="+address, "--set", "duckdb.threads=1")
	// Rows so far, a bar, requests of all requests, the rate, and the time left.
	s.await(`daily-bars [\d,]+ rows .*\d+% .*\(\d+/17, \d+ requests/(s|min)\) \[\d+s:\d+s\]`)
	if code := s.wait(); code != exitDone {
		t.Fatalf("exit code %d:\n%s", code, s.text())
	}
	s.await(`(?m)daily-bars 2023-01-01\.\.2023-12-31: [\d,]+ rows, 22 requests, .* received, [\d.]+ s\r$`)
	if strings.Contains(s.text(), "elapsed") {
		t.Errorf("there are plain lines beside the bar:\n%s", s.text())
	}
}

func TestPromptOnTerminal(t *testing.T) {
	t.Parallel()
	address := liveExchange(t, "--securities", "20")
	lake := filepath.Join(t.TempDir(), "lake")
	barkeep(t, "run", "--job", "daily-bars", "--from", "2024-01-02", "--to", "2024-01-05", "--lake", lake, "--set", "baostock.address="+address)
	s := onTerminal(t, "sql", "--lake", lake, "--set", "duckdb.threads=1")
	s.await(`barkeep> $`)
	s.send("SELECT count(DISTINCT date)\r")
	s.await(`    \.\.\.> $`)
	s.send("AS days FROM daily_bars;\r")
	s.await(`│ days │\s+├─+┤\s+│    4 │`)
	s.await(`barkeep> $`)
	// A mistake is shown, and the prompt stays.
	s.send("SELECT nosuch;\r")
	s.await(`(?s)"nosuch".*barkeep> $`)
	s.send("DROP TABLE daily_bars;\r")
	s.await(`(?s)DROP is refused.*barkeep> $`)
	s.send("SELECT 1 AS one; SELECT 2 AS two;\r")
	s.await(`(?s)│ one │.*│ two │.*barkeep> $`)
	s.send("exit\r")
	if code := s.wait(); code != exitDone {
		t.Fatalf("exit code %d:\n%s", code, s.text())
	}

	// Ctrl-D on an empty line leaves as well.
	s = onTerminal(t, "sql", "--lake", lake, "--set", "duckdb.threads=1")
	s.await(`barkeep> $`)
	s.send("\x04")
	if code := s.wait(); code != exitDone {
		t.Fatalf("exit code %d:\n%s", code, s.text())
	}
}

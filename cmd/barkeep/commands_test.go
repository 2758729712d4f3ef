package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// quoteAddresses are the variables that point barkeep at providers of quotes.
var quoteAddresses = []string{"BARKEEP_TENCENT_BASE_URL", "BARKEEP_SINA_BASE_URL", "BARKEEP_EASTMONEY_BASE_URL"}

var (
	addressLine = regexp.MustCompile(`(?m)^baostock (\S+:\d+)$`)
	webLine     = regexp.MustCompile(`(?m)^http (\S+:\d+)$`)
)

func cmdExchange(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 1, "exchange NAME [ARGS]")
	name := args[0]
	p := backstageOf(ts).start(ts, name, append([]string{"simulate", "--listen", "127.0.0.1:0", "--log-level", "debug"}, args[1:]...)...)
	var found []string
	p.until(ts, "the line with the address", func() bool {
		found = addressLine.FindStringSubmatch(text(p.out))
		return found != nil
	})
	ts.Setenv(name, found[1])
	ts.Setenv("BARKEEP_BAOSTOCK_ADDRESS", found[1])
	if !slices.Contains(args, "--http") {
		return
	}
	p.until(ts, "the line with the address of quotes", func() bool {
		found = webLine.FindStringSubmatch(text(p.out))
		return found != nil
	})
	for _, key := range quoteAddresses {
		ts.Setenv(key, "http://"+found[1])
	}
}

func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 2, "start NAME ARGS")
	backstageOf(ts).start(ts, args[0], args[1:]...)
}

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	const usage = "await NAME files N GLOB | await NAME lines N FILE RE | await NAME status N PATH"
	need(ts, neg, len(args) >= 4, usage)
	p := backstageOf(ts).running(ts, args[0])
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	switch {
	case args[1] == "files" && len(args) == 4:
		p.until(ts, strings.Join(args, " "), func() bool {
			found, err := filepath.Glob(ts.MkAbs(args[3]))
			ts.Check(err)
			return len(found) >= n
		})
	case args[1] == "lines" && len(args) == 5:
		pattern := regexp.MustCompile(args[4])
		p.until(ts, strings.Join(args, " "), func() bool {
			found := 0
			for line := range strings.Lines(text(ts.MkAbs(args[3]))) {
				if pattern.MatchString(strings.TrimSuffix(line, "\n")) {
					found++
				}
			}
			return found >= n
		})
	case args[1] == "status" && len(args) == 4:
		p.until(ts, strings.Join(args, " "), func() bool {
			status, _ := askDoor(ts, http.MethodGet, args[0], args[3], nil)
			return status == n
		})
	default:
		ts.Fatalf("usage: %s", usage)
	}
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "signal NAME INT|TERM|KILL|HUP")
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill, "HUP": syscall.SIGHUP}
	p := backstageOf(ts).running(ts, args[0])
	p.told = time.Now()
	ts.Check(p.cmd.Process.Signal(signals[args[1]]))
}

func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2 || len(args) == 3, "ended NAME CODE|killed [WITHIN]")
	b := backstageOf(ts)
	p := b.running(ts, args[0])
	select {
	case <-p.done:
	case <-time.After(patience):
		ts.Fatalf("%s has not ended\n%s%s", args[0], text(p.out), text(p.log))
	}
	delete(b.processes, args[0])
	code := fmt.Sprint(p.cmd.ProcessState.ExitCode())
	if code == "-1" {
		code = "killed"
	}
	if code != args[1] {
		ts.Fatalf("%s ended with %s, want %s\n%s%s", args[0], code, args[1], text(p.out), text(p.log))
	}
	if len(args) == 3 {
		within, err := time.ParseDuration(args[2])
		ts.Check(err)
		took := p.over.Sub(p.told)
		ts.Logf("%s ended %s after the signal", args[0], took.Round(time.Millisecond))
		if took > within {
			ts.Fatalf("that is more than %s", within)
		}
	}
}

func cmdMeanwhile(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 2, "meanwhile NAME ARGS")
	p := backstageOf(ts).running(ts, args[0])
	for n := 1; ; n++ {
		over := false
		select {
		case <-p.done:
			over = true
		default:
		}
		if err := ts.Exec("barkeep", args[1:]...); err != nil {
			ts.Fatalf("time %d: %v", n, err)
		}
		if over {
			if n == 1 {
				ts.Fatalf("%s ended before the first time", args[0])
			}
			return
		}
	}
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 1, "exits CODE ARGS")
	err := ts.Exec("barkeep", args[1:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// need ends the script when a command is misused.
func need(ts *testscript.TestScript, neg, fine bool, usage string) {
	if neg || !fine {
		ts.Fatalf("usage: %s", usage)
	}
}

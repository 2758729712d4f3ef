package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the program itself when it is called barkeep,
// which is how the scripts in testdata/script run it: as a child process.
func TestMain(m *testing.M) {
	os.Exit(testscript.RunMain(m, map[string]func() int{"barkeep": func() int {
		main() // does not return
		return exitFailed
	}}))
}

// TestScripts runs the program against its own fake exchange. The commands the
// scripts use beside testscript's own are:
//
//	exchange NAME [ARGS]        start barkeep simulate in the background, set $NAME to its address,
//	                            and make it the address barkeep asks, for quotes too if ARGS
//	                            hold --http; NAME.err has a line per request
//	start NAME ARGS             start barkeep ARGS in the background with NAME.out and NAME.err
//	await NAME files N GLOB     wait, while NAME runs, until N files match
//	await NAME lines N FILE RE  wait, while NAME runs, until N lines of FILE match
//	await NAME status N PATH    wait, while NAME runs, until barkeep serve answers so
//	signal NAME INT|TERM|KILL|HUP  send a signal
//	ended NAME CODE [WITHIN]    wait for the end; CODE is the exit code, or killed; WITHIN bounds the time since the last signal
//	meanwhile NAME ARGS         run barkeep ARGS, which must succeed, over and over until NAME ends, and once more
//	exits CODE ARGS             run barkeep ARGS and compare the exit code
//	json [-f FILE] KEY OP VALUE look at a JSON object, by default the last standard output
//	answer [-lake DIR] SQL ROWS compare what barkeep sql answers, rows separated by spaces
//	same LAKE LAKE              compare daily bars, by the published catalogs, in all columns but fetched_at
//	get NAME PATH STATUS FILE   ask barkeep serve, and write the answer to FILE
//	post NAME PATH BODY STATUS FILE  the same, with a body
//	hook NAME                   take notifications, and write each on a line of NAME.got
//	listing DIR FILE            write names, sizes and times of everything below DIR to FILE
//	hold LAKE ro|rw             keep the published catalog open in this process, which is not barkeep's
//	held N                      compare the number of daily bars the kept connection sees
//	commit LAKE SYMBOL N        append N bars of a symbol, as another writer
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			b := newBackstage(e)
			e.Values[backstageKey{}] = b
			e.Defer(b.close)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exchange":  cmdExchange,
			"start":     cmdStart,
			"await":     cmdAwait,
			"signal":    cmdSignal,
			"ended":     cmdEnded,
			"meanwhile": cmdMeanwhile,
			"exits":     cmdExits,
			"json":      cmdJSON,
			"answer":    cmdAnswer,
			"same":      cmdSame,
			"listing":   cmdListing,
			"hold":      cmdHold,
			"held":      cmdHeld,
			"commit":    cmdCommit,
			"get":       cmdGet,
			"post":      cmdPost,
			"hook":      cmdHook,
		},
		RequireUniqueNames: true,
		TestWork:           os.Getenv("TESTWORK") != "", // keeps the directories to look into
	})
}

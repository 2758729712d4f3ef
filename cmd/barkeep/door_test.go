package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

var doorLine = regexp.MustCompile(`(?m)^(http://\S+:\d+)$`)

func cmdGet(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 4, "get NAME PATH STATUS FILE")
	status, answer := askDoor(ts, http.MethodGet, args[0], args[1], nil)
	keep(ts, status, answer, args[2], args[3])
}

func cmdPost(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 5, "post NAME PATH BODY STATUS FILE")
	status, answer := askDoor(ts, http.MethodPost, args[0], args[1], []byte(args[2]))
	keep(ts, status, answer, args[3], args[4])
}

// askDoor sends a request to the HTTP door of a process.
func askDoor(ts *testscript.TestScript, method, name, path string, body []byte) (status int, answer []byte) {
	found := doorLine.FindStringSubmatch(text(backstageOf(ts).running(ts, name).out))
	if found == nil {
		ts.Fatalf("%s has not said where it listens", name)
	}
	request, err := http.NewRequest(method, found[1]+path, bytes.NewReader(body))
	ts.Check(err)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{Timeout: patience}
	response, err := client.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	ts.Check(err)
	return response.StatusCode, answer
}

// keep writes an answer to a file and compares its status.
func keep(ts *testscript.TestScript, status int, answer []byte, want, file string) {
	ts.Check(os.WriteFile(ts.MkAbs(file), answer, 0o666))
	if fmt.Sprint(status) != want {
		ts.Fatalf("status %d, want %s: %s", status, want, answer)
	}
}

// cmdHook takes notifications and writes each on a line of NAME.got.
func cmdHook(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "hook NAME")
	b := backstageOf(ts)
	got, err := os.Create(filepath.Join(b.dir, args[0]+".got"))
	ts.Check(err)
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err == nil {
			_, err = got.Write(append(bytes.TrimSpace(body), '\n'))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	ts.Defer(func() { server.Close(); got.Close() })
	ts.Setenv("BARKEEP_NOTIFY_GENERIC_URL", server.URL)
}

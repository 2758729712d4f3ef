package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"barkeep/cmd/barkeep/web"
	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/sources/quotes"
)

// document loads and validates what a server says of itself.
func document(t *testing.T, s *web.Server, headers ...string) *openapi3.T {
	t.Helper()
	w := ask(s, "GET", "/openapi.json", "", headers...)
	doc, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	if doc.Info.Version != "1.2.3" {
		t.Errorf("version %s", doc.Info.Version)
	}
	return doc
}

// described lists the operations of a document, listed those that GET / knows.
func described(doc *openapi3.T) (list []string) {
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			list = append(list, method+" "+path)
		}
	}
	slices.Sort(list)
	return list
}

func listed(t *testing.T, s *web.Server, headers ...string) (list []string) {
	for _, line := range decode(t, ask(s, "GET", "/", "", headers...))["routes"].([]any) {
		o := line.(object)
		list = append(list, fmt.Sprint(o["method"], " ", o["path"]))
	}
	slices.Sort(list)
	return list
}

// TestOpenAPIHasAllRoutes holds that the document and the routes are the same, for
// a daemon, for quotes alone and for an address others can reach; and that the
// embedded document describes no route that cannot be.
func TestOpenAPIHasAllRoutes(t *testing.T) {
	t.Parallel()
	bearer := "Authorization: Bearer " + token
	for name, s := range map[string]*web.Server{"daemon": newDaemon(t, &engine{}, nil), "quotes": newServer(t, newDesk(), nil), "far": newDaemon(t, &engine{}, far10)} {
		if got, want := described(document(t, s, bearer)), listed(t, s, bearer); !slices.Equal(got, want) {
			t.Errorf("%s: described %q, there are %q", name, got, want)
		}
	}
	doc, err := openapi3.NewLoader().LoadFromData(web.Description)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := described(doc), listed(t, newDaemon(t, &engine{}, nil)); !slices.Equal(got, want) {
		t.Errorf("described %q, there are %q", got, want)
	}
}

func far10(c *door.Config) { c.Address, c.Token = ":0", token }

// TestOpenAPIAnswers holds that real answers, good and bad, are what the document
// says: the status, the type, and every field, no more and no less.
func TestOpenAPIAnswers(t *testing.T) {
	t.Parallel()
	e := &engine{report: object{"any": 1}}
	d := newDesk()
	down := etl.MakeSymbol(etl.Shanghai, 600004)
	d.results[down] = quotes.Result{Err: fmt.Errorf("%w: down", quotes.ErrUnavailable)}
	d.stats.Providers = []quotes.ProviderStats{{Name: "tencent"}}
	s, err := web.New(door.DefaultConfig(), d, web.Options{Version: "1.2.3", Now: nil, Program: program(e)})
	if err != nil {
		t.Fatal(err)
	}
	doc := document(t, s)
	seen := map[string]bool{}
	for _, c := range []struct {
		method, path, target, body string
		status                     int
	}{
		{"GET", "/api/v1/realtime/stock/{symbol}", stock + "600000", "", 200},
		{"GET", "/api/v1/realtime/stock/{symbol}", stock + "sh000001", "", 200},
		{"GET", "/api/v1/realtime/stock/{symbol}", stock + "abc", "", 400},
		{"GET", "/api/v1/realtime/stock/{symbol}", stock + "sh600999", "", 404},
		{"GET", "/api/v1/realtime/stock/{symbol}", stock + "600000?stale=x", "", 422},
		{"GET", "/api/v1/realtime/stock/{symbol}", stock + "600004", "", 502},
		{"POST", "/api/v1/realtime/batch", batch, `{"symbols":["600000","abc","sh000001"," "]}`, 200},
		{"POST", "/api/v1/realtime/batch", batch, `{"symbols":["600004"]}`, 502},
		{"POST", "/api/v1/realtime/batch", batch, `{`, 422},
		{"GET", "/api/v1/realtime/cache/stats", "", "", 200},
		{"GET", "/api/v1/cache/stats", "", "", 200},
		{"DELETE", "/api/v1/realtime/cache/cleanup", "", "", 200},
		{"GET", "/api/v1/cache/stats", "", "", 200},
		{"DELETE", "/api/v1/cache/clear", "", "", 200},
		{"DELETE", "/api/v1/cache/clear/{symbol}", "/api/v1/cache/clear/600000", "", 200},
		{"POST", "/api/v1/sql", "", `{"query":"SELECT 1","format":"csv"}`, 200},
		{"POST", "/api/v1/sql", "", `{"query":1}`, 422},
		{"GET", "/api/v1/status", "", "", 200},
		{"GET", "/api/v1/jobs", "", "", 200},
		{"GET", "/api/v1/runs", "", "", 200},
		{"GET", "/api/v1/runs", "/api/v1/runs?job=x", "", 404},
		{"POST", "/api/v1/jobs/{name}/run", runPath, "", 200},
		{"POST", "/api/v1/jobs/{name}/run", "/api/v1/jobs/compact/run", "", 409},
		{"GET", "/health", "", "", 200},
		{"GET", "/healthz", "", "", 200},
		{"GET", "/readyz", "", "", 200},
		{"GET", "/readyz", "", "problems", 503},
		{"GET", "/metrics", "", "", 200},
		{"GET", "/api/v1/health", "", "", 200},
		{"GET", "/api/v1/version", "", "", 200},
		{"GET", "/openapi.json", "", "", 200},
		{"GET", "/debug/pprof/", "", "", 200},
		{"GET", "/debug/pprof/{name}", "/debug/pprof/goroutine?debug=1", "", 200},
		{"GET", "/debug/pprof/{name}", "/debug/pprof/nothing", "", 404},
		{"GET", "/", "", "", 200},
	} {
		if c.target == "" {
			c.target = c.path
		}
		e.problems = nil
		if c.body == "problems" {
			e.problems, c.body = []string{"disk low"}, ""
		}
		w := ask(s, c.method, c.target, c.body)
		if w.Code != c.status {
			t.Errorf("%s %s: %d %s", c.method, c.target, w.Code, w.Body)
		}
		seen[c.method+" "+c.path] = true
		if err := matches(doc, c.method, c.path, w); err != nil {
			t.Errorf("%s %s: %v", c.method, c.target, err)
		}
	}
	for _, route := range listed(t, s) {
		if !seen[route] {
			t.Errorf("%s is not asked", route)
		}
	}
}

// matches compares an answer with its description.
func matches(doc *openapi3.T, method, path string, w *httptest.ResponseRecorder) error {
	answer := doc.Paths.Value(path).GetOperation(method).Responses.Status(w.Code)
	if answer == nil {
		return fmt.Errorf("status %d is not described", w.Code)
	}
	kind, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	if err != nil {
		return err
	}
	media := answer.Value.Content.Get(kind)
	if media == nil {
		return fmt.Errorf("%s of status %d is not described", kind, w.Code)
	}
	texts := []string{w.Body.String()}
	switch kind {
	case "application/x-ndjson":
		texts = slices.Collect(strings.Lines(w.Body.String()))
	case "application/json":
	default:
		return nil
	}
	for _, text := range texts {
		var value any
		if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&value); err != nil {
			return err
		}
		if err := media.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.EnableFormatValidation(), openapi3.MultiErrors()); err != nil {
			return err
		}
	}
	return nil
}

package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// route is one line of the table of routes.
type route struct {
	method, path string // in the words of http.ServeMux
	about        string // for people who ask /
	open         bool   // it needs no token
	always       bool   // it answers however busy the door is
	// needs says whether the program has given what the route shows; nil for
	// routes that are always there. Without it the path is one nobody knows.
	needs  func(*Server) bool
	answer func(*exchange) error
}

// routes is the table of all routes.
var routes = []route{
	{method: "GET", path: "/api/v1/realtime/stock/{symbol}", about: "one quote; ?force_refresh=true asks a provider, ?stale=true takes the last known quote if none answers", answer: (*exchange).stock},
	{method: "POST", path: "/api/v1/realtime/batch", about: `many quotes; body {"symbols": ["600000"], "force_refresh": false, "stale": false}`, answer: (*exchange).batch},
	{method: "GET", path: "/api/v1/realtime/cache/stats", about: "counters of the quote cache", answer: (*exchange).realtimeStats},
	{method: "DELETE", path: "/api/v1/realtime/cache/cleanup", about: "drop expired quotes", answer: (*exchange).cleanup},
	{method: "GET", path: "/api/v1/cache/stats", about: "the same counters, not nested", answer: (*exchange).cacheStats},
	{method: "DELETE", path: "/api/v1/cache/clear", about: "forget all quotes", answer: (*exchange).clear},
	{method: "DELETE", path: "/api/v1/cache/clear/{symbol}", about: "forget one security's quote", answer: (*exchange).clearOne},
	{method: "POST", path: "/api/v1/sql", about: `ask SQL of the lake, read-only; body {"query": "SELECT ...", "format": "json", "max_rows": 1000}, format json, csv or arrow`, needs: hasSQL, answer: (*exchange).sql},
	{method: "GET", path: "/api/v1/status", about: "what the daemon is doing", needs: hasStatus, answer: (*exchange).programStatus},
	{method: "GET", path: "/api/v1/jobs", about: "all jobs, with their last and next runs", needs: hasJobs, answer: (*exchange).listJobs},
	{method: "POST", path: "/api/v1/jobs/{name}/run", about: `run a job now and watch it; body, if any, {"options": {"from": "2024-01-02"}}`, needs: hasJobs, answer: (*exchange).runJob},
	{method: "GET", path: "/api/v1/runs", about: "runs that have ended, newest first; ?job=daily-bars&limit=50", needs: hasHistory, answer: (*exchange).listRuns},
	{method: "GET", path: "/health", about: "the process lives", open: true, always: true, answer: (*exchange).alive},
	{method: "GET", path: "/healthz", about: "the same", open: true, always: true, answer: (*exchange).alive},
	{method: "GET", path: "/readyz", about: "whether all is well: 200, or 503 with what is not", always: true, needs: hasHealth, answer: (*exchange).ready},
	{method: "GET", path: "/metrics", about: "figures in the text format of Prometheus", always: true, needs: hasMetrics, answer: (*exchange).scrape},
	{method: "GET", path: "/api/v1/health", about: "providers and market", answer: (*exchange).health},
	{method: "GET", path: "/api/v1/version", about: "version of the product", answer: (*exchange).versions},
	{method: "GET", path: "/openapi.json", about: "these routes as an OpenAPI document", answer: (*exchange).openAPI},
	{method: "GET", path: "/debug/pprof/{$}", about: "profiles of the process", needs: onLoopback, answer: (*exchange).profiles},
	{method: "GET", path: "/debug/pprof/{name}", about: "one profile, such as heap, goroutine, or profile?seconds=5", needs: onLoopback, answer: (*exchange).profile},
	{method: "GET", path: "/{$}", about: "this list", answer: (*exchange).list},
}

// What the program has given.
func hasSQL(s *Server) bool     { return s.queries != nil }
func hasStatus(s *Server) bool  { return s.statusOf != nil }
func hasJobs(s *Server) bool    { return s.jobs != nil }
func hasHistory(s *Server) bool { return s.history != nil }
func hasHealth(s *Server) bool  { return s.healthOf != nil }
func hasMetrics(s *Server) bool { return s.metrics != nil }
func onLoopback(s *Server) bool { return s.loopback }

// written is a route's path in the words of people and of OpenAPI.
func (r *route) written() string { return strings.TrimSuffix(r.path, "{$}") }

// addRoutes fills the mux: every line of the table that has something to show,
// 405 for other methods on the same paths, 404 for the rest.
func (s *Server) addRoutes(table []route) {
	s.mux = http.NewServeMux()
	add := func(pattern string, to *route) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(to, w, r) })
	}
	allowed := map[string][]string{} // methods by path
	for _, line := range table {
		if line.needs != nil && !line.needs(s) {
			continue
		}
		s.routes = append(s.routes, &line)
		add(line.method+" "+line.path, &line)
		allowed[line.path] = append(allowed[line.path], line.method)
		if line.method == http.MethodGet {
			allowed[line.path] = append(allowed[line.path], http.MethodHead)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(allowed)) {
		methods := allowed[path]
		slices.Sort(methods)
		add(path, wrongMethod(strings.Join(methods, ", ")))
	}
	s.unknown = &route{answer: noRoute}
	add("/", s.unknown)
}

func wrongMethod(allow string) *route {
	return &route{answer: func(x *exchange) error {
		return &problem{status: http.StatusMethodNotAllowed, header: [2]string{"Allow", allow},
			message: abbreviate(x.r.Method, 20) + " is not allowed here; use " + allow}
	}}
}

func noRoute(*exchange) error {
	return &problem{status: http.StatusNotFound, message: "Not Found: there is no such route; GET / lists all"}
}

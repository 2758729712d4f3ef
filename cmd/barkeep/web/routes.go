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
	open         bool   // it needs no token and is never too busy
	answer       func(*exchange) error
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
	{method: "GET", path: "/health", about: "the process lives", open: true, answer: (*exchange).alive},
	{method: "GET", path: "/api/v1/health", about: "providers and market", answer: (*exchange).health},
	{method: "GET", path: "/api/v1/version", about: "version of the product", answer: (*exchange).versions},
	{method: "GET", path: "/{$}", about: "this list", answer: nil}, // addRoutes puts the answer: it reads this table
}

// addRoutes fills the mux: every line of the table, 405 for other methods on the
// same paths, 404 for the rest.
func (s *Server) addRoutes() {
	s.mux = http.NewServeMux()
	add := func(pattern string, to *route) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(to, w, r) })
	}
	allowed := map[string][]string{} // methods by path
	for _, line := range routes {
		if line.answer == nil {
			line.answer = (*exchange).list
		}
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

package web

import (
	"net/http/pprof"
)

// profiles and profile are Go's own, which only this machine can ask for: they
// tell what is in memory, and cost time.
func (x *exchange) profiles() error {
	x.header()
	x.begun = true
	pprof.Index(x.w, x.r)
	return nil
}

func (x *exchange) profile() error {
	x.header()
	x.begun = true
	switch name := x.r.PathValue("name"); name {
	case "cmdline":
		pprof.Cmdline(x.w, x.r)
	case "profile":
		pprof.Profile(x.w, x.r)
	case "symbol":
		pprof.Symbol(x.w, x.r)
	case "trace":
		pprof.Trace(x.w, x.r)
	default:
		pprof.Handler(name).ServeHTTP(x.w, x.r)
	}
	return nil
}

// Package conformance is the suite every provider of quotes must pass. Only
// tests import it:
//
//	conformance.Run(t, conformance.Market{BaseURL: "http://" + server.Addr(), Trading: trading, ...},
//		func(baseURL string) quotes.Provider { return sina.New(config(baseURL)) })
//
// The server is one of the caller's, local, with securities in known states. The
// suite checks what the cache above relies on: every symbol that was asked for
// is in one list of the answer at most, nothing is there that was not asked for,
// rows can be true and say where and when they come from, and a failure is an
// error, never a security that does not exist.
package conformance

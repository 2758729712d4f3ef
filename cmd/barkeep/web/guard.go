package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// pass returns why a request may not reach a route, or nil.
func (x *exchange) pass(to *route) error {
	if overSocket(x.r) { // whoever may open it is the daemon's own user
		return nil
	}
	if x.loopback && !localHost(x.r.Host) {
		return &problem{status: http.StatusForbidden, message: "the Host header must be localhost, 127.0.0.1 or [::1]: this address answers no other name"}
	}
	if foreignSite(x.r) {
		return &problem{status: http.StatusForbidden, message: "pages of other sites may not ask"}
	}
	if x.rate != nil {
		if !x.rate.allow(clientOf(x.r.RemoteAddr), x.started) {
			return &problem{status: http.StatusTooManyRequests, message: "this client asks too often", header: retryAfter}
		}
	}
	if x.guarded && !to.open && !x.tokenFits() {
		return &problem{status: http.StatusUnauthorized, header: [2]string{"WWW-Authenticate", "Bearer"},
			message: "send the header Authorization: Bearer TOKEN with the token of the configuration"}
	}
	return nil
}

// localHost reports whether a Host header names this machine in a way that no
// page can make a name of its own resolve to: against DNS rebinding.
func localHost(host string) bool {
	name, port := host, ""
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		var closed bool
		if name, port, closed = strings.Cut(inner, "]"); !closed {
			return false
		}
	} else if colon := strings.IndexByte(host, ':'); colon >= 0 {
		name, port = host[:colon], host[colon:]
	}
	if port != "" && (port[0] != ':' || strings.Trim(port[1:], "0123456789") != "") {
		return false
	}
	if name == "127.0.0.1" || strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap().IsLoopback()
}

// foreignSite reports whether a browser sends the request for a page of another
// site. A page may still link to an answer: then the user sees it, not the page.
func foreignSite(r *http.Request) bool {
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "":
	case "none", "same-origin":
		return false
	default:
		return !(r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document")
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

// tokenFits compares in a time that tells nothing about the token or its length.
func (x *exchange) tokenFits() bool {
	scheme, token, _ := strings.Cut(x.r.Header.Get("Authorization"), " ")
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	fits := subtle.ConstantTimeCompare(sum[:], x.token[:]) == 1
	return fits && strings.EqualFold(scheme, "Bearer")
}

// clientOf is whose requests are counted together: an IPv4 address, or the 64
// bits of an IPv6 address that a network gives one customer.
func clientOf(remote string) netip.Addr {
	p, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	addr := p.Addr().Unmap().WithZone("")
	if addr.Is6() {
		if prefix, err := addr.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return addr
}

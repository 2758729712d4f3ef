package simulator

import (
	"math/rand/v2"
	"sync"

	"barkeep/sources/baostock/wire"
)

// stage is the moment of an exchange at which a fault can act.
type stage uint8

const (
	beforeAnswer stage = iota // the request is known; an error may take the answer's place
	onReply                   // the fields of the answer are known
	onFrame                   // its body is known
	onDelivery                // its bytes are known
	outside                   // not about single requests
)

// faultKind is what a fault of one name does.
type faultKind struct {
	name, text string
	arg        argument
	stage      stage
	always     bool // hits always when nothing is said, or else once
	// about says which requests count when no type is given; nil: queries.
	about func(e *exchange) bool
	// possible says whether there is something to spoil; a request where
	// there is not does not count. Nil: always.
	possible func(e *exchange) bool
	play     func(e *exchange, f *activeFault) *failure
}

// activeFault is a fault of a running server.
type activeFault struct {
	Fault
	kind *faultKind
	seed uint64
	seen int64 // requests that counted so far
}

// faultDeck holds a server's faults.
type faultDeck struct {
	mu     sync.Mutex
	active []*activeFault
}

func newFaultDeck(faults []Fault, seed uint64) *faultDeck {
	d := &faultDeck{}
	for i, f := range faults {
		kind := kindOf(f.Name)
		if f.From == 0 && f.Percent == 0 {
			f.From, f.To = 1, 1
			if kind.always {
				f.To = 0
			}
		}
		d.active = append(d.active, &activeFault{Fault: f, kind: kind, seed: seed + uint64(i)<<32})
	}
	return d
}

// hits counts one more request and says whether the fault strikes it.
func (f *activeFault) hits() bool {
	f.seen++
	if f.Percent > 0 {
		return rand.New(rand.NewPCG(f.seed, uint64(f.seen))).Float64()*100 < f.Percent
	}
	return f.seen >= f.From && (f.To == 0 || f.seen <= f.To)
}

// play lets the faults of a stage act on the exchange. Every fault counts the
// request, but after the first one that answers an error the others rest.
func (e *exchange) play(at stage) (failed *failure) {
	d := e.server.faults
	for _, f := range d.active {
		k := f.kind
		if k.stage != at || !f.concerns(e) || k.possible != nil && !k.possible(e) {
			continue
		}
		d.mu.Lock()
		hit := f.hits()
		d.mu.Unlock()
		if hit && failed == nil {
			e.note(f)
			failed = k.play(e, f)
		}
	}
	return failed
}

// concerns reports whether the request is one that the fault counts.
func (f *activeFault) concerns(e *exchange) bool {
	switch {
	case f.Type != "":
		return e.request.Type == f.Type
	case f.kind.about != nil:
		return f.kind.about(e)
	}
	return isQuery(e)
}

func isQuery(e *exchange) bool {
	return e.readErr == nil && e.request.Type != wire.Login && e.request.Type != wire.Logout
}

func isLogin(e *exchange) bool { return e.request.Type == wire.Login }

// find returns the fault of that name, if there is one.
func (d *faultDeck) find(name string) (*activeFault, bool) {
	for _, f := range d.active {
		if f.Name == name {
			return f, true
		}
	}
	return nil, false
}

// refuses reports whether the n-th connection finds the door closed.
func (d *faultDeck) refuses(n int) (*activeFault, bool) {
	f, ok := d.find("refuse")
	return f, ok && int64(n) >= f.From && (f.To == 0 || int64(n) <= f.To)
}

func (d *faultDeck) quota() (*activeFault, bool)            { return d.find("quota") }
func (d *faultDeck) secondConnection() (*activeFault, bool) { return d.find("second-connection") }

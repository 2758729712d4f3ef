package simulator

import "sync"

// webStage is the moment of a request at which a fault can act.
type webStage uint8

const (
	onGate    webStage = iota // nothing is known but the endpoint
	onMoment                  // before the rows are looked up
	onRows                    // the rows are known
	onBody                    // the text is known
	onSending                 // its bytes are known
)

// webFaultKind is what a web fault of one name does.
type webFaultKind struct {
	name, text string
	arg        argument
	stage      webStage
	about      func(e *webEndpoint) bool // which endpoints; nil: all
	// possible says whether there is something to spoil; a request where
	// there is not does not count. Nil: always.
	possible func(x *webExchange) bool
	play     func(x *webExchange, f *activeFault)
}

// webActive is a fault of a running Web.
type webActive struct {
	activeFault
	kind   *webFaultKind
	target string
}

// webDeck holds a Web's faults.
type webDeck struct {
	mu     sync.Mutex
	active []*webActive
}

func newWebDeck(faults []WebFault, seed uint64) *webDeck {
	d := &webDeck{}
	for i, f := range faults {
		counted := f.counted()
		if f.From == 0 && f.Percent == 0 {
			counted.From, counted.To = 1, 1
		}
		d.active = append(d.active, &webActive{activeFault{Fault: counted, seed: seed + uint64(i)<<32}, webKindOf(f.Name), f.Target})
	}
	return d
}

// concerns reports whether a request to the endpoint is one that the fault
// counts.
func (f *webActive) concerns(e *webEndpoint) bool {
	if f.kind.about != nil && !f.kind.about(e) {
		return false
	}
	return f.target == "" || f.target == e.provider || f.target == e.name
}

// play lets the faults of a stage act. Every fault counts the request, but
// once one has answered the others rest.
func (x *webExchange) play(at webStage) {
	d := x.web.faults
	for _, f := range d.active {
		k := f.kind
		if k.stage != at || !f.concerns(x.ask.endpoint) || k.possible != nil && !k.possible(x) {
			continue
		}
		d.mu.Lock()
		hit := f.hits()
		d.mu.Unlock()
		if hit && (at != onGate || !x.answered || k.name == "slow") {
			x.seen.Faults = append(x.seen.Faults, k.name)
			k.play(x, &f.activeFault)
		}
	}
}

package simulator

func connectionFaults() []faultKind {
	return []faultKind{
		{name: "refuse", text: "connections are refused, for DURATION or for good; WHEN counts connections", arg: pauseArg, stage: outside},
		{name: "second-connection", text: "a second login of an address: the second connection is reset, or the first", always: true,
			arg: argument{usage: "first|second", words: []string{"first", "second"}}, stage: outside},
		{name: "close", text: "half of an answer, or BYTES of it, then an orderly end (FIN)", arg: bytesArg, stage: onDelivery, play: cutShort(halfClose)},
		{name: "reset", text: "half of an answer, or BYTES of it, then a reset (RST)", arg: bytesArg, stage: onDelivery, play: cutShort(reset)},
		{name: "stall", text: "half of an answer, or BYTES of it, then silence", arg: bytesArg, stage: onDelivery, play: cutShort(hang)},
		{name: "silence", text: "the request is read and nothing is answered", stage: onDelivery, play: func(e *exchange, _ *activeFault) *failure {
			e.delivery.nothing, e.delivery.ending = true, hang
			return nil
		}},
		{name: "drop", text: "the request is read and the connection ends without an answer", arg: endingArg, stage: onDelivery, play: func(e *exchange, f *activeFault) *failure {
			e.delivery.nothing, e.delivery.ending = true, endingOf(f.Arg)
			return nil
		}},
		{name: "idle-close", text: "an orderly end while nothing is asked, at once or DURATION after an answer", arg: pauseArg, stage: onDelivery, play: endAfter(halfClose)},
		{name: "idle-reset", text: "a reset while nothing is asked, at once or DURATION after an answer", arg: pauseArg, stage: onDelivery, play: endAfter(reset)},
		{name: "slow", text: "the answer comes DURATION later", arg: forceArg, stage: onDelivery, always: true, play: func(e *exchange, f *activeFault) *failure {
			e.delivery.pause = f.duration()
			return nil
		}},
		{name: "split", text: "the answer is written byte by byte, or in pieces of BYTES", arg: bytesArg, always: true, about: anyRequest, stage: onDelivery,
			play: func(e *exchange, f *activeFault) *failure {
				e.delivery.chunk = max(f.number(), 1)
				return nil
			}},
	}
}

func anyRequest(*exchange) bool { return true }

func cutShort(end ending) func(*exchange, *activeFault) *failure {
	return func(e *exchange, f *activeFault) *failure {
		e.delivery.partial, e.delivery.cut, e.delivery.ending = true, f.number(), end
		return nil
	}
}

func endAfter(end ending) func(*exchange, *activeFault) *failure {
	return func(e *exchange, f *activeFault) *failure {
		e.delivery.ending, e.delivery.idle = end, f.duration()
		return nil
	}
}

func endingOf(word string) ending {
	if word == "reset" {
		return reset
	}
	return halfClose
}

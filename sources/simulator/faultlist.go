package simulator

// Shapes of arguments.
var (
	noArg     = argument{}
	bytesArg  = argument{usage: "BYTES", kind: "number"}
	pauseArg  = argument{usage: "DURATION", kind: "duration"}
	forceArg  = argument{usage: "DURATION", kind: "duration", must: true}
	endingArg = argument{usage: "close|reset", words: []string{"close", "reset"}}
)

// faultKinds lists all kinds, in the order of the help text. Source of most:
// specification of Baostock, 11.2.
func faultKinds() []faultKind {
	kinds := connectionFaults()
	kinds = append(kinds, sessionFaults()...)
	kinds = append(kinds, frameFaults()...)
	kinds = append(kinds, pageFaults()...)
	kinds = append(kinds, rowFaults()...)
	return append(kinds, barFaults()...)
}

package etl

// CoverDays opens the cover to the external tests: an optimum can only be
// compared with brute force on matrices that no plan would make.
var CoverDays = coverDays

// Thresholds of a Run that its tests count against.
const (
	FewHoles  = fewHoles
	Recently  = recently
	Breaker   = breaker
	MaxFailed = maxFailed
)

// The reasons of gaps, by name so that a test cannot drift from the wording.
const (
	ReasonUnpublished = reasonUnpublished
	ReasonAbsent      = reasonAbsent
	ReasonFailed      = reasonFailed
	ReasonQuarantined = reasonQuarantined
	ReasonRefused     = reasonRefused
	ReasonInterrupted = reasonInterrupted
	ReasonStopped     = reasonStopped
	ReasonUnwritten   = reasonUnwritten
)

// The first days of kinds that begin later than stocks.
var (
	FirstETF   = firstETF
	FirstIndex = firstIndex
)

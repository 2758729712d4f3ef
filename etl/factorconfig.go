package etl

// FactorConfig is the section adjust_factors.
type FactorConfig struct {
	DailyRequests int `yaml:"daily_requests"` // requests for factors a day, at most
}

// Validate returns every problem as a KeyError.
func (c FactorConfig) Validate() error {
	var e KeyErrors
	e.Check(c.DailyRequests >= 1 && c.DailyRequests < 5000, "daily_requests", "must lie in 1..4999")
	return e.Err()
}

// MemberConfig is the section instruments.
type MemberConfig struct {
	MemberLists int `yaml:"member_lists"` // lists of index members a run asks for, at most
}

// Validate returns every problem as a KeyError.
func (c MemberConfig) Validate() error {
	var e KeyErrors
	e.Check(c.MemberLists >= 0 && c.MemberLists <= 1000, "member_lists", "must lie in 0..1000")
	return e.Err()
}

package etl

// factorRules are the rules of CheckFactors in the order they are shown.
var factorRules = []string{RuleFactorValue, RuleFactorTwice, RuleFactorOrder, RuleFactorRepeat, RuleFactorNewest,
	RuleFactorFore, RuleFactorStep, RuleFactorTick, RuleFactorMissing, RuleFactorUnseen}

// Verdicts counts the findings by rule, rules that found nothing included. The rules
// that compare factors with bars have checked what the bars say something of.
func (p FactorProof) Verdicts() []Verdict {
	list := make([]Verdict, len(factorRules))
	for i, rule := range factorRules {
		v := &list[i]
		v.Rule, v.Severity, v.Checked = rule, Warn, int64(p.Factors)
		for _, f := range p.Findings {
			if f.Rule == rule {
				v.Add(f.Date, f.String())
			}
		}
		switch rule {
		case RuleFactorStep, RuleFactorTick, RuleFactorUnseen:
			v.Checked = int64(max(p.Factors-p.Unproven, 0))
		case RuleFactorMissing:
			v.Checked = int64(p.Agreed) + v.Found
		}
	}
	return list
}

package market

import "barkeep/etl"

// nameWidth is how many bytes of GBK a decorated name has at most.
const nameWidth = 8

// nameOf returns the name that the providers show on a day: with N on the day
// of the listing, C on the four days after it where the share trades without
// limits, and XD, XR or DR on an ex-date, cut to fit. Source: specification of
// the quote sources, 4.3.
func (t *Tape) nameOf(s *script, b board) string {
	name := t.market.Name(int(s.security), s.day)
	if s.kind != Stock || s.status != etl.Trading {
		return name
	}
	age := t.calendar.Count(s.listed, s.day) - 1
	switch {
	case age == 0:
		return decorate("N", name)
	case age < 5 && b.registered(s.listed) && s.symbol.Exchange() != etl.Beijing:
		return decorate("C", name)
	}
	for _, x := range t.market.ExDates(int(s.security)) {
		if x.Day != s.day {
			continue
		}
		switch {
		case x.Cash > 0 && x.Bonus > 0:
			return decorate("DR", name)
		case x.Cash > 0:
			return decorate("XD", name)
		case x.Bonus > 0:
			return decorate("XR", name)
		}
	}
	return name
}

// decorate puts a mark before a name and cuts the end off.
func decorate(mark, name string) string {
	width := len(mark)
	for i, r := range name {
		n := 2
		if r < 0x80 {
			n = 1
		}
		if width += n; width > nameWidth {
			return mark + name[:i]
		}
	}
	return mark + name
}

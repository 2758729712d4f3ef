package market

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"barkeep/schedules"
)

const never = math.MaxInt32

// planner lays out the lives of a market's securities.
type planner struct {
	seed uint64
	days []schedules.Day
	name namer
}

// index returns the first trading day that is not before day.
func (p *planner) index(day schedules.Day) int32 {
	i, _ := slices.BinarySearch(p.days, day)
	return int32(i)
}

// stock plans the life of a share. Its number n among the listings decides
// its stream of chance.
func (p *planner) stock(l listing, n int) profile {
	d := &dice{key: mix(p.seed, uint64(1000+n))}
	s := profile{
		key: d.next(), board: l.board, kind: Stock, sector: d.below(len(sectors) - financial),
		listed: p.days[l.day], from: l.day, to: never, decline: never, closing: never,
		beta: int64(d.between(600, 1400)), gamma: int64(d.between(400, 1200)),
		sigma: int64(d.between(12000, 24000)), turn: int64(d.skewed(5000, 40000)),
		priceEarnings: int64(d.skewed(700, 9000)), priceBook: int64(d.skewed(60, 900)),
		priceSales: int64(d.skewed(50, 1500)), priceCash: int64(d.skewed(500, 9000)),
		loss: d.between(20, 250),
	}
	s.target = int64(d.skewed(40, 450)) * 1000 // 4 to 45 yuan
	if l.board == star || l.board == chiNext {
		s.target = s.target * 3 / 2
	}
	s.float = int64(d.skewed(300, 40000)) * 100000
	if l.board == mainBoard && d.chance(80) { // banks and brokers are large and calm
		s.sector = len(sectors) - 1 - d.below(financial)
		s.float, s.sigma, s.target = s.float*8, s.sigma*2/3, s.target/2+20000
	}
	s.name = p.name.stock(s.sector, l.board == mainBoard && !l.sh && s.listed.Year() < 1997)
	runes := []rune(strings.ReplaceAll(s.name, " ", ""))
	s.short = string(runes[:2])
	p.offering(&s, d)
	p.ending(&s, d, n)
	p.warnings(&s, d, n)
	p.suspensions(&s, d, n)
	p.dividends(&s, d)
	return s
}

// offering sets the offer price and what the first days are like.
func (p *planner) offering(s *profile, d *dice) {
	low, high := 300, 1000 // offer price, per mille of the target
	switch {
	case s.board.registered(s.listed):
		s.pop = int64(d.between(-100, 2200)) * 1000
		low, high = 450, 900
	case s.listed >= firstDayRule:
		s.pop = 440000
		s.streak = int32(d.between(1, 12))
		low, high = 250, 500
	case s.listed.Year() < 2001:
		s.pop = int64(d.between(200, 2000)) * 1000
	default:
		s.pop = int64(d.between(-50, 1200)) * 1000
	}
	s.offer = max(roundTo(s.target*int64(d.between(low, high))/1000, s.board.tick()), 15000)
}

// ending decides whether and when the share is delisted: first a warning and
// a falling price, then a suspension, 15 days of a delisting period, a last
// suspension and the end.
func (p *planner) ending(s *profile, d *dice, n int) {
	age := int32(len(p.days)) - s.from
	earliest := max(p.index(warningsBegin), s.from) + 700
	roll := d.chance(75)
	if s.board == mainBoard && s.from < p.index(schedules.MakeDay(2015, time.January, 1)) && n%40 == 4 {
		roll = true
	}
	if !roll || age < 900 || earliest >= int32(len(p.days)) {
		return
	}
	s.to = earliest + int32(d.below(int(int32(len(p.days))-earliest)))
	s.decline = s.to - int32(d.between(220, 400))
	s.closing = s.to - int32(d.between(17, 22))
}

// warnings plans the times under ST and *ST. ChiNext knows them since its
// reform only.
func (p *planner) warnings(s *profile, d *dice, n int) {
	begin := max(p.index(warningsBegin), s.from+300)
	if s.board == chiNext {
		begin = max(begin, p.index(chiNextReform))
	}
	end := min(s.to, int32(len(p.days)))
	if s.decline != never {
		if from := max(s.decline+20, begin); from < s.closing {
			s.risks = append(s.risks, span{from, s.to, true})
		}
		end = s.decline - 60
	}
	if room := int(end - begin - 60); room > 0 && s.board != star && (d.chance(110) || n%50 == 7) {
		from := begin + int32(d.below(room))
		s.risks = append(s.risks, span{from, min(from+int32(d.between(200, 520)), end), d.chance(450)})
	}
	sortSpans(s.risks)
}

// suspensions plans the halts: the day before a warning begins, the ones of a
// delisting, and the ordinary ones, which were frequent and long before 2018.
func (p *planner) suspensions(s *profile, d *dice, n int) {
	var halts []span
	end := min(s.to, int32(len(p.days)))
	if s.decline != never {
		halts = append(halts, span{from: s.closing - int32(d.between(12, 30)), to: s.closing}, span{from: s.to - 2, to: s.to})
		end = s.decline
	}
	for _, r := range s.risks {
		halts = append(halts, span{from: r.from - 1, to: r.from})
	}
	for at := s.from + int32(d.between(15, 400)); at < end; at += int32(d.between(60, 700)) {
		length := d.skewed(1, 90)
		if year := p.days[at].Year(); year >= 2018 || year < 1994 {
			length = d.between(1, 10)
			if n%3 != 0 && d.chance(600) {
				continue
			}
		}
		halts = append(halts, span{from: at, to: min(at+int32(length), end)})
	}
	sortSpans(halts)
	s.halts = halts[:0]
	for _, h := range halts { // overlapping halts become one
		if k := len(s.halts); k > 0 && h.from <= s.halts[k-1].to {
			s.halts[k-1].to = max(s.halts[k-1].to, h.to)
		} else {
			s.halts = append(s.halts, h)
		}
	}
}

// dividends plans one ex-date for most years, in May to July. Bonus shares
// come with it now and then; none while under warning.
func (p *planner) dividends(s *profile, d *dice) {
	yield := d.between(4, 45) // per mille of the target, in a usual year
	for year := s.listed.Year() + 1; year <= p.days[len(p.days)-1].Year(); year++ {
		day := p.index(schedules.MakeDay(year, time.May, 5)) + int32(d.below(55))
		pays, bonus := d.chance(780), d.chance(130)
		if _, warned := onDay(s.risks, day); day <= s.from+30 || day >= min(s.to, int32(len(p.days))) || day >= s.decline || warned || !pays && !bonus {
			continue
		}
		r := right{day: day}
		if pays {
			r.cash = int32(s.target*int64(yield)*int64(d.between(500, 1500))/1e6+50) / 50 * 50
		}
		if bonus {
			r.bonus = int32([]int{100, 200, 300, 400, 500, 1000}[d.below(6)])
		}
		s.rights = append(s.rights, r)
	}
}

func sortSpans(spans []span) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
}

package market

import (
	"barkeep/etl"
	"barkeep/schedules"
)

// sheet is a trading day of the whole market, ready to be played.
type sheet struct {
	symbols []etl.Symbol // ascending
	scripts []script     // side by side with symbols
}

// readSheet makes the sheet of a day from its bars; a security without a bar
// may be a shell, yet to come, or unknown.
func (t *Tape) readSheet(day schedules.Day) *sheet {
	sh := &sheet{symbols: make([]etl.Symbol, 0, len(t.symbols)), scripts: make([]script, 0, len(t.symbols))}
	next := 0
	for row := range t.market.Day(day) {
		t.addAbsent(sh, next, row.Security, day)
		next = row.Security + 1
		if t.symbols[row.Security] != 0 {
			sh.add(t.script(row, day))
		}
	}
	t.addAbsent(sh, next, len(t.symbols), day)
	return sh
}

func (sh *sheet) add(s script) {
	sh.symbols = append(sh.symbols, s.symbol)
	sh.scripts = append(sh.scripts, s)
}

// addAbsent adds the securities from..to-1, which have no bar on the day, as
// far as they are known.
func (t *Tape) addAbsent(sh *sheet, from, to int, day schedules.Day) {
	for i := from; i < to; i++ {
		if t.symbols[i] == 0 {
			continue
		}
		if s, ok := t.absent(i, day); ok {
			sh.add(s)
		}
	}
}

// absent returns the script of a security that has no bar on the day.
func (t *Tape) absent(i int, day schedules.Day) (script, bool) {
	s := &t.market.Securities()[i]
	switch {
	case s.First > s.Last || s.First > s.Listed && day < s.First:
		return script{}, false // nothing is known of it but its name
	case day < s.First:
		return t.coming(i, day)
	case day > s.Last:
		return t.gone(i, day)
	}
	return t.missing(i, day)
}

// coming returns a share that will be listed within days.
func (t *Tape) coming(i int, day schedules.Day) (script, bool) {
	out := t.blank(i, day)
	since := out.listed
	for range 3 + mix(out.life, 11)%5 {
		if d, ok := t.calendar.Prev(since); ok {
			since = d
		}
	}
	if day < since {
		return out, false
	}
	out.status = etl.NotListed
	out.name = t.market.Name(i, out.listed)
	out.since = since.At(resetAt/3600, 0).Unix()
	return out, true
}

// The months after its end in which a security is still shown as a shell.
const (
	shellDays      = 120
	shellDaysRange = 180
)

// gone returns the shell of a delisted security.
func (t *Tape) gone(i int, day schedules.Day) (script, bool) {
	s := &t.market.Securities()[i]
	out := t.blank(i, day)
	h := mix(out.life, 12)
	if s.Delisted == 0 || day-s.Last > schedules.Day(shellDays+h%shellDaysRange) {
		return out, false
	}
	row, ok := t.lastRow(i, s.Last, true)
	if ok && h>>32%9 < 4 { // 8 of 18 in the recording
		out = t.script(&row, row.Day)
		out.status, out.shell = etl.Delisted, FullShell
		return out, true
	}
	if row, ok = t.lastRow(i, s.Last, false); ok {
		out.preclose, _ = ParseFixed(row.Cell(Close), priceDecimals)
	}
	out.day, out.status, out.shell = s.Last, etl.Delisted, EmptyShell
	first, ok := t.calendar.Next(s.Last)
	if !ok {
		first = day
	}
	out.since = first.At(resetAt/3600, 0).Unix()
	out.oddly = out.since + 2*3600 + 1800 + int64(h>>40%5400) // such as 11:45:01 or 12:20:48
	return out, true
}

// missing returns a security whose bar of the day is not recorded: it is
// shown as suspended at its last close.
func (t *Tape) missing(i int, day schedules.Day) (script, bool) {
	row, ok := t.lastRow(i, day, false)
	if !ok {
		return script{}, false
	}
	out := t.script(&row, day)
	out.status, out.preclose = etl.Suspended, out.close
	return out, true
}

// lookBack is how far back a security's last row is searched: longer than
// nearly all suspensions.
const lookBack = 500

// lastRow returns a copy of the last row of a security up to a day, or of the
// last one on which it traded.
func (t *Tape) lastRow(i int, day schedules.Day, traded bool) (out Row, ok bool) {
	for row := range t.market.Bars(i, day-lookBack, day) {
		if !traded || row.Traded() {
			out.Security, out.Day, out.end, ok = row.Security, row.Day, row.end, true
			out.text = append(out.text[:0], row.text...)
		}
	}
	return out, ok
}

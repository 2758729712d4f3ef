package market

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"barkeep/schedules"
)

// parseRecording indexes the text of one security's bars and derives its
// ex-dates: wherever preclose differs from the close before. It also returns
// the value of the floating shares on the last traded day, in yuan, or 0.
func parseRecording(text []byte, code string) (r recording, size int64, err error) {
	head, rest, ok := bytes.Cut(text, []byte{'\n'})
	if string(head) != Header || !ok {
		return r, 0, fmt.Errorf("line 1 is %.60q; it must be the header %q", head, Header)
	}
	r.text = rest
	rows := bytes.Count(rest, []byte{'\n'})
	r.start, r.days = make([]uint32, 0, rows), make([]schedules.Day, 0, rows)
	p := recordingParser{recording: &r, code: code, factor: chainOne}
	for at, line := 0, 2; at < len(rest); line++ {
		n := bytes.IndexByte(rest[at:], '\n')
		if n < 0 {
			return r, 0, fmt.Errorf("line %d does not end with a line feed; the file was cut", line)
		}
		if err := p.add(rest[at : at+n]); err != nil {
			return r, 0, fmt.Errorf("line %d: %w", line, err)
		}
		r.start = append(r.start, uint32(at))
		at += n + 1
	}
	if len(r.days) == 0 {
		return r, 0, errors.New("holds no row")
	}
	return r, p.size, nil
}

type recordingParser struct {
	*recording
	code   string
	row    Row
	close  int64 // of the row before, 0 before the first
	factor chain
	size   int64
}

// add checks one line as far as the market relies on it: 18 cells of plain
// text, the day after the last one, the right code, readable prices.
func (p *recordingParser) add(line []byte) error {
	if !p.row.setText(line) {
		return fmt.Errorf("%.60q does not have %d cells", line, Columns)
	}
	if !utf8.Valid(line) || bytes.ContainsAny(line, "\"\\\r\x00\x01") {
		return fmt.Errorf("%.60q holds a character that a cell cannot have", line)
	}
	if string(p.row.Cell(Code)) != p.code {
		return fmt.Errorf("code %q in the file of %s", p.row.Cell(Code), p.code)
	}
	text := string(p.row.Cell(Date))
	day, err := schedules.ParseDay(text)
	if err != nil || day.String() != text {
		return fmt.Errorf("date %q is not of the form 2024-01-02", text)
	}
	if n := len(p.days); n > 0 && day <= p.days[n-1] {
		return fmt.Errorf("%s after %s; days must ascend", day, p.days[n-1])
	}
	preclose, ok := ParseFixed(p.row.Cell(PreClose), priceDecimals)
	closing, ok2 := ParseFixed(p.row.Cell(Close), priceDecimals)
	if !ok || !ok2 || preclose <= 0 || closing <= 0 {
		return fmt.Errorf("preclose %q and close %q must be positive prices", p.row.Cell(PreClose), p.row.Cell(Close))
	}
	if p.close > 0 && preclose != p.close {
		p.factor = p.factor.times(p.close, preclose)
		p.rights = append(p.rights, ExDate{Day: day, Back: p.factor.published(), Before: p.close})
	}
	p.close, p.days = closing, append(p.days, day)
	volume, ok := ParseFixed(p.row.Cell(Volume), 0)
	if turn, ok2 := ParseFixed(p.row.Cell(Turn), 6); ok && ok2 && turn > 0 && volume > 0 {
		p.size = mulDiv(mulDiv(volume, 1e8, turn), closing, yuan)
	}
	return nil
}

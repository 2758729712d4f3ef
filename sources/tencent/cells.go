package tencent

import (
	"bytes"
	"math"

	"barkeep/etl"
	"barkeep/sources/fields"
)

// row reads the cells of one row in their order; tildes are between them. A cell
// behind the last one reads as an empty one.
type row struct {
	text []byte
	i    int // where the next cell begins
	n    int // how many were read that are there
	bad  int // the first that could not be read, or -1
}

// name reads the fields 0 to 2 and returns field 1, or nil if field 2 is not the
// code. In GB18030 the second byte of a letter can be a tilde, so the name ends
// where the code follows.
func (r *row) name(code []byte) []byte {
	start := bytes.IndexByte(r.text, '~') + 1
	if start == 0 {
		return nil
	}
	for at := start; at-start <= fields.MaxName; at++ {
		i := bytes.IndexByte(r.text[at:], '~')
		if i < 0 {
			return nil
		}
		at += i
		if rest := r.text[at+1:]; len(rest) > len(code) && rest[len(code)] == '~' && bytes.Equal(rest[:len(code)], code) {
			r.i, r.n = at+len(code)+2, fCode+1
			return r.text[start:at]
		}
	}
	return nil
}

// next returns the next cell.
func (r *row) next() []byte {
	if r.i > len(r.text) {
		return nil
	}
	rest := r.text[r.i:]
	n := bytes.IndexByte(rest, '~')
	if n < 0 {
		n = len(rest)
	}
	r.i += n + 1
	r.n++
	return rest[:n]
}

// skip leaves cells out. They are so short that a search costs more than a loop.
func (r *row) skip(cells int) {
	for ; cells > 0 && r.i <= len(r.text); cells-- {
		i := r.i
		for i < len(r.text) && r.text[i] != '~' {
			i++
		}
		r.i = i + 1
		r.n++
	}
}

// number reads a number; NaN if the cell is empty.
func (r *row) number() float64 {
	if r.i > len(r.text) {
		return math.NaN()
	}
	v, next, ok := fields.Cell(r.text, r.i, '~')
	if !ok {
		r.fail()
	}
	r.i = next
	r.n++
	return v
}

// fail marks the cell that is being read.
func (r *row) fail() {
	if r.bad < 0 {
		r.bad = r.n
	}
}

// count reads a number that is not negative; 0 if the cell is empty.
func (r *row) count() float64 {
	v := r.number()
	if v >= 0 {
		return v
	}
	if v < 0 && r.bad < 0 {
		r.bad = r.n - 1
	}
	return 0
}

// price reads a number that is not negative and in which 0 means that there is
// none.
func (r *row) price() float64 { return orNone(r.count()) }

func orNone(price float64) float64 {
	if price == 0 {
		return math.NaN()
	}
	return price
}

// limit reads a price for which -1, too, means that there is none.
func (r *row) limit() float64 {
	v := r.number()
	if v < 0 && v != -1 && r.bad < 0 {
		r.bad = r.n - 1
	}
	if v > 0 {
		return v
	}
	return math.NaN()
}

// ratio reads a number that may be negative and in which 0 means unknown.
func (r *row) ratio() float64 { return orNone(r.number()) }

// lots reads a whole number of lots and returns shares; 0 if the cell is empty.
func (r *row) lots() int64 {
	v := r.count()
	n := int64(v)
	if float64(n) != v && r.bad < 0 {
		r.bad = r.n - 1
	}
	return n * lot
}

// book reads five levels. Quantities are lots on every board. Source:
// specification of the quote sources, 4.3.
func (r *row) book(levels *[5]etl.Level) {
	for i := range levels {
		levels[i] = etl.Level{Price: r.price(), Quantity: r.lots()}
	}
}

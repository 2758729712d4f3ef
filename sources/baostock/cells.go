package baostock

import (
	"math"
	"strconv"

	"barkeep/etl"
)

// cell stores the text of one of the 18 columns in the builder's row d.n and
// reports whether it parses. An empty cell is null.
func (d *decoder) cell(column int, text []byte) bool {
	b, i := &d.bars, d.n
	ok := true
	switch column {
	case 0:
		b.Days[i], ok = parseDay(text)
	case 1:
		b.Symbols[i], ok = parseCode(text)
	case 2:
		b.Open[i], ok = parseFloat(text)
	case 3:
		b.High[i], ok = parseFloat(text)
	case 4:
		b.Low[i], ok = parseFloat(text)
	case 5:
		b.Close[i], ok = parseFloat(text)
	case 6:
		b.Preclose[i], ok = parseFloat(text)
	case 7:
		b.Volume[i], ok = parseInt(text)
	case 8:
		b.Amount[i], ok = parseFloat(text)
	case 9:
		ok = string(text) == "3" // anything else is not the unadjusted price asked for
	case 10:
		b.Turn[i], ok = parseFloat(text)
	case 11:
		b.Traded[i], ok = parseFlag(text)
	case 12:
		b.PctChg[i], ok = parseFloat(text)
	case 13:
		b.PeTTM[i], ok = parseFloat(text)
	case 14:
		b.PbMRQ[i], ok = parseFloat(text)
	case 15:
		b.PsTTM[i], ok = parseFloat(text)
	case 16:
		b.PcfNcfTTM[i], ok = parseFloat(text)
	case 17:
		b.IsST[i], ok = parseFlag(text)
	}
	return ok
}

func parseCode(b []byte) (etl.Symbol, bool) {
	if len(b) != 9 || b[2] != '.' {
		return 0, false
	}
	s, err := etl.ParseSymbol(string(b))
	return s, err == nil
}

func parseFlag(b []byte) (uint8, bool) {
	if len(b) == 0 {
		return etl.EmptyFlag, true
	}
	return b[0] - '0', len(b) == 1 && (b[0] == '0' || b[0] == '1')
}

func parseInt(b []byte) (int64, bool) {
	if len(b) == 0 {
		return etl.EmptyInt, true
	}
	v, err := strconv.ParseInt(string(b), 10, 64)
	return v, err == nil && b[0] != '+' && v != etl.EmptyInt
}

// parseFloat reads a plain decimal: no exponent, no plus sign, no names of
// values that are no numbers. Empty is NaN, which stands for null.
func parseFloat(b []byte) (float64, bool) {
	if len(b) == 0 {
		return math.NaN(), true
	}
	for i, c := range b {
		if (c < '0' || c > '9') && c != '.' && (c != '-' || i > 0) {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(string(b), 64)
	return v, err == nil
}

package etl

import (
	"fmt"
	"strings"
)

// Symbol identifies a security or index of the mainland exchanges. Its text is
// sh600000, sz000001 or bj920000. The value orders exactly as the text does,
// so sorting by Symbol and by its string is the same thing. The zero Symbol is
// no security.
type Symbol uint32

const (
	exchangeShift = 24 // the six-digit code needs 20 bits
	codeMask      = 1<<exchangeShift - 1
)

// Exchange is one of the three mainland exchanges, in the order of their text.
type Exchange uint8

// The exchanges.
const (
	Beijing  Exchange = 1 // bj
	Shanghai Exchange = 2 // sh
	Shenzhen Exchange = 3 // sz
)

// String returns bj, sh or sz.
func (e Exchange) String() string {
	switch e {
	case Beijing:
		return "bj"
	case Shanghai:
		return "sh"
	case Shenzhen:
		return "sz"
	}
	return "??"
}

// MakeSymbol joins an exchange and a code of 0..999999.
func MakeSymbol(e Exchange, code int) Symbol {
	return Symbol(uint32(e)<<exchangeShift | uint32(code)&codeMask)
}

// Exchange returns where the security is listed.
func (s Symbol) Exchange() Exchange { return Exchange(s >> exchangeShift) }

// Code returns the six-digit code as a number.
func (s Symbol) Code() int { return int(s & codeMask) }

// String returns the canonical text, such as sh600000.
func (s Symbol) String() string {
	return string(s.Append(make([]byte, 0, 8)))
}

// Append appends the canonical text, always 8 bytes.
func (s Symbol) Append(dst []byte) []byte {
	dst = append(dst, s.Exchange().String()...)
	return appendCode(dst, s.Code())
}

func appendCode(dst []byte, code int) []byte {
	return append(dst, byte('0'+code/100000%10), byte('0'+code/10000%10), byte('0'+code/1000%10),
		byte('0'+code/100%10), byte('0'+code/10%10), byte('0'+code%10))
}

// MarshalText writes the canonical text.
func (s Symbol) MarshalText() ([]byte, error) { return s.Append(nil), nil }

// UnmarshalText reads what ParseSymbol reads.
func (s *Symbol) UnmarshalText(text []byte) error {
	sym, err := ParseSymbol(string(text))
	if err != nil {
		return err
	}
	*s = sym
	return nil
}

// ParseSymbol reads the usual spellings, in any case: sh600000, sh.600000,
// 600000.SH, 600000.XSHG and a bare 600000. A bare code is a security, never
// an index: 000001 is sz000001, the index is sh000001.
func ParseSymbol(text string) (Symbol, error) {
	s := strings.ToLower(strings.TrimSpace(text))
	exchange, code := "", s
	switch {
	case len(s) == 8:
		exchange, code = s[:2], s[2:]
	case len(s) == 9 && s[2] == '.':
		exchange, code = s[:2], s[3:]
	case len(s) >= 9 && s[6] == '.':
		exchange, code = s[7:], s[:6]
	}
	n, ok := parseCode(code)
	if !ok {
		return 0, symbolError(text)
	}
	switch exchange {
	case "":
		return bareSymbol(n, text)
	case "sh", "ss", "xshg":
		return MakeSymbol(Shanghai, n), nil
	case "sz", "xshe":
		return MakeSymbol(Shenzhen, n), nil
	case "bj", "xbse":
		return MakeSymbol(Beijing, n), nil
	case "of": // Baostock's older spelling of exchange-traded funds
		return bareSymbol(n, text)
	}
	return 0, symbolError(text)
}

// bareSymbol finds the exchange of a security from its code's leading digits.
func bareSymbol(n int, text string) (Symbol, error) {
	head := n / 1000 // the first three digits
	switch {
	case head >= 920 && head < 930, head >= 430 && head < 440, head >= 820 && head < 899: // 899 is Beijing's indices
		return MakeSymbol(Beijing, n), nil
	case head >= 600 && head < 700, head >= 900 && head < 910, head >= 500 && head < 600,
		head >= 110 && head < 115, head == 118:
		return MakeSymbol(Shanghai, n), nil
	case head < 100, head >= 115 && head < 190, head >= 200 && head < 210, head >= 300 && head < 310:
		return MakeSymbol(Shenzhen, n), nil
	}
	return 0, fmt.Errorf("%q: no exchange lists securities with this code; add the exchange, as in sh.%06d", text, n)
}

func parseCode(s string) (int, bool) {
	if len(s) != 6 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}

func symbolError(text string) error {
	return fmt.Errorf("%q is not a symbol: write it like sh600000, sz.000001, 600000.SH or 600000", text)
}

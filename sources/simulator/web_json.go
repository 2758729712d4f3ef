package simulator

import (
	"bytes"
	"encoding/json"

	"barkeep/sources/simulator/market"
)

// appendTrimmed appends n / 10^decimals without zeros at the end of the
// fraction, as JSON numbers are written.
func appendTrimmed(b []byte, n int64, decimals int) []byte {
	b = market.AppendFixed(b, n, decimals)
	if decimals > 0 {
		b = bytes.TrimRight(b, "0")
		b = bytes.TrimSuffix(b, []byte("."))
	}
	return b
}

// appendFloat appends n / 10^decimals as appendTrimmed, with one zero at the
// least, as Eastmoney writes floating numbers: 3.5 and 0.0.
func appendFloat(b []byte, n int64, decimals int) []byte {
	from := len(b)
	b = appendTrimmed(b, n, decimals)
	if !bytes.ContainsRune(b[from:], '.') {
		b = append(b, ".0"...)
	}
	return b
}

// jsonText returns a text as JSON; letters beyond ASCII stay as they are.
func jsonText(text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil { // of a string: cannot be
		return []byte(`""`)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

package market

import (
	"bytes"
	"testing"
)

// FuzzParseRecording checks that whatever is accepted can be served: every row
// has its cells, and the rows are the text.
func FuzzParseRecording(f *testing.F) {
	row := "2024-01-02,sh.600001,10.0000,10.5000,9.9000,10.2000,10.0000,1000,10200.0000,3,0.100000,1,2.000000,1.000000,,,,0\n"
	f.Add([]byte(Header + "\n" + row))
	f.Add([]byte(Header + "\n" + row + row))
	f.Add([]byte(Header + "\n" + row[:40]))
	f.Add([]byte(Header))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, _, err := parseRecording(text, "sh.600001")
		if err != nil {
			return
		}
		var out []byte
		var row Row
		for i := range r.days {
			r.point(&row, i)
			if string(row.Cell(Date)) != r.days[i].String() || string(row.Cell(Code)) != "sh.600001" {
				t.Fatalf("row %d: %q", i, row.Text())
			}
			out = append(append(out, row.Text()...), '\n')
		}
		if !bytes.Equal(out, r.text) {
			t.Fatal("the rows are not the text")
		}
	})
}

package fields_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"barkeep/sources/fields"
)

// cell puts a text where cells are: in the middle of other bytes, or at the end
// of memory. Reading must not depend on it.
func cell(text string, middle bool) []byte {
	if !middle {
		return append(make([]byte, 0, len(text)), text...)[:len(text):len(text)]
	}
	return []byte("~" + text + "~7.5~.9-")[1 : 1+len(text)]
}

func TestDecimal(t *testing.T) {
	for _, text := range []string{"0", "0.00", "7", "10.12", "0.838", "1378.10", "-0.12", "-1", "12345678", "123456.78", "1234567.8", "9.1234567",
		"99999999", "0.0000001", "123456789", "22683725029", "1025875517700", "999999999999999", "99999999999999.9", "9.99999999999999", "0447469.3309"} {
		for _, middle := range []bool{true, false} {
			want, err := strconv.ParseFloat(text, 64)
			if got, ok := fields.Decimal(cell(text, middle)); err != nil || !ok || got != want {
				t.Errorf("%q is read as %v, %v; want %v", text, got, ok, want)
			}
			for _, rest := range []string{"", "~", "~1.5~2~~3.77~", ".1~"[2:]} {
				got, next, ok := fields.Cell([]byte("~1~"+text+rest), 3, '~')
				if !ok || got != want || next != 3+len(text)+1 {
					t.Errorf("the cell %q before %q is read as %v, %v up to %d; want %v", text, rest, got, ok, next, want)
				}
			}
		}
	}
	for _, text := range []string{"-", ".", "1.", ".5", "-.5", "1..2", "1.2.3", "1e5", "+1", " 1", "1 ", "1,2", "0x1", "NaN", "Inf", "12a4", "--1", "1-",
		"1234567890123456", "123456789012345.6", "１", "/", ":", "\x00", "1\x000", "\xb0", "12.\xff", "123456/8", "1234567:"} {
		for _, middle := range []bool{true, false} {
			if got, ok := fields.Decimal(cell(text, middle)); ok {
				t.Errorf("%q is read as %v", text, got)
			}
		}
		if got, next, ok := fields.Cell([]byte(text+"~1.00~2.00~"), 0, '~'); ok || next != len(text)+1 {
			t.Errorf("the cell %q is read as %v up to %d", text, got, next)
		}
	}
	for _, rest := range []string{"", "~", "~12345678~"} {
		if got, next, ok := fields.Cell([]byte("1~"+rest), 2, '~'); !ok || !math.IsNaN(got) || next != 3 {
			t.Errorf("an empty cell is read as %v, %v up to %d", got, ok, next)
		}
	}
	if got, ok := fields.Decimal(nil); !ok || !math.IsNaN(got) {
		t.Errorf("an empty cell is read as %v, %v", got, ok)
	}
}

func TestPrice(t *testing.T) {
	for text, want := range map[string]float64{"10.12": 10.12, "0.01": 0.01, "1378": 1378} {
		if got, ok := fields.Price([]byte(text)); !ok || got != want {
			t.Errorf("%q is read as %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "0", "0.00", "0.000", "-0.00"} {
		if got, ok := fields.Price([]byte(text)); !ok || !math.IsNaN(got) {
			t.Errorf("%q is read as %v, %v; want no price", text, got, ok)
		}
	}
	for _, text := range []string{"-1", "-0.01", "x", "1e3"} {
		if got, ok := fields.Price([]byte(text)); ok {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestInteger(t *testing.T) {
	for _, text := range []string{"0", "7", "00012", "-1", "12345678", "-12345678", "123456789", "999999999999999999", "-999999999999999999"} {
		for _, middle := range []bool{true, false} {
			want, err := strconv.ParseInt(text, 10, 64)
			if got, ok := fields.Integer(cell(text, middle)); err != nil || !ok || got != want {
				t.Errorf("%q is read as %v, %v; want %v", text, got, ok, want)
			}
		}
	}
	for _, text := range []string{"", "-", "1.0", "1.5", "1e3", "1234567890123456789", " 1", "+1", "a", "12345a7"} {
		for _, middle := range []bool{true, false} {
			if got, ok := fields.Integer(cell(text, middle)); ok {
				t.Errorf("%q is read as %v", text, got)
			}
		}
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 7, 22, 8, 14, 3, 0, time.UTC)
	if got, ok := fields.Time([]byte("20260722161403")); !ok || !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("got %v, %v", got, ok)
	}
	if got, ok := fields.DateTime([]byte("2026-07-22"), []byte("16:14:03")); !ok || !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("got %v, %v", got, ok)
	}
	for _, text := range []string{"", "2026072216140", "202607221614030", "20260229161403", "20261301000000", "20260700000000", "20260722240000",
		"20260722236000", "20260722235960", "19890722161403", "2026-7-2216140", "00000000000000", "2026072216140x"} {
		if got, ok := fields.Time([]byte(text)); ok {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	for _, text := range []string{"2026-07-22 16.14.03", "2026/07/22 16:14:03", "2026-02-30 16:14:03", "2026-07-22 24:00:00", "2026-07-22 1:14:03", " "} {
		date, clock, _ := strings.Cut(text, " ")
		if got, ok := fields.DateTime([]byte(date), []byte(clock)); ok {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func gbk(t testing.TB, text string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNames(t *testing.T) {
	var names fields.Names
	// The bytes of 山水思通 in GB18030 are valid UTF-8 as well: four letters of two bytes.
	for _, want := range []string{"样例股份", "南 京 港", "万  科Ａ", "XD样例茅", "N样例", "*ST样例", "山水思通", "联通", "ABC", "", "㐀㐁", "𠀀样"} {
		for _, raw := range [][]byte{gbk(t, want), []byte(want)} {
			for range 2 { // the second time from memory
				if got, err := names.Text(raw); err != nil || got != want {
					t.Errorf("% x is read as %q, %v; want %q", raw, got, err, want)
				}
			}
		}
	}
	for name, raw := range map[string][]byte{
		"neither code": {0xd1, 0xf9, 0xff}, "half a letter": {0xd1}, "a line feed": []byte("样\n例"), "too long": []byte(strings.Repeat("样", 40)),
	} {
		if got, err := names.Text(raw); err == nil {
			t.Errorf("%s is read as %q", name, got)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	for _, text := range []string{"10.12", "-0.5", "0", "", "12345678", "123456.7", "1.", ".1", "1234567890123456", "1e3", "-", "12..3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		digits := strings.TrimPrefix(text, "-")
		whole, part, point := strings.Cut(digits, ".")
		plain := strings.Trim(whole+part, "0123456789") == "" && whole != "" && (!point || part != "")
		for _, middle := range []bool{true, false} {
			b := cell(text, middle)
			got, ok := fields.Decimal(b)
			if want := plain && len(whole)+len(part) <= 15; text != "" && ok != want {
				t.Fatalf("%q is read as %v, %v", text, got, ok)
			}
			if want, err := strconv.ParseFloat(text, 64); ok && text != "" && (err != nil || got != want) {
				t.Fatalf("%q is read as %v, want %v, %v", text, got, want, err)
			}
			if !strings.Contains(text, "~") {
				for _, rest := range []string{"", "~", "~.25~12345~"} {
					same, next, cellOK := fields.Cell([]byte(text+rest), 0, '~')
					if cellOK != ok || next != len(text)+1 || ok && same != got && text != "" {
						t.Fatalf("the cell %q before %q is read as %v, %v up to %d; want %v, %v", text, rest, same, cellOK, next, got, ok)
					}
				}
			}
			n, ok := fields.Integer(b)
			if want := plain && !point && len(whole) <= 18; ok != want {
				t.Fatalf("%q is read as %v, %v", text, n, ok)
			}
			if want, err := strconv.ParseInt(text, 10, 64); ok && (err != nil || n != want) {
				t.Fatalf("%q is read as %v, want %v, %v", text, n, want, err)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte("20260722161403"))
	f.Add([]byte("2026-07-2216:14:03"))
	f.Add(gbk(f, "样例股份"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		shanghai := time.FixedZone("", 8*3600)
		if got, ok := fields.Time(raw); ok {
			if want, err := time.ParseInLocation("20060102150405", string(raw), shanghai); err != nil || !got.Equal(want) {
				t.Fatalf("%q is read as %v, want %v, %v", raw, got, want, err)
			}
		}
		if cut := min(10, len(raw)); true {
			if got, ok := fields.DateTime(raw[:cut], raw[cut:]); ok {
				if want, err := time.ParseInLocation("2006-01-0215:04:05", string(raw), shanghai); err != nil || !got.Equal(want) {
					t.Fatalf("%q is read as %v, want %v, %v", raw, got, want, err)
				}
			}
		}
		var names fields.Names
		if text, err := names.Text(raw); err == nil && strings.ToValidUTF8(text, "") != text {
			t.Fatalf("% x is read as %q", raw, text)
		}
	})
}

// BenchmarkCell reads prices of different lengths; its alternatives are Decimal,
// digit by digit, and strconv.ParseFloat.
func BenchmarkCell(b *testing.B) {
	prices, _ := prices()
	sum := 0.0
	for b.Loop() {
		for i := 0; i < len(prices); {
			v, next, _ := fields.Cell(prices, i, '~')
			sum += v
			i = next
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*1024), "ns/cell")
}

func BenchmarkDecimal(b *testing.B) {
	_, prices := prices()
	sum := 0.0
	for b.Loop() {
		for _, price := range prices {
			v, _ := fields.Decimal(price)
			sum += v
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*1024), "ns/cell")
}

func BenchmarkParseFloat(b *testing.B) {
	_, prices := prices()
	sum := 0.0
	for b.Loop() {
		for _, price := range prices {
			v, _ := strconv.ParseFloat(string(price), 64)
			sum += v
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*1024), "ns/cell")
}

// prices makes up 1,024 of them, as one text and apart.
func prices() (text []byte, cells [][]byte) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1024 {
		start := len(text)
		text = strconv.AppendFloat(text, random.ExpFloat64()*30, 'f', 2, 64)
		cells = append(cells, slices.Clone(text[start:]))
		text = append(text, '~')
	}
	return text, cells
}

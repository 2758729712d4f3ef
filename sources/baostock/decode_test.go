package baostock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow/array"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/baostock/wire"
)

var marketDay = etl.Request{Shape: etl.MarketDay, From: schedules.MakeDay(2026, 9, 28), To: schedules.MakeDay(2026, 9, 28)}

// marketRows makes rows of a believable market, as text.
func marketRows(n int) [][]string {
	r := rand.New(rand.NewPCG(3, 4))
	rows := make([][]string, n)
	price := func(p float64) string { return fmt.Sprintf("%.2f00", p) }
	for i := range rows {
		p := 2 + r.ExpFloat64()*20
		volume := r.IntN(1e8)
		rows[i] = []string{"2026-09-28", fmt.Sprintf("s%c.%06d", "hz"[i*2/max(n, 1)], 1000+i),
			price(p), price(p * 1.02), price(p * .97), price(p * 1.01), price(p * .99),
			fmt.Sprint(volume), fmt.Sprintf("%.2f00", float64(volume)*p), "3",
			fmt.Sprintf("%.4f00", r.ExpFloat64()), "1", fmt.Sprintf("%.4f00", r.NormFloat64()*2),
			fmt.Sprintf("%.6f", r.NormFloat64()*60), fmt.Sprintf("%.6f", r.ExpFloat64()*3),
			fmt.Sprintf("%.6f", r.ExpFloat64()*4), fmt.Sprintf("%.6f", r.NormFloat64()*20), "0"}
		if r.IntN(300) == 0 { // suspended, in the form used since 2021-11-24
			rows[i][7], rows[i][8], rows[i][10], rows[i][11], rows[i][12] = "", "", "", "0", ""
		}
	}
	return rows
}

func payloadOf(rows [][]string) []byte {
	if len(rows) == 0 {
		return nil
	}
	b, err := json.Marshal(map[string][][]string{"record": rows})
	if err != nil {
		panic(err)
	}
	return b
}

func marketFrame(rows [][]string) []byte {
	body := []byte("0\x01success\x01query_daily_history_k_AStock\x01anonymous\x01")
	body = append(body, payloadOf(rows)...)
	body = append(body, "\x01"+wire.DailyColumns...)
	return wire.AppendAnswer(nil, "00.9.00", "99", body)
}

func answerOf(r etl.Request, payload []byte, columnList string) *answer {
	return &answer{request: r, pages: []page{{payload: payload, rows: countRows(payload, true), columns: columns([]byte(columnList))}}}
}

func TestDecodeEqualsGeneralParser(t *testing.T) {
	rows := marketRows(700)
	batch, err := answerOf(marketDay, payloadOf(rows), wire.DailyColumns).Decode()
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Record.Release()
	// The tolerant decoder uses strconv; blanks keep the fast one away.
	spaced := bytes.ReplaceAll(payloadOf(rows), []byte(`],[`), []byte("] ,\n["))
	slow, err := answerOf(marketDay, spaced, wire.DailyColumns).Decode()
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Record.Release()
	for i := range int(batch.Record.NumCols()) {
		if name := batch.Record.ColumnName(i); name != "fetched_at" && !array.Equal(batch.Record.Column(i), slow.Record.Column(i)) {
			t.Errorf("column %s differs between the fast and the tolerant decoder", name)
		}
	}
	if batch.Record.NumRows() != 700 || len(batch.Symbols) != 700 || len(batch.Flaws) != 0 {
		t.Errorf("%d rows, %d symbols, flaws %v", batch.Record.NumRows(), len(batch.Symbols), batch.Flaws)
	}
	if got, want := batch.Raw(5), strings.Join(rows[5], ","); got != want {
		t.Errorf("raw row 5 is %s, want %s", got, want)
	}
}

func TestFastDecoderIsUsed(t *testing.T) {
	rows := marketRows(700)
	d := decoder{request: marketDay}
	d.bars.SetLen(len(rows))
	if !d.compact(answerOf(marketDay, payloadOf(rows), wire.DailyColumns).pages[0]) {
		t.Errorf("an ordinary answer went to the slow decoder at row %d: %q", d.n, rows[min(d.n, 699)])
	}
}

func TestSuspendedFormsBecomeOne(t *testing.T) {
	day := schedules.MakeDay(2021, 2, 18)
	r := etl.Request{Shape: etl.SecurityRange, Symbol: etl.MakeSymbol(etl.Shanghai, 600515), From: day, To: day}
	text := func(volume, amount, pct string) []byte {
		return payloadOf([][]string{{"2021-02-18", "sh.600515", "7.1500", "7.1500", "7.1500", "7.1500", "7.1500", volume, amount, "3", "", "0", pct, "-29.102019", "1.159317", "3.232119", "-11.205597", "0"}})
	}
	for _, form := range [][]byte{text("0", "0.0000", "0.000000"), text("", "", "")} {
		batch, err := answerOf(r, form, wire.DailyColumns).Decode()
		if err != nil {
			t.Fatal(err)
		}
		row := batch.Record
		turn := row.Column(9).(*array.Float64)
		if row.Column(7).(*array.Int64).Value(0) != 0 || row.Column(8).(*array.Float64).Value(0) != 0 ||
			!turn.IsNull(0) || row.Column(10).(*array.Boolean).Value(0) ||
			row.Column(11).IsNull(0) || row.Column(11).(*array.Float64).Value(0) != 0 || len(batch.Flaws) != 0 {
			t.Errorf("%s decodes to %v, flaws %v", form, row, batch.Flaws)
		}
		row.Release()
	}
}

func TestDecodeTolerates(t *testing.T) {
	rows := marketRows(3)
	plain := string(payloadOf(rows))
	for name, tc := range map[string]struct{ payload, columns string }{
		"blanks in the column list": {plain, strings.ReplaceAll(wire.DailyColumns, ",", ", \t")},
		"upper case columns":        {plain, strings.ToUpper(wire.DailyColumns)},
		"line breaks":               {strings.ReplaceAll(plain, `","`, "\",\n\""), wire.DailyColumns},
		"raw control characters":    {strings.Replace(plain, `"0"]`, "\"0\n\"]", 1), wire.DailyColumns},
		"escapes":                   {strings.Replace(plain, `"sh.001000"`, `"s\u0068.001000"`, 1), wire.DailyColumns},
		"a further column":          {strings.ReplaceAll(plain, `["2026`, `["new","2026`), "extra," + wire.DailyColumns},
	} {
		batch, err := answerOf(marketDay, []byte(tc.payload), tc.columns).Decode()
		if err != nil || batch.Record.NumRows() != 3 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, empty := range map[string]string{"empty": "", "empty table": `{"record":[]}`} {
		batch, err := answerOf(marketDay, []byte(empty), wire.DailyColumns).Decode()
		if err != nil || batch.Record.NumRows() != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	change := func(row, column int, text string) []byte {
		rows := marketRows(5)
		rows[row][column] = text
		return payloadOf(rows)
	}
	twice := marketRows(5)
	twice[3] = twice[2]
	swapped := marketRows(5)
	swapped[3], swapped[2] = swapped[2], swapped[3]
	short := marketRows(5)
	short[4] = short[4][:17]
	plain := payloadOf(marketRows(5))
	for name, tc := range map[string]struct {
		payload []byte
		want    string
	}{
		"another day":         {change(2, 0, "2026-09-29"), "2026-09-29"},
		"no date":             {change(2, 0, "2026-13-01"), "2026-13-01"},
		"no code":             {change(2, 1, "sh.60000x"), "sh.60000x"},
		"garbage price":       {change(4, 2, "1.2.3"), "1.2.3"},
		"exponent":            {change(4, 2, "1e5"), "1e5"},
		"infinity":            {change(4, 2, "Inf"), "Inf"},
		"hexadecimal":         {change(4, 2, "0x1p4"), "0x1p4"},
		"fraction of a share": {change(0, 7, "100.5"), "100.5"},
		"adjusted prices":     {change(0, 9, "2"), "adjustflag"},
		"flag":                {change(0, 11, "7"), "tradestatus"},
		"repeated row":        {payloadOf(twice), "comes after"},
		"unsorted rows":       {payloadOf(swapped), "comes after"},
		"short row":           {payloadOf(short), "17 cells"},
		"cut":                 {plain[:len(plain)-40], "string does not end"},
		"garbage":             {[]byte("<html>"), "byte 0"},
		"more behind":         {append(bytes.Clone(plain), "{}"...), "follows the end"},
	} {
		_, err := answerOf(marketDay, tc.payload, wire.DailyColumns).Decode()
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), marketDay.String()) {
			t.Errorf("%s: %v; want the request and %q named", name, err, tc.want)
		}
	}
}

func TestEmptyCellsAreFlaws(t *testing.T) {
	rows := marketRows(4)
	rows[1][5], rows[3][7] = "", ""
	batch, err := answerOf(marketDay, payloadOf(rows), wire.DailyColumns).Decode()
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Record.Release()
	want := []etl.Flaw{{Row: 1, Reason: "close is empty"}, {Row: 3, Reason: "volume is empty"}}
	if fmt.Sprint(batch.Flaws) != fmt.Sprint(want) {
		t.Errorf("flaws %v, want %v", batch.Flaws, want)
	}
}

func TestNumbersEqualStrconv(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200_000 {
		decimals := []int{4, 6}[r.IntN(2)]
		v := (r.Float64() - .5) * math.Pow(10, float64(r.IntN(13)))
		text := fmt.Sprintf("%.*f", decimals, v)
		cell := append([]byte(`12345678"`+text+`","`), make([]byte, 40)...)
		want, ok := parseFloat([]byte(text))
		got, next := fixed(cell, 9, decimals)
		short := map[int]func([]byte, int) (float64, int){4: price, 6: ratio}[decimals]
		if v, n := short(cell, 9); n != next || v != got || math.Signbit(v) != math.Signbit(got) {
			t.Fatalf("%s reads as %v by price or ratio, as %v by fixed", text, v, got)
		}
		if next >= 0 && (!ok || got != want || math.Signbit(got) != math.Signbit(want) || next != 9+len(text)+3) {
			t.Fatalf("%s reads as %v, strconv says %v", text, got, want)
		}
		if next < 0 && len(strings.TrimPrefix(text, "-"))-decimals <= 9 {
			t.Fatalf("%s was left to the slow decoder", text)
		}
	}
}

func FuzzPayload(f *testing.F) {
	f.Add(payloadOf(marketRows(3)))
	f.Add([]byte(`{"record":[]}`))
	f.Add([]byte("{\"record\":[[\"a\\u4e2d\n\",\"\"],\n[\"b\",\"c\"]]}"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if !utf8.Valid(payload) {
			return // package wire refuses such a body
		}
		answerOf(marketDay, payload, wire.DailyColumns).Decode()
		// Whatever encoding/json accepts in this shape must decode to the same
		// cells, control characters apart.
		var want struct {
			Record [][]string `json:"record"`
		}
		strict := json.NewDecoder(bytes.NewReader(payload))
		strict.DisallowUnknownFields()
		if strict.Decode(&want) != nil || !bytes.HasPrefix(payload, []byte(`{"record":[`)) {
			return
		}
		n := 0
		err := eachRow(payload, func(cells [][]byte) error {
			for i, c := range cells {
				if n < len(want.Record) && i < len(want.Record[n]) && string(c) != dropControls(want.Record[n][i]) {
					t.Fatalf("row %d cell %d is %q, want %q", n, i, c, want.Record[n][i])
				}
			}
			n++
			return nil
		})
		if err == nil && n != len(want.Record) {
			t.Fatalf("%d rows, want %d", n, len(want.Record))
		}
	})
}

func dropControls(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, s)
}

// BenchmarkDecode measures one whole-market answer from the bytes of its frame
// to an Arrow record, beside the same with the standard library's zlib and JSON.
func BenchmarkDecode(b *testing.B) {
	const rows = 5200
	frame := marketFrame(marketRows(rows))
	rate := func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(frame)))
		b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	}
	b.Run("barkeep", func(b *testing.B) {
		src := bytes.NewReader(frame)
		r := wire.NewReader(src, wire.Limits{Frame: 32 << 20, Body: 32 << 20})
		for b.Loop() {
			src.Reset(frame)
			a, err := r.Read()
			if err != nil {
				b.Fatal(err)
			}
			fields := bytes.Split(a.Body, []byte{wire.Sep})
			answer := answerOf(marketDay, fields[4], string(fields[5]))
			answer.pages[0].body = a.Body
			batch, err := answer.Decode()
			if err != nil || batch.Record.NumRows() != rows {
				b.Fatal(err)
			}
			batch.Record.Release()
			answer.Release()
		}
		rate(b)
	})
	b.Run("standard-library", func(b *testing.B) { benchmarkStandard(b, frame, rows); rate(b) })
}

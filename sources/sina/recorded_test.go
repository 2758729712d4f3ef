package sina_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules/recorded"
	"barkeep/sources/sina"
)

// recordedFile reads one of the recorded answers.
func recordedFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(recorded.Dir(t), "quotes", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// askedIn lists the symbols of a body's statements in their order.
func askedIn(t *testing.T, body []byte) (symbols []etl.Symbol) {
	for _, line := range bytes.Split(body, []byte("\n")) {
		if name, _, ok := bytes.Cut(bytes.TrimPrefix(line, []byte("var hq_str_")), []byte("=")); ok {
			if s, err := etl.ParseSymbol(string(name)); err == nil {
				symbols = append(symbols, s)
			}
		}
	}
	return symbols
}

// TestRecordedAnswer reads an answer for 850 symbols, taken in a lunch break.
func TestRecordedAnswer(t *testing.T) {
	body := recordedFile(t, "raw/SinaRTData.dat")
	symbols := askedIn(t, body)
	answer, missing := take(body, symbols...)
	if len(symbols) != 850 || len(answer.Quotes) != 832 || len(answer.Unknown) != 18 || len(answer.Refused) != 0 || len(missing) != 0 {
		t.Fatalf("%d symbols: %d quotes, %d unknown, refused %v, missing %v", len(symbols), len(answer.Quotes), len(answer.Unknown), answer.Refused, missing)
	}
	lunch := time.Date(2022, 11, 22, 3, 30, 0, 0, time.UTC) // 11:30 in Shanghai
	states, old := map[etl.QuoteStatus]int{}, 0
	for _, q := range answer.Quotes {
		states[q.Status]++
		switch q.Status {
		case etl.Trading:
			if d := lunch.Sub(q.Time); d > 24*time.Hour {
				old++
			} else if d < 0 || d > time.Minute {
				t.Errorf("%s: time %v", q.Symbol, q.Time)
			}
			if !(q.Last > 0 && q.Open > 0 && q.High >= q.Low && q.Preclose > 0 && q.Volume > 0 && q.Amount > 0) {
				t.Errorf("%s: %+v", q.Symbol, q)
			}
		default:
			if q.Last == q.Last || q.Volume != 0 || q.Bids[0].Price == q.Bids[0].Price || (q.Preclose > 0) != (q.Status == etl.Suspended) {
				t.Errorf("%s: %+v", q.Symbol, q)
			}
		}
	}
	want := map[etl.QuoteStatus]int{etl.Trading: 818, etl.Delisted: 10, etl.Suspended: 3, etl.NotListed: 1}
	for s, n := range want {
		if states[s] != n {
			t.Errorf("%d quotes are %v, want %d", states[s], s, n)
		}
	}
	if old != 8 {
		t.Errorf("%d quotes trade on a day long ago, want 8", old)
	}
	compareWithNaive(t, body, answer.Quotes)
}

// compareWithNaive compares every number with the plain reader's.
func compareWithNaive(t *testing.T, body []byte, quotes []etl.Quote) {
	t.Helper()
	plain, err := naive(body, received)
	if err != nil || len(plain) != len(quotes) {
		t.Fatalf("%d plain quotes, want %d: %v", len(plain), len(quotes), err)
	}
	for i, q := range quotes {
		plain[i].Status = q.Status
		if d := differ(q, plain[i]); d != "" {
			t.Errorf("%s: %s differs: %+v, plainly %+v", q.Symbol, d, q, plain[i])
		}
	}
}

// TestRecordedRows reads single rows of 2019 to 2026, and what is known of them.
func TestRecordedRows(t *testing.T) {
	served := map[string]func(q etl.Quote) bool{
		"sh600396": func(q etl.Quote) bool {
			return q.Last == 16.41 && q.Volume == 341780059 && q.Amount == 5352355411 && q.AfterHoursVolume == 402000 && q.AfterHoursAmount == 6596820 &&
				q.Bids[0] == etl.Level{Price: 16.41, Quantity: 6409200} && q.Asks[0].Price != q.Asks[0].Price
		},
		"sz000001": func(q etl.Quote) bool {
			return q.Last == 11.08 && q.AfterHoursVolume == 21253 && q.AfterHoursAmount == 235483.24 && q.Time.Equal(time.Date(2026, 7, 23, 7, 36, 0, 0, time.UTC))
		},
		"bj920118": func(q etl.Quote) bool {
			return q.Last == 17.26 && q.Volume == 588716 && q.Amount == 9976849.67 && q.AfterHoursVolume == 0 && q.Asks[4] == etl.Level{Price: 17.32, Quantity: 1200}
		},
		"sz162411": func(q etl.Quote) bool {
			return q.Last == .491 && q.Low == .488 && q.Bids[4] == etl.Level{Price: .486, Quantity: 357900}
		},
		"sz160922": func(q etl.Quote) bool {
			return q.Status == etl.Trading && q.Last != q.Last && q.Preclose == 1.074 && q.Bids[1].Quantity == 7500
		},
		"sz160924": func(q etl.Quote) bool { return q.Status == etl.Trading && q.Last != q.Last && q.Asks[0].Price == 1.077 },
		"sh688047": func(q etl.Quote) bool {
			return q.Last == 119.62 && q.Volume == 8256723 && q.Asks[0].Price != q.Asks[0].Price
		},
		"sh688099": func(q etl.Quote) bool {
			return q.Last == 87.39 && q.AfterHoursVolume == 2800 && q.AfterHoursAmount == 244720
		},
		"sz002475": func(q etl.Quote) bool {
			return q.Last == 58.05 && q.AfterHoursVolume == 54824 && q.AfterHoursAmount == 3182533.2
		},
		"sh000001": func(q etl.Quote) bool {
			return q.Last == 3876.7774 && q.Open == 3868.0871 && q.Volume == 56212260100 && q.Amount == 1025875517700 && q.Bids[0].Price != q.Bids[0].Price
		},
	}
	for _, file := range []string{"snippets/sina_list.gb18030.txt", "snippets/sina_list.utf8.txt"} {
		body := recordedFile(t, file)
		symbols := askedIn(t, body)
		answer, missing := take(body, symbols...)
		if len(symbols) != 12 || len(answer.Quotes) != len(served) || len(missing) != 0 {
			t.Errorf("%s: %d of %d symbols served, refused %v, missing %v", file, len(answer.Quotes), len(symbols), answer.Refused, missing)
		}
		for _, q := range answer.Quotes {
			if check := served[q.Symbol.String()]; check == nil || !check(q) {
				t.Errorf("%s: %s: %+v", file, q.Symbol, q)
			}
		}
		if len(answer.Unknown) != 1 || answer.Unknown[0].String() != "sz160923" {
			t.Errorf("%s: unknown are %v", file, answer.Unknown)
		}
		// The book of this row was replaced by zeros, its best prices were not.
		if len(answer.Refused) != 1 || answer.Refused[0].Symbol.String() != "bj920000" || !strings.Contains(answer.Refused[0].Reason, "fields 6 and 7") {
			t.Errorf("%s: refused %v", file, answer.Refused)
		}
		body = bytes.Replace(body, []byte("11.700,11.710,1056462"), []byte("0,0,1056462"), 1)
		if answer, _ = take(body, symbols...); len(answer.Refused) != 0 {
			t.Errorf("%s: refused %v", file, answer.Refused)
		}
	}
}

// TestRecordedNames compares names with the decoded rows of the manifest.
func TestRecordedNames(t *testing.T) {
	names := map[string]string{}
	for _, line := range bytes.Split(bytes.TrimSpace(recordedFile(t, "snippets/MANIFEST.jsonl")), []byte("\n")) {
		var entry struct{ Source, Symbol, Text string }
		if err := json.Unmarshal(line, &entry); err != nil {
			t.Fatal(err)
		}
		if _, text, ok := strings.Cut(entry.Text, `="`); ok && entry.Source == "sina list" {
			names[entry.Symbol], _, _ = strings.Cut(text, ",")
		}
	}
	body := recordedFile(t, "snippets/sina_list.gb18030.txt")
	answer, _ := take(body, askedIn(t, body)...)
	for _, q := range answer.Quotes {
		if want, ok := names[q.Symbol.String()]; !ok || q.Name != want {
			t.Errorf("%s is called %q, want %q", q.Symbol, q.Name, want)
		}
	}
}

// TestRecordedPages reads rows of market pages with text and with numbers.
func TestRecordedPages(t *testing.T) {
	for file, want := range map[string]string{
		"snippets/sina_node_rows_2019.json":       "sh600519 sh603383 sh600486",
		"snippets/sina_node_rows_2026-09-16.json": "bj920298 sh600519",
	} {
		symbols, err := sina.PageSymbols(recordedFile(t, file))
		if got := list(symbols); err != nil || got != want {
			t.Errorf("%s: %s, %v", file, got, err)
		}
	}
}

// list joins symbols.
func list(symbols []etl.Symbol) string {
	var texts []string
	for _, s := range symbols {
		texts = append(texts, s.String())
	}
	return strings.Join(texts, " ")
}

package tencent_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"barkeep/etl"
	"barkeep/schedules/recorded"
	"barkeep/sources/tencent"
)

// compareWithSplit parses an answer of securities that trade, or do not trade at
// all, and compares it with the alternative.
func compareWithSplit(t *testing.T, symbols []etl.Symbol, body []byte) map[etl.QuoteStatus]int {
	t.Helper()
	var r tencent.Reply
	if err := r.Read(symbols, body, received); err != nil {
		t.Fatal(err)
	}
	for _, q := range append(r.Refused(), r.Strays()...) {
		t.Errorf("refused: %v: %s", &q, q.Raw)
	}
	if missing := r.Missing(); len(missing) > 0 || r.Cut() || r.None() {
		t.Errorf("missing %v, cut %v, none %v", missing, r.Cut(), r.None())
	}
	want := splitParse(t, body)
	if len(want) != len(r.Quotes()) {
		t.Fatalf("%d quotes, want %d", len(r.Quotes()), len(want))
	}
	states := map[etl.QuoteStatus]int{}
	for i, got := range r.Quotes() {
		want := want[i]
		states[got.Status]++
		if want.Status = got.Status; want.Volume == 0 && want.Status != etl.CallAuction {
			want.Last = none // the previous close
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Symbol, diff)
		}
	}
	return states
}

func TestRecordedMarket(t *testing.T) {
	body, err := os.ReadFile(filepath.Join(recorded.Dir(t), "quotes", "raw", "TengxunRTData.dat"))
	if err != nil {
		t.Fatal(err)
	}
	var symbols []etl.Symbol
	for _, statement := range bytes.Split(body, []byte("v_"))[1:] {
		symbols = append(symbols, symbol(t, string(statement[:8])))
	}
	states := compareWithSplit(t, symbols, body)
	want := map[etl.QuoteStatus]int{etl.Trading: 884, etl.Suspended: 3, etl.Delisted: 12, etl.NotListed: 1}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

// snippet is one line of the manifest of recorded rows.
type snippet struct{ Source, Symbol, Captured, Kind, Note, Text string }

func snippets(t *testing.T) []snippet {
	t.Helper()
	f, err := os.Open(filepath.Join(recorded.Dir(t), "quotes", "snippets", "MANIFEST.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []snippet
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var one snippet
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		if one.Source == "tencent q" {
			list = append(list, one)
		}
	}
	return list
}

func TestRecordedRows(t *testing.T) {
	list := snippets(t)
	if len(list) != 18 {
		t.Fatalf("%d rows, want 18", len(list))
	}
	parsed := 0
	for _, one := range list {
		s, err := etl.ParseSymbol(one.Symbol)
		_, text, _ := strings.Cut(strings.TrimSuffix(one.Text, `";`), `="`)
		fields := strings.Split(text, "~")
		if short := err != nil || len(fields) < 50; short {
			var r tencent.Reply
			err := r.Read([]etl.Symbol{s}, gbk(t, one.Text), received)
			if err != nil || len(r.Quotes()) > 0 || len(r.Refused())+len(r.Strays()) == 0 && !r.None() {
				t.Errorf("%s of %s has %d fields and is taken for a row: %v", one.Symbol, one.Captured, len(fields), err)
			}
			continue
		}
		got, problem := parseOne(t, s, one.Text)
		if problem != "" {
			t.Errorf("%s of %s: refused: %s", one.Symbol, one.Captured, problem)
			continue
		}
		want := splitQuote(t, s, fields)
		if strings.HasPrefix(one.Note, "call auction") {
			want.Status = etl.CallAuction
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", one.Symbol, one.Captured, diff)
		}
		parsed++
	}
	if parsed != 13 {
		t.Errorf("%d rows were parsed, want 13", parsed)
	}
}

package tencent_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/sources/tencent"
)

func TestReplies(t *testing.T) {
	a, b, c := symbol(t, "sz003997"), symbol(t, "sh603998"), symbol(t, "bj920999")
	asked := []etl.Symbol{a, b, c}
	all := row(a, nil, 0) + row(b, nil, 0) + row(c, nil, 0)
	none := `v_pv_none_match="1";` + "\n"
	for name, test := range map[string]struct {
		body    string
		quotes  []etl.Symbol
		refused []etl.Symbol
		missing []etl.Symbol
		strays  int
		none    bool
		cut     bool
	}{
		"all":                      {body: all, quotes: asked},
		"without line feeds":       {body: strings.ReplaceAll(all, "\n", ""), quotes: asked},
		"with carriage returns":    {body: strings.ReplaceAll(all, "\n", "\r\n"), quotes: asked},
		"in another order":         {body: row(c, nil, 0) + row(a, nil, 0) + row(b, nil, 0), quotes: []etl.Symbol{c, a, b}},
		"one left out":             {body: row(a, nil, 0) + row(c, nil, 0), quotes: []etl.Symbol{a, c}, missing: []etl.Symbol{b}},
		"none known":               {body: none, missing: asked, none: true},
		"none known, the old way":  {body: "pv_none_match=1;", missing: asked, none: true},
		"none known behind a row":  {body: row(b, nil, 0) + none, quotes: []etl.Symbol{b}, missing: []etl.Symbol{a, c}, none: true},
		"none known between rows":  {body: row(a, nil, 0) + none + row(b, nil, 0), quotes: []etl.Symbol{a, b}, missing: []etl.Symbol{c}, none: true},
		"empty":                    {body: "", missing: asked},
		"cut inside a row":         {body: all[:len(all)-50], quotes: []etl.Symbol{a, b}, missing: []etl.Symbol{c}, cut: true},
		"cut before the semicolon": {body: all[:len(all)-2], quotes: []etl.Symbol{a, b}, missing: []etl.Symbol{c}, cut: true},
		"a page of something else": {body: "<html><body>busy</body></html>", missing: asked, cut: true},
		"a row nobody asked for":   {body: row(symbol(t, "sz003996"), nil, 0) + all, quotes: asked, strays: 1},
		"a short row":              {body: strings.Replace(all, "v_sz", "v_s_sz", 1), quotes: []etl.Symbol{b, c}, missing: []etl.Symbol{a}, strays: 1},
		"a row of another country": {body: `v_hk00700="100~x~00700~";` + all, quotes: asked, strays: 1},
		"a negative code":          {body: `v_sz-00700="100~x~00700~";` + all, quotes: asked, strays: 1},
		"text between the rows":    {body: row(a, nil, 0) + "busy" + row(b, nil, 0) + row(c, nil, 0), quotes: []etl.Symbol{a, c}, missing: []etl.Symbol{b}, strays: 1},
		"a row twice":              {body: all + row(b, nil, 0), quotes: asked},
		"a row twice, differing":   {body: all + row(b, cells{1: "别"}, 0), quotes: []etl.Symbol{a, c}, refused: []etl.Symbol{b}},
		"three different rows":     {body: row(b, cells{1: "乙"}, 0) + all + row(b, cells{1: "别"}, 0), quotes: []etl.Symbol{a, c}, refused: []etl.Symbol{b}},
		"a bad row and a good one": {body: row(b, cells{3: "?"}, 0) + all, quotes: []etl.Symbol{a, c}, refused: []etl.Symbol{b}},
		"a bad row":                {body: row(a, cells{3: "?"}, 0) + row(b, nil, 0) + row(c, nil, 0), quotes: []etl.Symbol{b, c}, refused: []etl.Symbol{a}},
		"half of two rows as one":  {body: all[:200] + all[len(row(a, nil, 0))+100:], quotes: []etl.Symbol{c}, refused: []etl.Symbol{a}, missing: []etl.Symbol{b}},
	} {
		var r tencent.Reply
		if err := r.Read(asked, gbk(t, test.body), received); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var quotes, refused []etl.Symbol
		for _, q := range r.Quotes() {
			quotes = append(quotes, q.Symbol)
		}
		for _, q := range r.Refused() {
			refused = append(refused, q.Symbol)
		}
		if !slices.Equal(quotes, test.quotes) || !slices.Equal(refused, test.refused) || !slices.Equal(r.Missing(), test.missing) ||
			len(r.Strays()) != test.strays || r.None() != test.none || r.Cut() != test.cut {
			t.Errorf("%s: quotes %v, refused %v, missing %v, %d strays, none %v, cut %v", name, quotes, refused, r.Missing(), len(r.Strays()), r.None(), r.Cut())
		}
	}
}

func TestRefusedRowIsKeptAsText(t *testing.T) {
	s := symbol(t, "sz003997")
	var r tencent.Reply
	if err := r.Read([]etl.Symbol{s}, gbk(t, row(s, cells{3: "?"}, 0)), received); err != nil {
		t.Fatal(err)
	}
	if raw := r.Refused()[0].Raw; !strings.HasPrefix(raw, `v_sz003997="51~样例股份~003997~?~10.00~`) {
		t.Errorf("the row was kept as %q", raw)
	}
}

func TestAnswerAboutSomethingElse(t *testing.T) {
	var body bytes.Buffer
	for i := range 500 {
		body.WriteString(row(etl.MakeSymbol(etl.Shenzhen, 3000+i), nil, 0))
	}
	var r tencent.Reply
	err := r.Read([]etl.Symbol{symbol(t, "sz003499")}, gbk(t, body.String()), received)
	if err == nil || len(r.Strays()) > 200 {
		t.Errorf("500 rows that nobody asked for: %v, %d kept", err, len(r.Strays()))
	}
}

// What the parser reads is what the alternative reads, to the bit.
func TestAgainstSplit(t *testing.T) {
	symbols, body := marketOf(t, 2000)
	compareWithSplit(t, symbols, body)
}

func FuzzReply(f *testing.F) {
	a, b := symbol(f, "sz003999"), symbol(f, "sh688999")
	f.Add([]byte(row(a, nil, 0)))
	f.Add(gbk(f, row(a, cells{60: "\n"}, 82)+row(b, nil, 50)))
	f.Add(gbk(f, row(a, idle().last("10.00", "0.00", "0.00").with(cells{40: "S"}), 0)))
	f.Add([]byte(`v_pv_none_match="1";`))
	f.Add([]byte(row(a, nil, 0) + row(a, cells{3: "9"}, 0) + `v_s_sz003999="x";v_sz003999="~";`))
	f.Fuzz(func(t *testing.T, body []byte) {
		asked := []etl.Symbol{a, b}
		var r tencent.Reply
		if err := r.Read(asked, body, received); err != nil && len(r.Strays()) == 0 {
			t.Fatal(err)
		}
		seen := map[etl.Symbol]string{}
		note := func(s etl.Symbol, where string) {
			if other, ok := seen[s]; ok || !slices.Contains(asked, s) {
				t.Fatalf("%s is in %s and %s", s, where, other)
			}
			seen[s] = where
		}
		for i, q := range r.Quotes() {
			note(q.Symbol, "the quotes")
			if problem := r.Quotes()[i].Problem(); problem != "" {
				t.Fatalf("%s is served: %s", q.Symbol, problem)
			}
			if q.Time.IsZero() || q.Fetched != received || q.Source != "tencent" {
				t.Fatalf("%+v", q)
			}
		}
		for _, q := range r.Refused() {
			note(q.Symbol, "the refused rows")
			if q.Reason == "" || q.Raw == "" || strings.ToValidUTF8(q.Raw, "") != q.Raw {
				t.Fatalf("%+v", q)
			}
		}
		for _, s := range r.Missing() {
			note(s, "the missing")
		}
		if len(seen) != len(asked) {
			t.Fatal(fmt.Sprint(seen))
		}
	})
}

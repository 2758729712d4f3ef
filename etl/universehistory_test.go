package etl_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
)

// many is a list of n stocks.
func many(n int) etl.Universe {
	u := make(etl.Universe, n)
	for i := range u {
		u[i] = etl.Instrument{Symbol: etl.MakeSymbol(etl.Shanghai, 600000+i), Name: "a", Kind: etl.Stock, Listed: 9000}
	}
	return u
}

func TestMergeUniverse(t *testing.T) {
	at := func(n int) time.Time { return fetched.Add(time.Duration(n) * 24 * time.Hour).UTC() }
	merge := func(h []etl.InstrumentVersion, u etl.Universe, i []etl.Industry, n int) ([]etl.InstrumentVersion, etl.UniverseChange) {
		t.Helper()
		h, c, err := etl.MergeUniverse(h, u, i, "baostock", at(n))
		if err != nil {
			t.Fatal(err)
		}
		return h, c
	}
	industry := func(s etl.Symbol, name string) etl.Industry {
		return etl.Industry{Symbol: s, Name: name, Classification: "证监会行业分类"}
	}
	first := many(20)
	h, c := merge(nil, first, nil, 0)
	if len(h) != 20 || len(c.New) != 20 {
		t.Fatalf("%d versions, %+v", len(h), c)
	}
	h, c = merge(h, first, []etl.Industry{industry(first[3].Symbol, "J66"), industry(first[4].Symbol, "J66"), industry(first[5].Symbol, "")}, 1)
	if len(h) != 22 || !slices.Equal(c.Changed, []etl.Symbol{first[3].Symbol, first[4].Symbol}) {
		t.Fatalf("%d versions, %+v", len(h), c)
	}
	next := slices.Clone(first)
	next[1].Name = "*ST a"                    // renamed
	next[3].Delisted = 20000                  // delisted: keeps its industry
	next[4].Listed, next[4].Name = 19000, "b" // another security
	next = slices.Delete(next, 7, 8)          // vanished
	next = append(next, etl.Instrument{Symbol: sym(t, "sz000001"), Kind: etl.Stock})
	h, c = merge(h, next, nil, 2)
	want := etl.UniverseChange{New: []etl.Symbol{sym(t, "sz000001")}, Changed: []etl.Symbol{first[1].Symbol, first[3].Symbol},
		Reused: []etl.Symbol{first[4].Symbol}, Vanished: []etl.Symbol{first[7].Symbol}}
	if !reflect.DeepEqual(c, want) || c.Empty() {
		t.Errorf("%+v, want %+v", c, want)
	}
	before := slices.Clone(h)
	h, c = merge(h, next, []etl.Industry{industry(first[3].Symbol, "")}, 3)
	if !c.Empty() || len(h) != len(before) {
		t.Errorf("the same list again: %+v", c)
	}
	for i, v := range h { // only Seen moves, and of valid versions only
		w := before[i]
		if w.Until.IsZero() {
			w.Seen = at(3)
		}
		if v != w {
			t.Errorf("%+v has become %+v", before[i], v)
		}
	}
	last := h[slices.IndexFunc(h, func(v etl.InstrumentVersion) bool { return v.Symbol == first[3].Symbol && v.Until.IsZero() })]
	if last.Industry != "J66" || last.Delisted != 20000 || !last.From.Equal(at(2)) {
		t.Errorf("the delisted one: %+v", last)
	}
	for n, u := range map[int]etl.Universe{0: first, 1: first, 2: next, 9: next} {
		if got, err := etl.UniverseAt(h, at(n)); err != nil || !slices.Equal(got, u) {
			t.Errorf("as known on day %d: %v, %v", n, got, err)
		}
	}
	h, c = merge(h, append(slices.Clone(next[:7]), append(etl.Universe{first[7]}, next[7:]...)...), nil, 4)
	if !slices.Equal(c.New, []etl.Symbol{first[7].Symbol}) {
		t.Errorf("back again: %+v", c)
	}
	stored(t, h)
}

// stored writes and reads the history, and the universe of now from it.
func stored(t *testing.T, h []etl.InstrumentVersion) {
	t.Helper()
	r := etl.InstrumentVersionRows(h)
	defer r.Release()
	noNulls(t, r, etl.Instruments)
	got, err := etl.ReadInstrumentVersions(r)
	if err != nil || !slices.Equal(got, h) {
		t.Errorf("comes back as %v, %v", got, err)
	}
	newest := h[0].Seen
	for _, v := range h {
		if v.Seen.After(newest) {
			newest = v.Seen
		}
	}
	list, at, err := etl.ReadInstruments(r)
	now, err2 := etl.UniverseAt(h, newest)
	if err != nil || err2 != nil || !slices.Equal(list, []etl.Instrument(now)) || !at.Equal(newest) {
		t.Errorf("now: %v fetched %s, %v %v; want %v fetched %s", list, at, err, err2, now, newest)
	}
}

func TestMergeUniverseRefuses(t *testing.T) {
	h, _, err := etl.MergeUniverse(nil, many(100), nil, "baostock", fetched)
	if err != nil {
		t.Fatal(err)
	}
	later := fetched.Add(time.Hour)
	others := many(200)[100:]
	twice := append(many(100), many(1)...)
	changed := many(100)
	changed[0].Name = "b"
	for want, tc := range map[string]struct {
		fresh      etl.Universe
		industries []etl.Industry
		now        time.Time
		stored     []etl.InstrumentVersion
	}{
		"holds 89 of the 100":         {many(89), nil, later, h},
		"holds 0 of the 100":          {others, nil, later, h},
		"names sh600000 after":        {twice, nil, later, h},
		"the clock is wrong":          {many(100), nil, fetched.Add(-time.Second), h},
		"sh600001 twice":              {many(100), []etl.Industry{{Symbol: many(2)[1].Symbol}, {Symbol: many(2)[1].Symbol}}, later, h},
		"two versions that are valid": {many(100), nil, later, append(slices.Clone(h), h[0])},
		"changes twice at":            {changed, nil, fetched, h},
	} {
		got, _, err := etl.MergeUniverse(tc.stored, tc.fresh, tc.industries, "baostock", tc.now)
		var data *etl.DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, c, err := etl.MergeUniverse(h, many(90), nil, "baostock", later); err != nil || len(c.Vanished) != 10 {
		t.Errorf("a tenth less: %v, %v", c, err)
	}
	if u, err := etl.UniverseAt(h, fetched.Add(-1)); err != nil || len(u) != 0 {
		t.Errorf("before the first list: %v, %v", u, err)
	}
}

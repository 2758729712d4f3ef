package etl_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
)

func TestKind(t *testing.T) {
	for k, want := range map[etl.Kind]string{etl.Stock: "stock", etl.Index: "index", etl.ETF: "etf", etl.Bond: "bond", etl.Other: "other", 0: "other", 77: "other"} {
		if k.String() != want {
			t.Errorf("kind %d is %q, want %q", k, k, want)
		}
	}
	for _, k := range []etl.Kind{etl.Stock, etl.Index, etl.ETF, etl.Bond, etl.Other} {
		if got := etl.ParseKind(k.String()); got != k {
			t.Errorf("ParseKind(%q) = %d, want %d", k, got, k)
		}
	}
	if got := etl.ParseKind("Stock "); got != etl.Other {
		t.Errorf("ParseKind of what it does not know is %s, want other", got)
	}
}

func TestBoard(t *testing.T) {
	for text, want := range map[string]string{
		"sh600000": "main", "sh601398": "main", "sz000001": "main", "sz002594": "main", "sz001979": "main",
		"sh688981": "star", "sh689009": "star", "sz300750": "chinext", "sz301236": "chinext", "bj920000": "bse", "bj430047": "bse",
		"sh300000": "main", "sz688000": "main", // the board follows exchange and code together
	} {
		if got := (etl.Instrument{Symbol: sym(t, text), Kind: etl.Stock}).Board(); got != want {
			t.Errorf("%s is on board %q, want %q", text, got, want)
		}
	}
	for _, k := range []etl.Kind{etl.Index, etl.ETF, etl.Bond, etl.Other} {
		if got := (etl.Instrument{Symbol: sym(t, "sh600000"), Kind: k}).Board(); got != "" {
			t.Errorf("kind %s is on board %q, want none", k, got)
		}
	}
}

func TestUniverse(t *testing.T) {
	list := []etl.Instrument{
		{Symbol: sym(t, "sz000001"), Name: "平安银行", Kind: etl.Stock},
		{Symbol: sym(t, "sh600000"), Name: "浦发银行", Kind: etl.Stock},
		{Symbol: sym(t, "sh000001"), Name: "上证指数", Kind: etl.Index},
	}
	u, err := etl.MakeUniverse(list)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(u, func(a, b etl.Instrument) int { return int(a.Symbol) - int(b.Symbol) }) {
		t.Errorf("not sorted: %v", u)
	}
	if list[0].Name != "平安银行" {
		t.Error("the caller's list was sorted in place")
	}
	for _, in := range list {
		if got, ok := u.Find(in.Symbol); !ok || got != in {
			t.Errorf("Find(%s) = %v, %t", in.Symbol, got, ok)
		}
	}
	if got, ok := u.Find(sym(t, "sh600001")); ok || got != (etl.Instrument{}) {
		t.Errorf("Find of what is not there = %v, %t", got, ok)
	}
	if got := u.Like(sym(t, "sh000001"), 5); !slices.Equal(got, []string{"sh000001 上证指数", "sz000001 平安银行"}) {
		t.Errorf("Like = %q", got)
	}
	if got := u.Like(sym(t, "sh000001"), 1); len(got) != 1 {
		t.Errorf("Like with n 1 = %q", got)
	}
	_, err = etl.MakeUniverse(append(list, list[1]))
	var data *etl.DataError
	if !errors.As(err, &data) || !strings.Contains(err.Error(), "sh600000 twice") {
		t.Errorf("a list that repeats a symbol: %v", err)
	}
	if u, err := etl.MakeUniverse(nil); err != nil || len(u) != 0 {
		t.Errorf("an empty list: %v, %v", u, err)
	}
}

func TestErrors(t *testing.T) {
	refused := error(&etl.RefusedError{Until: schedules.MakeDay(2026, 6, 2).At(0, 5), Reason: "the budget is spent"})
	if !errors.Is(refused, etl.ErrRefused) || errors.Is(refused, etl.ErrUnsupported) {
		t.Error("a RefusedError is an ErrRefused and nothing else")
	}
	if got, want := refused.Error(), "the budget is spent; nothing is sent before 2026-06-02 00:05 Asia/Shanghai"; got != want {
		t.Errorf("RefusedError says %q, want %q", got, want)
	}
	if got := (&etl.DataError{Where: "page 3", Problem: "17 columns"}).Error(); got != "page 3: 17 columns" {
		t.Errorf("DataError says %q", got)
	}
}

func TestConfigValidate(t *testing.T) {
	if err := etl.DefaultConfig().Validate(); err != nil {
		t.Errorf("the default is refused: %v", err)
	}
	bad := etl.Config{From: schedules.MakeDay(1990, 12, 18), CommitRows: 999, CommitEvery: time.Millisecond}
	err := bad.Validate()
	for _, key := range []string{"from", "commit_rows", "commit_every"} {
		if err == nil || !strings.Contains(err.Error(), key+": ") {
			t.Errorf("%s is not reported: %v", key, err)
		}
	}
	var one *etl.KeyError
	if !errors.As(err, &one) {
		t.Errorf("no KeyError in %v", err)
	}
	for _, rows := range []int{1000, 2_000_000} {
		c := etl.DefaultConfig()
		c.CommitRows = rows
		if err := c.Validate(); err != nil {
			t.Errorf("commit_rows %d is refused: %v", rows, err)
		}
	}
}

func TestRequestString(t *testing.T) {
	d := schedules.MakeDay(2026, 6, 1)
	for want, q := range map[string]etl.Request{
		"market-day 2026-06-01":           {Shape: etl.MarketDay, From: d, To: d},
		"etf-day 2026-06-01":              {Shape: etl.ETFDay, From: d, To: d},
		"sh600000 2026-06-01..2026-06-02": {Shape: etl.SecurityRange, Symbol: sym(t, "sh600000"), From: d, To: d + 1},
	} {
		if q.String() != want {
			t.Errorf("%v prints %q, want %q", q, q.String(), want)
		}
	}
}

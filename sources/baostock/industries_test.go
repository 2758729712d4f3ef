package baostock_test

import (
	"errors"
	"strings"
	"testing"

	"barkeep/etl"
	"barkeep/sources/simulator/market"
)

func TestIndustries(t *testing.T) {
	c := client(t, exchange(t, nil).Addr())
	list, err := c.Industries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for _, s := range aMarket().Securities() {
		if s.Kind == market.Stock && s.Listed <= today && (s.Delisted == 0 || s.Delisted > today) {
			known[s.Code[:2]+s.Code[3:]] = s.Industry
		}
	}
	for _, i := range list {
		if want, ok := known[i.Symbol.String()]; !ok && i.Updated == today-4 || i.Name != want || i.Classification != "证监会行业分类" || i.Updated != today-4 {
			t.Errorf("%+v, want the industry %q", i, want)
		}
	}
	if len(list) == 0 || len(list) > len(known)+1 {
		t.Errorf("%d industries of %d stocks", len(list), len(known))
	}
	for want, rows := range map[string][]string{
		"sh600000 comes twice": {"2026-04-20,sh.600000,a,b,c", "2026-04-20,sh.600000,a,b,c"},
		"no code":              {"2026-04-20,,a,b,c"},
		"no date of a list":    {",sh.600000,a,b,c"},
	} {
		_, err := serving(t, rows...).Industries(t.Context())
		var data *etl.DataError
		if !errors.As(err, &data) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if list, err := serving(t, "2023-03-20,sh.600001,邯郸钢铁,,申万一级行业").Industries(t.Context()); err != nil || len(list) != 1 || list[0].Name != "" {
		t.Errorf("without an industry: %v, %v", list, err)
	}
}

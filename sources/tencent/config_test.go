package tencent_test

import (
	"errors"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/tencent"
)

func TestConfig(t *testing.T) {
	if err := tencent.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	for key, changes := range map[string][]func(c *tencent.Config){
		"base_url": {
			func(c *tencent.Config) { c.BaseURL = "" },
			func(c *tencent.Config) { c.BaseURL = "qt.gtimg.cn" },
			func(c *tencent.Config) { c.BaseURL = "ftp://qt.gtimg.cn" },
			func(c *tencent.Config) { c.BaseURL = "http://:8080" },
			func(c *tencent.Config) { c.BaseURL = "http://qt.gtimg.cn/?q=1" },
			func(c *tencent.Config) { c.BaseURL = "http://qt gtimg.cn" },
		},
		"rank_url": {func(c *tencent.Config) { c.RankURL = "proxy" }},
		"batch":    {func(c *tencent.Config) { c.Batch = 0 }, func(c *tencent.Config) { c.Batch = 2001 }},
		"parallel": {func(c *tencent.Config) { c.Parallel = 0 }, func(c *tencent.Config) { c.Parallel = 65 }},
		"timeout":  {func(c *tencent.Config) { c.Timeout = 0 }, func(c *tencent.Config) { c.Timeout = -time.Second }},
	} {
		for i, change := range changes {
			c := tencent.DefaultConfig()
			change(&c)
			if e, ok := errors.AsType[*etl.KeyError](c.Validate()); !ok || e.Key != key {
				t.Errorf("%s, case %d: %v", key, i, c.Validate())
			}
		}
	}
	good := tencent.DefaultConfig()
	good.BaseURL, good.RankURL = "http://127.0.0.1:8080/tencent/", "https://example.com"
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}

func TestRankAddress(t *testing.T) {
	for _, c := range []struct{ base, rank, want string }{
		{"https://qt.gtimg.cn", "", "https://proxy.finance.qq.com"},
		{"https://qt.gtimg.cn/", "", "https://proxy.finance.qq.com"},
		{"http://127.0.0.1:1", "", "http://127.0.0.1:1"},
		{"https://qt.gtimg.cn", "http://127.0.0.1:2/", "http://127.0.0.1:2"},
	} {
		config := tencent.DefaultConfig()
		config.BaseURL, config.RankURL = c.base, c.rank
		if got := tencent.RankURL(config); got != c.want {
			t.Errorf("%+v: the list is at %s", c, got)
		}
	}
}

package sina_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/sina"
)

func TestDefaultConfig(t *testing.T) {
	c := sina.DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	want := sina.Config{BaseURL: "https://hq.sinajs.cn", Batch: 850, Parallel: 7, Timeout: 8 * time.Second}
	if c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
}

func TestValidate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*sina.Config)
		keys   string // of the problems, in order
	}{
		"local":         {func(c *sina.Config) { c.BaseURL, c.NodeURL = "http://127.0.0.1:8080", "http://[::1]:80/pages/" }, ""},
		"no host":       {func(c *sina.Config) { c.BaseURL, c.NodeURL = "https://", "http:///x" }, "base_url node_url"},
		"only a port":   {func(c *sina.Config) { c.BaseURL = "http://:80" }, "base_url"},
		"nothing":       {func(c *sina.Config) { c.BaseURL = "" }, "base_url"},
		"no scheme":     {func(c *sina.Config) { c.BaseURL, c.NodeURL = "hq.sinajs.cn", "x:80" }, "base_url node_url"},
		"other scheme":  {func(c *sina.Config) { c.BaseURL = "ftp://hq.sinajs.cn" }, "base_url"},
		"query":         {func(c *sina.Config) { c.BaseURL, c.NodeURL = "http://a/?x", "http://a/#x" }, "base_url node_url"},
		"password":      {func(c *sina.Config) { c.BaseURL = "http://a:b@c" }, "base_url"},
		"blank":         {func(c *sina.Config) { c.BaseURL = "http://a b" }, "base_url"},
		"no symbols":    {func(c *sina.Config) { c.Batch, c.Parallel, c.Timeout = 0, 0, 0 }, "batch parallel timeout"},
		"too many":      {func(c *sina.Config) { c.Batch, c.Parallel, c.Timeout = 2001, 65, -1 }, "batch parallel timeout"},
		"the bounds":    {func(c *sina.Config) { c.Batch, c.Parallel, c.Timeout = 2000, 64, 1 }, ""},
		"one at a time": {func(c *sina.Config) { c.Batch, c.Parallel = 1, 1 }, ""},
	} {
		c := sina.DefaultConfig()
		tc.change(&c)
		var got []string
		if joined, ok := c.Validate().(interface{ Unwrap() []error }); ok {
			for _, err := range joined.Unwrap() {
				if key, ok := errors.AsType[*etl.KeyError](err); ok {
					got = append(got, key.Key)
				}
			}
		}
		if strings.Join(got, " ") != tc.keys {
			t.Errorf("%s: problems with %q, want %q", name, got, tc.keys)
		}
	}
}

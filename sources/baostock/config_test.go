package baostock_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/sources/baostock"
)

func TestDefaultConfigIsValidAndPolite(t *testing.T) {
	c := baostock.DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if c.Sessions != 1 || c.Pipeline != 1 || c.Budget > 49_000 {
		t.Errorf("%d sessions, %d in flight, %d requests a day: the vendor tolerates one, one and fewer than 50000", c.Sessions, c.Pipeline, c.Budget)
	}
}

func TestValidate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*baostock.Config)
		keys   string // of the problems, in order
	}{
		"host and port":     {func(c *baostock.Config) { c.Address = "127.0.0.1:10030" }, ""},
		"IPv6":              {func(c *baostock.Config) { c.Address = "[::1]:10030" }, ""},
		"no port":           {func(c *baostock.Config) { c.Address = "127.0.0.1" }, "address"},
		"empty port":        {func(c *baostock.Config) { c.Address = "127.0.0.1:" }, "address"},
		"no host":           {func(c *baostock.Config) { c.Address = ":10030" }, "address"},
		"no user":           {func(c *baostock.Config) { c.User = "" }, "user"},
		"separator":         {func(c *baostock.Config) { c.User, c.Password = "a\x01b", "c\nd" }, "user password"},
		"Chinese user":      {func(c *baostock.Config) { c.User = "用户" }, ""},
		"key of zeros":      {func(c *baostock.Config) { c.APIKey = "bs-000000000000000000000000000000" }, ""},
		"key of sum 1":      {func(c *baostock.Config) { c.APIKey = "bs-000000000000000000000000000011" }, ""},
		"key of sum 33":     {func(c *baostock.Config) { c.APIKey = "bs-zzzzzzzzzzzzzzzzzzzzzzzzzzzzzX" }, ""},
		"wrong checksum":    {func(c *baostock.Config) { c.APIKey = "bs-000000000000000000000000000010" }, "api_key"},
		"wrong sum of z":    {func(c *baostock.Config) { c.APIKey = "bs-zzzzzzzzzzzzzzzzzzzzzzzzzzzzzx" }, "api_key"},
		"short key":         {func(c *baostock.Config) { c.APIKey = "bs-00000000000000000000000000000" }, "api_key"},
		"long key":          {func(c *baostock.Config) { c.APIKey = "bs-0000000000000000000000000000000" }, "api_key"},
		"other prefix":      {func(c *baostock.Config) { c.APIKey = "BS-000000000000000000000000000000" }, "api_key"},
		"sign in the key":   {func(c *baostock.Config) { c.APIKey = "bs-0000000000000-0000000000000000" }, "api_key"},
		"letter in the key": {func(c *baostock.Config) { c.APIKey = "bs-0000000000000é000000000000000" }, "api_key"},
		"version":           {func(c *baostock.Config) { c.ClientVersion = "00.8.90" }, ""},
		"short version":     {func(c *baostock.Config) { c.ClientVersion = "0.9.4" }, "client_version"},
		"words of version":  {func(c *baostock.Config) { c.ClientVersion = "latest\n" }, "client_version"},
		"pages":             {func(c *baostock.Config) { c.PageSize = 0 }, "page_size"},
		"large pages":       {func(c *baostock.Config) { c.PageSize = 100_001 }, "page_size"},
		"times": {func(c *baostock.Config) {
			c.ConnectTimeout, c.ReadTimeout, c.IdleTimeout, c.RetryBackoff = 0, -1, 0, -time.Second
		}, "connect_timeout read_timeout idle_timeout retry_backoff"},
		"no back-off":     {func(c *baostock.Config) { c.RetryBackoff, c.Retries = 0, 0 }, ""},
		"retries":         {func(c *baostock.Config) { c.Retries = -1 }, "retries"},
		"too many":        {func(c *baostock.Config) { c.Retries = 21 }, "retries"},
		"no sessions":     {func(c *baostock.Config) { c.Sessions, c.Pipeline = 0, 0 }, "sessions pipeline"},
		"many sessions":   {func(c *baostock.Config) { c.Sessions, c.Pipeline = 65, 257 }, "sessions pipeline"},
		"no prefetch":     {func(c *baostock.Config) { c.Prefetch = 0 }, ""},
		"prefetch":        {func(c *baostock.Config) { c.Prefetch = -1 }, "prefetch"},
		"no budget":       {func(c *baostock.Config) { c.Budget = 0 }, ""},
		"negative budget": {func(c *baostock.Config) { c.Budget = -1 }, "budget"},
		"small answers":   {func(c *baostock.Config) { c.MaxAnswer = 1<<20 - 1 }, "max_answer"},
		"large answers":   {func(c *baostock.Config) { c.MaxAnswer = 1<<30 + 1 }, "max_answer"},
	} {
		c := baostock.DefaultConfig()
		tc.change(&c)
		if got := strings.Join(keys(c.Validate()), " "); got != tc.keys {
			t.Errorf("%s: problems with %q, want %q", name, got, tc.keys)
		}
		for _, secret := range []string{c.APIKey, c.Password} {
			if err := c.Validate(); err != nil && secret != "" && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error shows a secret: %v", name, err)
			}
		}
	}
}

// keys returns the keys of joined etl.KeyErrors.
func keys(err error) (names []string) {
	if err == nil {
		return nil
	}
	var key *etl.KeyError
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range list.Unwrap() {
			names = append(names, keys(e)...)
		}
	} else if errors.As(err, &key) {
		names = append(names, key.Key)
	}
	return names
}

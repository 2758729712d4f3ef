package eastmoney_test

import (
	"strings"
	"testing"

	"barkeep/sources/eastmoney"
)

func TestConfig(t *testing.T) {
	if err := eastmoney.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	if name := eastmoney.New(eastmoney.DefaultConfig()).Name(); name != "eastmoney" {
		t.Error(name)
	}
	err := eastmoney.Config{BaseURL: "push2.eastmoney.com", Batch: 1000, Parallel: 9, Pause: -1}.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, key := range []string{"base_url", "batch", "page_size", "parallel", "pause", "budget", "timeout"} {
		if !strings.Contains(err.Error(), key+": ") {
			t.Errorf("nothing about %s in %v", key, err)
		}
	}
	for _, address := range []string{"", "ftp://host", "http://", "http://host/?x=1", "http://host/#x", "http://me:secret@host", "https://:443"} {
		c := eastmoney.DefaultConfig()
		c.BaseURL = address
		if err := c.Validate(); err == nil {
			t.Errorf("%q is accepted", address)
		}
	}
}

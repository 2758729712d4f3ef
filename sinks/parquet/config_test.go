package parquet_test

import (
	"strings"
	"testing"

	"barkeep/sinks/parquet"
)

func TestConfigValidate(t *testing.T) {
	if err := parquet.DefaultConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	err := parquet.Config{Compression: "9", Encodings: map[string]parquet.Encoding{"close": "brotli"}}.Validate()
	if err == nil {
		t.Fatal("no error for a configuration full of mistakes")
	}
	for _, key := range []string{"row_group_rows: ", "compression: ", "parallel: ", "encodings.close: "} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("%v does not name %s", err, key)
		}
	}
}

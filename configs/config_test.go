package configs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"barkeep/configs"
	"barkeep/configs/door"
	"barkeep/etl"
	"barkeep/sinks/duckdb"
	"barkeep/sinks/parquet"
	"barkeep/sinks/webhook"
	"barkeep/sources/baostock"
	"barkeep/sources/eastmoney"
	"barkeep/sources/quotes"
	"barkeep/sources/sina"
	"barkeep/sources/tencent"
)

func loadProduct(t *testing.T, o configs.Options) configs.Config {
	t.Helper()
	o.Default = configs.Default
	loaded, err := configs.Load[configs.Config](o)
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Value
}

// TestDefaultDocument holds the commented document and the components' own
// defaults together.
func TestDefaultDocument(t *testing.T) {
	if err := configs.CheckDefault[configs.Config](configs.Default); err != nil {
		t.Fatal(err)
	}
	c := loadProduct(t, configs.Options{})
	for name, pair := range map[string][2]any{
		"daily_bars": {c.DailyBars, etl.DefaultConfig()},
		"baostock":   {c.Baostock, baostock.DefaultConfig()},
		"quotes":     {c.Quotes, quotes.DefaultConfig()},
		"tencent":    {c.Tencent, tencent.DefaultConfig()},
		"sina":       {c.Sina, sina.DefaultConfig()},
		"eastmoney":  {c.Eastmoney, eastmoney.DefaultConfig()},
		"http":       {c.HTTP, door.DefaultConfig()},
		"parquet":    {c.Parquet, parquet.DefaultConfig()},
		"duckdb":     {c.DuckDB, duckdb.DefaultConfig()},
		"notify":     {c.Notify, webhook.DefaultConfig()},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: the document says %+v, the component %+v", name, pair[0], pair[1])
		}
	}
}

// TestProductShowLoadsAgain writes the configuration out and reads it back.
func TestProductShowLoadsAgain(t *testing.T) {
	set := []string{"lake=/srv/market data", "baostock.read_timeout=45s", "daily_bars.from=2015-01-05", "daily_bars.etf=true"}
	loaded, err := configs.Load[configs.Config](configs.Options{Default: configs.Default, Set: set})
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	if err := loaded.Show(&shown); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "barkeep.yaml")
	if err := os.WriteFile(path, shown.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := loadProduct(t, configs.Options{File: path}); !reflect.DeepEqual(again, loaded.Value) {
		t.Errorf("read back as %+v\nshown was\n%s", again, shown.Bytes())
	}
}

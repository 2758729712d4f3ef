package configs_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"barkeep/configs"
	"barkeep/etl"

	"github.com/google/go-cmp/cmp"
)

func show(t *testing.T, l *configs.Loaded[sample]) string {
	t.Helper()
	var out strings.Builder
	if err := l.Show(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestShowDefaults: with nothing said, the defaults come out as they are,
// secrets aside.
func TestShowDefaults(t *testing.T) {
	loaded, err := load(sources{})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(
		`password: ""`, "# password: (not set)",
		"backups: []", "# backups: (not set)",
		"pin: 0", "# pin: (not set)",
	).Replace(sampleDefault)
	if diff := cmp.Diff(want, show(t, loaded)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestShowOrigins(t *testing.T) {
	loaded, err := load(sources{
		file: "baostock:\n  page_size: 500\n  read_timeout: 60m\n  account:\n    password: hush\n    backups: [a]\n" +
			"  symbols: [000001, 000002, 000004, 000005, 000006, 000007, 000008, 000009, 600036]\n",
		environ: []string{"BARKEEP_LAKE_TABLES=daily_bars", "BARKEEP_NAME=No"},
		set:     []string{"log.level=a # b", "baostock.since=20200102", "lake.ratio=0.25"},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `# The defaults.

# Who this daemon is. Appears in its log.
name: "No"  # from BARKEEP_NAME

# The vendor.
baostock:
  # How long an answer may take before the connection counts as lost.
  # A day of the market takes about 8 s.
  read_timeout: 1h  # from /etc/barkeep.yaml:3
  page_size: 500  # from /etc/barkeep.yaml:2; rows of one reply
  # Requests a day.
  quota: 50000

  # The first day to fetch.
  since: "2020-01-02"  # from --set
  # When the bars of a day are there.
  ready: 17:30
  # Only these; [] for all.
  symbols:  # from /etc/barkeep.yaml:7; any spelling
    - sz000001
    - sz000002
    - sz000004
    - sz000005
    - sz000006
    - sz000007
    - sz000008
    - sz000009
    - sh600036

  # Who we are to the vendor.
  account:
    # The login.
    user: anonymous
    # The login's password.
    # password: (set)  # from /etc/barkeep.yaml:5
    # Passwords to try next.
    # backups: (set)  # from /etc/barkeep.yaml:6
    # The login's number.
    # pin: (not set)

# Files.
lake:
  # Where the files are.
  dir: ./lake
  # Share of dead rows that starts a compaction.
  ratio: 0.25  # from --set
  # Whether to survive a power cut.
  fsync: true
  # Which tables to keep.
  tables: [daily_bars]  # from BARKEEP_LAKE_TABLES

# What is written about it.
log:
  # One of debug, info, warn, error.
  level: "a # b"  # from --set
`
	if diff := cmp.Diff(want, show(t, loaded)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestShowLoadsAgain(t *testing.T) {
	for _, text := range []string{
		"", " ", "a b", "null", "~", "TRUE", "no", "0x1F", "1e3", "-", "- a", "a: b", "a#b", "#", "&a", "*a", "!a", "%a", "@a", "`a",
		"'", `"`, `\`, "a\nb", "a\r\nb", "a\tb", "\x00", "\x07\x1b", "\u0085", "\u2028", "é中😀", "[a]", "{a}", "a,b", "?", "=", "<<",
		"2024-01-02", "17:30", "http://host:8080/x?y=z", "\ufeff", "\ufffd", "<&>", "---", "...", "|", ">", "\x7f",
	} {
		l, err := load(sources{set: []string{"name=" + text, "lake.dir=" + text, "lake.ratio=1e-300"}, environ: []string{"BARKEEP_BAOSTOCK_READ_TIMEOUT=-1h0m0.5s"}})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		wantSameAgain(t, l)
	}
}

// wantSameAgain loads what Show wrote and wants the same configuration, but
// for the secrets.
func wantSameAgain(t *testing.T, l *configs.Loaded[sample]) {
	t.Helper()
	shown := show(t, l)
	again, err := load(sources{file: shown})
	if err != nil {
		t.Fatalf("what Show wrote does not load: %v\n%s", err, shown)
	}
	want := l.Value
	want.Baostock.Account.Password, want.Baostock.Account.PIN = "", 0
	want.Baostock.Account.Backups = []string{}
	if !reflect.DeepEqual(want, again.Value) {
		t.Fatalf("what Show wrote loads as something else:\n%s\n%s", cmp.Diff(want, again.Value), shown)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestShowReportsErrors(t *testing.T) {
	loaded, err := load(sources{})
	if err != nil {
		t.Fatal(err)
	}
	if err := loaded.Show(brokenWriter{}); !errors.Is(err, errBroken) {
		t.Errorf("error %v, want %v", err, errBroken)
	}
}

func TestKeys(t *testing.T) {
	keys, err := configs.Keys[sample]([]byte(sampleDefault))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]configs.Key{}
	for _, k := range keys {
		byName[k.Name] = k
	}
	for _, want := range []configs.Key{
		{Name: "name", Env: "BARKEEP_NAME", Type: "text", Default: "barkeep", Description: "Who this daemon is."},
		{Name: "baostock.read_timeout", Env: "BARKEEP_BAOSTOCK_READ_TIMEOUT", Type: "duration", Default: "30s",
			Description: "How long an answer may take before the connection counts as lost."},
		{Name: "baostock.page_size", Env: "BARKEEP_BAOSTOCK_PAGE_SIZE", Type: "whole number", Default: "2000", Description: "rows of one reply"},
		{Name: "baostock.since", Env: "BARKEEP_BAOSTOCK_SINCE", Type: "day", Default: `"1990-12-19"`, Description: "The first day to fetch."},
		{Name: "baostock.symbols", Env: "BARKEEP_BAOSTOCK_SYMBOLS", Type: "list of symbol", Default: "[]", Description: "Only these; [] for all."},
		{Name: "baostock.account.password", Env: "BARKEEP_BAOSTOCK_ACCOUNT_PASSWORD", Type: "text", Description: "The login's password.", Secret: true},
		{Name: "lake.tables", Env: "BARKEEP_LAKE_TABLES", Type: "list of text", Default: "[daily_bars, instruments]", Description: "Which tables to keep."},
		{Name: "lake.fsync", Env: "BARKEEP_LAKE_FSYNC", Type: "true or false", Default: "true", Description: "Whether to survive a power cut."},
	} {
		if diff := cmp.Diff(want, byName[want.Name]); diff != "" {
			t.Errorf("%s: -want +got\n%s", want.Name, diff)
		}
	}
	if len(keys) != 16 || keys[0].Name != "name" || keys[15].Name != "log.level" {
		t.Errorf("%d keys, %s to %s", len(keys), keys[0].Name, keys[len(keys)-1].Name)
	}
}

func TestCheckDefault(t *testing.T) {
	if err := configs.CheckDefault[sample]([]byte(sampleDefault)); err != nil {
		t.Error(err)
	}
	err := configs.CheckDefault[sample]([]byte(strings.NewReplacer(
		"  # Requests a day.\n", "",
		"name: barkeep", "nome: barkeep",
		"level: info", "levels: info",
		"ready: 17:30", "ready: 5pm",
		"since: 1990-12-19", "since: 1990-12-19\n  \"sort\": 1",
	).Replace(sampleDefault)))
	wantProblems(t, err,
		"default.yaml: name: is missing from the defaults",
		"default.yaml: log.level: is missing from the defaults",
		"default.yaml:4:1: nome: unknown key; did you mean name?",
		"default.yaml:12:1: baostock.quota: has no comment that describes it",
		"default.yaml:16:3: baostock.sort: defaults are written in block style, a plain key at the beginning of each line",
		"default.yaml:16:3: baostock.sort: unknown key",
		`default.yaml:18:10: baostock.ready: "5pm" is not a time of day: write it like 09:30 or 17:30`,
		"default.yaml:50:3: log.levels: unknown key; did you mean log.level?",
	)
	if _, err := configs.Load[sample](configs.Options{}); err == nil || !strings.Contains(err.Error(), "16 problems") {
		t.Errorf("without defaults: %v", err)
	}
	if _, err := configs.Keys[sample](nil); err == nil {
		t.Error("keys without defaults")
	}
}

func TestStructErrors(t *testing.T) {
	check := func(err error, want string) {
		t.Helper()
		var problems *configs.Problems
		if err == nil || errors.As(err, &problems) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one about %q that does not blame the user", err, want)
		}
	}
	check(configs.CheckDefault[struct{ A int }](nil), "write a name of")
	check(configs.CheckDefault[struct {
		A int `yaml:"A"`
	}](nil), "write a name of")
	check(configs.CheckDefault[struct {
		A uint `yaml:"a"`
	}](nil), "has the type uint")
	check(configs.CheckDefault[struct {
		A *int `yaml:"a"`
	}](nil), "has the type *int")
	check(configs.CheckDefault[struct {
		A []int `yaml:"a"`
	}](nil), "has the type []int")
	check(configs.CheckDefault[struct {
		A int `yaml:"a"`
		B int `yaml:"a"`
	}](nil), "two fields have the key a")
	check(configs.CheckDefault[struct {
		A struct {
			B int `yaml:"b"`
		} `yaml:"a"`
		C int `yaml:"a_b"`
	}](nil), "share the variable BARKEEP_A_B")
	check(configs.CheckDefault[struct{}](nil), "has no keys")
	check(configs.CheckDefault[int](nil), "is not a struct")
}

// TestBounds: whole numbers have their type's bounds, and durations their unit.
func TestBounds(t *testing.T) {
	type small struct {
		N int32         `yaml:"n"`
		D time.Duration `yaml:"d"`
		S etl.Symbol    `yaml:"s"`
	}
	const document = "# A number.\nn: 1\n# A while.\nd: 0s\n# A symbol.\ns: 600000\n"
	for set, want := range map[string]string{
		"n=2147483648":           "2147483648 is beyond a whole number of 32 bits",
		"n=99999999999999999999": "99999999999999999999 is beyond a whole number of 32 bits",
		"n=1__0":                 `"1__0" is not a whole number in decimal digits`,
		"n=0x10":                 `"0x10" is not a whole number in decimal digits`,
		"d=0":                    "0 has no unit; write it like 0s, 0m or 0h",
		"d=7d":                   `"7d" is not a duration; write it like 30s, 1h30m or 500ms (a day is 24h)`,
		"s=":                     `"" is not a symbol: write it like sh600000, sz.000001, 600000.SH or 600000`,
	} {
		_, err := configs.Load[small](configs.Options{Default: []byte(document), Set: []string{set}})
		wantProblems(t, err, "--set "+set+": "+set[:1]+": "+want)
	}
	l, err := configs.Load[small](configs.Options{Default: []byte(document), Set: []string{"n= -2_147_483_648 ", "d=-1h"}})
	if err != nil || l.Value.N != -1<<31 || l.Value.D != -time.Hour {
		t.Errorf("loaded %+v, %v", l, err)
	}
}

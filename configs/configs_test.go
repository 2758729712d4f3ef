package configs_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"barkeep/configs"
	"barkeep/etl"
	"barkeep/schedules"
)

// sample is a configuration with every kind of key.
type sample struct {
	Name     string         `yaml:"name"`
	Baostock sampleBaostock `yaml:"baostock"`
	Lake     sampleLake     `yaml:"lake"`
	Log      sampleLog      `yaml:"log"`
}

type sampleBaostock struct {
	ReadTimeout time.Duration   `yaml:"read_timeout"`
	PageSize    int             `yaml:"page_size"`
	Quota       int64           `yaml:"quota"`
	Since       schedules.Day   `yaml:"since"`
	Ready       schedules.Clock `yaml:"ready"`
	Symbols     []etl.Symbol    `yaml:"symbols"`
	Account     sampleAccount   `yaml:"account"`
	Dial        func()          `yaml:"-"`
}

type sampleAccount struct {
	User     string   `yaml:"user"`
	Password string   `yaml:"password" secret:"true"`
	Backups  []string `yaml:"backups" secret:"true"`
	PIN      int      `yaml:"pin" secret:"true"`
}

type sampleLake struct {
	Dir    string   `yaml:"dir"`
	Ratio  float64  `yaml:"ratio"`
	Fsync  bool     `yaml:"fsync"`
	Tables []string `yaml:"tables"`
}

type sampleLog struct {
	Level string `yaml:"level"`
}

func (b sampleBaostock) Validate() error {
	var errs etl.KeyErrors
	errs.Check(b.PageSize >= 1 && b.PageSize <= 10000, "page_size", "must be 1 to 10000")
	errs.Check(b.Quota > 0, "quota", "must be positive")
	return errs.Err()
}

func (a *sampleAccount) Validate() error {
	var errs etl.KeyErrors
	errs.Check(a.Password == "" || len(a.Password) >= 4, "password", a.Password+" is too short")
	return errs.Err()
}

func (l sampleLake) Validate() error {
	if l.Fsync || l.Dir != "/tmp" {
		return nil
	}
	return errors.New("a lake in /tmp without fsync is lost at the first power cut")
}

const sampleDefault = `# The defaults.

# Who this daemon is. Appears in its log.
name: barkeep

# The vendor.
baostock:
  # How long an answer may take before the connection counts as lost.
  # A day of the market takes about 8 s.
  read_timeout: 30s
  page_size: 2_000 # rows of one reply
  # Requests a day.
  quota: 50000

  # The first day to fetch.
  since: 1990-12-19
  # When the bars of a day are there.
  ready: 17:30
  # Only these; [] for all.
  symbols: [] # any spelling

  # Who we are to the vendor.
  account:
    # The login.
    user: anonymous
    # The login's password.
    password: ""
    # Passwords to try next.
    backups: []
    # The login's number.
    pin: 0

# Files.
lake:
  # Where the files are.
  dir: ./lake
  # Share of dead rows that starts a compaction.
  ratio: 0.25
  # Whether to survive a power cut.
  fsync: true
  # Which tables to keep.
  tables:
    # first the prices
    - daily_bars
    - instruments

# What is written about it.
log:
  # One of debug, info, warn, error.
  level: info
`

// sources is a configuration's layers as a test writes them.
type sources struct {
	file     string // text; empty for none
	environ  []string
	reserved []string
	set      []string
}

const samplePath = "/etc/barkeep.yaml"

func load(s sources) (*configs.Loaded[sample], error) {
	o := configs.Options{
		Default: []byte(sampleDefault), Environ: s.environ, Reserved: s.reserved, Set: s.set,
		ReadFile: func(path string) ([]byte, error) { return []byte(s.file), nil },
	}
	if s.file != "" {
		o.File = samplePath
	}
	return configs.Load[sample](o)
}

// wantProblems compares the lines of a *Problems, without its headline.
func wantProblems(t *testing.T, err error, want ...string) {
	t.Helper()
	var problems *configs.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error %v, want *Problems", err)
	}
	var got []string
	for _, p := range problems.List {
		got = append(got, p.String())
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestLayers(t *testing.T) {
	loaded, err := load(sources{
		file: "# mine\nname: file\nbaostock:\n  read_timeout: 1m30s\n  page_size: 500\n  since: 20200102\n" +
			"  symbols: [000001, sh.600000]\nlake:\n  dir: no\n  tables: []\nlog:\n",
		environ: []string{"PATH=/bin", "BARKEEP_BAOSTOCK_PAGE_SIZE=600", "BARKEEP_LAKE_RATIO=0.5",
			"BARKEEP_RECORDED=/data", "BARKEEP_BAOSTOCK_ACCOUNT_USER="},
		set: []string{"baostock.page_size=700", "lake.tables=a, b", "lake.fsync=false", "name=x=y", "baostock.page_size=701"},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := loaded.Value
	if v.Name != "x=y" || v.Baostock.ReadTimeout != 90*time.Second || v.Baostock.PageSize != 701 ||
		v.Baostock.Quota != 50000 || v.Baostock.Since.String() != "2020-01-02" ||
		v.Baostock.Ready != schedules.DailyBarsReady || v.Baostock.Account.User != "" ||
		v.Lake.Ratio != 0.5 || v.Lake.Fsync || v.Lake.Dir != "no" || v.Log.Level != "info" {
		t.Errorf("loaded %+v", v)
	}
	if got := v.Baostock.Symbols; len(got) != 2 || got[0].String() != "sz000001" || got[1].String() != "sh600000" {
		t.Errorf("symbols %v", got)
	}
	if got := strings.Join(v.Lake.Tables, "|"); got != "a|b" {
		t.Errorf("tables %v", got)
	}
	for key, want := range map[string]string{
		"name":                  "--set name=x=y",
		"baostock.read_timeout": "/etc/barkeep.yaml:4:3",
		"baostock.page_size":    "--set baostock.page_size=701",
		"baostock.quota":        "default.yaml:13:3",
		"lake.ratio":            "BARKEEP_LAKE_RATIO",
	} {
		if got, ok := loaded.Origin(key); !ok || got.String() != want {
			t.Errorf("origin of %s is %s, want %s", key, got, want)
		}
	}
	if _, ok := loaded.Origin("lake"); ok {
		t.Error("a section has an origin")
	}
}

func TestProblemsInFile(t *testing.T) {
	_, err := load(sources{file: `name: a
nmae: b
name: c
baostock:
  read_timeout: 30
  page_sise: 5
  page_size: "5"
  quota: 1.5
  since: 2023-02-29
  symbols: [sh600000, banana, 600036, [1]]
  account: anonymous
lake:
  dir:
  ratio: .nan
  fsync: yes
  tables: daily_bars
  level: info
log: {level: {a: 1}}
baostok:
  page_size: 1
baostock.quota: 5
x: &anchor 1
`})
	wantProblems(t, err,
		samplePath+":2:1: nmae: unknown key; did you mean name?",
		samplePath+":3:1: name: is given twice; the first is on line 1",
		samplePath+":5:17: baostock.read_timeout: 30 has no unit; write it like 30s, 30m or 30h",
		samplePath+":6:3: baostock.page_sise: unknown key; did you mean baostock.page_size?",
		samplePath+":7:14: baostock.page_size: needs a whole number, not text in quotes; write 5",
		samplePath+`:8:10: baostock.quota: "1.5" is not a whole number in decimal digits`,
		samplePath+`:9:10: baostock.since: "2023-02-29" is not a date: write it like 2024-01-02 or 20240102`,
		samplePath+`:10:23: baostock.symbols: "banana" is not a symbol: write it like sh600000, sz.000001, 600000.SH or 600000`,
		samplePath+":10:39: baostock.symbols: needs a single value, not a list",
		samplePath+":11:12: baostock.account: is a section; write its keys below it, indented, such as user",
		samplePath+`:13:7: lake.dir: has no value; write "" for empty text, or leave the key out`,
		samplePath+`:14:10: lake.ratio: ".nan" is not a number; write it like 0.5`,
		samplePath+`:15:10: lake.fsync: "yes" is neither true nor false`,
		samplePath+":16:11: lake.tables: needs a list, such as [a, b]",
		samplePath+":17:3: lake.level: unknown key; did you mean log.level?",
		samplePath+":18:14: log.level: needs a value, not keys below it",
		samplePath+":19:1: baostok: unknown key; did you mean baostock?",
		samplePath+":21:1: baostock.quota: is written with dots; in a file write baostock: and below it, indented, quota:",
		samplePath+":22:1: x: unknown key",
		samplePath+":22:4: anchors, aliases and tags are not read here; write the value itself",
	)
	if !strings.HasPrefix(err.Error(), "20 problems in the configuration:\n  /etc/barkeep.yaml:2:1: ") {
		t.Errorf("the error begins %.80q", err.Error())
	}
}

// TestProblemsOfAllLayers: a file that is no YAML does not hide what is wrong
// elsewhere, and checked values are placed where they were written.
func TestProblemsOfAllLayers(t *testing.T) {
	_, err := load(sources{
		file: "name: [a\n",
		environ: []string{"BARKEEP_BAOSTOCK_PAGESIZE=5", "BARKEEP_BAOSTOCK_QUOTA=0", "BARKEEP_LAKE_TABLES=a,,b",
			"BARKEEP_NAME=\xff", "BARKEEP_=", "BARKEEP_SERVICE_HOST=10.0.0.1", "BARKEEP_HOME=/x"},
		reserved: []string{"BARKEEP_SERVICE_*", "BARKEEP_HOME"},
		set: []string{"baostock.page_size=0", "log.level", "lake=5", "lake.tabels=x", "banana", "lake.dir=/tmp",
			"lake.fsync=false", "baostock.symbols=[sh600000", "lake.ratio="},
	})
	wantProblems(t, err,
		samplePath+":1:7: is not valid YAML: sequence end token ']' not found",
		"BARKEEP_: names no key",
		"BARKEEP_BAOSTOCK_PAGESIZE: names no key; did you mean BARKEEP_BAOSTOCK_PAGE_SIZE?",
		`BARKEEP_LAKE_TABLES: lake.tables: "a,,b" has an empty element; write a,b,c`,
		"BARKEEP_NAME: name: is not UTF-8 text",
		"BARKEEP_BAOSTOCK_QUOTA: baostock.quota: must be positive",
		"--set log.level: log.level: needs a value; write --set key=value",
		"--set lake: lake: is a section; name a key of it, such as lake.dir",
		"--set lake.tabels: lake.tabels: unknown key; did you mean lake.tables?",
		"--set banana: banana: needs a value; write --set key=value",
		"--set baostock.symbols=[sh600000: baostock.symbols: is not valid YAML: sequence end token ']' not found",
		`--set lake.ratio=: lake.ratio: "" is not a number; write it like 0.5`,
		"--set baostock.page_size=0: baostock.page_size: must be 1 to 10000",
		"configuration: lake: a lake in /tmp without fsync is lost at the first power cut",
	)
}

// TestInvalidValueIsReportedOnce: a value that cannot be read is not checked in
// the shape of the default that stands in for it.
func TestInvalidValueIsReportedOnce(t *testing.T) {
	_, err := load(sources{file: "baostock:\n  quota: -1\n", set: []string{"baostock.quota=many"}})
	wantProblems(t, err, `--set baostock.quota=many: baostock.quota: "many" is not a whole number in decimal digits`)
}

func TestBadDocuments(t *testing.T) {
	for name, test := range map[string]struct{ file, want string }{
		"not UTF-8":    {"name: \xff", samplePath + ": is not UTF-8 text"},
		"a list":       {"- name\n", samplePath + ":1:1: needs keys, such as name"},
		"a word":       {"name\n", samplePath + ":1:1: needs keys, such as name"},
		"two parts":    {"name: a\n---\nname: b\n", samplePath + ":3:1: a second YAML document begins; write everything in one"},
		"tab":          {"log:\n\tlevel: a\n", samplePath + `:2:1: is not valid YAML: "found character '\t' that cannot start any token"`},
		"deep":         {"name: " + strings.Repeat("[", 5000), samplePath + ":1:23: is not valid YAML: nested too deeply"},
		"stairs":       {strings.Repeat("- ", 5000), samplePath + ":1:33: is not valid YAML: nested too deeply"},
		"huge":         {strings.Repeat("#", 1<<20+1), samplePath + ": is larger than 1048576 bytes, which no configuration is"},
		"merge key":    {"<<: {name: a}\n", samplePath + ":1:1: merge keys, anchors and keys after ? are not read here; write each key as a plain name"},
		"control char": {"\"na\\nme\": a\n", samplePath + `:1:1: "na\nme": unknown key; did you mean name?`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(sources{file: test.file})
			wantProblems(t, err, test.want)
		})
	}
	for _, harmless := range []string{"# nothing\n", "---\n", "\ufeffname: a\r\n", "%YAML 1.2\n---\nname: a\n...\n"} {
		if _, err := load(sources{file: harmless}); err != nil {
			t.Errorf("%q: %v", harmless, err)
		}
	}
}

func TestFileFromDisk(t *testing.T) {
	dir := t.TempDir()
	path := dir + "/barkeep.yaml"
	o := configs.Options{Default: []byte(sampleDefault), File: path}
	_, err := configs.Load[sample](o)
	wantProblems(t, err, path+": cannot read the configuration file: no such file or directory")
	if err := os.WriteFile(path, []byte("name: disk\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := configs.Load[sample](o)
	if err != nil || loaded.Value.Name != "disk" {
		t.Errorf("loaded %+v, %v", loaded, err)
	}
	o.File = dir
	if _, err := configs.Load[sample](o); err == nil {
		t.Error("a directory was read")
	}
}

// TestSecretsStaySecret: no message and no listing shows a secret value.
func TestSecretsStaySecret(t *testing.T) {
	const secret = "zq7"
	loads := []sources{
		{file: "baostock:\n  account:\n    pin: " + secret + "\n"},
		{file: "baostock:\n  account:\n    password: " + secret + "\n"},
		{environ: []string{"BARKEEP_BAOSTOCK_ACCOUNT_PIN=" + secret, "BARKEEP_BAOSTOCK_ACCOUNT_BACKUPS=,," + secret}},
		{set: []string{"baostock.account.pin=" + secret, "baostock.account.pasword=" + secret,
			"baostock.account.password=" + secret, "baostock.account.backups=[" + secret}},
	}
	for _, s := range loads {
		_, err := load(s)
		if err == nil {
			t.Errorf("%+v: no problem", s)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("a problem shows the secret:\n%v", err)
		}
	}
	_, err := load(loads[3])
	wantProblems(t, err,
		"--set baostock.account.pin=(secret): baostock.account.pin: is not a whole number (the value is secret and not shown)",
		"--set baostock.account.pasword: baostock.account.pasword: unknown key; did you mean baostock.account.password?",
		"--set baostock.account.backups=(secret): baostock.account.backups: is not a list of text (the value is secret and not shown)",
		"--set baostock.account.password=(secret): baostock.account.password: (secret) is too short",
	)
}

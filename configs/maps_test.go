package configs_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"barkeep/configs"
	"barkeep/etl"
)

// harbour has sections of the user's own names.
type harbour struct {
	Berths berths `yaml:"berths"`
	Name   string `yaml:"name"`
}

type berths map[string]berth

type berth struct {
	Depth   int      `yaml:"depth" doc:"Metres."`
	Ships   []string `yaml:"ships" doc:"Who may."`
	Key     string   `yaml:"key" doc:"Of the gate." secret:"true"`
	Pilot   string   `yaml:"pilot" doc:"Who it is."`
	Comment string   `yaml:"-"`
}

func (b *berth) SetDefaults() { b.Depth = 5 }

func (b berths) Validate() error {
	var e etl.KeyErrors
	for name, one := range b {
		e.Check(one.Depth > 0, name+".depth", "must be positive")
		e.Check(one.Key == "" || one.Key != "1234", name+".key", one.Key+" is too simple")
	}
	return e.Err()
}

const harbourDefault = `# The berths.
berths:
  # The first.
  north:
    # How deep.
    depth: 9
    pilot: Ann
  south:
    ships: [a]

# Where.
name: port
`

func loadHarbour(file string, environ, set []string) (*configs.Loaded[harbour], error) {
	o := configs.Options{Default: []byte(harbourDefault), Environ: environ, Set: set, ReadFile: func(string) ([]byte, error) { return []byte(file), nil }}
	if file != "" {
		o.File = samplePath
	}
	return configs.Load[harbour](o)
}

func TestMaps(t *testing.T) {
	if err := configs.CheckDefault[harbour]([]byte(harbourDefault)); err != nil {
		t.Fatal(err)
	}
	loaded, err := loadHarbour("berths:\n  west-1:\n    ships: [b, c, d, e, f, g, h, i, j]\n    key: hush\n  east:\n  north: {pilot: Bo}\n",
		[]string{"BARKEEP_BERTHS_SOUTH_KEY=hush", "BARKEEP_BERTHS_WEST_1_DEPTH=3"}, []string{"berths.north.ships=x", "berths.pier.pilot=Cy"})
	if err != nil {
		t.Fatal(err)
	}
	want := berths{
		"north": {Depth: 9, Pilot: "Bo", Ships: []string{"x"}}, "south": {Depth: 5, Ships: []string{"a"}, Key: "hush"}, "east": {Depth: 5},
		"west-1": {Depth: 3, Ships: strings.Split("bcdefghij", ""), Key: "hush"}, "pier": {Depth: 5, Pilot: "Cy"},
	}
	if diff := cmp.Diff(want, loaded.Value.Berths); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	var shown strings.Builder
	if err := loaded.Show(&shown); err != nil {
		t.Fatal(err)
	}
	const text = `# The berths.
berths:
  # The first.
  north:
    # How deep.
    depth: 9
    pilot: Bo  # from /etc/barkeep.yaml:6
    ships: [x]  # from --set
  south:
    ships: [a]
    # key: (set)  # from BARKEEP_BERTHS_SOUTH_KEY
  west-1:
    depth: 3  # from BARKEEP_BERTHS_WEST_1_DEPTH
    ships:  # from /etc/barkeep.yaml:3
      - b
      - c
      - d
      - e
      - f
      - g
      - h
      - i
      - j
    # key: (set)  # from /etc/barkeep.yaml:4
  east:
  pier:
    pilot: Cy  # from --set

# Where.
name: port
`
	if diff := cmp.Diff(text, shown.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestMapProblems(t *testing.T) {
	_, err := loadHarbour("berths:\n  north: 7\n  n-p: {depth: 0}\n  west: {depth: 0, key: '1234'}\n  pier: {}\n  pier: {}\n  3rd: {}\n  n-: {}\n", nil, []string{"berths.n=1", "berths.west.pilot.x=1"})
	wantProblems(t, err,
		"/etc/barkeep.yaml:2:10: berths.north: is a section; write its keys below it, indented, such as depth",
		"/etc/barkeep.yaml:3:9: berths.n-p.depth: must be positive",
		"/etc/barkeep.yaml:4:10: berths.west.depth: must be positive",
		"/etc/barkeep.yaml:4:20: berths.west.key: (secret) is too simple",
		"/etc/barkeep.yaml:6:3: berths.pier: is given twice; the first is on line 5",
		"/etc/barkeep.yaml:7:3: berths.3rd: is no name: write a-z, 0-9 and - between them, a letter first",
		"/etc/barkeep.yaml:8:3: berths.n-: is no name: write a-z, 0-9 and - between them, a letter first; did you mean berths.n-p?",
		"--set berths.n: berths.n: unknown key",
		"--set berths.west.pilot.x: berths.west.pilot.x: unknown key",
	)
	type clash struct {
		M map[string]struct {
			A  int `yaml:"a" doc:"A."`
			BA int `yaml:"b_a" doc:"B."`
		} `yaml:"m"`
		X int `yaml:"x"`
	}
	_, err = configs.Load[clash](configs.Options{Default: []byte("# M.\nm:\n  x:\n    a: 1\n# X.\nx: 1\n"), Set: []string{"m.x-b.a=1"}})
	wantProblems(t, err, "--set m.x-b.a: m.x-b: would share the variable BARKEEP_M_X_B_A with m.x.b_a; choose another name")

	for want, err := range map[string]error{
		"a map is of structs by string": configs.CheckDefault[struct {
			A map[int]berth `yaml:"a"`
		}](nil),
		"a: a has the type struct": configs.CheckDefault[struct {
			A map[string]struct {
				A struct{} `yaml:"a"`
			} `yaml:"a"`
		}](nil),
	} {
		var problems *configs.Problems
		if err == nil || errors.As(err, &problems) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	err = configs.CheckDefault[struct {
		A map[string]struct {
			B int `yaml:"b"`
		} `yaml:"a"`
		X int `yaml:"x"`
	}]([]byte("# X.\nx: 1\n"))
	wantProblems(t, err, "default.yaml: a: is missing from the defaults", "default.yaml: a.NAME.b: has no doc tag that describes it")
}

// FuzzMaps: what is accepted is shown and loaded again unchanged, secrets aside.
func FuzzMaps(f *testing.F) {
	f.Add("berths: {a: {depth: 3, ships: [x, 'y z']}, b: , north: {pilot: '#'}}", "BARKEEP_BERTHS_A_DEPTH=4", "berths.c.ships=1,2,3,4,5,6,7,8,9")
	f.Add("berths:\n  on:\n    pilot: a\n  null:\n  a-b-c:\n    depth: 1\n", "BARKEEP_BERTHS_SOUTH_PILOT=x", "berths.on.depth=7")
	f.Add("berths: &a\n  ? b\n", "BARKEEP_BERTHS=", "berths.=1")
	f.Fuzz(func(t *testing.T, file, variable, set string) {
		loaded, err := loadHarbour(file, []string{variable}, []string{set})
		if err != nil {
			var problems *configs.Problems
			if !errors.As(err, &problems) || len(problems.List) == 0 {
				t.Fatalf("error %v is no *Problems", err)
			}
			return
		}
		var shown strings.Builder
		if err := loaded.Show(&shown); err != nil {
			t.Fatal(err)
		}
		again, err := loadHarbour(shown.String(), nil, nil)
		if err != nil {
			t.Fatalf("what Show wrote does not load: %v\n%s", err, shown.String())
		}
		for name, b := range loaded.Value.Berths {
			b.Key = ""
			loaded.Value.Berths[name] = b
		}
		if !reflect.DeepEqual(loaded.Value, again.Value) {
			t.Fatalf("what Show wrote loads as something else:\n%s\n%s", cmp.Diff(loaded.Value, again.Value), shown.String())
		}
	})
}

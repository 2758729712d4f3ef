package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const deployDir = "../../configs/deploy"

func deployFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestUnit holds that systemd understands the unit and that the unit starts a
// command there is, with flags it has.
func TestUnit(t *testing.T) {
	unit := deployFile(t, "barkeep.service")
	line := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/barkeep (.*)$`).FindStringSubmatch(unit)
	if line == nil {
		t.Fatal("the unit starts nothing")
	}
	a := &app{}
	c, rest, err := a.command().Find(strings.Fields(line[1]))
	if err != nil || c.Name() != "serve" {
		t.Fatalf("the unit starts %q: %v", line[1], err)
	}
	if err := c.ParseFlags(rest); err != nil || c.Flags().NArg() > 0 {
		t.Errorf("the unit's arguments %q: %v", rest, err)
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("SKIPPED: systemd-analyze is needed to check the unit and is not here")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "barkeep.service")
	if err := os.WriteFile(path, []byte(strings.Replace(unit, "ExecStart=/usr/local/bin/barkeep", "ExecStart="+self, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	verify := exec.Command("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", path)
	if out, err := verify.CombinedOutput(); err != nil || strings.Contains(string(out), "barkeep.service") {
		t.Errorf("systemd-analyze: %v\n%s", err, out)
	}
}

// TestPrometheusFiles holds that the examples are what Prometheus reads.
func TestPrometheusFiles(t *testing.T) {
	var scrape struct {
		Rules []string `yaml:"rule_files"`
		Jobs  []struct {
			Name    string `yaml:"job_name"`
			Honor   bool   `yaml:"honor_labels"`
			Every   string `yaml:"scrape_interval"`
			Targets []struct {
				Hosts []string `yaml:"targets"`
			} `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.UnmarshalWithOptions([]byte(deployFile(t, "prometheus.yaml")), &scrape, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	// Without it Prometheus renames the label job of the daemon's own series.
	if len(scrape.Jobs) != 1 || !scrape.Jobs[0].Honor {
		t.Errorf("scrape_configs: %+v", scrape.Jobs)
	}
	var alerts struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				For         string            `yaml:"for"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.UnmarshalWithOptions([]byte(deployFile(t, "alerts.yaml")), &alerts, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	for _, g := range alerts.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || r.Expr == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("alert %+v is not whole", r)
			}
		}
	}
	if len(alerts.Groups) != 1 || len(alerts.Groups[0].Rules) < 5 {
		t.Errorf("%d groups", len(alerts.Groups))
	}
}

// TestContainerfile holds that the image is built of every room, and runs a command
// there is.
func TestContainerfile(t *testing.T) {
	file := deployFile(t, "Containerfile")
	for name := range below {
		if !strings.Contains(file, "\nCOPY "+name+" "+name+"\n") {
			t.Errorf("the room %s is not copied", name)
		}
	}
	for _, want := range []string{"\nCMD [\"serve\"]\n", ":nonroot\n", "BARKEEP_LAKE=/lake"} {
		if !strings.Contains(file, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if c, _, err := (&app{}).command().Find([]string{"serve"}); err != nil || c.Name() != "serve" {
		t.Error("there is no command serve")
	}
}

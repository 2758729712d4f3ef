package webhook

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"barkeep/etl"
)

// Config is the section "notify" of the configuration. A target with an address
// is told; there may be several.
type Config struct {
	Repeat  time.Duration `yaml:"repeat"`        // an incident that is still raised is told again after this long
	Timeout time.Duration `yaml:"timeout"`       // of one attempt, from the connection to the last byte
	Retries int           `yaml:"retries"`       // repetitions of a failed attempt before a long wait
	Backoff time.Duration `yaml:"retry_backoff"` // before the first repetition; doubles
	Host    string        `yaml:"host"`          // what messages call this machine; empty: its host name

	Generic  SignedTarget `yaml:"generic"`
	DingTalk SignedTarget `yaml:"dingtalk"`
	Feishu   SignedTarget `yaml:"feishu"`
	WeCom    Target       `yaml:"wecom"`
	Slack    Target       `yaml:"slack"`
}

// Target is where messages go. At most one of its keys is set; none means no
// such target.
type Target struct {
	URL     string `yaml:"url" secret:"true"`
	URLFile string `yaml:"url_file"` // file that holds the address
}

// SignedTarget is a Target that may sign what it sends.
type SignedTarget struct {
	URL        string `yaml:"url" secret:"true"`
	URLFile    string `yaml:"url_file"` // file that holds the address
	Secret     string `yaml:"secret" secret:"true"`
	SecretFile string `yaml:"secret_file"` // file that holds the secret
}

// DefaultConfig has no targets.
func DefaultConfig() Config {
	return Config{Repeat: 24 * time.Hour, Timeout: 10 * time.Second, Retries: 4, Backoff: 2 * time.Second}
}

// Validate returns every problem of its own keys as an etl.KeyError. The targets
// have a Validate of their own.
func (c Config) Validate() error {
	var e etl.KeyErrors
	e.Check(c.Repeat >= time.Minute && c.Repeat <= 366*24*time.Hour, "repeat", "must lie in 1m..8784h")
	e.Check(c.Timeout > 0 && c.Timeout <= 5*time.Minute, "timeout", "must be longer than nothing and at most 5m")
	e.Check(c.Retries >= 0 && c.Retries <= 10, "retries", "must lie in 0..10")
	e.Check(c.Backoff >= 0 && c.Backoff <= time.Minute, "retry_backoff", "must lie in 0s..1m")
	e.Check(len(c.Host) <= 100, "host", "must have at most 100 bytes")
	return e.Err()
}

// Validate returns every problem as an etl.KeyError. It does not read url_file.
func (t Target) Validate() error { return SignedTarget{URL: t.URL, URLFile: t.URLFile}.Validate() }

// Validate returns every problem as an etl.KeyError. It does not read the files.
func (t SignedTarget) Validate() error {
	var e etl.KeyErrors
	if t.URL != "" {
		_, problem := parseAddress(t.URL)
		e.Check(problem == "", "url", problem)
	}
	e.Check(t.URL == "" || t.URLFile == "", "url_file", "is given beside an address; one of them must go")
	if t.Secret != "" {
		e.Check(t.SecretFile == "", "secret_file", "is given beside a secret; one of them must go")
		e.Check(plain(t.Secret, maxCredential) == t.Secret, "secret", "must be one line of text without blanks at its ends")
	}
	e.Check(t.Secret == "" && t.SecretFile == "" || t.URL != "" || t.URLFile != "", "url", "is missing: there is a secret and no address to use it for; set url in the environment, or url_file")
	return e.Err()
}

// credentials are the address and the secret of a target, read from wherever they
// are.
type credentials struct {
	url    *url.URL // nil: there is no such target
	secret string
}

// load reads the files that hold an address and a secret. Errors name files, not
// contents.
func (t SignedTarget) load(section string) (credentials, error) {
	address, err := fromFile(t.URL, t.URLFile)
	if err != nil {
		return credentials{}, fmt.Errorf("notify.%s.url_file: %w", section, err)
	}
	secret, err := fromFile(t.Secret, t.SecretFile)
	if err != nil {
		return credentials{}, fmt.Errorf("notify.%s.secret_file: %w", section, err)
	}
	if address == "" {
		return credentials{}, nil
	}
	u, problem := parseAddress(address)
	if problem != "" {
		return credentials{}, fmt.Errorf("notify.%s: the address %s", section, problem)
	}
	return credentials{u, secret}, nil
}

// maxCredential bounds a file with an address or a secret, in bytes.
const maxCredential = 4096

// fromFile returns value, or the trimmed content of a file if one is named.
func fromFile(value, path string) (string, error) {
	if path == "" {
		return value, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxCredential+1))
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(content))
	if text == "" || len(content) > maxCredential || strings.ContainsAny(text, "\r\n") {
		return "", fmt.Errorf("%s must hold one line of at most %d bytes", path, maxCredential)
	}
	return text, nil
}

// parseAddress returns an address, or what is wrong with it without showing it.
func parseAddress(text string) (*url.URL, string) {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, "is not an address; it must look like https://HOST/PATH (the value is secret and not shown)"
	case u.User != nil || u.Fragment != "":
		return nil, "has a user name or a #fragment, which would not be sent; remove it (the value is secret and not shown)"
	}
	return u, ""
}

package baostock

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"

	"barkeep/etl"
)

// Config is the section "baostock" of the configuration.
type Config struct {
	Address       string `yaml:"address"` // host:port; empty = the vendor's host for the kind of key
	User          string `yaml:"user"`
	Password      string `yaml:"password" secret:"true"`
	APIKey        string `yaml:"api_key" secret:"true"`
	ClientVersion string `yaml:"client_version"` // NN.N.NN, what the header announces
	PageSize      int    `yaml:"page_size"`      // rows per page of paged answers

	ConnectTimeout time.Duration `yaml:"connect_timeout"`
	ReadTimeout    time.Duration `yaml:"read_timeout"` // longest silence inside an answer; ten times that for all of it
	IdleTimeout    time.Duration `yaml:"idle_timeout"` // an older idle connection is replaced before use
	Retries        int           `yaml:"retries"`
	RetryBackoff   time.Duration `yaml:"retry_backoff"` // before the first repetition; doubles with each

	Sessions int `yaml:"sessions"` // connections at once
	Pipeline int `yaml:"pipeline"` // requests in flight on one connection
	Prefetch int `yaml:"prefetch"` // answers fetched ahead of converting

	Budget    int    `yaml:"budget"`     // requests a day
	StateFile string `yaml:"state_file"` // where budget and ban are remembered; empty = inside the lake
	MaxAnswer int    `yaml:"max_answer"` // bytes of one answer, inflated
}

// The vendor's hosts. Source: specification of Baostock, section 1.
const (
	publicHost = "public-api.baostock.com:10030"
	keyHost    = "vip-api.baostock.com:10030"
)

// DefaultConfig returns the polite defaults: one connection, one request at a
// time, and a budget a tenth below the vendor's limit of 50,000 a day.
func DefaultConfig() Config {
	return Config{
		User: "anonymous", Password: "123456", ClientVersion: "00.9.40", PageSize: 2000,
		ConnectTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 25 * time.Minute,
		Retries: 3, RetryBackoff: 2 * time.Second,
		Sessions: 1, Pipeline: 1, Prefetch: 8,
		Budget: 45_000, MaxAnswer: 32 << 20,
	}
}

// host returns where to connect.
func (c Config) host() string {
	switch {
	case c.Address != "":
		return c.Address
	case c.APIKey != "":
		return keyHost
	}
	return publicHost
}

// options is the last field of the login: the key, or 0 without one.
func (c Config) options() string {
	if c.APIKey != "" {
		return c.APIKey
	}
	return "0"
}

var versionPattern = regexp.MustCompile(`^\d\d\.\d\.\d\d$`)

// Validate returns every problem as an etl.KeyError.
func (c Config) Validate() error {
	var e etl.KeyErrors
	if c.Address != "" {
		host, port, err := net.SplitHostPort(c.Address)
		e.Check(err == nil && host != "" && port != "", "address", fmt.Sprintf("%q is not HOST:PORT, such as public-api.baostock.com:10030", c.Address))
	}
	e.Check(plain(c.User) && c.User != "", "user", "must not be empty nor hold control characters")
	e.Check(plain(c.Password) && c.Password != "", "password", "must not be empty nor hold control characters")
	e.Check(c.APIKey == "" || validKey(c.APIKey), "api_key", "is no key of the vendor: bs- and 30 letters or digits, the last one a checksum")
	e.Check(versionPattern.MatchString(c.ClientVersion), "client_version", fmt.Sprintf("%q does not have the form 00.9.40", c.ClientVersion))
	e.Check(c.PageSize >= 1 && c.PageSize <= 100_000, "page_size", "must lie in 1..100000")
	e.Check(c.ConnectTimeout > 0, "connect_timeout", "must be longer than nothing")
	e.Check(c.ReadTimeout > 0, "read_timeout", "must be longer than nothing")
	e.Check(c.IdleTimeout > 0, "idle_timeout", "must be longer than nothing")
	e.Check(c.Retries >= 0 && c.Retries <= 20, "retries", "must lie in 0..20")
	e.Check(c.RetryBackoff >= 0, "retry_backoff", "must not be negative")
	e.Check(c.Sessions >= 1 && c.Sessions <= 64, "sessions", "must lie in 1..64")
	e.Check(c.Pipeline >= 1 && c.Pipeline <= 256, "pipeline", "must lie in 1..256")
	e.Check(c.Prefetch >= 0 && c.Prefetch <= 1024, "prefetch", "must lie in 0..1024; 0 switches it off")
	e.Check(c.Budget >= 0, "budget", "must not be negative")
	e.Check(c.MaxAnswer >= 1<<20 && c.MaxAnswer <= 1<<30, "max_answer", "must lie in 1048576..1073741824 bytes")
	return e.Err()
}

func plain(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) }

const keyAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// validKey checks the form and the checksum of a key, as the vendor's client
// does. Source: specification of Baostock, 6.2.
func validKey(key string) bool {
	digits, ok := strings.CutPrefix(key, "bs-")
	if !ok || len(digits) != 30 {
		return false
	}
	sum := 0
	for i := range 29 {
		v := strings.IndexByte(keyAlphabet, digits[i])
		if v < 0 {
			return false
		}
		sum += v
	}
	return keyAlphabet[sum%len(keyAlphabet)] == digits[29]
}

// Package door holds the settings of the HTTP door, section "http" of the
// configuration. It is apart from package configs so that the door does not carry
// DuckDB with it.
package door

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"barkeep/etl"
)

// Config is the section "http" of the configuration.
type Config struct {
	Address     string        `yaml:"address"` // HOST:PORT; other hosts than loopback need a token
	Token       string        `yaml:"token" secret:"true"`
	TokenFile   string        `yaml:"token_file"`   // file that holds the token, instead of token
	MaxBatch    int           `yaml:"max_batch"`    // symbols of one batch
	MaxRequests int           `yaml:"max_requests"` // answered at the same time; more are refused
	RateLimit   int           `yaml:"rate_limit"`   // requests a second of one client; 0 = no limit
	Timeout     time.Duration `yaml:"timeout"`      // for the providers to answer one request

	SQLTimeout  time.Duration `yaml:"sql_timeout"`  // of one query, its answer's way to the client included
	SQLQueries  int           `yaml:"sql_queries"`  // that run at the same time; more are refused
	SQLMemory   int64         `yaml:"sql_memory"`   // bytes that the process of a query may take
	SQLMaxRows  int64         `yaml:"sql_max_rows"` // rows of one answer
	SQLMaxBytes int64         `yaml:"sql_max_bytes"`
}

// DefaultConfig listens on loopback only, without a token. Source of the longest
// batch: specification of QuantDB's public behaviour, 9.2.
func DefaultConfig() Config {
	return Config{Address: "127.0.0.1:7070", MaxBatch: 100, MaxRequests: 256, Timeout: 35 * time.Second,
		SQLTimeout: 30 * time.Second, SQLQueries: 2, SQLMemory: 1 << 30, SQLMaxRows: 1_000_000, SQLMaxBytes: 256 << 20}
}

// Tokens are long enough that guessing is hopeless.
const (
	minToken = 16
	maxToken = 1024
)

// Validate returns every problem as an etl.KeyError. It does not read token_file.
func (c Config) Validate() error {
	var e etl.KeyErrors
	_, port, err := net.SplitHostPort(c.Address)
	n, perr := strconv.Atoi(port)
	e.Check(err == nil && perr == nil && n >= 0 && n <= 65535, "address", fmt.Sprintf("%q is not HOST:PORT, such as 127.0.0.1:7070", c.Address))
	if c.Token != "" {
		problem := tokenProblem(c.Token)
		e.Check(problem == "", "token", problem)
		e.Check(c.TokenFile == "", "token_file", "is given beside a token; one of them must go")
	}
	if err == nil && c.RequireToken() {
		e.Check(c.Token != "" || c.TokenFile != "", "token", fmt.Sprintf("is missing: %s can be reached from other machines; set token, token_file or BARKEEP_HTTP_TOKEN, or listen on 127.0.0.1", c.Address))
	}
	e.Check(c.MaxBatch >= 1 && c.MaxBatch <= 10_000, "max_batch", "must lie in 1..10000")
	e.Check(c.MaxRequests >= 1 && c.MaxRequests <= 100_000, "max_requests", "must lie in 1..100000")
	e.Check(c.RateLimit >= 0 && c.RateLimit <= 1_000_000, "rate_limit", "must lie in 0..1000000; 0 switches it off")
	e.Check(c.Timeout > 0 && c.Timeout <= 10*time.Minute, "timeout", "must be longer than nothing and at most 10m")
	e.Check(c.SQLTimeout > 0 && c.SQLTimeout <= time.Hour, "sql_timeout", "must be longer than nothing and at most 1h")
	e.Check(c.SQLQueries >= 1 && c.SQLQueries <= 64, "sql_queries", "must lie in 1..64")
	e.Check(c.SQLMemory >= 256<<20 && c.SQLMemory <= 1<<40, "sql_memory", "must lie in 268435456..1099511627776, 256 MiB to 1 TiB")
	e.Check(c.SQLMaxRows >= 1 && c.SQLMaxRows <= 1_000_000_000, "sql_max_rows", "must lie in 1..1000000000")
	e.Check(c.SQLMaxBytes >= 1<<10 && c.SQLMaxBytes <= 1<<40, "sql_max_bytes", "must lie in 1024..1099511627776")
	return e.Err()
}

// RequireToken reports whether other machines can reach the address, so that
// requests need a token. Of names only localhost is taken for loopback.
func (c Config) RequireToken() bool {
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return !strings.EqualFold(host, "localhost") && (err != nil || !addr.Unmap().IsLoopback())
}

// LoadToken returns the token in force; empty when none is configured.
func (c Config) LoadToken() (string, error) {
	if c.TokenFile == "" {
		return c.Token, nil
	}
	f, err := os.Open(c.TokenFile)
	if err != nil {
		return "", fmt.Errorf("token_file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxToken+64))
	if err != nil {
		return "", fmt.Errorf("token_file: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if problem := tokenProblem(token); problem != "" {
		return "", fmt.Errorf("token_file: the token in %s %s", c.TokenFile, problem)
	}
	return token, nil
}

// tokenProblem says what is wrong with a token without showing it.
func tokenProblem(token string) string {
	if len(token) < minToken || len(token) > maxToken {
		return fmt.Sprintf("must have %d to %d characters; openssl rand -hex 32 makes a good one", minToken, maxToken)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "must be printable ASCII without blanks; openssl rand -hex 32 makes a good one"
	}
	return ""
}

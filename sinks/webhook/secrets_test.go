package webhook_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"barkeep/sinks/webhook"
)

const (
	key    = "f3a1c0ffee-KEY"
	secret = "SECf00dfeed-SECRET"
)

// TestSecretsNeverAppear goes through every way of failing, over a real socket,
// and looks for the keys in errors, log and state.
func TestSecretsNeverAppear(t *testing.T) {
	echo := func(r *http.Request) string {
		return fmt.Sprintf("no such robot: %s %s %s %s", r.URL, r.URL.Path, r.URL.RawQuery, strings.Repeat(r.URL.String(), 10))
	}
	answers := map[string]http.HandlerFunc{
		"status": func(w http.ResponseWriter, r *http.Request) { http.Error(w, echo(r), http.StatusNotFound) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere"+r.URL.String(), http.StatusFound)
		},
		"errcode": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"errcode":1,"code":1,"errmsg":%q,"msg":%q}`, echo(r), echo(r))
		},
		"cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"slow": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client has gone
			<-r.Context().Done()
		},
		"no TLS": nil,
	}
	for name, answer := range answers {
		server := httptest.NewUnstartedServer(answer)
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		server.Start()
		defer server.Close()
		base := server.URL
		if name == "no TLS" {
			base = strings.Replace(base, "http:", "https:", 1)
		}
		c := webhook.DefaultConfig()
		c.Retries, c.Backoff, c.Timeout = 0, 0, 200*time.Millisecond
		c.Generic = webhook.SignedTarget{URL: base + "/hook/" + key, Secret: secret}
		c.DingTalk = webhook.SignedTarget{URL: base + "/robot/send?access_token=" + key, Secret: secret}
		c.Feishu = webhook.SignedTarget{URL: base + "/open-apis/bot/v2/hook/" + key, Secret: secret}
		c.WeCom.URL = base + "/cgi-bin/webhook/send?key=" + key
		c.Slack.URL = base + "/services/T000/B000/" + key
		var log bytes.Buffer
		path := filepath.Join(t.TempDir(), "notifications.json")
		n := start(t, c, webhook.Options{State: path, Log: slog.New(slog.NewJSONHandler(&log, nil))})
		n.Raise(failed)
		seen := ""
		for target, err := range n.Try(t.Context(), "hello") {
			if err == nil && !(name == "errcode" && (target == "generic" || target == "slack")) {
				t.Errorf("%s: %s has taken it", name, target)
			}
			if err != nil && !strings.Contains(err.Error(), target+" (127.0.0.1:") {
				t.Errorf("%s: %v does not name the target and its host", name, err)
			}
			seen += fmt.Sprintf("%v %+v\n", err, err)
		}
		closed(t, n)
		state, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		seen += log.String() + string(state)
		for _, hidden := range []string{key, secret, "access_token=f3", "KEY", "SECRET"} {
			if strings.Contains(seen, hidden) {
				t.Errorf("%s: %s appears in:\n%s", name, hidden, seen)
			}
		}
	}
}

func TestConfigValidate(t *testing.T) {
	if err := webhook.DefaultConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	err := webhook.Config{Retries: 11, Backoff: -1, Host: strings.Repeat("h", 101)}.Validate()
	for _, want := range []string{"repeat: ", "timeout: ", "retries: ", "retry_backoff: ", "host: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	for address, fine := range map[string]bool{
		"": true, "https://oapi.dingtalk.com/robot/send?access_token=" + key: true, "http://127.0.0.1:9000/x": true,
		"oapi.dingtalk.com/" + key: false, "ftp://host/" + key: false, "https:///" + key: false, "https://h/%zz" + key: false,
		"https://user:" + key + "@h/": false, "https://h/#" + key: false, "https://h/\x7f" + key: false,
	} {
		err := webhook.Target{URL: address}.Validate()
		if (err == nil) != fine || err != nil && strings.Contains(err.Error(), key) {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, bad := range []webhook.SignedTarget{
		{URL: "https://h/", URLFile: "f"}, {Secret: secret}, {SecretFile: "f"},
		{URL: "https://h/", Secret: secret, SecretFile: "f"}, {URL: "https://h/", Secret: secret + "\n"},
	} {
		if err := bad.Validate(); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestFiles: addresses and secrets are read from files, and bad files are named
// without their content.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	c := webhook.DefaultConfig()
	c.Feishu = webhook.SignedTarget{URLFile: write("url", " https://h/"+key+"\n"), SecretFile: write("secret", secret+"\n")}
	n := start(t, c, webhook.Options{Transport: &robots{}})
	if names := n.Targets(); len(names) != 1 || names[0] != "feishu" {
		t.Errorf("targets %q", names)
	}
	closed(t, n)
	for name, bad := range map[string]webhook.Target{
		"empty":   {URLFile: write("empty", "\n")},
		"lines":   {URLFile: write("lines", "https://h/"+key+"\nhttps://h/"+key)},
		"long":    {URLFile: write("long", "https://h/"+strings.Repeat(key, 1000))},
		"address": {URLFile: write("address", key)},
		"missing": {URLFile: filepath.Join(dir, "missing")},
	} {
		c := webhook.DefaultConfig()
		c.Slack, c.WeCom = bad, bad
		_, err := webhook.New(c, webhook.Options{})
		if err == nil || strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "notify.slack") || !strings.Contains(err.Error(), "notify.wecom") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package webhook

import (
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// at is 1763632800000 in milliseconds. The signatures below were made with
// openssl, from the vendors' descriptions:
//
//	printf '1763632800000\nSECRET' | openssl dgst -sha256 -hmac SECRET -binary | base64
//	printf '' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '1763632800\nSECRET' | xxd -p -c 99) -binary | base64
var at = time.UnixMilli(1763632800000)

const (
	dingTalkSign = "w6tSizuoEE9vqcdxWwJdVaAkUADW8gscJtvsjYZrodw="
	feishuSign   = "Yul3NHN8j+jVpuZ1AZHgQod9w3Vw4aDYNL56ECXV2QU="
	genericSign  = "deaf105d300669ecb5f322fc1564ea75595b32bea172e36f338b5e7dad28f670"
)

func TestShapes(t *testing.T) {
	from := sender{host: "lake1", version: "1.2.0"}
	began := time.Date(2025, 11, 20, 17, 35, 0, 0, time.FixedZone("", 8*3600))
	raised := message{event: eventRaised, kind: RunFailed, key: "daily-bars", text: `a <at user_id="all"> & "b"`, since: began}
	over := message{event: eventRecovered, kind: RunFailed, key: "daily-bars", text: "complete", problem: "no answer", since: began, over: began.Add(130 * time.Minute)}
	for _, c := range []struct {
		name string
		m    message
		want string
	}{
		{generic, raised, `{"event":"raised","kind":"run-failed","key":"daily-bars","text":"a \u003cat user_id=\"all\"\u003e \u0026 \"b\"","since":"2025-11-20T17:35:00+08:00","at":"2025-11-20T18:00:00+08:00","host":"lake1","version":"1.2.0"}`},
		{generic, over, `{"event":"recovered","kind":"run-failed","key":"daily-bars","text":"complete","problem":"no answer","since":"2025-11-20T17:35:00+08:00","at":"2025-11-20T18:00:00+08:00","host":"lake1","version":"1.2.0"}`},
		{dingTalk, over, `{"msgtype":"text","text":{"content":"barkeep on lake1: OVER: run failed: daily-bars\ncomplete\nIt lasted 2h10m0s, since 2025-11-20 17:35 (Shanghai)."}}`},
		{weCom, message{event: eventTest, text: "hello"}, `{"msgtype":"text","text":{"content":"barkeep on lake1: test\nhello"}}`},
		{feishu, raised, `{"timestamp":"1763632800","sign":"FEISHU","msg_type":"text","content":{"text":"barkeep on lake1: ALARM: run failed: daily-bars\na ‹at user_id=\"all\"\u003e \u0026 \"b\"\nSince 2025-11-20 17:35 (Shanghai)."}}`},
		{slack, raised, `{"text":"barkeep on lake1: ALARM: run failed: daily-bars\na \u0026lt;at user_id=\"all\"\u0026gt; \u0026amp; \"b\"\nSince 2025-11-20 17:35 (Shanghai)."}`},
	} {
		secret := ""
		if c.name == feishu {
			secret = "SECRET"
		}
		got, err := from.body(c.name, c.m, at, secret)
		if want := strings.ReplaceAll(c.want, "FEISHU", feishuSign); err != nil || string(got) != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", c.name, err, got, want)
		}
	}
}

func TestSignatures(t *testing.T) {
	u, err := url.Parse("https://example.com/robot/send?access_token=KEY")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := url.Parse(address(dingTalk, credentials{u, "SECRET"}, at))
	if err != nil {
		t.Fatal(err)
	}
	if q := signed.Query(); q.Get("access_token") != "KEY" || q.Get("timestamp") != "1763632800000" || q.Get("sign") != dingTalkSign {
		t.Errorf("DingTalk: %v", q)
	}
	if got := address(dingTalk, credentials{u, ""}, at); got != u.String() {
		t.Errorf("DingTalk without a secret: %s", got)
	}
	if got := (sender{}).header(generic, "SECRET", []byte("{}")).Get("X-Barkeep-Signature"); got != "sha256="+genericSign {
		t.Errorf("generic: %s", got)
	}
}

func TestRefusal(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{dingTalk, `{"errcode":0,"errmsg":"ok"}`, ""},
		{weCom, `{"errcode":0,"errmsg":"ok"}`, ""},
		{weCom, `{"errcode":93000,"errmsg":"invalid webhook url"}`, `refused the message with code 93000: "invalid webhook url"`},
		{dingTalk, `{"errcode":310000,"errmsg":"keywords not in content"}`, "code 310000"},
		{feishu, `{"code":0,"msg":"success"}`, ""},
		{feishu, `{"StatusCode":0,"StatusMessage":"success"}`, ""},
		{feishu, `{"code":19021,"msg":"sign match fail"}`, `code 19021: "sign match fail"`},
		{feishu, `{"errcode":0}`, "without a code"},
		{dingTalk, `{}`, "without a code"},
		{dingTalk, `<html>login</html>`, "something else"},
		{slack, `ok`, ""},
		{generic, ``, ""},
	} {
		if got := refusal(c.name, []byte(c.body), strings.Clone); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %q, want %q", c.name, c.body, got, c.want)
		}
	}
}

// TestLongestFitsWeCom: the robot with the smallest messages takes 2,048 bytes.
func TestLongestFitsWeCom(t *testing.T) {
	e := Event{Kind: DayUnsealed, Key: strings.Repeat("键", 500), Text: strings.Repeat("错\x00", 5000)}.trimmed(at)
	from := sender{host: plain(strings.Repeat("h", 1000), 100)}
	for _, event := range []string{eventRaised, eventRepeated, eventRecovered} {
		text := from.words(message{event: event, kind: e.Kind, key: e.Key, text: e.Text, since: e.Since, over: e.Since.Add(9999 * time.Hour)})
		if len(text) > 2048 || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			t.Errorf("%s: %d bytes, valid %t", event, len(text), utf8.ValidString(text))
		}
	}
}

// FuzzAnswer: no answer of a robot brings the program down or is shown at length.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{"errcode":0}`, `{"code":-1,"msg":"\u0000"}`, `[]`, `{"errcode":1e400}`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, name := range []string{dingTalk, feishu} {
			if why := refusal(name, body, strings.Clone); len(why) > 1000 {
				t.Errorf("%d bytes", len(why))
			}
		}
	})
}

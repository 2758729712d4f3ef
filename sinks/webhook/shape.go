package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"barkeep/schedules"
)

// The targets, by the names of their sections.
const (
	generic  = "generic"
	dingTalk = "dingtalk"
	feishu   = "feishu"
	weCom    = "wecom"
	slack    = "slack"
)

// sender is what messages say of the program that sends them.
type sender struct{ host, version string }

// words is a message as people read it, with times in Shanghai.
func (s sender) words(m message) string {
	subject := m.kind.title()
	if m.key != "" {
		subject += ": " + m.key
	}
	head := "barkeep on " + s.host + ": "
	since := m.since.In(schedules.Shanghai).Format("2006-01-02 15:04") + " (Shanghai)"
	switch m.event {
	case eventTest:
		return head + "test\n" + m.text
	case eventRecovered:
		said := m.text
		if said == "" {
			said = "It was: " + m.problem
		}
		lasted := max(0, m.over.Sub(m.since).Truncate(time.Second))
		return fmt.Sprintf("%sOVER: %s\n%s\nIt lasted %s, since %s.", head, subject, said, lasted, since)
	case eventRepeated:
		return fmt.Sprintf("%sSTILL: %s\n%s\nSince %s.", head, subject, m.text, since)
	}
	return fmt.Sprintf("%sALARM: %s\n%s\nSince %s.", head, subject, m.text, since)
}

// genericBody is what programs get.
type genericBody struct {
	Event   string    `json:"event"`
	Kind    Kind      `json:"kind,omitempty"`
	Key     string    `json:"key,omitempty"`
	Text    string    `json:"text"`
	Problem string    `json:"problem,omitempty"`
	Since   time.Time `json:"since"`
	At      time.Time `json:"at"`
	Host    string    `json:"host"`
	Version string    `json:"version,omitempty"`
}

// dingTalkBody is a text message of DingTalk and, with the same names, of WeCom.
type dingTalkBody struct {
	Type string `json:"msgtype"`
	Text struct {
		Content string `json:"content"`
	} `json:"text"`
}

// feishuBody is a text message of Feishu.
type feishuBody struct {
	Timestamp string `json:"timestamp,omitempty"` // seconds
	Sign      string `json:"sign,omitempty"`
	Type      string `json:"msg_type"`
	Content   struct {
		Text string `json:"text"`
	} `json:"content"`
}

// body is a message in the form that a target takes.
func (s sender) body(name string, m message, at time.Time, secret string) ([]byte, error) {
	var v any
	switch name {
	case generic:
		v = genericBody{m.event, m.kind, m.key, m.text, m.problem, m.since.In(schedules.Shanghai), at.In(schedules.Shanghai), s.host, s.version}
	case dingTalk, weCom:
		b := dingTalkBody{Type: "text"}
		b.Text.Content = s.words(m)
		v = b
	case feishu:
		b := feishuBody{Type: "text"}
		// Feishu reads <at user_id="all"> in texts, and a text may quote a vendor.
		b.Content.Text = strings.ReplaceAll(s.words(m), "<", "‹")
		if secret != "" {
			b.Timestamp = strconv.FormatInt(at.Unix(), 10)
			// The text to sign is the key; what is signed is empty.
			b.Sign = base64.StdEncoding.EncodeToString(mac(b.Timestamp+"\n"+secret, nil))
		}
		v = b
	case slack:
		v = map[string]string{"text": strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s.words(m))}
	}
	return json.Marshal(v)
}

// address is where a message is posted: DingTalk wants its signature there.
func address(name string, c credentials, at time.Time) string {
	u := *c.url
	if name == dingTalk && c.secret != "" {
		ms := strconv.FormatInt(at.UnixMilli(), 10)
		signed := url.Values{"timestamp": {ms}, "sign": {base64.StdEncoding.EncodeToString(mac(c.secret, []byte(ms+"\n"+c.secret)))}}
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+signed.Encode(), "&")
	}
	return u.String()
}

// header is what a message is sent with.
func (s sender) header(name, secret string, body []byte) http.Header {
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "User-Agent": {strings.TrimSuffix("barkeep/"+s.version, "/")}}
	if name == generic && secret != "" {
		h.Set("X-Barkeep-Signature", "sha256="+hex.EncodeToString(mac(secret, body)))
	}
	return h
}

func mac(key string, text []byte) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write(text)
	return h.Sum(nil)
}

// answer is what the robots say; each vendor has its own names.
type answer struct {
	ErrCode    *int64 `json:"errcode"`
	ErrMsg     string `json:"errmsg"`
	Code       *int64 `json:"code"`
	Msg        string `json:"msg"`
	StatusCode *int64 `json:"StatusCode"`
}

// refusal returns why a target has not taken a message although it answered with
// a status of success; empty when it has. What is quoted goes through redact.
func refusal(name string, body []byte, redact func(string) string) string {
	if name == generic || name == slack {
		return ""
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return "answered with something else than the robot's JSON; check that the address is the robot's"
	}
	code, said := a.ErrCode, a.ErrMsg
	if name == feishu {
		code, said = a.Code, a.Msg
		if code == nil {
			code = a.StatusCode
		}
	}
	switch {
	case code == nil:
		return "answered without a code that says whether the message was taken; check that the address is the robot's"
	case *code != 0:
		return fmt.Sprintf("refused the message with code %d: %q", *code, plain(redact(said), maxAnswerShown))
	}
	return ""
}

// maxAnswerShown bounds what an error quotes of an answer, in bytes.
const maxAnswerShown = 200

package configs_test

import (
	"strings"
	"testing"

	"barkeep/configs"
)

func TestByteSize(t *testing.T) {
	for text, want := range map[string]configs.ByteSize{
		"300MiB": 300 << 20, "2GB": 2e9, " 1 TiB ": 1 << 40, "1024KiB": 1 << 20, "1536KB": 1536e3, "007KB": 7e3,
	} {
		var got configs.ByteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
		var again configs.ByteSize
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != got {
			t.Errorf("%q is written %q, which is %d, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "300", "300 mb", "1.5GB", "-1GB", "99999999TiB", "1e3KB", "1GBB"} {
		var got configs.ByteSize
		if err := got.UnmarshalText([]byte(text)); err == nil || got != 0 {
			t.Errorf("%q is %d", text, got)
		}
	}
	_, err := configs.Load[configs.Config](configs.Options{Default: configs.Default, Set: []string{"memory_limit=1MiB"}})
	if err == nil || !strings.Contains(err.Error(), "--set memory_limit=1MiB: memory_limit: is 1MiB; below 64MiB") {
		t.Errorf("1MiB: %v", err)
	}
}

// TestNotifySecrets: an address of a robot is shown by nothing.
func TestNotifySecrets(t *testing.T) {
	const key = "access_token=f3a1c0ffee"
	environ := []string{"BARKEEP_NOTIFY_DINGTALK_URL=https://oapi.dingtalk.com/robot/send?" + key, "BARKEEP_NOTIFY_DINGTALK_SECRET=SEC" + key}
	loaded, err := configs.Load[configs.Config](configs.Options{Default: configs.Default, Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	if err := loaded.Show(&shown); err != nil {
		t.Fatal(err)
	}
	if text := shown.String(); strings.Contains(text, key) || strings.Count(text, "(set)  # from BARKEEP_NOTIFY_DINGTALK_") != 2 {
		t.Errorf("shown:\n%s", text)
	}
	_, err = configs.Load[configs.Config](configs.Options{Default: configs.Default, Environ: environ[1:], Set: []string{"notify.slack.url=ftp://" + key}})
	if err == nil || strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "notify.slack.url") || !strings.Contains(err.Error(), "notify.dingtalk.url: is missing") {
		t.Errorf("problems: %v", err)
	}
}

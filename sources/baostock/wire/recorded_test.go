package wire_test

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"barkeep/schedules/recorded"
	"barkeep/sources/baostock/wire"
)

// TestRecordedFrames reproduces every recorded request and every recorded plain
// answer byte for byte from its decoded form, and inflates the compressed ones
// to what the standard library and, where it kept that, the recorder read.
func TestRecordedFrames(t *testing.T) {
	root := recorded.Dir(t)
	pairs := 0
	err := filepath.WalkDir(filepath.Join(root, "baostock", "frames"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "request.bin" {
			return err
		}
		pairs++
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			recordedRequest(t, read(t, path))
			recordedAnswer(t, read(t, filepath.Join(dir, "response.bin")), filepath.Join(dir, "response.decoded.txt"))
		})
		return nil
	})
	if err != nil || pairs != 46 {
		t.Errorf("%d pairs of frames, want 46; %v", pairs, err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func recordedRequest(t *testing.T, frame []byte) {
	t.Helper()
	r, err := wire.ReadRequest(bufio.NewReader(bytes.NewReader(frame)), 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	again, err := wire.AppendRequest(nil, r.Version, r.Type, r.Fields...)
	if err != nil || !bytes.Equal(again, frame) {
		t.Errorf("request %q is written as %q, %v", frame, again, err)
	}
	if m, ok := wire.ByType(r.Type); !ok || m.Name != r.Fields[0] {
		t.Errorf("type %s is called %q, recorded as %q", r.Type, m.Name, r.Fields[0])
	}
}

func recordedAnswer(t *testing.T, frame []byte, decoded string) {
	t.Helper()
	r := wire.NewReader(bytes.NewReader(frame), limits)
	a, err := r.Read()
	if err != nil || a.Bytes != len(frame) || r.Buffered() != 0 {
		t.Fatalf("%d bytes of %d read: %v", a.Bytes, len(frame), err)
	}
	if !a.Type.Compressed() {
		if again := wire.AppendAnswer(nil, a.Version, a.Type, a.Body); !bytes.Equal(again, frame) {
			t.Errorf("answer is written as %.200q", again)
		}
		return
	}
	want, err := stdInflate(frame[wire.HeaderSize : wire.HeaderSize+a.Length])
	if err != nil || !bytes.Equal(a.Body, want) {
		t.Errorf("inflates to other text than the standard library's: %v", err)
	}
	if text, err := os.ReadFile(decoded); err == nil && !bytes.Equal(a.Body, bytes.TrimRight(text, "\n")) {
		t.Error("inflates to other text than the recorder's")
	}
}

package fields

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Names turns the bytes of security names into text, each distinct name once:
// a market has some thousand, and they hardly ever change. It is safe for
// concurrent use.
type Names struct {
	mu    sync.RWMutex
	known map[string]string
}

const (
	// MaxName is how many bytes a name may have; the longest of a fund has 50.
	MaxName = 96
	// maxNames bounds what Names remembers; a market with its former names has
	// far fewer.
	maxNames = 50_000
)

// Text decodes a name in GB18030, or in UTF-8, which some mirrors send under the
// same label. Short names can be valid in both, so what makes a name UTF-8 is a
// letter of three bytes: all Chinese ones have three, and what GB18030 happens to
// look like has two. Names longer than MaxName, in neither code, or with control
// characters are errors.
func (n *Names) Text(raw []byte) (string, error) {
	n.mu.RLock()
	text, ok := n.known[string(raw)]
	n.mu.RUnlock()
	if ok {
		return text, nil
	}
	text, err := decodeName(raw)
	if err != nil {
		return "", err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= maxNames {
		n.known = map[string]string{}
	}
	n.known[string(raw)] = text
	return text, nil
}

func decodeName(raw []byte) (string, error) {
	if len(raw) > MaxName {
		return "", fmt.Errorf("a name of %d bytes is longer than %d", len(raw), MaxName)
	}
	text, isUTF8 := string(raw), utf8.Valid(raw)
	wide := strings.ContainsFunc(text, func(r rune) bool { return r >= 0x800 && r != utf8.RuneError })
	if !isUTF8 || !wide {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
		if readable := err == nil && !bytes.ContainsRune(decoded, utf8.RuneError); readable {
			text = string(decoded)
		} else if !isUTF8 {
			return "", fmt.Errorf("the name % x is neither GB18030 nor UTF-8", raw)
		}
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return "", fmt.Errorf("the name %q has control characters", text)
	}
	return text, nil
}

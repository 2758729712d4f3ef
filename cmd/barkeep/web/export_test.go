package web

import "net"

// SetListener puts a listener in the place of Listen.
func (s *Server) SetListener(l net.Listener) { s.listener = l }

// DecodeBatch exposes the decoder of bodies: the symbols and whether the body is
// good.
func DecodeBatch(body []byte) ([]string, bool) {
	b, err := decodeBatch(body)
	return b.symbols, err == nil
}

// AppendNumber and AppendString expose the encoder.
var (
	AppendNumber = appendNumber
	AppendString = appendString
	LocalHost    = localHost
)

// MaxBody is the longest body that is read.
const MaxBody = maxBody

// Description is the document of all routes there can be.
var Description = description

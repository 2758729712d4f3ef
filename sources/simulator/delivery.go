package simulator

import (
	"context"
	"net"
	"time"
)

// ending is what happens to a connection after an answer or a part of it.
type ending uint8

const (
	keepOpen  ending = iota
	halfClose        // an orderly end (FIN)
	reset            // RST
	hang             // silence until the client leaves
)

// delivery says how an answer goes out.
type delivery struct {
	pause   time.Duration // on top of the latency
	nothing bool          // send no byte of the answer
	partial bool          // send only the first cut bytes of it
	cut     int           // half of the answer when 0
	chunk   int           // bytes per write; 0: all at once
	ending  ending
	idle    time.Duration // between the answer and the ending
}

// send writes the answer as the delivery says; false ends the connection.
func (c *connection) send(ctx context.Context, e *exchange) bool {
	d := e.delivery
	frame := e.frame
	switch {
	case d.nothing:
		frame = nil
	case d.partial && d.cut == 0:
		frame = frame[:len(frame)/2]
	case d.partial:
		frame = frame[:min(d.cut, len(frame)-1)]
	}
	c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if !c.write(frame, d.chunk) {
		return false
	}
	if d.ending == keepOpen {
		return true
	}
	c.server.counters.with(func(s *Stats) { s.Dropped++ })
	if !sleep(ctx, d.idle) {
		return false
	}
	switch d.ending {
	case halfClose:
		c.halfClose()
	case reset:
		c.reset()
	}
	return false
}

// write sends bytes, in pieces when chunk says so.
func (c *connection) write(frame []byte, chunk int) bool {
	if chunk <= 0 {
		chunk = len(frame)
	}
	for len(frame) > 0 {
		n, err := c.conn.Write(frame[:min(chunk, len(frame))])
		c.server.counters.with(func(s *Stats) { s.BytesOut += int64(n) })
		if err != nil {
			return false
		}
		frame = frame[n:]
	}
	return true
}

// halfClose ends the connection in an orderly way. Only the sending half is
// closed at first: closing both with unread requests in the socket would turn
// the end into a reset.
func (c *connection) halfClose() {
	if tcp, ok := c.conn.(*net.TCPConn); ok {
		tcp.CloseWrite()
		tcp.SetReadDeadline(time.Now().Add(lingerTime))
		return
	}
	c.conn.Close()
}

// reset ends the connection at once, with an RST where there is TCP.
func (c *connection) reset() {
	if tcp, ok := c.conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.conn.Close()
}

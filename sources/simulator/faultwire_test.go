package simulator_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
)

const (
	dayOne = "2024-01-02"
	dayTwo = "2024-01-03"
)

// TestConnectionFaults plays the faults that end or disturb a connection: what
// arrives of the answer to a query, and how it ends.
func TestConnectionFaults(t *testing.T) {
	whole := len(answerBytes(t))
	for text, x := range map[string]struct {
		bytes int
		end   string // "eof", "reset", "silence"
	}{
		"close":      {whole / 2, "eof"},
		"close:5":    {5, "eof"},
		"reset":      {-1, "reset"},
		"reset:5":    {-1, "reset"},
		"stall":      {whole / 2, "silence"},
		"stall:30":   {30, "silence"},
		"silence":    {0, "silence"},
		"drop":       {0, "eof"},
		"drop:reset": {0, "reset"},
		"idle-close": {whole, "eof"},
		"idle-reset": {-1, "reset"},
		"trailing":   {whole + 1, "silence"},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			s := start(t, config(text), generated())
			c := dial(t, s).login()
			c.write(frame(t, wire.MarketDay, "query_daily_history_k_AStock", "anonymous", dayOne))
			var got []byte
			if x.end == "silence" { // all that comes, and then nothing for a moment
				got = make([]byte, x.bytes)
				if _, err := io.ReadFull(c.conn, got); err != nil {
					t.Fatal(err)
				}
				c.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			}
			more, err := c.ended()
			got = append(got, more...)
			end := "eof"
			var ne net.Error
			switch {
			case errors.Is(err, syscall.ECONNRESET):
				end = "reset"
			case errors.As(err, &ne) && ne.Timeout():
				end = "silence"
			case err != nil:
				end = err.Error()
			}
			// A reset may overtake the bytes before it.
			if end != x.end || x.bytes >= 0 && len(got) != x.bytes {
				t.Errorf("%d bytes of %d, then %s; want %d, then %s", len(got), whole, end, x.bytes, x.end)
			}
			if text == "trailing" && !bytes.HasSuffix(got, []byte(wire.Marker+"x")) {
				t.Errorf("the answer ends with %q", got[len(got)-16:])
			}
			// Once means once: a new connection is served.
			dial(t, s).login().day(dayOne).want(t, "0")
			if st := s.Stats(); st.Faults[strings.SplitN(text, ":", 2)[0]] != 1 {
				t.Errorf("stats %+v", st)
			}
		})
	}
}

// answerBytes is the answer to the query of dayOne without any fault.
func answerBytes(t *testing.T) []byte {
	c := dial(t, start(t, config(), generated())).login()
	c.write(frame(t, wire.MarketDay, "query_daily_history_k_AStock", "anonymous", dayOne))
	return official(t, c.conn)
}

func TestSplitFault(t *testing.T) {
	c := dial(t, start(t, config("split:7"), generated())).login()
	c.conn.(*net.TCPConn).SetReadBuffer(1)
	c.write(frame(t, wire.MarketDay, "query_daily_history_k_AStock", "anonymous", dayOne))
	if got := official(t, c.conn); !bytes.Equal(got, answerBytes(t)) {
		t.Error("split writes changed the answer")
	}
}

// knock connects and logs in; nil means that the server answered.
func knock(t *testing.T, s *simulator.Server) error {
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write(frame(t, wire.Login, "login", "anonymous", "123456", "0")); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, make([]byte, 1))
	return err
}

func TestRefuseFault(t *testing.T) {
	t.Run("for good", func(t *testing.T) {
		s := start(t, config("refuse@2"), generated())
		dial(t, s).login().day(dayOne).want(t, "0")
		// In the instant before the door closes the kernel still accepts a
		// connection, which is then reset.
		err := knock(t, s)
		for begin := time.Now(); !errors.Is(err, syscall.ECONNREFUSED); err = knock(t, s) {
			if err == nil || time.Since(begin) > 10*time.Second {
				t.Fatalf("knocking at a closed door: %v", err)
			}
		}
	})
	t.Run("for a while", func(t *testing.T) {
		s := start(t, config("refuse@1:20ms"), generated())
		for begin := time.Now(); knock(t, s) != nil; {
			if time.Since(begin) > 10*time.Second {
				t.Fatal("the door never opens again")
			}
		}
		if s.Stats().Faults["refuse"] != 1 {
			t.Errorf("stats %+v", s.Stats())
		}
	})
}

// TestFrameFaults plays what is wrong with the bytes of one answer, read with
// the protocol's own reader.
func TestFrameFaults(t *testing.T) {
	for text, x := range map[string]struct {
		packed bool   // ask a compressed type
		want   error  // of reading; nil: reads
		check  string // what the text of the error, or the header, says
	}{
		"crc":              {false, wire.ErrCRC, ""},
		"length":           {false, wire.ErrMalformed, ""},
		"length@98#1":      {true, wire.ErrMalformed, ""},
		"huge@98#1":        {true, wire.ErrTooLarge, ""},
		"corrupt":          {true, wire.ErrMalformed, ""},
		"corrupt:cut":      {true, wire.ErrMalformed, ""},
		"corrupt:adler":    {true, wire.ErrMalformed, ""},
		"corrupt:tail":     {true, wire.ErrMalformed, ""},
		"bomb:20":          {true, nil, "inflates to more than"},
		"compressed-crc":   {true, nil, ""},
		"compressed-crc:7": {true, nil, ""},
		"version:00.9.40":  {true, nil, "00.9.40"},
		"type":             {false, nil, "36"},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			c := dial(t, start(t, config(text), generated())).login()
			if x.packed {
				c.write(frame(t, wire.MarketDay, "query_daily_history_k_AStock", "anonymous", dayOne))
			} else {
				c.write(frame(t, wire.TradeDates, "query_trade_dates", "anonymous", "1", "10", dayOne, dayTwo))
			}
			a, err := c.in.Read()
			if text == "bomb:20" {
				if err == nil || !strings.Contains(err.Error(), x.check) {
					t.Errorf("read: %v", err)
				}
				return
			}
			if x.want == nil {
				if err != nil || x.check != "" && a.Version != x.check && string(a.Type) != x.check {
					t.Errorf("%s %s, %v", a.Version, a.Type, err)
				}
				return
			}
			if !errors.Is(err, x.want) {
				t.Errorf("read: %v, want %v", err, x.want)
			}
		})
	}
}

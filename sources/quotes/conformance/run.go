package conformance

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/sources/quotes"
)

// Market says what the server knows. Of an empty list nothing is checked.
type Market struct {
	BaseURL string
	Day     schedules.Day // of the rows of shares that trade; 0: any

	Trading   []etl.Symbol // trade, or are in a call auction
	Suspended []etl.Symbol
	Delisted  []etl.Symbol
	NotListed []etl.Symbol
	Unknown   []etl.Symbol // no securities at all
	All       []etl.Symbol // the whole market, for one call; may hold the lists above

	MaxRequests int // for All; 0: any
}

// patience is how long a call may take against a local server.
const patience = 30 * time.Second

// Run checks a provider. The function makes one that talks to a server at an
// address; it is called once for each test.
func Run(t *testing.T, m Market, newProvider func(baseURL string) quotes.Provider) {
	s := suite{m, newProvider}
	t.Run("known", func(t *testing.T) { s.known(t) })
	t.Run("unknown", func(t *testing.T) { s.unknown(t) })
	t.Run("mixed", func(t *testing.T) { s.mixed(t) })
	t.Run("empty list", func(t *testing.T) { s.empty(t) })
	t.Run("states", func(t *testing.T) { s.states(t) })
	t.Run("whole market", func(t *testing.T) { s.wholeMarket(t) })
	t.Run("cancelled", func(t *testing.T) { s.cancelled(t) })
	t.Run("closed server", func(t *testing.T) { s.closedServer(t) })
	t.Run("concurrent", func(t *testing.T) { s.concurrent(t) })
}

type suite struct {
	Market
	newProvider func(baseURL string) quotes.Provider
}

// ask asks a new provider and checks what must hold of every answer.
func (s *suite) ask(t *testing.T, symbols []etl.Symbol) etl.QuoteAnswer {
	t.Helper()
	p := s.newProvider(s.BaseURL)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	sent := time.Now()
	asked := slices.Clone(symbols)
	answer, err := p.Quotes(ctx, symbols)
	if err != nil {
		t.Fatalf("%d symbols: %v", len(symbols), err)
	}
	if !slices.Equal(asked, symbols) {
		t.Error("the caller's list of symbols was changed")
	}
	for _, problem := range Problems(p.Name(), symbols, &answer, sent, time.Now()) {
		t.Error(problem)
	}
	if answered := len(answer.Quotes) + len(answer.Unknown) + len(answer.Refused); answered < len(symbols) {
		t.Errorf("%d of %d symbols are in no list, and there is no error", len(symbols)-answered, len(symbols))
	}
	for i := range answer.Refused {
		t.Errorf("refused: %v", &answer.Refused[i])
	}
	return answer
}

func (s *suite) known(t *testing.T) {
	for _, list := range [][]etl.Symbol{s.Trading, s.Trading[:min(1, len(s.Trading))]} {
		if len(list) == 0 {
			t.Skip("no symbols")
		}
		answer := s.ask(t, list)
		if len(answer.Quotes) != len(list) {
			t.Errorf("%d quotes of %d symbols", len(answer.Quotes), len(list))
		}
		for i := range answer.Quotes {
			s.current(t, &answer.Quotes[i])
		}
	}
}

// current checks the row of a share that trades.
func (s *suite) current(t *testing.T, q *etl.Quote) {
	t.Helper()
	if q.Status != etl.Trading && q.Status != etl.CallAuction {
		t.Errorf("%s is %s, and trades", q.Symbol, q.Status)
	}
	if day := schedules.DayOf(q.Time); s.Day != 0 && day != s.Day {
		t.Errorf("%s is of %s, want %s", q.Symbol, day, s.Day)
	}
	if !(q.Preclose > 0) {
		t.Errorf("%s has no previous close", q.Symbol)
	}
}

func (s *suite) unknown(t *testing.T) {
	for _, list := range [][]etl.Symbol{s.Unknown, s.Unknown[:min(1, len(s.Unknown))]} {
		if len(list) == 0 {
			t.Skip("no symbols")
		}
		if answer := s.ask(t, list); len(answer.Unknown) != len(list) {
			t.Errorf("%d of %d symbols are unknown; quotes: %d", len(answer.Unknown), len(list), len(answer.Quotes))
		}
	}
}

// mixed asks for unknown symbols between known ones.
func (s *suite) mixed(t *testing.T) {
	var list []etl.Symbol
	for i := range min(len(s.Trading), len(s.Unknown)) {
		list = append(list, s.Trading[i], s.Unknown[i])
	}
	if len(list) == 0 {
		t.Skip("no symbols")
	}
	answer := s.ask(t, list)
	for i := range answer.Quotes {
		if q := &answer.Quotes[i]; slices.Contains(s.Unknown, q.Symbol) {
			t.Errorf("a quote of %s, which does not exist", q.Symbol)
		} else {
			s.current(t, q)
		}
	}
	for _, symbol := range answer.Unknown {
		if !slices.Contains(s.Unknown, symbol) {
			t.Errorf("%s is unknown, and exists", symbol)
		}
	}
}

func (s *suite) empty(t *testing.T) {
	for _, list := range [][]etl.Symbol{nil, {}} {
		if answer := s.ask(t, list); answer.Requests != 0 {
			t.Errorf("%d requests for nothing", answer.Requests)
		}
	}
}

// states asks for securities that do not trade. A provider without a field for
// the state may take one for the other, or not know what is no longer or not yet
// listed, but never shows one as trading today.
func (s *suite) states(t *testing.T) {
	list := slices.Concat(s.Suspended, s.Delisted, s.NotListed)
	if len(list) == 0 {
		t.Skip("no symbols")
	}
	answer := s.ask(t, list)
	for i := range answer.Quotes {
		q := &answer.Quotes[i]
		if dead := q.Status == etl.Suspended || q.Status == etl.Delisted || q.Status == etl.NotListed; dead {
			continue
		}
		if s.Day != 0 && schedules.DayOf(q.Time) < s.Day && !slices.Contains(s.Suspended, q.Symbol) {
			continue // the last row of a share that has left the market, by its own time
		}
		t.Errorf("%s is %s at %s, and does not trade", q.Symbol, q.Status, q.Time)
	}
	for _, symbol := range answer.Unknown {
		if slices.Contains(s.Suspended, symbol) {
			t.Errorf("%s is unknown, and only suspended", symbol)
		}
	}
}

func (s *suite) wholeMarket(t *testing.T) {
	if len(s.All) == 0 {
		t.Skip("no symbols")
	}
	answer := s.ask(t, s.All)
	t.Logf("%d quotes, %d unknown of %d symbols; %d requests, %d bytes", len(answer.Quotes), len(answer.Unknown), len(s.All), answer.Requests, answer.Bytes)
	if s.MaxRequests > 0 && answer.Requests > s.MaxRequests {
		t.Errorf("%d requests, want at most %d", answer.Requests, s.MaxRequests)
	}
	if len(answer.Quotes) == 0 {
		t.Error("no quotes at all")
	}
}

func (s *suite) cancelled(t *testing.T) {
	if len(s.Trading) == 0 {
		t.Skip("no symbols")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	answer, err := s.newProvider(s.BaseURL).Quotes(ctx, s.Trading)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want one that wraps context.Canceled", err)
	}
	s.nothing(t, &answer)
}

func (s *suite) closedServer(t *testing.T) {
	if len(s.Trading) == 0 {
		t.Skip("no symbols")
	}
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	answer, err := s.newProvider(server.URL).Quotes(ctx, s.Trading)
	if err == nil {
		t.Error("no error without a server")
	}
	s.nothing(t, &answer)
}

// nothing checks that a failed call claims nothing of any symbol.
func (s *suite) nothing(t *testing.T, a *etl.QuoteAnswer) {
	t.Helper()
	if len(a.Quotes)+len(a.Unknown)+len(a.Refused) > 0 {
		t.Errorf("%d quotes, %d unknown and %d refused of a call that failed", len(a.Quotes), len(a.Unknown), len(a.Refused))
	}
}

// concurrent asks one provider from several goroutines.
func (s *suite) concurrent(t *testing.T) {
	if len(s.Trading) == 0 {
		t.Skip("no symbols")
	}
	p := s.newProvider(s.BaseURL)
	errs := make(chan error)
	for range 4 {
		go func() {
			answer, err := p.Quotes(t.Context(), s.Trading)
			if err == nil && len(answer.Quotes) != len(s.Trading) {
				err = errors.New("not all symbols have a quote")
			}
			errs <- err
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

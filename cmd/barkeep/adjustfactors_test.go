package main

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"barkeep/etl"
	"barkeep/schedules"
	"barkeep/schedules/recorded"
	"barkeep/sources/baostock/wire"
	"barkeep/sources/simulator"
	"barkeep/sources/simulator/market"
)

// command runs a command line in this process and returns what it prints.
func command(t testing.TB, want int, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), terminal{in: strings.NewReader(""), out: &out, err: &errs}, args); code != want {
		t.Fatalf("%q: exit code %d, want %d\n%s%s", args, code, want, out.Bytes(), errs.Bytes())
	}
	return out.Bytes()
}

// generatedMarket makes a market and serves it.
func generatedMarket(t testing.TB, stocks int) (*market.Generated, string) {
	t.Helper()
	c := market.DefaultConfig()
	c.Stocks, c.Funds = stocks, 0
	m, err := market.Generate(c, schedules.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return m, serve(t, simulator.DefaultConfig(), m)
}

// kLines asks the exchange for the daily bars of a code with adjusted prices.
func kLines(t testing.TB, address, code, from, to, flag string) [][]string {
	t.Helper()
	return pageOf(t, address, wire.KLine, "query_history_k_data_plus", code, wire.DailyColumns, from, to, "d", flag)
}

// pageOf sends one paged request and returns the rows of the answer.
func pageOf(t testing.TB, address string, kind wire.Type, method string, args ...string) [][]string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	in := wire.NewReader(conn, wire.Limits{Frame: 64 << 20, Body: 16 << 20})
	var body string
	for _, q := range []struct {
		kind   wire.Type
		fields []string
	}{
		{wire.Login, []string{"login", "anonymous", "123456", "0"}},
		{kind, append([]string{method, "anonymous", "1", "10000"}, args...)},
	} {
		frame, err := wire.AppendRequest(nil, "00.9.40", q.kind, q.fields...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(frame); err != nil {
			t.Fatal(err)
		}
		a, err := in.Read()
		if err != nil {
			t.Fatal(err)
		}
		body = string(a.Body)
	}
	return records(t, body)
}

// records returns the rows of an answer's body.
func records(t testing.TB, body string) [][]string {
	t.Helper()
	for field := range strings.SplitSeq(body, "\x01") {
		if strings.HasPrefix(field, "{") {
			var j struct{ Record [][]string }
			if err := json.Unmarshal([]byte(field), &j); err != nil {
				t.Fatal(err)
			}
			return j.Record
		}
	}
	t.Fatalf("no rows in %.80q", body)
	return nil
}

// published opens the catalog of a lake as any user does.
func published(t testing.TB, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", filepath.Join(dir, "lake.duckdb")+"?access_mode=read_only")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// factorsIn reads adjust_factors by SQL, the newest version of each.
func factorsIn(t testing.TB, dir string) (list []etl.FactorVersion) {
	t.Helper()
	rows, err := published(t, dir).Query(`SELECT symbol, date, CAST(round(fore_factor * 1e6) AS BIGINT), CAST(round(back_factor * 1e6) AS BIGINT),
		CAST(round(adjust_factor * 1e6) AS BIGINT) FROM adjust_factors QUALIFY row_number() OVER (PARTITION BY symbol, date ORDER BY fetched_at DESC) = 1 ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var symbol string
		var day time.Time
		var v etl.FactorVersion
		if err := rows.Scan(&symbol, &day, &v.Fore, &v.Back, &v.Adjust); err != nil {
			t.Fatal(err)
		}
		v.Symbol, err = etl.ParseSymbol(symbol)
		if err != nil {
			t.Fatal(err)
		}
		v.Date = schedules.Day(day.Unix() / 86400)
		list = append(list, v)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return etl.NewestFactors(list, time.Time{})
}

// TestAdjustFactorsAreTheMarkets compares the table with the market's own ex-dates,
// and prices adjusted with it with the exchange's printed ones, digit for digit.
func TestAdjustFactorsAreTheMarkets(t *testing.T) {
	m, address := generatedMarket(t, 60)
	dir, server := t.TempDir(), "baostock.address="+address
	from, to := schedules.MakeDay(2022, 1, 4), schedules.MakeDay(2024, 6, 28)
	command(t, exitDone, "run", "--lake", dir, "--set", server, "--job", "daily-bars", "--from", from.String(), "--to", to.String())
	var r factorsReport
	if err := json.Unmarshal(command(t, exitDone, "run", "--lake", dir, "--set", server, "--job", "adjust-factors", "--json"), &r); err != nil {
		t.Fatal(err)
	}
	known := factorsIn(t, dir)
	today := schedules.Embedded().Published(time.Now(), schedules.AdjustFactorsReady)
	securities, rights := 0, 0
	for i, s := range m.Securities() {
		symbol, _ := etl.ParseSymbol(s.Code)
		of, inBars := etl.FactorsOf(known, symbol), 0
		all, seen := m.ExDates(i), 0
		for _, x := range all {
			if x.Day <= today {
				seen++
			}
			if x.Day > from && x.Day <= to && x.Day > s.Listed && (s.Delisted == 0 || x.Day < s.Delisted) {
				inBars++
			}
		}
		if rights += inBars; inBars == 0 {
			continue
		}
		securities++
		if len(of) != seen {
			t.Errorf("%s: %d factors, the market has %d", symbol, len(of), seen)
			continue
		}
		for k, v := range of {
			x := all[k]
			if v.Date != x.Day || v.Back != x.Back || v.Adjust != x.Back || v.Fore != market.ForeFactor(x.Back, all[seen-1].Back) {
				t.Errorf("%s, the market has %s %d", v, x.Day, x.Back)
			}
		}
		if securities%7 == 0 {
			adjusted(t, address, s.Code, known, from, to)
		}
	}
	t.Logf("%d ex-dates of %d securities, %d requests, %d agreed, %d unproven", rights, securities, r.Requests, r.Agreed, r.Unproven)
	if sent := r.RequestsByType["15"] + r.RequestsByType["9C"]; rights < 50 || sent > int64(securities)+2 || r.Missing != 0 || len(r.Findings) > 0 || r.Agreed < rights*9/10 {
		t.Errorf("%d ex-dates of %d securities: %d requests; %+v", rights, securities, sent, r)
	}
}

// adjusted compares adjusted prices with those that the exchange prints.
func adjusted(t *testing.T, address, code string, known []etl.FactorVersion, from, to schedules.Day) {
	t.Helper()
	symbol, _ := etl.ParseSymbol(code)
	raw := kLines(t, address, code, from.String(), to.String(), "3")
	for _, flag := range []string{"1", "2"} {
		for i, row := range kLines(t, address, code, from.String(), to.String(), flag) {
			day, _ := schedules.ParseDay(row[market.Date])
			v, ok := etl.FactorOn(known, symbol, day)
			factor := int64(etl.One)
			switch {
			case ok && flag == "1":
				factor = v.Back
			case ok:
				factor = v.Fore
			case flag == "2":
				continue // before the first ex-date the vendor's table has no forward factor
			}
			for c := market.Open; c <= market.PreClose; c++ {
				price, _ := market.ParseFixed([]byte(raw[i][c]), 4)
				if got := etl.AdjustText(price, factor); got != row[c] {
					t.Fatalf("%s %s flag %s column %d: %s, the exchange prints %s", code, day, flag, c, got, row[c])
				}
			}
		}
	}
}

// TestADayCostsItsExDates runs both jobs for each of some days, as a daemon does: a
// day without an ex-date costs no request for factors, others one for each security
// that went ex, and every run reads the bars of the current year only.
func TestADayCostsItsExDates(t *testing.T) {
	m, address := generatedMarket(t, 80)
	dir, server := t.TempDir(), "baostock.address="+address
	days := schedules.Embedded().Days(schedules.MakeDay(2024, 6, 3), schedules.MakeDay(2024, 6, 14))
	job := func(name string, more ...string) factorsReport {
		var r factorsReport
		if err := json.Unmarshal(command(t, exitDone, append([]string{"run", "--lake", dir, "--set", server, "--job", name, "--json"}, more...)...), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	job("daily-bars", "--from", "2022-12-01", "--to", (days[0] - 1).String())
	job("adjust-factors")
	quiet, busy := 0, 0
	for _, day := range days {
		job("daily-bars", "--from", day.String(), "--to", day.String())
		r := job("adjust-factors")
		ex, news := 0, 0
		for i, s := range m.Securities() {
			known := false
			for _, x := range m.ExDates(i) {
				known = known || x.Day > schedules.MakeDay(2022, 12, 1) && x.Day < day
				if x.Day == day && s.Listed < day {
					ex++
					if !known { // a series that was read has the days after it, too
						news++
					}
				}
			}
		}
		if sent := r.RequestsByType["15"] + r.RequestsByType["9C"]; int(sent) > news || news == 0 && r.Requests > 0 || r.Missing > 0 {
			t.Errorf("%s: %d ex-dates, %d of them news: %d requests for factors, %d in all, %d missing", day, ex, news, sent, r.Requests, r.Missing)
		}
		if r.BarsRead == 0 || r.BarsRead > r.Bars/2 {
			t.Errorf("%s: %d of %d bars were read", day, r.BarsRead, r.Bars)
		}
		if ex == 0 {
			quiet++
		} else {
			busy++
		}
	}
	t.Logf("%d days without an ex-date, %d with", quiet, busy)
	if quiet == 0 || busy == 0 {
		t.Fatalf("%d days without an ex-date, %d with: the market proves nothing", quiet, busy)
	}
}

// TestRecordedAdjustedText holds the vendor's printed forward-adjusted bars against
// his recorded raw bars and the factor that he gave at the same time.
func TestRecordedAdjustedText(t *testing.T) {
	dir := filepath.Join(recorded.Dir(t), "baostock")
	text := func(parts ...string) string {
		b, err := os.ReadFile(filepath.Join(append([]string{dir}, parts...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	factors := records(t, text("frames", "query_adjust_factor", "response.bin"))
	fore, ok := market.ParseFixed([]byte(factors[0][2]), 6)
	if len(factors) != 1 || !ok {
		t.Fatalf("factors %q", factors)
	}
	f, err := os.Open(filepath.Join(dir, "bars", "sh.600000.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	raw := map[string][]string{}
	for _, row := range rows {
		raw[row[market.Date]] = row
	}
	printed := records(t, text("frames", "query_history_k_data_plus", "response.decoded.txt"))
	for _, row := range printed {
		for c := market.Open; c <= market.PreClose; c++ {
			price, ok := market.ParseFixed([]byte(raw[row[0]][c]), 4)
			if got := etl.AdjustText(price, fore); !ok || got != row[c] {
				t.Errorf("%s column %d: %s, the vendor prints %s", row[0], c, got, row[c])
			}
		}
	}
	if len(printed) != 22 {
		t.Error(fmt.Sprint(len(printed), " recorded rows"))
	}
}

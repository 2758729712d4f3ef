package main

import (
	"fmt"
	"strings"

	"barkeep/etl"
	"barkeep/schedules"
)

// conclude says in one sentence what is the matter, and what would help.
func (q *inquiry) conclude() {
	if q.Present {
		q.Verdict = "the bar is there"
		if q.Suspended != nil {
			q.Verdict += ", of a suspended day"
		}
		if n := len(q.Checks.Broken); n > 0 {
			q.Verdict += fmt.Sprintf(", and breaks %s", plural(n, "rule"))
		}
		return
	}
	for _, reason := range []func() (string, string){q.byCalendar, q.byQuarantine, q.byList, q.byAbsence, q.byFetching} {
		if code, verdict := reason(); code != "" {
			q.Reason, q.Verdict = code, verdict
			break
		}
	}
	switch q.Reason {
	case whyOutOfScope, whyQuarantined, whyAbsent, whyEmpty, whyUnfetched, whyMissing:
		q.Command = q.app.commandLine("run", "--job", jobDailyBars, "--from", q.Date.String(), "--to", q.Date.String(), "--symbols", q.Symbol.String())
	case whyNoList:
		q.Command = q.app.commandLine("run", "--job", jobDailyBars, "--from", q.Date.String(), "--to", q.Date.String())
	case whyUnpublished:
		q.Command = q.app.commandLine("run", "--job", jobDailyBars)
	}
}

// byCalendar explains days without data.
func (q *inquiry) byCalendar() (string, string) {
	today := schedules.DayOf(q.at)
	status := q.calendar.Status(q.Date)
	switch {
	case q.Date < q.calendar.First():
		return whyClosed, fmt.Sprintf("the exchanges did not exist yet: the first trading day is %s", q.calendar.First())
	case status == schedules.Closed:
		kind := "a holiday"
		if day := q.Date.Weekday(); day == 0 || day == 6 {
			kind = "a " + day.String()
		}
		return whyClosed, fmt.Sprintf("no trading day, but %s%s", kind, q.besides())
	case q.Date > today:
		return whyFuture, fmt.Sprintf("%s lies in the future: in Shanghai it is %s", q.Date, today)
	case status == schedules.Unknown:
		return whyUncertain, fmt.Sprintf("whether %s is a trading day is not known: the calendar ends on %s; give a newer one as calendar.file", q.Date, q.calendar.Horizon())
	case q.Date > q.due:
		return whyUnpublished, fmt.Sprintf("the vendor has not published %s yet: it does at about %s in Shanghai", q.Date, schedules.DailyBarsReady)
	}
	return "", ""
}

// besides names the trading days around a closed one.
func (q *inquiry) besides() string {
	var around []string
	if d, ok := q.calendar.Prev(q.Date); ok {
		around = append(around, "the one before is "+d.String())
	}
	if d, ok := q.calendar.Next(q.Date); ok {
		around = append(around, "the next is "+d.String())
	}
	if len(around) == 0 {
		return ""
	}
	return "; " + strings.Join(around, ", ")
}

// byQuarantine explains bars that came and were refused.
func (q *inquiry) byQuarantine() (string, string) {
	n := len(q.Quarantine)
	if n == 0 {
		return "", ""
	}
	return whyQuarantined, "a row arrived and was refused: " + q.Quarantine[n-1].Reason
}

// byList explains securities that have no bar on the day by what the vendor lists
// and what the configuration wants.
func (q *inquiry) byList() (string, string) {
	if q.universe == nil {
		return whyNoList, "the lake has no list of securities yet; the first run fetches it"
	}
	in, listed := q.universe.Find(q.Symbol)
	switch {
	case !listed && q.Security != nil:
		return whyUnknown, fmt.Sprintf("the vendor no longer lists %s %s", q.Symbol, q.Security.Name)
	case !listed:
		hint := ""
		if like := q.universe.Like(q.Symbol, 3); len(like) > 0 {
			hint = fmt.Sprintf("; there is %q", like)
		}
		return whyUnknown, fmt.Sprintf("the vendor lists no %s%s", q.Symbol, hint)
	case in.Listed != 0 && q.Date < in.Listed:
		return whyNotListed, fmt.Sprintf("not listed before %s", in.Listed)
	case in.Delisted != 0 && q.Date > in.Delisted:
		return whyDelisted, fmt.Sprintf("delisted on %s", in.Delisted)
	case in.Delisted == q.Date:
		return whyDelisted, "delisted on this day: some securities have a bar then, and it has none"
	}
	return q.byScope(in)
}

// byScope explains cells that no run would ask for.
func (q *inquiry) byScope(in etl.Instrument) (string, string) {
	days := []schedules.Day{q.Date}
	scope := etl.Scope{From: q.Date, To: q.Date, Symbols: []etl.Symbol{q.Symbol}}
	if in.Symbol.Exchange() == etl.Beijing {
		return whyNotOffered, "the vendor has no bars of securities of Beijing"
	}
	if etl.Expected(etl.Universe{in}, scope, days).Len() == 0 {
		return whyNotOffered, fmt.Sprintf("the vendor has no bars of the kind %s from before", in.Kind)
	}
	scope.Symbols, scope.ETF, scope.Index = nil, q.cfg.DailyBars.ETF, q.cfg.DailyBars.Index
	switch {
	case etl.Expected(etl.Universe{in}, scope, days).Len() > 0:
		if q.Date < q.cfg.DailyBars.From {
			return whyOutOfScope, fmt.Sprintf("runs fetch bars from %s on (key daily_bars.from)", q.cfg.DailyBars.From)
		}
		return "", ""
	case in.Kind == etl.ETF:
		return whyOutOfScope, "funds are not fetched unless asked for (key daily_bars.etf)"
	case in.Kind == etl.Index:
		return whyOutOfScope, "indices are not fetched unless asked for (key daily_bars.index)"
	}
	return whyOutOfScope, fmt.Sprintf("securities of the kind %s are fetched only when named", in.Kind)
}

// byAbsence explains bars that the vendor does not have.
func (q *inquiry) byAbsence() (string, string) {
	if q.Absence == nil {
		return "", ""
	}
	return whyAbsent, "the bar is known to be absent: " + q.Absence.Reason
}

// byFetching tells what has been fetched of the day.
func (q *inquiry) byFetching() (string, string) {
	switch {
	case len(q.snapshot.Files) == 0:
		return whyEmpty, "the lake has no daily bars yet"
	case q.Day.have.Len() == 0:
		return whyUnfetched, fmt.Sprintf("nothing of %s has been fetched", q.Date)
	}
	return whyMissing, fmt.Sprintf("%s of %s are there and this one is not: the vendor had no row, or the request failed", plural(q.Day.have.Len(), "bar"), q.Date)
}

// commandLine returns a command as it is to be typed, with the flags that say
// which lake and which file of settings are meant.
func (a *app) commandLine(args ...string) string {
	words := append([]string{"barkeep"}, args...)
	for _, flag := range []struct{ name, value string }{{"--config", a.configFile}, {"--lake", a.lakeDir}} {
		if flag.value != "" {
			words = append(words, flag.name, flag.value)
		}
	}
	for i, w := range words {
		words[i] = shellWord(w)
	}
	return strings.Join(words, " ")
}

// shellWord quotes a word where a shell would take it for more than one.
func shellWord(w string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./_-"
	if w != "" && strings.Trim(w, plain) == "" {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

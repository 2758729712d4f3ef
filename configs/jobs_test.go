package configs_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"barkeep/configs"
	"barkeep/schedules/jobs"
)

func noWork(context.Context, jobs.Tick) (jobs.Result, error) { return jobs.Result{}, nil }

func loadJobs(file string, environ, set []string) (*configs.Loaded[configs.Config], error) {
	o := configs.Options{Default: configs.Default, Environ: environ, Set: set,
		ReadFile: func(string) ([]byte, error) { return []byte(file), nil }}
	if file != "" {
		o.File = samplePath
	}
	return configs.Load[configs.Config](o)
}

// TestJobsMerge: a layer changes single keys of a job and may add jobs.
func TestJobsMerge(t *testing.T) {
	loaded, err := loadJobs("jobs:\n  daily-bars:\n    at: close+2h40m\n    on: \"\"\n  vacuum:\n    enabled: false\n"+
		"  morning-quotes:\n    run: quotes\n    every: 10s while opening_auction\n    timeout: 30s\n",
		[]string{"BARKEEP_JOBS_DAILY_BARS_UNTIL=22:30", "BARKEEP_JOBS_MORNING_QUOTES_TIMEOUT=9s", "BARKEEP_JOBS_ADJUST_FACTORS_AFTER="},
		[]string{"jobs.daily-bars.retry=5m", "jobs.noon.run=revisions", "jobs.noon.at=lunch+30m", "jobs.noon.after=compact,vacuum"})
	if err != nil {
		t.Fatal(err)
	}
	got := loaded.Value.Jobs
	for name, want := range map[string]jobs.Config{
		"daily-bars":     {At: "close+2h40m", Timeout: 23 * time.Hour, Retry: 5 * time.Minute, Until: "22:30", CatchUp: true, Enabled: true},
		"vacuum":         {At: "03:30", Timeout: time.Hour, CatchUp: true},
		"morning-quotes": {Run: "quotes", Every: "10s while opening_auction", Timeout: 9 * time.Second, Enabled: true},
		"noon":           {Run: "revisions", At: "lunch+30m", After: []string{"compact", "vacuum"}, Enabled: true},
		"adjust-factors": {At: "18:05", On: "trading-days", After: []string{}, Timeout: 4 * time.Hour, Retry: 10 * time.Minute, Until: "23:00", CatchUp: true, Enabled: true},
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	if len(got) != 10 {
		t.Errorf("%d jobs", len(got))
	}
	if o, ok := loaded.Origin("jobs.daily-bars.at"); !ok || o.String() != "/etc/barkeep.yaml:3:5" {
		t.Errorf("at comes from %s, %t", o, ok)
	}

	var shown strings.Builder
	if err := loaded.Show(&shown); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  daily-bars:\n    at: close+2h40m  # from /etc/barkeep.yaml:3\n    on: \"\"  # from /etc/barkeep.yaml:4\n    timeout: 23h\n" +
			"    retry: 5m  # from --set\n    until: \"22:30\"  # from BARKEEP_JOBS_DAILY_BARS_UNTIL\n    catch_up: true\n",
		"    after: []  # from BARKEEP_JOBS_ADJUST_FACTORS_AFTER\n",
		"  vacuum:\n    at: \"03:30\"\n    timeout: 1h\n    catch_up: true\n    enabled: false  # from /etc/barkeep.yaml:6\n" +
			"  morning-quotes:\n    run: quotes  # from /etc/barkeep.yaml:8\n    every: \"10s while opening_auction\"  # from /etc/barkeep.yaml:9\n" +
			"    timeout: 9s  # from BARKEEP_JOBS_MORNING_QUOTES_TIMEOUT\n" +
			"  noon:\n    run: revisions  # from --set\n    at: lunch+30m  # from --set\n    after: [compact, vacuum]  # from --set\n",
	} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("not shown:\n%s\nbut\n%s", want, shown.String())
		}
	}
	again, err := loadJobs(shown.String(), nil, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, shown.String())
	}
	if diff := cmp.Diff(got, again.Value.Jobs); diff != "" {
		t.Errorf("what Show wrote loads as something else: -want +got\n%s\n%s", diff, shown.String())
	}
}

// TestJobsProblems: whatever is wrong is said with its place, its key and what to
// do.
func TestJobsProblems(t *testing.T) {
	const works = "; the works are daily-bars, quotes, instruments, adjust-factors, revisions, compact, vacuum"
	for _, test := range []struct {
		file string // below jobs:
		want string
	}{
		{"mine: {at: '10:00'}", "2:3: jobs.mine.run: is missing, and no work is called mine: say which this job does" + works},
		{"daily-bar: {at: '10:00'}", "2:3: jobs.daily-bar.run: is missing, and no work is called daily-bar: say which this job does; did you mean daily-bars?" + works},
		{"mine: {run: quote, every: 1m}", `2:10: jobs.mine.run: is "quote", which is no work; did you mean quotes?` + works},
		{"mine:", "2:3: jobs.mine.run: is missing, and no work is called mine: say which this job does" + works},
		{"mine: 5", "2:9: jobs.mine: is a section; write its keys below it, indented, such as run"},
		{"mine: {run: quotes, rum: quotes}", "2:23: jobs.mine.rum: unknown key; did you mean jobs.mine.run?"},
		{"daily_bars: {at: '10:00'}", "2:3: jobs.daily_bars: is no name: write a-z, 0-9 and - between them, a letter first; did you mean jobs.daily-bars?"},
		{"'': {run: quotes}", "2:3: jobs.: is no name: write a-z, 0-9 and - between them, a letter first"},
		{"a.b: {run: quotes}", "2:3: jobs.a.b: is no name: write a-z, 0-9 and - between them, a letter first"},
		{"quotes: {timeout: 1m}\n  quotes: {timeout: 2m}", "3:3: jobs.quotes: is given twice; the first is on line 2"},
		{"mine: {run: quotes}\n  mine: {run: compact}", "3:3: jobs.mine: is given twice; the first is on line 2"},
		{"vacuum: {at: '25:00'}", `2:12: jobs.vacuum.at: "25:00" is neither a time of day nor one of the market: write 17:35, or close+2h35m or open-15m; ` +
			"besides open and close the market has its phases, opening_auction to final, by when they begin"},
		{"vacuum: {cron: '* * * * *'}", `2:12: jobs.vacuum.cron: is given beside at: 03:30; only one of cron, at and every can be. at: "" takes it away`},
		{"revisions: {cron: 0 10 * * fri-tue}", `2:15: jobs.revisions.cron: "0 10 * * fri-tue": field 5, the day of the week, at column 10 is "fri-tue": ` +
			"write 0 (Sunday) to 6 or sun to sat, as * or 5 or 1-5 or 1,3 or */2"},
		{"vacuum: {at: '', cron: 0 0 30 2 *}", "2:20: jobs.vacuum.cron: cron 0 0 30 2 * never comes; change the time or the days"},
		{"vacuum: {at: ''}\n  compact: {at: '', on: trading-days}", "3:21: jobs.compact.on: says on which days, but not when: give cron, at or every, or leave it out"},
		{"vacuum: {on: sundays}", `2:12: jobs.vacuum.on: "sundays" is none of trading-days, trading-hours and every-day`},
		{"vacuum: {after: [compakt]}", `2:12: jobs.vacuum.after: names "compakt", which is no job; did you mean compact?`},
		{"vacuum: {after: [vacuum]}", "2:12: jobs.vacuum.after: names the job itself"},
		{"vacuum: {after: [compact, compact]}", "2:12: jobs.vacuum.after: names compact twice"},
		{"vacuum: {after: [revisions]}\n  compact: {after: [vacuum]}\n  revisions: {after: [compact]}",
			"3:13: jobs.compact.after: runs in a ring: compact after vacuum after revisions after compact; one of them must not wait for the other"},
		{"vacuum: {at: '', after: [compact]}\n  compact: {enabled: false}",
			"2:20: jobs.vacuum.after: names only jobs that are not enabled, so this one never runs; give it a time, or set enabled: false"},
		{"vacuum: {timeout: -1s}", "2:12: jobs.vacuum.timeout: must be 0s, or lie in 1s..168h"},
		{"vacuum: {timeout: 10}", "2:21: jobs.vacuum.timeout: 10 has no unit; write it like 10s, 10m or 10h"},
		{"vacuum: {retry: 1ms}", "2:12: jobs.vacuum.retry: must be 0s, or lie in 1s..24h"},
		{"vacuum: {retry_max: 1h}", "2:12: jobs.vacuum.retry_max: bounds tries that there are not; set retry, or leave it out"},
		{"vacuum: {until: '23:00'}", "2:12: jobs.vacuum.until: ends tries that there are not; set retry, or leave it out"},
		{"vacuum: {retry: 1h, retry_max: 10m}", "2:23: jobs.vacuum.retry_max: is shorter than retry, 1h"},
		{"vacuum: {retry: 1h, until: 5pm}", `2:23: jobs.vacuum.until: "5pm" is not a time of day: write it like 09:30 or 17:30`},
		{"vacuum: {retry: 1h, until: '03:30'}", "2:23: jobs.vacuum.until: is not after 03:30, when the job is due, so it would never be tried again"},
		{"vacuum: {at: close+1h, retry: 1h, until: '15:30'}", "2:37: jobs.vacuum.until: is not after 16:00, when the job is due, so it would never be tried again"},
		{"revisions: {until: '00:00'}", `2:15: jobs.revisions.until: must be later than 00:00, when the day begins; "" for no end`},
	} {
		file := "jobs:\n  " + test.file + "\n"
		_, err := loadJobs(file, nil, nil)
		if err == nil || err.Error() != "1 problem in the configuration:\n  /etc/barkeep.yaml:"+test.want {
			t.Errorf("%s\n got %v\nwant /etc/barkeep.yaml:%s", file, err, test.want)
		}
	}
	_, err := loadJobs("", []string{"BARKEEP_JOBS_MINE_AT=10:00", "BARKEEP_JOBS_VACUUM_AT=noon"}, []string{"jobs.mine.ad=1", "jobs.mine=1", "jobs=1", "jobs.My.at=1"})
	wantProblems(t, err,
		"BARKEEP_JOBS_MINE_AT: names no key",
		`BARKEEP_JOBS_VACUUM_AT: jobs.vacuum.at: "noon" is neither a time of day nor one of the market: write 17:35, or close+2h35m or open-15m; `+
			"besides open and close the market has its phases, opening_auction to final, by when they begin",
		"--set jobs.mine.ad: jobs.mine.ad: unknown key",
		"--set jobs.mine: jobs.mine: unknown key",
		"--set jobs: jobs: is a section; name a key of it, such as jobs.instruments.run",
		"--set jobs.My.at: jobs.My: is no name: write a-z, 0-9 and - between them, a letter first",
	)
}

// TestBuild: the default jobs are whole, and one that is not enabled waits for
// nothing.
func TestBuild(t *testing.T) {
	byName := map[string]jobs.Job{}
	for _, job := range defaultJobs(t) {
		byName[job.Name] = job
		if job.Trigger == nil || job.Work == nil {
			t.Errorf("%s has trigger %v", job.Name, job.Trigger)
		}
	}
	bars := byName["daily-bars"]
	if want := (jobs.Retry{Every: 10 * time.Minute, Max: 10 * time.Minute, Until: 23 * time.Hour}); bars.Retry != want || bars.Timeout != 23*time.Hour || !bars.CatchUp {
		t.Errorf("daily-bars is %+v", bars)
	}
	if got := byName["adjust-factors"].After; !reflect.DeepEqual(got, []string{"daily-bars"}) {
		t.Errorf("adjust-factors runs after %q", got)
	}
	section := configs.Jobs{"adjust-factors": {At: "18:05", After: []string{"x"}}, "by-hand": {Run: "quotes", Enabled: true}}
	list, err := section.Build(map[string]jobs.Work{"adjust-factors": noWork, "quotes": noWork})
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	for _, job := range list {
		if job.Trigger != nil || job.After != nil {
			t.Errorf("%s runs by itself: %v, %q", job.Name, job.Trigger, job.After)
		}
	}
	if _, err := section.Build(nil); err == nil || !strings.Contains(err.Error(), `jobs.adjust-factors: the work "adjust-factors" is not here`) {
		t.Errorf("without works: %v", err)
	}
}

// TestJobsKeys: the listing has what the defaults say, and once what any job may
// say.
func TestJobsKeys(t *testing.T) {
	keys, err := configs.Keys[configs.Config](configs.Default)
	if err != nil {
		t.Fatal(err)
	}
	var got []configs.Key
	for _, k := range keys {
		if k.Name == "jobs.daily-bars.at" || k.Name == "jobs.NAME.retry" || k.Name == "jobs.NAME.enabled" {
			got = append(got, k)
		}
	}
	want := []configs.Key{
		{Name: "jobs.daily-bars.at", Env: "BARKEEP_JOBS_DAILY_BARS_AT", Type: "text", Default: `"17:35"`,
			Description: "When, as a time of day or an offset from the market's clock: 17:35, close+2h35m, open-15m."},
		{Name: "jobs.NAME.retry", Env: "BARKEEP_JOBS_NAME_RETRY", Type: "duration", Default: "0s",
			Description: "The wait before another try when a run did not end well. 0s for none."},
		{Name: "jobs.NAME.enabled", Env: "BARKEEP_JOBS_NAME_ENABLED", Type: "true or false", Default: "true",
			Description: "Whether the job runs by itself; it can always be run by hand."},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

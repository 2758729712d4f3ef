// Package jobs runs jobs when they are due, and knows what that means on a host
// that sleeps, crashes and has its clock set.
//
// # Jobs and runs
//
// A [Job] is some [Work] and a [Trigger] that says when it is due. A due time
// carries no work of its own: the work finds out what is missing and brings that,
// so one run stands for any number of due times that passed. A [Runner] holds a
// list of jobs; [Runner.Run] runs them until its context ends, [Runner.Once] runs
// what is due and returns, [Runner.Trigger] runs one by hand, and each [Run] that
// has ended goes into the [Journal].
//
// # What a Runner promises
//
//   - A job never overlaps itself. Due times that come during a run become one run
//     right after it, whose Missed counts the others.
//   - No due time has two first attempts, not even when the clock goes back over it
//     or the program starts anew.
//   - At the start, a job that catches up has one run if it was due after the newest
//     run that ended well; Missed counts the due times it stands for besides its own.
//     These runs come one after the other, in the order of the list, each behind those
//     that it runs after. Other jobs wait for their next due time. The same holds when
//     a host wakes up after a sleep, or its clock is set forward by more than a minute.
//   - A run that did not end well is tried again as [Retry] and [Verdict] say, also
//     when the program ended in between.
//   - A job with After runs once when one of those has ended well; if several end
//     while it waits, once for all.
//   - Jobs of one group run one at a time: by hand first, then in the order in which
//     they became due. A job without a group waits for nobody.
//   - A panic is a failed run. A timeout and the end of the program reach the work
//     through its context; who does not return is shown as running, and Run gives up
//     waiting after Options.Grace.
//
// # Clocks
//
// A Runner looks at the clock at every due time and at least once a minute, and
// compares the wall clock with the monotonic one. Small corrections pass unnoticed.
// When they part by more than a minute it warns and computes the due times anew.
// Forward, what passed counts as slept through. Backward, due times of the stretch
// that it has truly watched stay dealt with, while all others come when they come;
// waits for a retry go on as they were. It remembers the newest 32 stretches, and of
// each job the newest 64 due times that it made good outside of them.
//
// In the journal, runs that are more than an hour ahead of the clock count as written
// under a wrong clock: they keep their own due times from a second run, and decide
// nothing else. Of each job a new process knows the newest run of each outcome; a clock
// that is set back across a restart, by more than an hour and over several due times,
// may bring the older ones of those again.
//
// Where the calendar knows no further due time a job has none, which is logged once a
// day; it goes on by itself when the calendar is extended.
//
// # The log
//
// Each run is one line with the keys job, outcome, why, due, attempt, missed, took,
// rows, bytes, requests and id; error and stack where there are any; again is when the
// next attempt comes. Runs that end as the one before, the digits of the error aside,
// have a line an hour, which counts those left out. A run that the journal does not
// take is in the log whole.
package jobs

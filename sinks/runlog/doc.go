// Package runlog keeps the history of runs in a lake.
//
// # The file
//
// LAKE/_state/runs.jsonl has one run a line, a JSON object as [jobs.Run] writes it, in
// the order in which runs ended:
//
//	{"id":"20240102T093500.000012-1f0c9a7e","job":"daily-bars","why":"schedule","due":...}
//
// A run is on disk when [Log.Append] returns. Writers, in one process or in several,
// take turns (LAKE/_state/runs.jsonl.lock, which the kernel gives back when one dies);
// readers need no turn.
//
// # Bounds
//
// When the file has a quarter more lines than it shall keep, it is written anew under
// another name (.runs.jsonl.tmp-*) and renamed. First comes the newest run of each
// outcome of each job, runs by hand counted apart, for a restart must know of it. The
// rest of the room is shared fairly: a job that runs every 30 seconds does not push out
// one that runs once a week, because the jobs with the fewest runs keep all of theirs
// and the others an equal number of their newest. A line is at most 32 KiB: a longer
// one loses its reports, then its options, then the end of its error.
//
// # Crashes and strangers
//
// A crash leaves a line in part at the end; the next writer begins a line of its own. A
// line that is not a run is skipped and counted by readers, and gone when the file is
// written anew. A file that is missing is an empty history.
package runlog

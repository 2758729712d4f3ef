// Package proof holds no program, only tests that run the lake the way years of
// service and bad luck would, and read it back with DuckDB.
//
// # What each proof shows
//
//	TestCrashMatrix     every change to the file system of append, replace, remove,
//	                    compaction, checkpoint, publish and vacuum is a numbered
//	                    point. At each one the process dies (at once; leaving half of
//	                    what it wrote; losing what was not flushed) or meets one
//	                    error. The lake then holds the state before or the one after,
//	                    every row once, and the next run completes the work.
//	TestKilled          the same with a child process that kills itself (SIGKILL).
//	TestReaders         other processes ask the published catalog while commits,
//	                    compaction, vacuum and publications go on: no error, and every
//	                    answer is that of one committed version.
//	TestModel           a random history against a model in memory.
//	TestTwoProcesses    two processes commit to one table at once, and compact it.
//	TestForeignReader   what a Delta reader that knows nothing of barkeep sees: from
//	                    commits alone, from checkpoints, and from the statistics.
//	TestDiskFull, TestReadOnly, TestClockSetBack, TestTwoDefinitions,
//	TestLakeInsideATable
//	                    what an operator can do to a lake.
//
// Rows are read back by DuckDB: through the views of the published catalog, through
// sinks/duckdb, or from the files that an independent reading of the log names.
//
// # Running the long ones
//
//	go test ./sinks/proof                                       the short form of all
//	go test ./sinks/proof -run Crash -v -all                    every point, in one or two ways
//	go test ./sinks/proof -run Crash -v -ways                   every point in every way
//	go test ./sinks/proof -run Killed -v -all                   SIGKILL at every point
//	go test ./sinks/proof -run Readers -v -readers 60s          for how long
//	go test ./sinks/proof -run Model -v -steps 500 -seed 7      how many, and which
//	go test ./sinks/proof -run Processes -v -commits 1000       of each process
//
// A failure of TestModel names its seed. Everything happens in /dev/shm where there
// is one, because the tests flush many thousand times. TestDiskFull and TestReadOnly
// mount file systems in a name space of their own, and say so when the system does
// not let them. DuckDB needs cgo; without it there are no tests.
package proof

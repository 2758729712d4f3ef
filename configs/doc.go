// Package configs reads the configuration: strictly, in layers, and telling
// for every value where it comes from.
//
// # Layers
//
// A value is taken from the strongest layer that gives it:
//
//	embedded default YAML                  every key, with a comment that explains it
//	--config FILE                          YAML, only the keys that differ
//	BARKEEP_BAOSTOCK_READ_TIMEOUT=45s      the environment
//	--set baostock.read_timeout=45s        the command line, repeatable, the last wins
//
// A key is the path of its sections, joined with dots; its variable is the key
// in capitals with underscores, after BARKEEP_. A list is replaced as a whole,
// never merged. On the command line and in the environment a list is written
// a,b,c, or as YAML, [a, "b,c"].
//
// # Values
//
// The key's type decides how its text is read, never the look of the text:
// 000001 is a symbol where a symbol is wanted and no is a word where text is
// wanted. Durations carry a unit (30s, 1h30m); a plain number is refused,
// because nobody can tell seconds from minutes. Whole numbers are decimal and
// may carry underscores. The empty value, null, is refused, except for a
// section whose keys are all commented out. Anchors, aliases, tags and merge
// keys are not read.
//
// # Problems
//
// Nothing is ignored: a key nobody knows, a key given twice, a value of the
// wrong type, a variable BARKEEP_ that names no key (RECORDED and
// Options.Reserved aside) are problems, and [Load] reports all of them, of all
// layers, at once, as [*Problems]:
//
//	2 problems in the configuration:
//	  /etc/barkeep.yaml:12:17: baostock.read_timeout: 30 has no unit; write it like 30s, 30m or 30h
//	  --set baostock.page_sise: baostock.page_sise: unknown key; did you mean baostock.page_size?
//
// # Components
//
// A component owns its section: a struct whose fields carry yaml:"name" tags,
// and a Validate that returns everything wrong with it as joined
// [barkeep/etl.KeyError] values, with keys inside its section. The loader asks
// every section once and adds where the value was written; a section must not
// ask the sections inside it. Fields are string, bool, int, int64, float64,
// [time.Duration], any type that reads and writes its own text, lists of
// strings or of such types, structs as sections, and maps of structs without
// sections of their own. An exported field that is
// no key says yaml:"-". A field tagged secret:"true" is never printed, neither
// by Show nor in a problem.
//
// # Names of your own
//
// A section may be a map of structs, as jobs is: its keys are names, of a-z, 0-9
// and - between them. Layers merge key by key: a file changes one key of an entry
// of the defaults, and an entry under a new name begins as SetDefaults leaves it.
// The command line can make an entry, too; a variable only sets keys of entries
// that the defaults or the file have, because BARKEEP_JOBS_A_B_RUN does not tell
// whether the job is a-b. The fields of an entry carry doc:"..." tags, which
// describe what the default document leaves out.
//
//	jobs:
//	  daily-bars:
//	    at: close+3h       # the rest of daily-bars stays
//	  noon-quotes:         # a new job
//	    run: quotes
//	    at: lunch+1m
//
// # Looking
//
// [Loaded.Show] writes the effective configuration as the commented default
// document with the values in force and their origins. [Keys] lists every key
// with its type, default and description, and [CheckDefault] is the test that
// the default document is complete and explains itself.
package configs

// Package sources holds what every vendor gets wrapped in: a [Ledger], which
// counts requests against a daily budget and remembers a ban across restarts,
// and [Retry], which repeats what may succeed the next time. The vendors' own
// protocols live in the folders below and know nothing of either.
//
// Libraries: failsafe-go drives the retries, gofrs/flock guards the ledger's
// file between processes.
package sources

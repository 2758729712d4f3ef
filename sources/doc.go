// Package sources holds what every vendor gets wrapped in. The vendors' own
// protocols live in the folders below and know nothing of the wrapping.
//
//   - [Ledger] counts requests against a daily budget and remembers a ban across
//     restarts.
//   - [Retry] repeats what may succeed the next time: an error says so with a
//     method Temporary() bool.
//   - [Web] fetches the pages of vendors that speak HTTP. Every page is bounded in
//     time and in inflated size, and counted. Its two errors tell apart what a
//     caller must treat differently: a [StatusError] is an answer, and Blocked
//     when the vendor wants to be left alone; a [WebError] is none, and Unanswered
//     when the connection was closed on a request that had arrived, which is how
//     some vendors ban. Both are Temporary where Retry can help.
//
// Libraries: failsafe-go drives the retries, gofrs/flock guards the ledger's
// file between processes, x/sync bounds the requests at the same time.
package sources

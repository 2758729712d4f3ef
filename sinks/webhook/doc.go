// Package webhook tells people what is wrong with the daemon, and when it is
// over: by POST to chat robots (DingTalk, Feishu, WeCom, Slack) and to any program
// that takes JSON.
//
// # Incidents
//
// [Notifier.Raise] says that something is wrong, [Notifier.Clear] that it is not
// any more. Both may be called as often as the caller looks, for they only note
// what is the case: kind and key name one incident, which is told once, told again
// when it is raised later than Config.Repeat after it was told, and told to be over
// once. Clear without an incident does nothing.
//
// There is no queue that could overflow or block. A goroutine for each target
// compares what is the case with what the target was told and sends the difference,
// so what came and went while a target was down, or while 10 messages a minute had
// been sent, is one message. At most 500 incidents are kept.
//
// A failed message is repeated Config.Retries times with a growing wait; after that
// the target is left alone for five minutes, then for longer, up to fifteen, and
// asked again, until it has taken the message. The vendors answer 200 to what they
// have refused, so their errcode or code decides.
//
// # State
//
// Options.State (LAKE/_state/notifications.json) holds the incidents and what each
// target knows. After a restart nothing is told twice and an end is still told. A
// crash between sending and saving may tell something twice; a state that cannot be
// read is begun anew, and one that cannot be saved is a line in the log: alarms go
// out on a full disk, too.
//
// # Secrets
//
// The addresses contain keys. They and the signing secrets come from the
// environment or from files, and appear in no error, log or state: errors name the
// target and its host. Redirects are not followed, for they would carry the key
// elsewhere.
//
// # Shapes
//
// generic gets one object:
//
//	{"event": "raised", "kind": "run-failed", "key": "daily-bars", "text": "...",
//	 "since": "2026-11-20T17:35:00+08:00", "at": "2026-11-20T17:40:11+08:00",
//	 "host": "lake1", "version": "1.2.0"}
//
// event is raised, repeated, recovered (then text says how it ended and problem
// what it was) or test. Any status from 200 to 299 accepts it. With a secret the
// header X-Barkeep-Signature is "sha256=" and the hexadecimal HMAC-SHA256 of the
// body. The robots get the same as text that begins with "barkeep", which is the
// word to give where a robot wants a keyword. Sources: the vendors' public
// documentation of custom robots.
//
// Libraries: failsafe-go repeats, golang.org/x/time/rate bounds.
package webhook

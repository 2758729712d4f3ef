// Package trigger says when jobs are due. A [Trigger] is read from a [Spec], and
// answers two questions for a calendar of trading days: when next, and when last.
//
// # What may be written
//
// Exactly one of three, always in Asia/Shanghai whatever the host's zone:
//
//	cron: 35 17 * * 1-5          minute, hour, day of the month, month, day of the week
//	cron: 0 35 17 * * 1-5        the same with seconds first
//	cron: "@daily"               also @hourly, @weekly, @monthly, @yearly, @every 10m
//	at: 17:35                    a time of day
//	at: close+2h35m              an offset from the market's clock, at most 24h
//	every: 10m                   an interval of whole seconds
//	every: 30s while trading     the same, but only then
//
// and on which days:
//
//	on: every-day                also where on is left out
//	on: trading-days             days on which the exchanges trade
//	on: trading-hours            09:30-11:30 and 13:00-15:00 of these
//
// # The market's clock
//
// The market has a clock on trading days only, so what follows it needs no on.
// For at, open is 09:30 and close is 15:00; besides these the phases of
// [schedules.Phase] stand for when they begin: opening_auction 09:15, lunch 11:30,
// closing_auction 14:57, final 15:30 and so on. The offset counts from the
// trading day: close+10h is 01:00 of the day after it, a Saturday included.
//
// For every, trading is continuous trading with the closing auction, 09:30-11:30
// and 13:00-15:00, without the opening auction, whose prices are virtual. Phases
// may be named instead, with commas between them: "while opening_auction,
// trading". Phases that touch are one. The first firing is the first second of a
// phase, and the interval counts from there; the end of a phase does not belong
// to it. 30s while trading is 09:30:00 to 11:29:30 and 13:00:00 to 14:59:30, 480
// firings a day.
//
// A plain interval counts from Monday, 2001-01-01T00:00. It neither drifts nor
// begins anew when the program starts; 10m fires at :00, :10, :20 and so on, and
// 168h on Mondays.
//
// # The horizon
//
// A calendar ends somewhere, and nobody guesses what follows. Past the horizon
// [Trigger.Next] of a trigger that depends on trading days is false, and
// [Trigger.Last] stays at the last firing the calendar knows of. So a program
// whose calendar has ended catches up with what was due, and then has to be told
// the new year; it should raise an alarm long before. Triggers of every day go on.
//
// # Specs that never fire
//
// 31 February, 03:00 in trading hours, a Saturday of trading days: [New] looks for
// a firing on the days of the embedded calendar from 2000 on, or for nine years
// of every day, and refuses what has none.
//
// Neither question walks through closed days second by second: a firing after or
// before a holiday costs as much as one of the next minute.
package trigger

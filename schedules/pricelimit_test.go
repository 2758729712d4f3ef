package schedules_test

import (
	"math"
	"testing"

	"barkeep/schedules"
)

func TestLimitOn(t *testing.T) {
	tests := []struct {
		board  schedules.Board
		day    string
		warned bool
		want   int // per mille; 0 when nothing is known
	}{
		{schedules.MainBoard, "1996-12-13", false, 0},
		{schedules.MainBoard, "1996-12-16", false, 100},
		{schedules.MainBoard, "1998-04-21", true, 100},
		{schedules.MainBoard, "1998-04-22", true, 50},
		{schedules.MainBoard, "1998-04-22", false, 100},
		{schedules.MainBoard, "2026-07-03", true, 50},
		{schedules.MainBoard, "2026-07-06", true, 100},
		{schedules.ChiNext, "2009-10-29", false, 0},
		{schedules.ChiNext, "2020-08-21", false, 100},
		{schedules.ChiNext, "2020-08-24", false, 200},
		{schedules.ChiNext, "2020-08-24", true, 200},
		{schedules.STAR, "2019-07-19", false, 0},
		{schedules.STAR, "2019-07-22", true, 200},
		{schedules.BSE, "2021-11-12", false, 0},
		{schedules.BSE, "2021-11-15", false, 300},
		{0, "2024-01-02", false, 0},
		{99, "2024-01-02", false, 0},
	}
	for _, tt := range tests {
		l, ok := schedules.LimitOn(tt.board, day(t, tt.day), tt.warned)
		if l.Up != tt.want || l.Down != tt.want || ok != (tt.want > 0) {
			t.Errorf("board %d on %s, warned %v: %v, %v; want %d", tt.board, tt.day, tt.warned, l, ok, tt.want)
		}
	}
}

func TestDebutLimit(t *testing.T) {
	tests := []struct {
		board    schedules.Board
		listed   string
		session  int
		up, down int // 0 when the standing rule holds, -1 for no limit
	}{
		{schedules.MainBoard, "1999-11-10", 1, -1, -1},
		{schedules.MainBoard, "1999-11-10", 2, 0, 0},
		{schedules.MainBoard, "1999-11-10", 0, 0, 0},
		{schedules.MainBoard, "2013-12-31", 1, -1, -1},
		{schedules.MainBoard, "2014-01-02", 1, 440, 360},
		{schedules.MainBoard, "2014-01-02", 2, 0, 0},
		{schedules.MainBoard, "2023-04-07", 1, 440, 360},
		{schedules.MainBoard, "2023-04-10", 5, -1, -1},
		{schedules.MainBoard, "2023-04-10", 6, 0, 0},
		{schedules.ChiNext, "2020-08-21", 1, 440, 360},
		{schedules.ChiNext, "2020-08-24", 5, -1, -1},
		{schedules.STAR, "2019-07-22", 5, -1, -1},
		{schedules.STAR, "2019-07-22", 6, 0, 0},
		{schedules.BSE, "2021-11-15", 1, -1, -1},
		{schedules.BSE, "2021-11-15", 2, 0, 0},
		{0, "2024-01-02", 1, 0, 0},
	}
	for _, tt := range tests {
		l, ok := schedules.DebutLimit(tt.board, day(t, tt.listed), tt.session)
		switch {
		case ok != (tt.up != 0):
			t.Errorf("board %d listed %s, session %d: %v, %v", tt.board, tt.listed, tt.session, l, ok)
		case tt.up < 0 && !l.None(), tt.up > 0 && (l.Up != tt.up || l.Down != tt.down):
			t.Errorf("board %d listed %s, session %d: %v, want %d and %d", tt.board, tt.listed, tt.session, l, tt.up, tt.down)
		}
	}
}

func TestLimitPrices(t *testing.T) {
	ten, five := schedules.Limit{Up: 100, Down: 100}, schedules.Limit{Up: 50, Down: 50}
	tests := []struct {
		limit    schedules.Limit
		preclose float64
		warned   bool
		up, down float64
	}{
		{ten, 10, false, 11, 9},
		{ten, 2.67, false, 2.94, 2.4},  // +10.11 %
		{ten, 4.46, false, 4.91, 4.01}, // +10.09 %
		{ten, 0.05, false, 0.06, 0.05}, // a tie is rounded up on both sides
		{five, 8.34, true, 8.76, 7.92},
		{five, 0.1, true, 0.11, 0.09},
		{five, 0.01, true, 0.02, 0.01},
		{five, 0.11, true, 0.12, 0.1},
		{schedules.Limit{Up: 440, Down: 360}, 10, false, 14.4, 6.4},
	}
	for _, tt := range tests {
		if up, down := tt.limit.Prices(tt.preclose, tt.warned); up != tt.up || down != tt.down {
			t.Errorf("limit prices of %v by %v are %v and %v, want %v and %v", tt.preclose, tt.limit, up, down, tt.up, tt.down)
		}
	}
	free, _ := schedules.DebutLimit(schedules.STAR, day(t, "2019-07-22"), 1)
	if up, down := free.Prices(10, false); !math.IsInf(up, 1) || down != 0 {
		t.Errorf("without a limit: %v and %v", up, down)
	}
}

package main

import (
	"errors"
	"testing"

	"barkeep/cmd/barkeep/web"
)

// TestTriggerWithNothing: symbols that are empty would stand for the whole market.
func TestTriggerWithNothing(t *testing.T) {
	_, err := program{}.Trigger(t.Context(), jobDailyBars, map[string]string{"symbols": ""}, nil)
	if !errors.Is(err, web.ErrOption) {
		t.Errorf("a run without symbols where some should be: %v", err)
	}
}

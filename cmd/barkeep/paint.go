package main

import (
	"slices"
	"strings"
)

// paint colours texts for a terminal; the zero paint leaves them alone.
type paint struct{ on bool }

// paint returns colours where the output is a terminal and nobody objects by
// NO_COLOR (https://no-color.org) or TERM=dumb.
func (a *app) paint() paint {
	objects := slices.ContainsFunc(a.environ, func(e string) bool {
		name, value, _ := strings.Cut(e, "=")
		return name == "NO_COLOR" && value != "" || name == "TERM" && value == "dumb"
	})
	return paint{isTerminal(a.out) && !objects}
}

func (p paint) as(code, text string) string {
	if !p.on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p paint) good(text string) string  { return p.as("32", text) }
func (p paint) bad(text string) string   { return p.as("31", text) }
func (p paint) doubt(text string) string { return p.as("33", text) }
func (p paint) bold(text string) string  { return p.as("1", text) }

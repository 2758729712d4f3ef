package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"golang.org/x/term"
)

// lines returns a function that reads the next line, with editing and history
// on a terminal, and one that puts the terminal back.
func (a *app) lines(people bool) (next func(more bool) (string, error), restore func(), err error) {
	if !people {
		scanner := bufio.NewScanner(a.in)
		scanner.Buffer(nil, 1<<20)
		return func(bool) (string, error) {
			if scanner.Scan() {
				return scanner.Text(), nil
			}
			if err := scanner.Err(); err != nil {
				return "", fmt.Errorf("read statements: %w", err)
			}
			return "", io.EOF
		}, func() {}, nil
	}
	in, ok := a.in.(*os.File)
	if !ok {
		return nil, nil, errors.New("the input is no terminal")
	}
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, a.out}, "")
	return func(more bool) (string, error) {
		// Raw mode only while a line is read, so that results print as usual
		// and Ctrl-C stops a running query.
		state, err := term.MakeRaw(int(in.Fd()))
		if err != nil {
			return "", fmt.Errorf("terminal: %w", err)
		}
		defer term.Restore(int(in.Fd()), state)
		if t.SetPrompt("barkeep> "); more {
			t.SetPrompt("    ...> ")
		}
		return t.ReadLine()
	}, func() {}, nil
}

// lexeme is whatever may hold a semicolon that ends no statement, or is the
// semicolon that does: comments, literals, quoted names. What is left open runs
// to the end.
var lexeme = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?(?:\*/|$)|\b[eE]'(?:[^'\\]|\\.)*(?:'|$)|'[^']*(?:'|$)|"[^"]*(?:"|$)|\$\$.*?(?:\$\$|$)|;`)

// split cuts text at the semicolons that end a statement. What follows the last
// one is the rest; it is empty when it holds nothing but space and comments that
// are closed.
func split(text string) (statements []string, rest string) {
	from, next, blank := 0, 0, true
	for _, at := range lexeme.FindAllStringIndex(text, -1) {
		found := text[at[0]:at[1]]
		comment := strings.HasPrefix(found, "--") || strings.HasPrefix(found, "/*") && strings.HasSuffix(found, "*/")
		blank = blank && strings.TrimSpace(text[next:at[0]]) == "" && (comment || found == ";")
		next = at[1]
		if found == ";" {
			if !blank {
				statements = append(statements, text[from:at[0]])
			}
			from, blank = at[1], true
		}
	}
	if blank && strings.TrimSpace(text[next:]) == "" {
		return statements, ""
	}
	return statements, text[from:]
}

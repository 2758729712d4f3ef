package configs

import (
	"slices"
	"strings"
	"unicode"
)

// place is where a key and its value stand in the default document.
type place struct {
	line   int // of the key
	last   int // of the value
	indent int // blanks before the key
}

// locate fills places for every key of a document in block style.
func (d *document) locate() {
	d.places = map[string]place{}
	var lines []int
	d.locateFields(d.root, "", &lines)
	slices.Sort(lines)
	for key, p := range d.places {
		i, _ := slices.BinarySearch(lines, p.line+1)
		p.last = len(d.lines)
		if i < len(lines) {
			p.last = lines[i] - 1
		}
		// What trails a value and is blank or a comment belongs to the next key.
		for p.last > p.line && d.isFiller(p.last) {
			p.last--
		}
		d.places[key] = p
	}
}

func (d *document) locateFields(n node, prefix string, lines *[]int) {
	for _, f := range n.fields {
		key := prefix + f.name
		indent := f.column - 1
		line := ""
		if f.line >= 1 && f.line <= len(d.lines) {
			line = d.lines[f.line-1]
		}
		if !strings.HasPrefix(line, strings.Repeat(" ", max(indent, 0))+f.name+":") {
			d.fail(f.line, f.column, key, "defaults are written in block style, a plain key at the beginning of each line")
			continue
		}
		d.places[key] = place{line: f.line, indent: indent}
		*lines = append(*lines, f.line)
		d.locateFields(f.value, key+".", lines)
	}
}

// isFiller reports whether a line is blank or only a comment.
func (d *document) isFiller(line int) bool {
	text := strings.TrimSpace(d.lines[line-1])
	_, isComment := d.comments[line]
	return text == "" || isComment && strings.HasPrefix(text, "#")
}

// description returns the first sentence of the comment right above a key, or
// else the comment behind it.
func (d *document) description(p place) string {
	first := p.line
	for first > 1 && d.isFiller(first-1) && strings.TrimSpace(d.lines[first-2]) != "" {
		first--
	}
	var words []string
	for line := first; line < p.line; line++ {
		words = append(words, strings.Fields(strings.TrimLeft(d.comments[line].text, "# "))...)
	}
	if len(words) == 0 {
		return strings.Join(strings.Fields(d.comments[p.line].text), " ")
	}
	return firstSentence(words)
}

// describe returns what the document says of a key, or else its field.
func (d *document) describe(l *leaf) string {
	if p, ok := d.places[l.key]; ok {
		if text := d.description(p); text != "" {
			return text
		}
	}
	return l.doc
}

// position returns the line a key stands on, and 0; or the line it would follow,
// and 1.
func (d *document) position(l *leaf) (line, misses int) {
	if p, ok := d.places[l.key]; ok || l.entry == nil {
		return p.line, 0
	}
	if _, ok := d.places[l.entry.key()]; ok {
		return d.end(l.entry.key()), 1
	}
	return d.end(l.entry.table.key), 1
}

// end returns the last line of a section.
func (d *document) end(section string) int {
	line := d.places[section].last
	for key, p := range d.places {
		if strings.HasPrefix(key, section+".") {
			line = max(line, p.last)
		}
	}
	return line
}

// within returns the blanks before the keys of a section.
func (d *document) within(section string) int {
	p, ok := d.places[section]
	if !ok {
		return d.within(parent(section)) + 2
	}
	for key, inner := range d.places {
		if rest, ok := strings.CutPrefix(key, section+"."); ok && !strings.Contains(rest, ".") {
			return inner.indent
		}
	}
	return p.indent + 2
}

// firstSentence ends at a word with a full stop before a word that begins with
// a capital letter.
func firstSentence(words []string) string {
	for i := range len(words) - 1 {
		next := []rune(words[i+1])
		if strings.HasSuffix(words[i], ".") && unicode.IsUpper(next[0]) {
			return strings.Join(words[:i+1], " ")
		}
	}
	return strings.Join(words, " ")
}

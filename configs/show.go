package configs

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Show writes the effective configuration as commented YAML: the default
// document with the values in force, and behind every value that is no default
// where it comes from.
//
//	page_size: 2000  # from /etc/barkeep.yaml:12; rows of one reply
//
// Loaded again with --config it gives the same configuration. Secrets alone
// are left out: their lines are comments that say (set) or (not set).
func (l *Loaded[T]) Show(w io.Writer) error {
	out := bufio.NewWriter(w)
	root := reflect.ValueOf(&l.Value).Elem()
	next := 1 // the first line of the defaults not yet written
	for _, leaf := range l.doc.keys(l.schema) {
		origin, p := l.origins[leaf.key], l.doc.places[leaf.key]
		if origin.Layer == FromDefault && !leaf.secret {
			continue
		}
		l.doc.copyLines(out, next, p.line-1)
		next = p.last + 1
		value := root.FieldByIndex(leaf.index)
		out.WriteString(strings.Repeat(" ", p.indent))
		name := lastName(leaf.key)
		switch {
		case leaf.secret && value.IsZero(), leaf.secret && leaf.list && value.Len() == 0:
			fmt.Fprintf(out, "# %s: (not set)", name)
		case leaf.secret:
			fmt.Fprintf(out, "# %s: (set)", name)
		case leaf.list && value.Len() > shortList:
			l.doc.writeRemark(out, name+":", origin, p)
			for i := range value.Len() {
				fmt.Fprintf(out, "%s  - %s\n", strings.Repeat(" ", p.indent), leaf.render(value.Index(i)))
			}
			continue
		default:
			fmt.Fprintf(out, "%s: %s", name, leaf.renderAll(value))
		}
		l.doc.writeRemark(out, "", origin, p)
	}
	l.doc.copyLines(out, next, len(l.doc.lines))
	if err := out.Flush(); err != nil {
		return fmt.Errorf("show configuration: %w", err)
	}
	return nil
}

// writeRemark ends a line with the value's origin and the comment the default
// document has there.
func (d *document) writeRemark(out *bufio.Writer, head string, origin Origin, p place) {
	var remarks []string
	if origin.Layer != FromDefault {
		remarks = append(remarks, "from "+origin.brief())
	}
	if text := d.comments[p.line].text; text != "" {
		remarks = append(remarks, text)
	}
	out.WriteString(head)
	if len(remarks) > 0 {
		out.WriteString("  # " + strings.Join(remarks, "; "))
	}
	out.WriteByte('\n')
}

// copyLines writes lines of the document as they are, both ends included.
func (d *document) copyLines(out *bufio.Writer, from, to int) {
	for i := from; i <= to; i++ {
		out.WriteString(d.lines[i-1])
		if i < len(d.lines) {
			out.WriteByte('\n')
		}
	}
}

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
	s := shower{bufio.NewWriter(w), l.doc, reflect.ValueOf(&l.Value).Elem(), 1, map[string]bool{}}
	for _, leaf := range l.doc.keys(l.schema) {
		origin := l.origins[leaf.key]
		if _, written := l.doc.places[leaf.key]; !written {
			s.missing(leaf, origin)
		} else if origin.Layer != FromDefault || leaf.secret {
			s.replace(leaf, origin)
		}
	}
	s.until(len(l.doc.lines))
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("show configuration: %w", err)
	}
	return nil
}

// shower walks down the default document.
type shower struct {
	out    *bufio.Writer
	doc    *document
	root   reflect.Value
	next   int             // the first line of the document not yet written
	headed map[string]bool // new entries whose name is written
}

// until copies the document up to a line, itself included.
func (s *shower) until(line int) {
	s.doc.copyLines(s.out, s.next, line)
	s.next = max(s.next, line+1)
}

// replace writes a key of the document with the value in force.
func (s *shower) replace(l *leaf, origin Origin) {
	p := s.doc.places[l.key]
	s.until(p.line - 1)
	s.next = p.last + 1
	s.write(l, origin, p.indent, s.doc.comments[p.line].text)
}

// missing writes a key that an entry of a map has and the document lacks, where
// it was given.
func (s *shower) missing(l *leaf, origin Origin) {
	e := l.entry
	_, entryWritten := s.doc.places[e.key()]
	given := origin.Layer != FromDefault
	if entryWritten && !given {
		return
	}
	line, _ := s.doc.position(l)
	s.until(line)
	if !entryWritten && !s.headed[e.key()] {
		s.headed[e.key()] = true
		fmt.Fprintf(s.out, "%s%s:\n", strings.Repeat(" ", s.doc.within(e.table.key)), e.name)
	}
	if given {
		s.write(l, origin, s.doc.within(e.key()), "")
	}
}

// write writes a key and its value.
func (s *shower) write(l *leaf, origin Origin, indent int, comment string) {
	blanks, name, value := strings.Repeat(" ", indent), lastName(l.key), l.value(s.root)
	s.out.WriteString(blanks)
	switch {
	case l.secret && value.IsZero(), l.secret && l.list && value.Len() == 0:
		fmt.Fprintf(s.out, "# %s: (not set)", name)
	case l.secret:
		fmt.Fprintf(s.out, "# %s: (set)", name)
	case l.list && value.Len() > shortList:
		s.writeRemark(name+":", origin, comment)
		for i := range value.Len() {
			fmt.Fprintf(s.out, "%s  - %s\n", blanks, l.render(value.Index(i)))
		}
		return
	default:
		fmt.Fprintf(s.out, "%s: %s", name, l.renderAll(value))
	}
	s.writeRemark("", origin, comment)
}

// writeRemark ends a line with the value's origin and the comment the default
// document has there.
func (s *shower) writeRemark(head string, origin Origin, comment string) {
	var remarks []string
	if origin.Layer != FromDefault {
		remarks = append(remarks, "from "+origin.brief())
	}
	if comment != "" {
		remarks = append(remarks, comment)
	}
	s.out.WriteString(head)
	if len(remarks) > 0 {
		s.out.WriteString("  # " + strings.Join(remarks, "; "))
	}
	s.out.WriteByte('\n')
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

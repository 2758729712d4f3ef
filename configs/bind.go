package configs

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// binder puts values into a struct, layer by layer, and remembers where each
// came from.
type binder struct {
	schema   *schema
	doc      *document     // the defaults
	root     reflect.Value // addressable
	origins  map[string]Origin
	bad      map[string]bool // keys already reported
	problems []Problem
}

func newBinder(s *schema, root reflect.Value) *binder {
	return &binder{schema: s, root: root, origins: map[string]Origin{}, bad: map[string]bool{}}
}

func (b *binder) fail(origin Origin, key, text string) {
	if key != "" {
		b.bad[key] = true
	}
	b.problems = append(b.problems, Problem{origin, key, text})
}

// assign sets a key, or reports why it cannot be. A key that could not be set
// keeps the value of the layer below.
func (b *binder) assign(l *leaf, n node, origin Origin) {
	v, misfits := l.convert(n)
	for _, m := range misfits {
		at := origin
		if m.at.line > 0 {
			at.Line, at.Column = m.at.line, m.at.column
		}
		text := m.text
		if l.secret && m.at.kind == scalarNode {
			text = "is not a " + l.oneName() + " (the value is secret and not shown)"
		}
		if m.at.kind != refusedNode { // the document has reported it
			b.fail(at, l.key, text)
		}
	}
	if len(misfits) > 0 {
		b.bad[l.key] = true
		return
	}
	l.put(b.root, v)
	b.origins[l.key] = origin
}

// document binds a whole YAML file.
func (b *binder) document(d *document) {
	b.problems = append(b.problems, d.problems...)
	switch d.root.kind {
	case nullNode, refusedNode:
	case mappingNode:
		b.mapping(d, d.root, "")
	default:
		b.fail(d.origin(d.root.line, d.root.column), "", "needs keys, such as "+b.schema.leaves[0].key)
	}
}

func (b *binder) mapping(d *document, n node, prefix string) {
	first := map[string]int{}
	for _, f := range n.fields {
		key, origin := prefix+f.name, d.origin(f.line, f.column)
		if line, twice := first[f.name]; twice {
			b.fail(origin, printable(key), fmt.Sprintf("is given twice; the first is on line %d", line))
			continue
		}
		first[f.name] = f.line
		dotted := strings.Contains(f.name, ".")
		switch l := b.schema.byKey[key]; {
		case l != nil && !dotted:
			b.assign(l, f.value, origin)
		case b.schema.isSect[key] && !dotted:
			b.section(d, f, key)
		case l != nil:
			b.fail(origin, key, "is written with dots; in a file write "+
				strings.ReplaceAll(key, ".", ": and below it, indented, ")+":")
		case b.schema.maps[strings.TrimSuffix(prefix, ".")] != nil:
			if b.addEntry(strings.TrimSuffix(prefix, "."), f.name, origin) {
				b.section(d, f, key)
			}
		default:
			b.fail(origin, printable(key), "unknown key"+didYouMean(key, b.schema.names))
		}
	}
}

func (b *binder) section(d *document, f field, key string) {
	switch f.value.kind {
	case mappingNode:
		b.mapping(d, f.value, key+".")
	case nullNode, refusedNode: // every key below may be commented out
	default:
		b.fail(d.origin(f.value.line, f.value.column), key, "is a section; write its keys below it, indented, such as "+b.below(key))
	}
}

// below returns some key of a section, for a hint.
func (b *binder) below(key string) string {
	for _, l := range b.schema.leaves {
		if strings.HasPrefix(l.key, key+".") {
			return l.key[len(key)+1:]
		}
	}
	return "its keys"
}

// environment binds the BARKEEP_ variables of an environment.
func (b *binder) environment(environ, reserved []string) {
	environ = slices.Clone(environ)
	slices.Sort(environ)
	names := make([]string, 0, len(b.schema.leaves))
	for _, l := range b.schema.leaves {
		names = append(names, l.env)
	}
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || isReserved(name, reserved) {
			continue
		}
		origin := Origin{Layer: FromEnvironment, Name: printable(name)}
		if l := b.schema.byEnv[name]; l != nil {
			b.argument(l, text, origin)
			continue
		}
		b.fail(origin, "", "names no key"+didYouMean(name, names))
	}
}

func isReserved(name string, reserved []string) bool {
	return name == envPrefix+"RECORDED" || slices.ContainsFunc(reserved, func(r string) bool {
		prefix, open := strings.CutSuffix(r, "*")
		return name == r || open && strings.HasPrefix(name, prefix)
	})
}

// set binds the arguments of --set, in their order: a later one wins.
func (b *binder) set(arguments []string) {
	for _, argument := range arguments {
		key, text, hasValue := strings.Cut(argument, "=")
		key = strings.TrimSpace(key)
		l := b.schema.byKey[key]
		if m, name, ok := b.schema.newEntry(key); l == nil && hasValue && ok {
			if !b.addEntry(m, name, Origin{Layer: FromSet, Name: "--set " + printable(key)}) {
				continue
			}
			l = b.schema.byKey[key]
		}
		// The value of a secret or unknown key stays out of messages.
		origin := Origin{Layer: FromSet, Name: "--set " + printable(key)}
		switch {
		case l != nil && l.secret && hasValue:
			origin.Name += "=(secret)"
		case l != nil && hasValue:
			origin.Name = "--set " + printable(abbreviate(key+"="+text))
		}
		switch {
		case l != nil && hasValue:
			b.argument(l, text, origin)
		case l != nil || !hasValue && !b.schema.isSect[key]:
			b.fail(origin, printable(key), "needs a value; write --set key=value")
		case b.schema.isSect[key]:
			b.fail(origin, key, "is a section; name a key of it, such as "+key+"."+b.below(key))
		default:
			b.fail(origin, printable(key), "unknown key"+didYouMean(key, b.schema.names))
		}
	}
}

func (b *binder) argument(l *leaf, text string, origin Origin) {
	if !utf8.ValidString(text) {
		b.fail(origin, l.key, "is not UTF-8 text")
		return
	}
	n, err := l.argument(text)
	if err != nil {
		if l.secret {
			b.fail(origin, l.key, "is not a "+l.typeName()+" (the value is secret and not shown)")
		} else {
			b.fail(origin, l.key, err.Error())
		}
		return
	}
	// Positions inside the argument would be taken for lines of a file.
	n.line = 0
	for i := range n.items {
		n.items[i].line = 0
	}
	b.assign(l, n, origin)
}

// abbreviate keeps a message readable when a value is a long list.
func abbreviate(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

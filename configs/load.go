package configs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
)

// Options names the layers of a configuration, weakest first.
type Options struct {
	Default  []byte   // the commented default YAML, with every key of the struct in it
	File     string   // the path given with --config; empty for none
	Environ  []string // NAME=value, as os.Environ returns it
	Reserved []string // further BARKEEP_ variables that are no keys; NAME* stands for all that begin so
	Set      []string // the arguments of --set, key=value

	// ReadFile reads File; nil reads the file system.
	ReadFile func(path string) ([]byte, error)
}

// Loaded is a configuration and the origin of every value.
type Loaded[T any] struct {
	Value T // the effective configuration

	schema  *schema
	doc     *document // the defaults
	origins map[string]Origin
}

// Load reads the layers into a T, whose fields carry yaml:"name" tags, and
// asks every section that has a Validate. All problems of all layers are
// returned at once as *Problems; any other error is the developer's, about T.
func Load[T any](o Options) (*Loaded[T], error) {
	loaded := &Loaded[T]{}
	b, err := bindDefaults(reflect.ValueOf(&loaded.Value).Elem(), o.Default)
	if err != nil {
		return nil, err
	}
	if o.File != "" {
		b.file(o.File, o.ReadFile)
	}
	b.environment(o.Environ, o.Reserved)
	b.set(o.Set)
	b.validate()
	if err := problemsOf(b.problems); err != nil {
		return nil, err
	}
	loaded.schema, loaded.doc, loaded.origins = b.schema, b.doc, b.origins
	return loaded, nil
}

// Origin returns where the value of a key was written; it is false for what is
// no key, and for keys of an entry of a map that nobody wrote.
func (l *Loaded[T]) Origin(key string) (Origin, bool) {
	o, ok := l.origins[key]
	return o, ok
}

// Given returns the keys, in order, whose values were written by the user rather
// than by the defaults.
func (l *Loaded[T]) Given() []string {
	var keys []string
	for key, o := range l.origins {
		if o.Layer != FromDefault {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// CheckDefault checks a default document against T: every key of T is in it,
// with a value of its type and a comment that describes it, each on a line of
// its own, and nothing else. The problems are returned at once, as *Problems.
// A test of the product's own defaults calls it.
func CheckDefault[T any](document []byte) error {
	var value T
	b, err := bindDefaults(reflect.ValueOf(&value).Elem(), document)
	if err != nil {
		return err
	}
	for _, l := range b.schema.leaves {
		if p, ok := b.doc.places[l.key]; ok && b.doc.describe(l) == "" {
			b.fail(b.doc.origin(p.line, 1), l.key, "has no comment that describes it")
		}
	}
	for key, m := range b.schema.maps {
		for _, l := range m.entry.leaves {
			if l.doc == "" {
				b.fail(b.doc.origin(0, 0), key+".NAME."+l.key, "has no doc tag that describes it")
			}
		}
	}
	return problemsOf(b.problems)
}

// defaultName is what problems call the default document.
const defaultName = "default.yaml"

// bindDefaults returns a binder with the first layer bound. The error is about
// the struct type; problems of the document are the binder's.
func bindDefaults(root reflect.Value, text []byte) (*binder, error) {
	s, err := schemaOf(root.Type())
	if err != nil {
		return nil, err
	}
	if len(s.leaves) == 0 {
		return nil, fmt.Errorf("configs: %s has no keys", root.Type())
	}
	b := newBinder(s, root)
	b.doc = parseDocument(defaultName, FromDefault, text)
	b.doc.locate()
	b.document(b.doc)
	for _, l := range s.leaves {
		if _, ok := b.origins[l.key]; !ok && !b.bad[l.key] && l.entry == nil {
			b.fail(b.doc.origin(0, 0), l.key, "is missing from the defaults")
		}
	}
	for key := range s.maps {
		if _, ok := b.doc.places[key]; !ok {
			b.fail(b.doc.origin(0, 0), key, "is missing from the defaults")
		}
	}
	return b, nil
}

// file binds the user's file.
func (b *binder) file(path string, read func(string) ([]byte, error)) {
	if read == nil {
		read = readFile
	}
	name := printable(path)
	text, err := read(path)
	if err != nil {
		reason := err.Error()
		var pathError *fs.PathError
		if errors.As(err, &pathError) {
			reason = pathError.Err.Error()
		}
		b.fail(Origin{Layer: FromFile, Name: name}, "", "cannot read the configuration file: "+reason)
		return
	}
	b.document(parseDocument(name, FromFile, text))
}

// readFile reads at most a little more than a document may have, so that a
// device named by mistake does not fill the memory.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxDocument+1))
	return text, errors.Join(err, f.Close())
}

// keys returns the leaves in the order of the default document. What an entry of
// a map has and the document lacks follows the entry, a new entry follows the map.
func (d *document) keys(s *schema) []*leaf {
	type at struct{ line, misses int }
	places := make(map[*leaf]at, len(s.leaves))
	for _, l := range s.leaves {
		line, misses := d.position(l)
		places[l] = at{line, misses}
	}
	ordered := slices.Clone(s.leaves)
	slices.SortStableFunc(ordered, func(a, b *leaf) int {
		return cmp.Or(places[a].line-places[b].line, places[a].misses-places[b].misses)
	})
	return ordered
}

package configs

import (
	"fmt"
	"reflect"
	"strings"
)

// table is a section whose keys are names of the user's choice: a map of structs
// by name.
type table struct {
	key   string // of the section
	index []int  // of the map in the root
	typ   reflect.Type
	entry *schema // of one entry; its keys are inside the entry
}

// entry is one name of a table.
type entry struct {
	table *table
	name  string
}

func (e *entry) key() string { return e.table.key + "." + e.name }

// starter is an entry that does not begin as the zero value.
type starter interface{ SetDefaults() }

// fresh returns an entry as it is before anything is said of it, addressable.
func (m *table) fresh() reflect.Value {
	v := reflect.New(m.typ.Elem())
	if s, ok := v.Interface().(starter); ok {
		s.SetDefaults()
	}
	return v.Elem()
}

// addTable adds a map of structs. Its entries come with the layers.
func (s *schema) addTable(t reflect.Type, key string, index []int) error {
	if t.Key().Kind() != reflect.String || t.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("%s has the type %s; a map is of structs by string", key, t)
	}
	m := &table{key: key, index: index, typ: t, entry: newSchema()}
	m.entry.flat = true
	if err := m.entry.addSection(t.Elem(), "", nil, nil); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	s.isSect[key], s.maps[key] = true, m
	s.sections = append(s.sections, section{key, index})
	return nil
}

// newEntry splits a key that would be one of a new entry, were it made.
func (s *schema) newEntry(key string) (table, name string, ok bool) {
	for at, m := range s.maps {
		rest, inside := strings.CutPrefix(key, at+".")
		if name, inner, cut := strings.Cut(rest, "."); inside && cut && m.entry.byKey[inner] != nil {
			return at, name, !s.isSect[at+"."+name]
		}
	}
	return "", "", false
}

// addEntry makes an entry of a table, or reports why it cannot be.
func (b *binder) addEntry(at, name string, origin Origin) bool {
	s, m := b.schema, b.schema.maps[at]
	e := &entry{m, name}
	if !validEntry(name) {
		hint := ""
		if name != "" {
			hint = didYouMean(e.key(), s.names)
		}
		b.fail(origin, printable(e.key()), "is no name: write a-z, 0-9 and - between them, a letter first"+hint)
		return false
	}
	for _, l := range m.entry.leaves {
		if other := s.byEnv[envName(e.key()+"."+l.key)]; other != nil {
			b.fail(origin, e.key(), "would share the variable "+other.env+" with "+other.key+"; choose another name")
			return false
		}
	}
	s.names, s.isSect[e.key()] = append(s.names, e.key()), true
	if err := s.addSection(m.typ.Elem(), e.key(), e, nil); err != nil {
		b.fail(origin, e.key(), err.Error())
		return false
	}
	entries := b.root.FieldByIndex(m.index)
	if entries.IsNil() {
		entries.Set(reflect.MakeMap(m.typ))
	}
	entries.SetMapIndex(reflect.ValueOf(name).Convert(m.typ.Key()), m.fresh())
	b.origins[e.key()] = origin
	return true
}

// longestEntry is a bound on the name of an entry.
const longestEntry = 64

func validEntry(name string) bool {
	return name != "" && len(name) <= longestEntry && isLetter(name[0]) && name[len(name)-1] != '-' &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// value returns a key's value.
func (l *leaf) value(root reflect.Value) reflect.Value {
	if l.entry == nil {
		return root.FieldByIndex(l.index)
	}
	return l.entry.value(root).FieldByIndex(l.index)
}

// value is not addressable: no element of a map is.
func (e *entry) value(root reflect.Value) reflect.Value {
	return root.FieldByIndex(e.table.index).MapIndex(reflect.ValueOf(e.name).Convert(e.table.typ.Key()))
}

// put sets a key's value.
func (l *leaf) put(root, v reflect.Value) {
	if l.entry == nil {
		to := root.FieldByIndex(l.index)
		to.Set(v.Convert(to.Type()))
		return
	}
	changed := reflect.New(l.entry.table.typ.Elem()).Elem()
	changed.Set(l.entry.value(root))
	to := changed.FieldByIndex(l.index)
	to.Set(v.Convert(to.Type()))
	name := reflect.ValueOf(l.entry.name).Convert(l.entry.table.typ.Key())
	root.FieldByIndex(l.entry.table.index).SetMapIndex(name, changed)
}

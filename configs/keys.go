package configs

import "reflect"

// Key describes one key, for a listing.
type Key struct {
	Name        string // as in --set, such as baostock.read_timeout; NAME in it is a name of your own
	Env         string // the environment variable
	Type        string // in words: text, whole number, duration, list of symbol, ...
	Default     string // as YAML; empty for a secret
	Description string // one line, from the comment in the default document
	Secret      bool
}

// Keys lists every key of T in the order of the default document. The error is
// that of CheckDefault.
func Keys[T any](document []byte) ([]Key, error) {
	if err := CheckDefault[T](document); err != nil {
		return nil, err
	}
	var value T
	root := reflect.ValueOf(&value).Elem()
	b, err := bindDefaults(root, document)
	if err != nil {
		return nil, err
	}
	var keys []Key
	ordered := b.doc.keys(b.schema)
	for i, l := range ordered {
		if _, written := b.doc.places[l.key]; written {
			keys = append(keys, keyOf(l, l.key, b.doc.describe(l), l.value(root)))
		}
		last := l.entry != nil && (i+1 == len(ordered) || ordered[i+1].entry == nil || ordered[i+1].entry.table != l.entry.table)
		if last {
			keys = append(keys, l.entry.table.keys()...)
		}
	}
	return keys, nil
}

func keyOf(l *leaf, name, description string, value reflect.Value) Key {
	k := Key{Name: name, Env: envName(name), Type: l.typeName(), Secret: l.secret, Description: description}
	if !l.secret {
		k.Default = l.renderAll(value)
	}
	return k
}

// keys lists what any entry of a map may have.
func (m *table) keys() []Key {
	var keys []Key
	fresh := m.fresh()
	for _, l := range m.entry.leaves {
		keys = append(keys, keyOf(l, m.key+".NAME."+l.key, l.doc, fresh.FieldByIndex(l.index)))
	}
	return keys
}

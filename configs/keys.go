package configs

import "reflect"

// Key describes one key, for a listing.
type Key struct {
	Name        string // as in --set, such as baostock.read_timeout
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
	for _, l := range b.doc.keys(b.schema) {
		k := Key{
			Name: l.key, Env: l.env, Type: l.typeName(), Secret: l.secret,
			Description: b.doc.description(b.doc.places[l.key]),
		}
		if !l.secret {
			k.Default = l.renderAll(root.FieldByIndex(l.index))
		}
		keys = append(keys, k)
	}
	return keys, nil
}

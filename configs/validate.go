package configs

import (
	"errors"
	"strings"

	"barkeep/etl"
)

// validator is a section that checks its own values.
type validator interface{ Validate() error }

// validate asks every section, the root included. Each problem is placed where
// its key got its value.
func (b *binder) validate() {
	for _, s := range b.schema.sections {
		v := b.root
		if len(s.index) > 0 {
			v = b.root.FieldByIndex(s.index)
		}
		component, ok := v.Addr().Interface().(validator)
		if !ok {
			continue
		}
		for _, err := range split(component.Validate()) {
			b.invalid(s.key, err)
		}
	}
}

func (b *binder) invalid(section string, err error) {
	var key *etl.KeyError
	if !errors.As(err, &key) {
		b.problems = append(b.problems, Problem{Key: section, Text: err.Error()})
		return
	}
	full := key.Key
	if section != "" {
		full = strings.TrimSuffix(section+"."+key.Key, ".")
	}
	for at := full; at != ""; at = parent(at) {
		if b.bad[at] && (at == full || b.schema.maps[parent(at)] != nil) {
			return // the value, or the entry, that was checked is not what the user wrote
		}
	}
	text := key.Problem
	if l := b.schema.byKey[full]; l != nil && l.secret {
		if value := l.value(b.root).String(); l.form == textForm && !l.list && value != "" {
			text = strings.ReplaceAll(text, value, "(secret)")
		}
	}
	b.problems = append(b.problems, Problem{b.nearest(full), full, text})
}

// nearest returns where a key was written, or else the entry it belongs to.
func (b *binder) nearest(key string) Origin {
	for at := key; at != ""; at = parent(at) {
		if origin, ok := b.origins[at]; ok {
			return origin
		}
	}
	return Origin{}
}

// parent returns the section a key is in; empty for the root.
func parent(key string) string { return key[:max(strings.LastIndexByte(key, '.'), 0)] }

// split flattens joined errors, in order.
func split(err error) []error {
	switch e := err.(type) {
	case nil:
		return nil
	case interface{ Unwrap() []error }:
		var all []error
		for _, inner := range e.Unwrap() {
			all = append(all, split(inner)...)
		}
		return all
	case interface{ Unwrap() error }:
		// Text around joined key errors would hide all of them but one.
		if inner := split(e.Unwrap()); len(inner) > 1 {
			return inner
		}
	}
	return []error{err}
}

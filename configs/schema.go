package configs

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// form says how a value is written.
type form uint8

const (
	textForm form = iota
	boolForm
	intForm
	floatForm
	durationForm
	customForm // the type reads and writes its own text
)

// leaf is one key with a value.
type leaf struct {
	key    string       // such as baostock.read_timeout
	env    string       // such as BARKEEP_BAOSTOCK_READ_TIMEOUT
	entry  *entry       // of a map, which the key belongs to; nil outside maps
	index  []int        // for reflect.Value.FieldByIndex, from the root or from the entry
	typ    reflect.Type // of one value: the element of a list
	form   form
	list   bool
	secret bool
	doc    string // the field's doc tag; describes keys that the defaults leave out
}

// section is a struct with keys below it; the root's key is empty.
type section struct {
	key   string
	index []int
}

// schema is the set of keys a struct type declares.
type schema struct {
	leaves   []*leaf // in the order of the struct
	sections []section
	byKey    map[string]*leaf
	byEnv    map[string]*leaf
	isSect   map[string]bool
	maps     map[string]*table // by the section's key
	names    []string          // of leaves and sections, for suggestions
	flat     bool              // the schema of an entry of a map, which has no sections
}

// envPrefix begins the name of every environment variable of the product.
const envPrefix = "BARKEEP_"

func envName(key string) string {
	return envPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key))
}

// schemaOf reads the yaml and secret tags of a struct type. Its errors are the
// developer's.
func schemaOf(t reflect.Type) (*schema, error) {
	s := newSchema()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("configs: %s is not a struct", t)
	}
	if err := s.addSection(t, "", nil, nil); err != nil {
		return nil, fmt.Errorf("configs: %w", err)
	}
	return s, nil
}

func newSchema() *schema {
	return &schema{byKey: map[string]*leaf{}, byEnv: map[string]*leaf{}, isSect: map[string]bool{}, maps: map[string]*table{}}
}

// addSection adds the fields of a struct; of an entry of a map where e is not nil.
func (s *schema) addSection(t reflect.Type, key string, e *entry, index []int) error {
	if e == nil {
		s.sections = append(s.sections, section{key, index})
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		switch {
		case name == "-" || !f.IsExported() && name == "":
			continue
		case !f.IsExported() || f.Anonymous:
			return fmt.Errorf("%s.%s cannot be a key: it is embedded or not exported", t, f.Name)
		case !validName(name):
			return fmt.Errorf(`%s.%s has the tag yaml:%q; write a name of a-z, 0-9 and _, or "-" for no key`, t, f.Name, name)
		}
		if key != "" {
			name = key + "." + name
		}
		if err := s.addField(f, name, e, append(index[:len(index):len(index)], i)); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) addField(f reflect.StructField, key string, e *entry, index []int) error {
	if s.byKey[key] != nil || s.isSect[key] {
		return fmt.Errorf("two fields have the key %s", key)
	}
	s.names = append(s.names, key)
	l := &leaf{key: key, env: envName(key), entry: e, index: index, typ: f.Type, secret: f.Tag.Get("secret") == "true", doc: f.Tag.Get("doc")}
	var ok bool
	if l.form, ok = formOf(f.Type); !ok && f.Type.Kind() == reflect.Slice {
		l.typ, l.list = f.Type.Elem(), true
		l.form, ok = formOf(l.typ)
		ok = ok && (l.form == textForm || l.form == customForm)
	}
	if !ok && !s.flat && f.Type.Kind() == reflect.Struct {
		s.isSect[key] = true
		return s.addSection(f.Type, key, nil, index)
	}
	if !ok && !s.flat && f.Type.Kind() == reflect.Map {
		return s.addTable(f.Type, key, index)
	}
	if !ok {
		return fmt.Errorf("%s has the type %s; a key is a string, bool, int, int64, float64, time.Duration, "+
			"a type that marshals and unmarshals its text, a list of strings or of such a type, and outside of maps a struct or a map of structs by name", key, f.Type)
	}
	if other := s.byEnv[l.env]; other != nil {
		return fmt.Errorf("the keys %s and %s share the variable %s", other.key, key, l.env)
	}
	s.leaves = append(s.leaves, l)
	s.byKey[key], s.byEnv[l.env] = l, l
	return nil
}

func formOf(t reflect.Type) (form, bool) {
	p := reflect.PointerTo(t)
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return durationForm, true
	case t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface:
		return 0, false
	case p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		// Without its counterpart the value could not be shown.
		return customForm, p.Implements(reflect.TypeFor[encoding.TextMarshaler]())
	}
	switch t.Kind() {
	case reflect.String:
		return textForm, true
	case reflect.Bool:
		return boolForm, true
	case reflect.Int, reflect.Int64, reflect.Int32:
		return intForm, true
	case reflect.Float64:
		return floatForm, true
	}
	return 0, false
}

func validName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// typeName is what Keys calls the type.
func (l *leaf) typeName() string {
	name := "text"
	switch l.form {
	case boolForm:
		name = "true or false"
	case intForm:
		name = "whole number"
	case floatForm:
		name = "number"
	case durationForm:
		name = "duration"
	case customForm:
		name = strings.ToLower(l.typ.Name())
	}
	if l.list {
		return "list of " + name
	}
	return name
}

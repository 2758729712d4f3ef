package etl

import "errors"

// KeyError is one bad value of a component's configuration. A component's
// Validate returns all of them at once, joined; the loader adds where the value
// came from.
type KeyError struct {
	Key     string // the key inside the component's section, such as "page_size"
	Problem string // what is wrong and what would be right
}

// Error returns "key: problem".
func (e *KeyError) Error() string { return e.Key + ": " + e.Problem }

// KeyErrors collects the problems of one Validate.
type KeyErrors []error

// Check adds a problem unless ok holds.
func (e *KeyErrors) Check(ok bool, key, problem string) {
	if !ok {
		*e = append(*e, &KeyError{Key: key, Problem: problem})
	}
}

// Err returns nil when every check held.
func (e KeyErrors) Err() error { return errors.Join(e...) }

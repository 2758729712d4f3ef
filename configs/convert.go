package configs

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// misfit is a value that does not fit its key, and where it stands.
type misfit struct {
	at   node
	text string
}

// convert reads a value as the leaf's type decides, never as it looks: text
// that reads like a number or like no is text where text is wanted. On success
// misfits is empty and the value is ready to be set.
func (l *leaf) convert(n node) (v reflect.Value, misfits []misfit) {
	if !l.list {
		v, err := l.scalar(n)
		if err != nil {
			return v, []misfit{{n, err.Error()}}
		}
		return v, nil
	}
	if n.kind != listNode {
		if n.kind == nullNode {
			return v, []misfit{{n, "has no value; write [] for an empty list, or leave the key out"}}
		}
		return v, []misfit{{n, "needs a list, such as [a, b]"}}
	}
	v = reflect.MakeSlice(reflect.SliceOf(l.typ), 0, len(n.items))
	for _, item := range n.items {
		element, err := l.scalar(item)
		if err != nil {
			misfits = append(misfits, misfit{item, err.Error()})
			continue
		}
		v = reflect.Append(v, element)
	}
	return v, misfits
}

// scalar reads one value of the leaf's type.
func (l *leaf) scalar(n node) (reflect.Value, error) {
	v := reflect.New(l.typ).Elem()
	switch n.kind {
	case nullNode:
		if l.form == textForm {
			return v, errors.New(`has no value; write "" for empty text, or leave the key out`)
		}
		return v, errors.New("has no value; write one, or leave the key out")
	case listNode:
		return v, errors.New("needs a single value, not a list")
	case mappingNode:
		return v, errors.New("needs a value, not keys below it")
	case refusedNode:
		return v, errors.New("has no readable value")
	}
	text := strings.TrimSpace(n.text)
	if n.quoted && (l.form == boolForm || l.form == intForm || l.form == floatForm) {
		return v, fmt.Errorf("needs a %s, not text in quotes; write %s", l.oneName(), printable(text))
	}
	switch l.form {
	case textForm:
		v.SetString(n.text)
		return v, nil
	case boolForm:
		if text != "true" && text != "false" {
			return v, fmt.Errorf("%q is neither true nor false", n.text)
		}
		v.SetBool(text == "true")
		return v, nil
	case intForm:
		return v, setInt(v, text)
	case floatForm:
		return v, setFloat(v, text)
	case durationForm:
		return v, setDuration(v, text)
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.text)); err != nil {
		return v, errors.New(printable(err.Error())) // a problem is one line
	}
	return v, nil
}

// oneName is the type of one value, without "list of".
func (l *leaf) oneName() string { return strings.TrimPrefix(l.typeName(), "list of ") }

func setInt(v reflect.Value, text string) error {
	digits := text
	if !strings.HasPrefix(text, "_") && !strings.HasSuffix(text, "_") && !strings.Contains(text, "__") {
		digits = strings.ReplaceAll(text, "_", "") // 98_304 reads better than 98304
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && v.OverflowInt(n):
		return fmt.Errorf("%s is beyond a whole number of %d bits", text, v.Type().Bits())
	case err != nil:
		return fmt.Errorf("%q is not a whole number in decimal digits", text)
	}
	v.SetInt(n)
	return nil
}

func setFloat(v reflect.Value, text string) error {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(text, "xXpP") {
		return fmt.Errorf("%q is not a number; write it like 0.5", text)
	}
	v.SetFloat(f)
	return nil
}

func setDuration(v reflect.Value, text string) error {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return fmt.Errorf("%s has no unit; write it like %ss, %sm or %sh", text, text, text, text)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is not a duration; write it like 30s, 1h30m or 500ms (a day is 24h)", text)
	}
	v.SetInt(int64(d))
	return nil
}

// argument makes a node of a text that has no YAML around it: the value of an
// environment variable or of --set. A list is written a,b,c, or [a, "b,c"] as
// in YAML.
func (l *leaf) argument(text string) (node, error) {
	if !l.list {
		return node{kind: scalarNode, text: text}, nil
	}
	list := node{kind: listNode}
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(trimmed, "[") {
		d := parseDocument("", FromSet, []byte(trimmed))
		if len(d.problems) > 0 {
			return list, errors.New(d.problems[0].Text)
		}
		return d.root, nil
	}
	if trimmed == "" {
		return list, nil
	}
	for item := range strings.SplitSeq(trimmed, ",") {
		if item = strings.TrimSpace(item); item == "" {
			return list, fmt.Errorf("%q has an empty element; write a,b,c", text)
		}
		list.items = append(list.items, node{kind: scalarNode, text: item})
	}
	return list, nil
}

package configs

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds on a document. A configuration is far inside them; they keep a file
// named by mistake from costing minutes or the stack.
const (
	maxDocument = 1 << 20 // bytes
	maxDepth    = 16      // brackets inside brackets
	maxFields   = 4096    // names with a colon
)

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	nullNode
	listNode
	mappingNode
	refusedNode // already reported
)

// node is one value as it was written, before its key's type is known.
type node struct {
	kind         nodeKind
	text         string  // of a scalar, unquoted
	quoted       bool    // the scalar is text whatever it looks like
	items        []node  // of a list
	fields       []field // of a mapping, in order
	line, column int     // from 1; 0 outside files
}

type field struct {
	name         string
	line, column int
	value        node
}

// comment is a YAML comment; column counts from 1.
type comment struct {
	text   string // without # and surrounding blanks
	column int
}

// document is a YAML file: nested mappings of scalars and lists, which is all
// a configuration needs.
type document struct {
	name     string
	lines    []string
	root     node
	comments map[int]comment // by line
	problems []Problem
	layer    Layer
	places   map[string]place // by key; of the defaults only
}

// parseDocument never fails: what is wrong is in problems, and what could be
// read is in root.
func parseDocument(name string, layer Layer, text []byte) *document {
	d := &document{name: name, layer: layer, root: node{kind: nullNode}, comments: map[int]comment{}}
	source := strings.ReplaceAll(strings.TrimPrefix(string(text), "\ufeff"), "\r\n", "\n")
	d.lines = strings.Split(source, "\n")
	switch {
	case len(text) > maxDocument:
		d.fail(0, 0, "", fmt.Sprintf("is larger than %d bytes, which no configuration is", maxDocument))
		return d
	case !utf8.ValidString(source):
		d.fail(0, 0, "", "is not UTF-8 text")
		return d
	}
	if err := d.read(source); err != nil {
		line, column, message := 0, 0, err.Error()
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			message = syntax.GetMessage()
			if tk := syntax.GetToken(); tk != nil && tk.Position != nil {
				line, column = tk.Position.Line, tk.Position.Column
			}
		}
		d.fail(line, column, "", "is not valid YAML: "+printable(message))
	}
	return d
}

// read turns a panic of the YAML library into an error: a broken file must not
// bring the daemon down with a stack trace.
func (d *document) read(source string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			d.root, err = node{kind: nullNode}, fmt.Errorf("the parser gives up: %v", r)
		}
	}()
	tokens := lexer.Tokenize(source)
	if err := d.scan(tokens); err != nil {
		return err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return err
	}
	seen := false
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); doc.Body == nil || directive {
			continue
		}
		n := d.node(doc.Body)
		if seen {
			d.fail(n.line, n.column, "", "a second YAML document begins; write everything in one")
			break
		}
		d.root, seen = n, true
	}
	return nil
}

// scan keeps the comments and holds the bounds.
func (d *document) scan(tokens token.Tokens) error {
	depth, fields, stairs := 0, 0, 0
	for _, tk := range tokens {
		switch tk.Type {
		case token.CommentType:
			d.comments[tk.Position.Line] = comment{strings.TrimSpace(tk.Value), tk.Position.Column}
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.MappingValueType:
			fields++
		}
		if tk.Type == token.SequenceEntryType || tk.Type == token.MappingKeyType {
			stairs++ // "- - - - ..." nests as well
		} else {
			stairs = 0
		}
		if depth > maxDepth || stairs > maxDepth {
			return &yaml.SyntaxError{Message: "nested too deeply", Token: tk}
		}
		if fields > maxFields {
			return &yaml.SyntaxError{Message: fmt.Sprintf("more than %d keys", maxFields), Token: tk}
		}
	}
	return nil
}

func (d *document) origin(line, column int) Origin {
	return Origin{Layer: d.layer, Name: d.name, Line: line, Column: column}
}

func (d *document) fail(line, column int, key, text string) {
	d.problems = append(d.problems, Problem{d.origin(line, column), key, text})
}

// node converts a node of the library's tree.
func (d *document) node(from ast.Node) node {
	n := node{kind: scalarNode}
	tk := from.GetToken()
	if tk != nil && tk.Position != nil {
		n.line, n.column = tk.Position.Line, tk.Position.Column
	}
	switch v := from.(type) {
	case *ast.NullNode:
		n.kind = nullNode
	case *ast.LiteralNode:
		n.text, n.quoted = v.Value.Value, true
	case *ast.StringNode:
		n.text = v.Value
		n.quoted = tk.Type == token.DoubleQuoteType || tk.Type == token.SingleQuoteType
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		n.text = tk.Value
	case *ast.SequenceNode:
		n.kind = listNode
		for _, item := range v.Values {
			n.items = append(n.items, d.node(item))
		}
	case *ast.MappingNode:
		n.kind = mappingNode
		for _, value := range v.Values {
			if f, ok := d.field(value); ok {
				n.fields = append(n.fields, f)
			}
		}
		if len(n.fields) > 0 && !v.IsFlowStyle { // the token is the colon
			n.line, n.column = n.fields[0].line, n.fields[0].column
		}
	default:
		n.kind = refusedNode
		d.fail(n.line, n.column, "", "anchors, aliases and tags are not read here; write the value itself")
	}
	return n
}

func (d *document) field(from *ast.MappingValueNode) (field, bool) {
	tk := from.Key.GetToken()
	f := field{name: tk.Value, line: tk.Position.Line, column: tk.Position.Column}
	switch from.Key.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
	default:
		d.fail(f.line, f.column, "", "merge keys, anchors and keys after ? are not read here; write each key as a plain name")
		return f, false
	}
	f.value = d.node(from.Value)
	return f, true
}

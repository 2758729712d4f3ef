package web

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// description is the OpenAPI document of all routes there can be.
//
//go:embed openapi.json
var description []byte

// describe returns the document of the routes that this server has.
func (s *Server) describe() ([]byte, error) {
	var document map[string]json.RawMessage
	var info map[string]string
	var paths map[string]map[string]json.RawMessage // by path and method in small letters
	if err := json.Unmarshal(description, &document); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(document["info"], &info); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(document["paths"], &paths); err != nil {
		return nil, err
	}
	live := map[string]map[string]json.RawMessage{}
	for _, r := range s.routes {
		path, method := r.written(), strings.ToLower(r.method)
		text, known := paths[path][method]
		if !known {
			return nil, fmt.Errorf("it does not describe %s %s", r.method, path)
		}
		if live[path] == nil {
			live[path] = map[string]json.RawMessage{}
		}
		live[path][method] = text
	}
	if s.version != "" {
		info["version"] = s.version
	}
	for name, part := range map[string]any{"info": info, "paths": live} {
		text, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		document[name] = text
	}
	return json.Marshal(document)
}

// openAPI answers the document.
func (x *exchange) openAPI() error {
	x.body = append(x.body, x.document...)
	return nil
}

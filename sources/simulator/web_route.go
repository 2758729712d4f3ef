package simulator

import (
	"net/http"
	"net/url"
	"strings"

	"barkeep/etl"
)

// webEndpoint is one thing that a provider answers.
type webEndpoint struct {
	name, provider string
	host           string // of the real one: bans are per host
	utf8           bool   // charset of its answers, or else GB18030
	contentType    string // without the charset
	charset        string // as its header says it
	jsonType       bool   // the header names no charset
	paged          bool   // comes in pages
	// collect finds what is asked and fills items and total. It may answer
	// instead. It runs before the faults of rows.
	collect func(x *webExchange)
	// render writes the body as UTF-8.
	render func(x *webExchange) []byte
}

// Providers.
const (
	webSina      = "sina"
	webTencent   = "tencent"
	webEastmoney = "eastmoney"
)

// webEndpoints lists all of them.
func webEndpoints() []*webEndpoint {
	return []*webEndpoint{sinaList, sinaNode, tencentList, tencentRank, eastmoneyPage, eastmoneyBatch, eastmoneyStock}
}

var (
	sinaList = &webEndpoint{name: "sina-list", provider: webSina, host: "hq.sinajs.cn",
		contentType: "application/javascript", charset: "GB18030", collect: collectSinaList, render: renderSinaList}
	sinaNode = &webEndpoint{name: "sina-node", provider: webSina, host: "vip.stock.finance.sina.com.cn",
		contentType: "application/javascript", charset: "GBK", collect: collectSinaNode, render: renderSinaNode}
	tencentList = &webEndpoint{name: "tencent-q", provider: webTencent, host: "qt.gtimg.cn",
		contentType: "text/html", charset: "GBK", collect: collectTencent, render: renderTencent}
	tencentRank = &webEndpoint{name: "tencent-rank", provider: webTencent, host: "proxy.finance.qq.com", utf8: true,
		contentType: "application/json", charset: "utf-8", collect: collectRank, render: renderRank}
	eastmoneyPage = &webEndpoint{name: "eastmoney-clist", provider: webEastmoney, host: "push2.eastmoney.com", utf8: true,
		contentType: "application/json", charset: "UTF-8", collect: collectEastmoneyPage, render: renderEastmoney, jsonType: true, paged: true}
	eastmoneyBatch = &webEndpoint{name: "eastmoney-ulist", provider: webEastmoney, host: "push2.eastmoney.com", utf8: true,
		contentType: "application/json", charset: "UTF-8", collect: collectEastmoneyBatch, render: renderEastmoney, jsonType: true}
	eastmoneyStock = &webEndpoint{name: "eastmoney-stock", provider: webEastmoney, host: "push2.eastmoney.com", utf8: true,
		contentType: "application/json", charset: "UTF-8", collect: collectEastmoneyStock, render: renderEastmoneyStock, jsonType: true}
)

const nodePath = "/quotes_service/api/json_v2.php/Market_Center."

// webAsk is a request taken apart.
type webAsk struct {
	endpoint *webEndpoint
	count    bool              // the count of a Sina node
	utf8     bool              // Tencent's /utf8/
	list     string            // of list= and q=, byte for byte
	params   map[string]string // decoded; of the others
}

// routeWeb finds the endpoint of a target, the path and query as they came.
// Source: specification of the quote sources, 2.1, 3.1, 4.1, 5, 6 and 7.
func routeWeb(target string) (webAsk, bool) {
	path, query, _ := strings.Cut(target, "?")
	switch {
	case path == nodePath+"getHQNodeData":
		return webAsk{endpoint: sinaNode, params: formOf(query)}, true
	case path == nodePath+"getHQNodeStockCount":
		return webAsk{endpoint: sinaNode, params: formOf(query), count: true}, true
	case path == "/cgi/cgi-bin/rank/hs/getBoardRankList":
		return webAsk{endpoint: tencentRank, params: formOf(query)}, true
	case path == "/api/qt/clist/get":
		return webAsk{endpoint: eastmoneyPage, params: formOf(query)}, true
	case path == "/api/qt/ulist.np/get":
		return webAsk{endpoint: eastmoneyBatch, params: formOf(query)}, true
	case path == "/api/qt/stock/get":
		return webAsk{endpoint: eastmoneyStock, params: formOf(query)}, true
	}
	// What is left has its parameters in the path, or after a question mark.
	ask := webAsk{params: map[string]string{}}
	path, ask.utf8 = strings.CutPrefix(strings.TrimPrefix(path, "/"), "utf8/")
	if strings.Contains(path, "/") {
		return webAsk{}, false
	}
	for text := range strings.SplitSeq(path+"&"+query, "&") {
		key, value, ok := strings.Cut(text, "=")
		switch {
		case ok && key == "list" && !ask.utf8:
			ask.endpoint, ask.list = sinaList, value
		case ok && key == "q":
			ask.endpoint, ask.list = tencentList, value
		case ok:
			ask.params[key] = value
		}
	}
	return ask, ask.endpoint != nil
}

// formOf decodes a query. Parts that do not decode are left out, and of a key
// that comes twice the first one counts.
func formOf(query string) map[string]string {
	values, _ := url.ParseQuery(query) // what it could read is used
	out := make(map[string]string, len(values))
	for key, v := range values {
		out[key] = v[0]
	}
	return out
}

// targetOf returns the path and query byte for byte.
func targetOf(r *http.Request) string {
	target := r.RequestURI
	if target == "" {
		target = r.URL.RequestURI()
	}
	if _, rest, ok := strings.Cut(target, "://"); ok && !strings.HasPrefix(target, "/") { // as to a proxy
		if _, path, ok := strings.Cut(rest, "/"); ok {
			return "/" + path
		}
		return "/"
	}
	return target
}

// exactSymbol reads the only spelling that the providers know: sh600000.
func exactSymbol(text string) (etl.Symbol, bool) {
	if len(text) != 8 || text != strings.ToLower(text) {
		return 0, false
	}
	s, err := etl.ParseSymbol(text)
	return s, err == nil && s.String() == text
}

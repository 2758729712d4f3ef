package simulator

import "barkeep/sources/baostock/wire"

// failure is an error answer.
type failure struct {
	code    int
	message string
}

// The vendor's words where they are recorded or reported (specification of
// Baostock, 4.5 and 7), and plain ones elsewhere.
var (
	notLoggedIn   = &failure{wire.CodeNotLoggedIn, "用户未登录"}
	badPassword   = &failure{wire.CodeBadPassword, "用户名或密码错误"}
	tooManyLogins = &failure{wire.CodeTooManyLogins, "用户登录数达到上限"}
	blacklisted   = &failure{wire.CodeBlacklisted, "黑名单用户，请与管理员联系"}
	badAPIKey     = &failure{wire.CodeBadAPIKey, "APIKey格式不正确."}
	fieldCount    = &failure{wire.CodeFieldCount, "请求参数个数不正确"}
	badPage       = &failure{wire.CodeFieldCount, "分页参数不正确"}
	badStart      = &failure{wire.CodeBadStart, "起始日期格式不正确"}
	badEnd        = &failure{wire.CodeBadEnd, "结束日期格式不正确"}
	startAfterEnd = &failure{wire.CodeStartAfterEnd, "起始日期大于终止日期，请修改。"}
	badDate       = &failure{wire.CodeBadDate, "日期格式不正确"}
	badCode       = &failure{wire.CodeBadCode, "证券代码格式不正确"}
	badAdjustFlag = &failure{wire.CodeBadIndicator, "请求复权类型不正确"}
	badFrequency  = &failure{wire.CodeBadIndicator, "请求频率类型不正确"}
	malformed     = &failure{wire.CodeMalformed, "消息格式错误"}
	unknownType   = &failure{wire.CodeUnknownType, "错误的消息类型"}
	systemError   = &failure{wire.CodeSystem, "系统错误"}
)

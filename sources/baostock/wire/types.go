package wire

// Type is the two-character message type of a header: "00" .. "9D".
type Type string

// The message types barkeep sends or answers by name. Methods lists them all.
const (
	Login        Type = "00"
	LoginAnswer  Type = "01"
	Logout       Type = "02"
	LogoutDone   Type = "03"
	Error        Type = "04" // the answer to any request that failed
	AdjustFactor Type = "15"
	TradeDates   Type = "33"
	AllStock     Type = "35"
	StockBasic   Type = "45"
	Industry     Type = "59"
	HS300        Type = "61"
	SZ50         Type = "63"
	ZZ500        Type = "65"
	KLine        Type = "95" // one security, a range of days
	KLineAnswer  Type = "96"
	MarketDay    Type = "98" // every A share on one day
	ETFDay       Type = "9A" // every exchange-traded fund on one day
	FactorDay    Type = "9C" // every ex-date of one day
)

// Compressed reports whether answers of this type carry a zlib stream.
func (t Type) Compressed() bool {
	return t == "96" || t == "99" || t == "9B" || t == "9D"
}

// The separator of fields, and the marker that ends every answer.
const (
	Sep    = 0x01
	Marker = "<![CDATA[]]>\n"
)

// HeaderSize is the number of bytes before a body.
const HeaderSize = 21

// The error codes that matter to a client or a server. Source: specification
// of Baostock, section 7.
const (
	CodeOK             = 0
	CodeNotLoggedIn    = 10001001
	CodeBadPassword    = 10001002
	CodeNoUserInfo     = 10001003
	CodeClientTooOld   = 10001004
	CodeTooManyLogins  = 10001005
	CodeNoRights       = 10001006
	CodeBlacklisted    = 10001011
	CodeBadAPIKey      = 10001012
	CodeEmptyArgument  = 10004005
	CodeFieldCount     = 10004006
	CodeBadStart       = 10004007
	CodeBadEnd         = 10004008
	CodeStartAfterEnd  = 10004009
	CodeBadDate        = 10004010
	CodeBadCode        = 10004011
	CodeBadIndicator   = 10004012
	CodeRepeatedColumn = 10004018
	CodeMalformed      = 10004019
	CodeUnknownType    = 10004020
	CodeSystem         = 10005001
)

// DailyColumns are the 18 columns of a daily bar, in the order of the
// whole-market answers.
const DailyColumns = "date,code,open,high,low,close,preclose,volume,amount,adjustflag,turn,tradestatus,pctChg,peTTM,pbMRQ,psTTM,pcfNcfTTM,isST"

// Method describes one request and its answer.
type Method struct {
	Name    string // field 0 of the request, field 2 of the answer
	Request Type
	Answer  Type
	// Args names the request's own arguments, in order. They follow
	// method|user|page|rows when Paged and method|user otherwise.
	Args  []string
	Paged bool
	// Columns is the column list as the server spells it, blanks and tabs
	// included; empty where the answer echoes the columns asked for (K-line)
	// and for login and logout, whose answers have none.
	Columns string
	// Withdrawn methods are known by name only: the server answers 10004020.
	Withdrawn bool
}

// ByType finds the method of a request type.
func ByType(t Type) (Method, bool) {
	for i := range methods {
		if methods[i].Request == t {
			return methods[i], true
		}
	}
	return Method{}, false
}

// Methods lists every method of the protocol.
func Methods() []Method { return append([]Method(nil), methods...) }

const (
	listColumns   = "updateDate, code, code_name"
	factorColumns = "code,dividOperateDate,foreAdjustFactor,backAdjustFactor,adjustFactor"
)

var methods = []Method{
	{Name: "login", Request: Login, Answer: LoginAnswer, Args: []string{"password", "options"}},
	{Name: "logout", Request: Logout, Answer: LogoutDone, Args: []string{"time"}},
	paged("query_history_k_data_plus", KLine, KLineAnswer, "", "code", "fields", "start", "end", "frequency", "adjustflag"),
	{Name: "query_daily_history_k_AStock", Request: MarketDay, Answer: "99", Args: []string{"date"}, Columns: DailyColumns},
	{Name: "query_daily_history_k_ETF", Request: ETFDay, Answer: "9B", Args: []string{"date"}, Columns: DailyColumns},
	{Name: "query_daily_adjust_factor", Request: FactorDay, Answer: "9D", Args: []string{"date"}, Columns: factorColumns},
	paged("query_trade_dates", TradeDates, "34", "calendar_date, is_trading_day", "start", "end"),
	paged("query_all_stock", AllStock, "36", "code,tradeStatus,code_name", "day"),
	paged("query_stock_basic", StockBasic, "46", "code, code_name, ipoDate, outDate, type, status", "code", "code_name"),
	paged("query_stock_industry", Industry, "60", "updateDate, code, code_name, industry, industryClassification", "code", "date"),
	paged("query_adjust_factor", AdjustFactor, "16", factorColumns, "code", "start", "end"),
	paged("query_dividend_data", "13", "14", "code, dividPreNoticeDate, dividAgmPumDate, dividPlanAnnounceDate, dividPlanDate, \tdividRegistDate, dividOperateDate, dividPayDate, dividStockMarketDate, dividCashPsBeforeTax, dividCashPsAfterTax, dividStocksPs, \tdividCashStock, dividReserveToStockPs", "code", "year", "yearType"),

	paged("query_hs300_stocks", HS300, "62", listColumns, "date"),
	paged("query_sz50_stocks", SZ50, "64", listColumns, "date"),
	paged("query_zz500_stocks", ZZ500, "66", listColumns, "date"),
	paged("query_terminated_stocks", "67", "68", listColumns, "date"),
	paged("query_suspended_stocks", "69", "70", listColumns, "date"),
	paged("query_st_stocks", "71", "72", listColumns, "date"),
	paged("query_starst_stocks", "73", "74", listColumns, "date"),

	quarterly("query_profit_data", "17", "18", "code,pubDate,statDate,roeAvg,npMargin,gpMargin,netProfit,epsTTM,MBRevenue,totalShare,liqaShare"),
	quarterly("query_operation_data", "19", "20", "code,pubDate,statDate,NRTurnRatio,NRTurnDays,INVTurnRatio,INVTurnDays,CATurnRatio,AssetTurnRatio"),
	quarterly("query_growth_data", "21", "22", "code,pubDate,statDate,YOYEquity,YOYAsset,YOYNI,YOYEPSBasic,YOYPNI"),
	quarterly("query_dupont_data", "23", "24", "code,pubDate,statDate,dupontROE,dupontAssetStoEquity,dupontAssetTurn,dupontPnitoni,dupontNitogr,dupontTaxBurden,dupontIntburden,dupontEbittogr"),
	quarterly("query_balance_data", "25", "26", "code,pubDate,statDate,currentRatio,quickRatio,cashRatio,YOYLiability,liabilityToAsset,assetToEquity"),
	quarterly("query_cash_flow_data", "27", "28", "code,pubDate,statDate,CAToAsset,NCAToAsset,tangibleAssetToAsset,ebitToInterest,CFOToOR,CFOToNP,CFOToGr"),
	paged("query_performance_express_report", "29", "30", "code,performanceExpPubDate,performanceExpStatDate,performanceExpUpdateDate,performanceExpressTotalAsset,performanceExpressNetAsset,performanceExpressEPSChgPct,performanceExpressROEWa,performanceExpressEPSDiluted,performanceExpressGRYOY,performanceExpressOPYOY", "code", "start", "end"),
	paged("query_forecast_report", "31", "32", "code,profitForcastExpPubDate,profitForcastExpStatDate,profitForcastType,profitForcastAbstract,profitForcastChgPctUp,profitForcastChgPctDwn", "code", "start", "end"),

	paged("query_deposit_rate_data", "47", "48", "pubDate, demandDepositRate, fixedDepositRate3Month, fixedDepositRate6Month, fixedDepositRate1Year, fixedDepositRate2Year, fixedDepositRate3Year, fixedDepositRate5Year, installmentFixedDepositRate1Year, installmentFixedDepositRate3Year, installmentFixedDepositRate5Year", "start", "end"),
	paged("query_loan_rate_data", "49", "50", "pubDate, loanRate6Month, loanRate6MonthTo1Year, loanRate1YearTo3Year, loanRate3YearTo5Year, loanRateAbove5Year, mortgateRateBelow5Year, mortgateRateAbove5Year", "start", "end"),
	paged("query_required_reserve_ratio_data", "51", "52", "pubDate, effectiveDate, bigInstitutionsRatioPre, bigInstitutionsRatioAfter, mediumInstitutionsRatioPre, mediumInstitutionsRatioAfter", "start", "end", "yearType"),
	// The answer to 53 is 56, not 54: recorded.
	paged("query_money_supply_data_month", "53", "56", "statYear, statMonth, m0Month, m0YOY, m0ChainRelative, m1Month, m1YOY, m1ChainRelative, m2Month, m2YOY, m2ChainRelative", "start", "end"),
	paged("query_money_supply_data_year", "55", "56", "statYear, m0Year, m0YearYOY, m1Year, m1YearYOY, m2Year, m2YearYOY", "start", "end"),

	withdrawn("query_cpi_data", "75", "76"),
	withdrawn("query_ppi_data", "77", "78"),
	withdrawn("query_pmi_data", "79", "80"),
	withdrawn("query_stock_concept", "81", "82"),
	withdrawn("query_stock_area", "83", "84"),
	withdrawn("query_ame_stocks", "85", "86"),
	withdrawn("query_gem_stocks", "87", "88"),
	withdrawn("query_shhk_stocks", "89", "90"),
	withdrawn("query_szhk_stocks", "91", "92"),
	withdrawn("query_stocks_in_risk", "93", "94"),
}

func paged(name string, request, answer Type, columns string, args ...string) Method {
	return Method{Name: name, Request: request, Answer: answer, Args: args, Paged: true, Columns: columns}
}

func quarterly(name string, request, answer Type, columns string) Method {
	return paged(name, request, answer, columns, "code", "year", "quarter")
}

func withdrawn(name string, request, answer Type) Method {
	return Method{Name: name, Request: request, Answer: answer, Paged: true, Withdrawn: true}
}

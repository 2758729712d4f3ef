package market

// sector is an industry in the words of the supervisor's classification, with
// the endings that its companies' short names take.
type sector struct {
	name    string
	endings []string
}

// sectors in the vendor's form of 2026. Source: specification of Baostock, 8.7.
var sectors = []sector{
	{"C39计算机、通信和其他电子设备制造业", []string{"电子", "微电", "光电", "通信"}},
	{"C27医药制造业", []string{"医药", "生物", "药业", "制药"}},
	{"C38电气机械和器材制造业", []string{"电气", "电器", "新能", "动力"}},
	{"C26化学原料和化学制品制造业", []string{"化学", "化工", "新材", "股份"}},
	{"C35专用设备制造业", []string{"智能", "装备", "医疗", "科技"}},
	{"C34通用设备制造业", []string{"机械", "精工", "重工", "股份"}},
	{"I65软件和信息技术服务业", []string{"软件", "信息", "数据", "网络"}},
	{"C36汽车制造业", []string{"汽车", "车轮", "传动", "股份"}},
	{"K70房地产业", []string{"地产", "置业", "城建", "发展"}},
	{"D44电力、热力生产和供应业", []string{"电力", "能源", "热电", "水电"}},
	{"F52零售业", []string{"百货", "商业", "商城", "股份"}},
	{"C32有色金属冶炼和压延加工业", []string{"铜业", "铝业", "钴业", "矿业"}},
	{"B06煤炭开采和洗选业", []string{"煤业", "能源", "煤电"}},
	{"C15酒、饮料和精制茶制造业", []string{"酒业", "饮品", "茶业"}},
	{"G54道路运输业", []string{"高速", "公路", "物流", "交运"}},
	{"E48土木工程建筑业", []string{"建设", "路桥", "工程", "建工"}},
	{"J67资本市场服务", []string{"证券"}},
	{"J66货币金融服务", []string{"银行"}},
}

// financial is how many sectors at the end of the list are banks and brokers.
const financial = 2

var (
	firstSyllables  = []string{"华", "东", "金", "中", "新", "天", "海", "长", "远", "国", "宏", "恒", "泰", "嘉", "晨", "瑞", "岭", "江", "松", "峰"}
	secondSyllables = []string{"衡", "澜", "禾", "川", "元", "晟", "望", "丰", "楚", "科", "岳", "桐", "屿", "达", "陵", "溪", "朗", "图", "璟", "河"}
)

// namer makes short names up and repeats none.
type namer struct {
	used map[string]bool
	d    dice
}

// stock returns a new short name. Old Shenzhen shares carry a full-width
// letter or blanks inside the name, as some real ones do.
func (n *namer) stock(s int, old bool) string {
	endings := sectors[s].endings
	for tries := 0; ; tries++ {
		name := firstSyllables[n.d.below(len(firstSyllables))] + secondSyllables[n.d.below(len(secondSyllables))]
		if tries > 8 { // a big market: take longer names
			name += secondSyllables[n.d.below(len(secondSyllables))]
		}
		switch {
		case old && n.d.chance(300):
			name = "深" + name + "Ａ"
		case old && n.d.chance(100):
			runes := []rune(name)
			name = string(runes[:1]) + "  " + string(runes[1:2]) + "Ａ"
		default:
			name += endings[n.d.below(len(endings))]
		}
		if !n.used[name] {
			n.used[name] = true
			return name
		}
	}
}

var (
	fundThemes = []string{"红利", "芯片", "医药", "消费", "银行", "证券", "军工", "新能源", "科技", "央企", "黄金", "债券"}
	fundHouses = []string{"远望", "岭南", "澜海", "松禾", "恒溪", "晨川", "嘉屿", "瑞衡"}
)

// fund returns a new fund name.
func (n *namer) fund() string {
	for tries := 0; ; tries++ {
		name := fundThemes[n.d.below(len(fundThemes))] + "ETF" + fundHouses[n.d.below(len(fundHouses))]
		if tries > 8 {
			name = firstSyllables[n.d.below(len(firstSyllables))] + secondSyllables[n.d.below(len(secondSyllables))] + name
		}
		if !n.used[name] {
			n.used[name] = true
			return name
		}
	}
}

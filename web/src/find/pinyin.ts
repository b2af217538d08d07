/**
 * How Chinese characters sound, as letters without tones.
 *
 * The browser sorts characters by pinyin, so a table needs only the first character of each syllable
 * in that order: 408 of them, 2.5 kB, instead of 20,902 readings. A character is looked up by nine
 * comparisons, once. Characters with several readings that matter in names of people, places and
 * work are listed; the browser's order knows one of them. `ü` is written `u`.
 */

const ORDER = new Intl.Collator("zh-u-co-pinyin");

/** Each syllable with the first character that has it. */
const FIRSTS =
  "a吖ai哎an安ang肮ao凹ba丷bai挀ban扳bang邦bao勹bei卑ben奔beng伻bi屄bian边biao灬bie憋bin汃bing冫bo癶bu峬ca嚓cai偲c" +
  "an参cang仓cao撡ce冊cen嵾ceng曽cha叉chai拆chan辿chang伥chao抄che车chen抻cheng阷chi吃chong充chou抽chu出chua歘" +
  "chuai揣chuan巛chuang刅chui吹chun旾chuo逴ci呲cong匆cou凑cu粗cuan汆cui崔cun邨cuo搓da咑dai呆dan丹dang当dao刀de" +
  "嘚den扥deng灯di氐dia嗲dian敁diao刁die爹ding丁diu丟dong东dou吺du厾duan耑dui垖dun吨duo多e妸ei诶en奀eng鞥er儿fa发f" +
  "an帆fang匚fei飞fen分feng丰fiao覅fo仏fou紑fu夫ga旮gai侅gan甘gang冈gao皋ge戈gei给gen根geng刯gong工gou勾gu估gua瓜" +
  "guai乖guan关guang光gui归gun丨guo呙ha哈hai咍han佄hang夯hao茠he诃hei黒hen拫heng亨hm噷hong叿hou齁hu乎hua花huai怀" +
  "huan欢huang巟hui灰hun昏huo吙ji丌jia加jian戋jiang江jiao艽jie阶jin巾jing坕jiong冂jiu丩ju凥juan姢jue噘jun军ka咔" +
  "kai开kan刊kang忼kao尻ke匼ken肎keng劥kong空kou抠ku扝kua夸kuai蒯kuan宽kuang匡kui亏kun坤kuo扩la垃lai来lan兰lang" +
  "啷lao捞le仂lei雷leng崚li哩lia俩lian奁liang良liao撩lie毟lin拎ling伶liu溜lo囖long龙lou瞜lu噜luan娈lun抡luo啰m呣m" +
  "a妈mai埋man嫚mang牤mao猫me嚒mei呅men椚meng擝mi咪mian宀miao喵mie乜min民ming名miu谬mo摸mou哞mu毪na拏nai腉nan囡na" +
  "ng囔nao孬ne疒nei娞nen恁neng能ng嗯ni妮nian拈niang娘niao鸟nie捏nin囜ning宁niu妞nong农nou羺nu奴nuan奻nun黁nuo郍o" +
  "喔ou讴pa妑pai拍pan眅pang乓pao抛pei呸pen喷peng匉pi丕pian囨piao剽pie氕pin姘ping乒po钋pou娝pu仆qi七qia掐qian千qia" +
  "ng呛qiao悄qie苆qin亲qing靑qiong卭qiu丘qu区quan奍que炔qun夋ran呥rang穣rao娆re惹ren人reng扔ri日rong戎rou厹ru邚r" +
  "ua挼ruan堧rui婑run瞤ruo捼sa仨sai毢san三sang桒sao掻se閪sen森seng僧sha杀shai筛shan山shang伤shao弰she奢shei谁sh" +
  "en申sheng升shi尸shou収shu书shua刷shuai衰shuan闩shuang双shui脽shun吮shuo说si厶song忪sou凁su苏suan狻sui夊sun" +
  "孙suo唆ta他tai囼tan坍tang汤tao夲te忑teng熥ti剔tian天tiao旫tie帖ting厅tong囲tou偷tu凸tuan湍tui推tun吞tuo乇wa屲w" +
  "ai歪wan弯wang尢wei危wen昷weng翁wo挝wu乌xi夕xia呷xian仙xiang乡xiao灱xie些xin心xing星xiong凶xiu休xu吁xuan吅xue" +
  "削xun坃ya丫yan恹yang央yao幺ye倻yi一yin囙ying应yo哟yong佣you优yu込yuan囦yue曰yun晕za帀zai災zan兂zang匨zao傮ze则z" +
  "ei贼zen怎zeng増zha扎zhai夈zhan枬zhang张zhao佋zhe蜇zhen贞zheng凧zhi之zhong中zhou州zhu朱zhua抓zhuai跩zhuan专" +
  "zhuang妆zhui隹zhun宒zhuo拙zi乲zong宗zou邹zu租zuan钻zui厜zun尊zuo嘬";

/** Other readings of characters that people write often. */
const OTHERS: Record<string, string> = {
  长: "chang", 重: "chong", 行: "hang", 乐: "yue", 单: "shan", 曾: "zeng", 解: "xie", 仇: "qiu",
  区: "ou", 朴: "piao", 查: "zha", 盖: "ge", 尉: "yu", 翟: "zhai", 覃: "qin", 调: "tiao", 会: "kuai",
  降: "xiang", 参: "shen", 传: "zhuan", 藏: "zang", 朝: "zhao", 车: "ju", 弹: "tan", 得: "dei",
  都: "du", 大: "dai", 还: "huan", 和: "huo", 系: "ji", 假: "xia", 间: "xian", 角: "jue", 觉: "jiao",
  了: "liao", 率: "shuai", 没: "mo", 模: "mu", 奇: "ji", 强: "jiang", 省: "xing", 盛: "cheng",
  石: "dan", 似: "shi", 宿: "xiu", 提: "di", 择: "zhai", 扎: "za", 种: "chong", 着: "zhuo",
  什: "shen", 厦: "xia", 卜: "bo", 阿: "e", 柏: "bai", 秘: "bi", 纪: "ji", 尹: "yin", 缪: "miao",
  员: "yun", 繁: "po", 召: "shao", 折: "she", 晟: "cheng", 贾: "gu", 校: "jiao", 属: "zhu",
};

const syllables: string[] = [];
const firsts: string[] = [];
for (const [, syllable, first] of FIRSTS.matchAll(/([a-z]+)(.)/gu)) {
  syllables.push(syllable ?? "");
  firsts.push(first ?? "");
}

const HAN = /\p{Script=Han}/u;
const known = new Map<string, readonly string[]>();
const NONE: readonly string[] = [];

/** The readings of one character; none of what is not Chinese. */
export function readings(char: string): readonly string[] {
  const before = known.get(char);
  if (before) return before;
  const found = HAN.test(char) ? [lookUp(char), OTHERS[char]].filter((one) => one !== undefined) : NONE;
  const distinct = found.length > 1 ? [...new Set(found)] : found;
  known.set(char, distinct);
  return distinct;
}

function lookUp(char: string): string | undefined {
  let [low, high] = [0, firsts.length - 1];
  if (ORDER.compare(char, firsts[0] ?? "") < 0) return undefined;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ORDER.compare(char, firsts[middle] ?? "") < 0) high = middle - 1;
    else low = middle;
  }
  return syllables[low];
}

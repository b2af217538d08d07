//! Names and sentences of the made-up office. A pair says about the same in both languages; `{who}`,
//! `{sum}`, `{day}` and `{n}` are filled in.

use super::{Channel, Person, Writes};

const fn zh(handle: &'static str, name: &'static str) -> Person {
    Person { handle, name, writes: Writes::Chinese }
}

const fn en(handle: &'static str, name: &'static str) -> Person {
    Person { handle, name, writes: Writes::English }
}

pub(super) const PEOPLE: &[Person] = &[
    zh("xiaoyu", "林晓雨"),
    en("marcus", "Marcus Weber"),
    zh("siyuan", "陈思远"),
    zh("jiayi", "王佳怡"),
    en("amelia", "Amelia Brooks"),
    zh("haoran", "李浩然"),
    en("tomasz", "Tomasz Nowak"),
    zh("minjun", "赵敏君"),
    en("priya", "Priya Raman"),
    zh("zihan", "刘子涵"),
    en("elena", "Elena Petrova"),
    zh("yichen", "黄奕辰"),
    en("samuel", "Samuel Okafor"),
    zh("ruoxi", "徐若曦"),
    en("ingrid", "Ingrid Solberg"),
    zh("wenbo", "孙文博"),
];

pub(super) const CHANNELS: &[Channel] = &[
    Channel {
        name: "报价与预算", topic: "Q4 报价、数字和审批 · quotes, numbers, approvals"
    },
    Channel { name: "design-review", topic: "Boards, drawings, second opinions" },
    Channel {
        name: "上海-深圳", topic: "两个办公室之间的事 · between the two offices"
    },
    Channel {
        name: "site-visits", topic: "现场照片与记录 · photos and notes from the site"
    },
    Channel {
        name: "供应商", topic: "联系人、交期、质量 · suppliers, lead times, quality"
    },
    Channel {
        name: "it-help", topic: "打印机、网络、账号 · printers, network, accounts"
    },
    Channel { name: "lunch", topic: "今天吃什么 · what and where" },
];

pub(super) const REACTIONS: &[&str] = &["👍", "🔥", "🙏", "👀", "🎉", "❤️", "😂", "✅"];

pub(super) const OPENERS: &[(&str, &str)] = &[
    (
        "大堂灯光的新报价到了：¥{sum}，比十月预算高一点。",
        "The new quote for the lobby lighting is in: ¥{sum}, a little above the October budget.",
    ),
    (
        "@{who} 周五前能把 B-{n} 的图纸发我吗？",
        "@{who}, could you send me drawing B-{n} before Friday?",
    ),
    (
        "客户把评审改到 {day} 号下午两点，请大家调整安排。",
        "The client moved the review to the {day}th at two, please adjust your plans.",
    ),
    (
        "现场那边说样板间的地板有 {n} 块色差，照片晚点发。",
        "The site says {n} floor boards in the show flat are off in colour, photos later.",
    ),
    (
        "有人知道三楼打印机为什么又离线了吗？",
        "Does anybody know why the third-floor printer is offline again?",
    ),
    (
        "**本周重点**\n\n1. 定稿平面图\n2. 确认供应商交期\n3. 预算表更新到 v{n}",
        "**This week**\n\n1. Final floor plan\n2. Supplier lead times\n3. Budget sheet to v{n}",
    ),
    (
        "石材供应商说交期要推迟 {n} 天，我们得有备选方案。",
        "The stone supplier is {n} days late, we need a plan B.",
    ),
    (
        "深圳那边问，这笔 ¥{sum} 算在哪个项目里？",
        "Shenzhen asks which project the ¥{sum} belongs to.",
    ),
    (
        "中午去楼下新开的那家面馆？{n} 个人可以拼桌。",
        "Lunch at the new noodle place downstairs? {n} of us fit at one table.",
    ),
    (
        "会议纪要已经整理好，@{who} 帮忙看一下有没有遗漏。",
        "The minutes are done; @{who}, please check that nothing is missing.",
    ),
    (
        "新同事下周一入职，工位在靠窗第 {n} 号。",
        "Our new colleague starts on Monday, desk {n} by the window.",
    ),
    (
        "客户很喜欢暖色那一版，特别是入口的处理。",
        "The client loves the warm version, the entrance most of all.",
    ),
];

pub(super) const REPLIES: &[(&str, &str)] = &[
    ("收到，我今天下班前处理。", "Got it, I will do it before I leave today."),
    (
        "我看了一下，差额主要在控制系统，大概 ¥{sum}。",
        "I had a look: the difference is mostly the controls, about ¥{sum}.",
    ),
    ("可以，但需要先和 @{who} 确认。", "Fine with me, but check with @{who} first."),
    ("照片已经传到共享文件夹了。", "The photos are in the shared folder."),
    ("这个我之前遇到过，重启交换机就好了。", "I had that before, restarting the switch helped."),
    ("太好了！", "Great!"),
    (
        "再等等，供应商说 {day} 号给最终答复。",
        "Let us wait, the supplier answers finally on the {day}th.",
    ),
    (
        "> 需要备选方案\n\n同意，我列了 {n} 个选项。",
        "> we need a plan B\n\nAgreed, I listed {n} options.",
    ),
    ("辛苦了 🙏", "Thank you 🙏"),
    ("数字对不上，请看表里第 {n} 行。", "The numbers do not add up, see row {n} of the sheet."),
    (
        "我倾向第二个方案，`B-{n}` 的细节更干净。",
        "I prefer the second one, the detail in `B-{n}` is cleaner.",
    ),
    ("明天上午我去现场，顺便量一下。", "I am on site tomorrow morning and will measure it."),
    ("没问题。", "No problem."),
    ("抱歉回复晚了，刚开完会。", "Sorry for the late answer, I was in a meeting."),
];

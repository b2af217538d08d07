//! What happened to a service, in both languages.

use hearth_domain::time::Timestamp;

use super::Note;

/// A message for those who run the office: what failed, how, and whether they have to do something.
pub(super) fn message(note: &Note) -> String {
    let (how, zh_how) = how(note);
    let (what, zh_what) = what(&note.unit);
    let last = at(note.last_at);
    let (en, zh) = if note.count == 1 {
        (
            format!("**{what}** stopped unexpectedly at {last}: {how}."),
            format!("**{zh_what}**于 {last} 意外停止：{zh_how}。"),
        )
    } else {
        let (count, first) = (note.count, at(note.first_at));
        (
            format!(
                "**{what}** stopped unexpectedly {count} times between {first} and {last}, at last: {how}."
            ),
            format!(
                "**{zh_what}**在 {first} 至 {last} 之间意外停止 {count} 次，最近一次：{zh_how}。"
            ),
        )
    };
    let unit = &note.unit;
    format!(
        "{en} If this goes on, see `journalctl -u {unit}`.\n\n{zh}如果反复出现，请查看 `journalctl -u {unit}`。"
    )
}

fn what(unit: &str) -> (String, String) {
    match unit {
        "hearthd.service" => ("Hearth".to_owned(), "Hearth".to_owned()),
        "hearth-hwctl.service" => ("The fan control".to_owned(), "风扇控制程序".to_owned()),
        unit => (unit.to_owned(), unit.to_owned()),
    }
}

fn how(note: &Note) -> (String, String) {
    let Note { result, status, .. } = note;
    let fixed = |en: &str, zh: &str| (en.to_owned(), zh.to_owned());
    match result.as_str() {
        "watchdog" => fixed(
            "it gave no sign of life, perhaps because the disk hung",
            "程序没有响应，可能是磁盘停滞",
        ),
        "oom-kill" => fixed("the memory was not enough", "内存不足"),
        "timeout" => fixed("it took too long to start or to stop", "启动或停止超时"),
        "exit-code" if status == "78" => fixed(
            "its settings or its database can't be used; somebody has to look",
            "设置或数据库无法使用，需要人工处理",
        ),
        "exit-code" => {
            (format!("it gave up (exit code {status})"), format!("程序自行退出（代码 {status}）"))
        }
        "signal" | "core-dump" => {
            (format!("it was ended by signal {status}"), format!("被信号 {status} 终止"))
        }
        "" => fixed("the reason is not known", "原因不明"),
        other => (format!("systemd says `{other}`"), format!("systemd 报告 `{other}`")),
    }
}

fn at(at: Timestamp) -> String {
    let ms = i64::try_from(at.as_ms()).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(count: u32, result: &str, status: &str) -> Note {
        Note {
            unit: "hearthd.service".to_owned(),
            count,
            first_at: Timestamp::from_ms(1_800_000_000_000),
            last_at: Timestamp::from_ms(1_800_000_600_000),
            result: result.to_owned(),
            status: status.to_owned(),
            run: String::new(),
            told_at: None,
        }
    }

    #[test]
    fn both_languages_say_what_and_when() {
        let one = message(&note(1, "watchdog", "ABRT"));
        assert!(
            one.starts_with("**Hearth** stopped unexpectedly at 2027-01-15 08:10 UTC: it gave")
        );
        assert!(one.contains("没有响应") && one.contains("journalctl -u hearthd.service"), "{one}");
        let many = message(&note(3, "exit-code", "1"));
        assert!(many.contains("3 times between 2027-01-15 08:00 UTC and"), "{many}");
        assert!(many.contains("意外停止 3 次") && many.contains("exit code 1"), "{many}");
        for result in ["oom-kill", "timeout", "signal", "exit-code", "", "resources"] {
            assert!(!message(&note(1, result, "9")).contains("：。"), "{result}");
        }
    }
}

//! The machine in words and lines, for `hearth top` and `hearth fan`, in the operator's language.

use hearth_wire::hardware::{
    CalibrationState, CalibrationStep, CalibrationWhy, DrillWhy, FanReason, HardwareAlarmKind,
    HardwareController, HardwareProfile, HardwareReport, HardwareState, HardwareStatus,
};

use super::language::Language;

/// A bar of this many cells shows how close to its limit something is.
const BAR_CELLS: usize = 16;
/// Cells of the names at the left.
const LABEL_CELLS: usize = 16;
const JOULES_PER_KWH: f64 = 3.6e6;

impl Language {
    /// One of two.
    pub(super) const fn of<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::English => en,
            Self::Chinese => zh,
        }
    }
}

/// Everything as lines that are at most `cells` wide.
pub(super) fn page(report: &HardwareReport, language: Language, cells: usize) -> Vec<String> {
    let lines = match &report.status {
        Some(status) => seen(report, status, language),
        None => vec![nobody(language).to_owned()],
    };
    lines.into_iter().map(|line| cut(&line, cells)).collect()
}

/// What to say when nobody tells of the machine.
pub(super) const fn nobody(language: Language) -> &'static str {
    language.of(
        "Nobody tells of the machine: hearth-hwctl does not run here. Its firmware has the fan.",
        "没有机器信息：这里没有运行 hearth-hwctl，风扇由机器固件控制。",
    )
}

fn seen(report: &HardwareReport, status: &HardwareStatus, language: Language) -> Vec<String> {
    let of = |en, zh| language.of(en, zh);
    let line = |label: &str, text: String| format!("{}{text}", padded(label, LABEL_CELLS));
    let mut lines = vec![title(report, status, language)];
    lines.extend(status.temperatures.iter().map(|sensor| {
        let celsius = number(sensor.celsius, 1, " °C");
        let limit = sensor.limit_c.map(|limit| (limit, format!(" / {limit:.0} °C")));
        let (limit_c, limit) = limit.unwrap_or((100.0, String::new()));
        let share = sensor.celsius.map_or(0.0, |celsius| celsius / limit_c.max(1.0));
        line(&sensor.name, format!("{} {celsius}{limit}", bar(share)))
    }));
    for fan in &status.fans {
        let duty = fan.duty.map(|duty| format!("  {:.0} %", duty * 100.0)).unwrap_or_default();
        let speed = number(fan.rpm, 0, " rpm");
        let share = bar(fan.duty.unwrap_or_default());
        lines.push(line(&fan.name, format!("{share} {speed}{duty}")));
    }
    lines.push(line(of("Why", "原因"), why(status, language)));
    let allowed = format!("{} {:.0} W", of("allowed", "允许"), status.allowed_w);
    let watts = number(status.power_w, 1, " W");
    let share = status.power_w.map_or(0.0, |watts| watts / status.allowed_w.max(1.0));
    lines.push(line(of("Power", "功率"), format!("{} {watts}  {allowed}", bar(share))));
    let memory = format!("{} {}", of("memory", "内存"), percent(status.memory));
    let mhz = number(status.frequency_mhz, 0, " MHz");
    let load =
        format!("{} {}  {memory}  {mhz}", bar(status.load.unwrap_or(0.0)), percent(status.load));
    lines.push(line(of("Load", "负载"), load));
    lines.push(line(of("Headroom", "余量"), headroom(status.headroom_s, language)));
    lines.push(line(of("Profile", "模式"), profile(status, language)));
    lines.push(line(of("Today", "今日"), energy(report)));
    if status.dust_known {
        let dust = of("times the resistance of a clean heat sink", "倍于清洁时的热阻");
        lines.push(line(of("Dust", "积尘"), format!("{:.2} {dust}", status.dust)));
    }
    let alarms = report.alarms.iter().map(|alarm| alarm_words(alarm.kind, language));
    lines.extend(alarms.map(|words| line(of("ALARM", "警报"), words.to_owned())));
    lines
}

fn title(report: &HardwareReport, status: &HardwareStatus, language: Language) -> String {
    let state = match report.state {
        HardwareState::Live => language.of("live", "实时"),
        HardwareState::Stale => language.of("NOT OF NOW", "数据已过时"),
        HardwareState::Absent => language.of("absent", "无数据"),
    };
    let simulated = language.of("SIMULATED MACHINE  ", "模拟的机器  ");
    let simulated = if status.simulated { simulated } else { "" };
    format!("{simulated}{}  [{state}]", status.board)
}

/// Why the fan does what it does.
pub(super) fn why(status: &HardwareStatus, language: Language) -> String {
    let who = match status.controlled_by {
        HardwareController::Hwctl => "hearth-hwctl",
        HardwareController::Firmware => language.of("the firmware", "固件"),
    };
    let (en, zh) = match status.reason {
        FanReason::Sink => ("holds the heat sink", "保持散热器温度"),
        FanReason::Curve => ("follows a curve", "按曲线调速"),
        FanReason::Aside => ("cools a drive, memory or the board", "为硬盘、内存或主板散热"),
        FanReason::Holding => ("waits for a reading", "等待传感器读数"),
        FanReason::Blind => ("runs fast: a reading is missing", "读数缺失，提高转速"),
        FanReason::Lost => ("runs at full: the sensor is lost", "传感器丢失，全速运转"),
        FanReason::Hot => ("runs at full: the processor is hot", "处理器过热，全速运转"),
        FanReason::Kick => ("starts a fan that stood", "启动停转的风扇"),
        FanReason::FanFailed => ("has a fan that stands", "风扇停转"),
        FanReason::Calibrating => ("measures the fan", "正在校准风扇"),
        FanReason::Drill => ("tests the fan", "正在测试风扇"),
        FanReason::Firmware => ("has the fan", "控制风扇"),
    };
    let sink = match (status.sink_c, status.sink_aim_c) {
        (Some(is), Some(aim)) => format!(" ({is:.0} / {aim:.0} °C)"),
        _ => String::new(),
    };
    format!("{who} {}{sink}", language.of(en, zh))
}

fn headroom(seconds: f64, language: Language) -> String {
    let (text, unit) = match seconds {
        s if s >= 3_600.0 => (language.of("an hour and more", "一小时以上").to_owned(), ""),
        s if s >= 120.0 => (format!("{:.0}", s / 60.0), language.of(" min", " 分钟")),
        s => (format!("{s:.0}"), language.of(" s", " 秒")),
    };
    format!("{text}{unit} {}", language.of("at this power", "（按当前功率）"))
}

const fn profile_words(profile: HardwareProfile, language: Language) -> &'static str {
    match profile {
        HardwareProfile::Quiet => language.of("quiet", "安静"),
        HardwareProfile::Balanced => language.of("balanced", "均衡"),
        HardwareProfile::Boost => language.of("boost", "增强"),
    }
}

fn profile(status: &HardwareStatus, language: Language) -> String {
    let now = profile_words(status.profile, language);
    let quiet = language.of("quiet hours for", "安静时段还剩");
    let left = if status.quiet_left_s > 0.0 {
        (status.quiet_left_s, quiet)
    } else {
        (status.boost_left_s, language.of("for", "还剩"))
    };
    match left {
        (seconds, words) if seconds > 0.0 => {
            format!(
                "{now}  ({words} {:.0} {})",
                (seconds / 60.0).ceil(),
                language.of("min", "分钟")
            )
        }
        _ => now.to_owned(),
    }
}

fn energy(report: &HardwareReport) -> String {
    let kwh = report.energy.today_j / JOULES_PER_KWH;
    let cost = report
        .price
        .as_ref()
        .map(|price| format!("  {:.2} {}", kwh * price.per_kwh, price.currency));
    format!("{kwh:.3} kWh{}", cost.unwrap_or_default())
}

/// What an alarm means.
pub(super) const fn alarm_words(kind: HardwareAlarmKind, language: Language) -> &'static str {
    match kind {
        HardwareAlarmKind::PowerOff => {
            language.of("far too hot: it switches itself off", "严重过热，正在关机")
        }
        HardwareAlarmKind::Floor => language.of("too hot: least power only", "过热，功率降到最低"),
        HardwareAlarmKind::FanFailed => language.of("a fan stands still", "风扇停转"),
        HardwareAlarmKind::SensorLost => {
            language.of("the processor's temperature is not known", "处理器温度未知")
        }
        HardwareAlarmKind::Hot => language.of("the processor is hot", "处理器温度高"),
        HardwareAlarmKind::Dust => language.of("the heat sink needs cleaning", "散热器需要清灰"),
        HardwareAlarmKind::CapNotEffective => {
            language.of("the limit of power does not hold", "功率上限没有生效")
        }
        HardwareAlarmKind::CalibrationMismatch => {
            language.of("the calibration is of another machine", "校准数据属于另一台机器")
        }
        HardwareAlarmKind::HwctlAbsent => {
            language.of("hearth-hwctl says nothing any more", "hearth-hwctl 不再响应")
        }
    }
}

/// Where the calibration is.
pub(super) fn calibration_words(status: &HardwareStatus, language: Language) -> String {
    let calibration = &status.calibration;
    let (en, zh) = match calibration.state {
        CalibrationState::None => ("There is no calibration.", "尚未校准。"),
        CalibrationState::Running => ("The calibration runs.", "正在校准。"),
        CalibrationState::Stored => ("The fan is calibrated.", "风扇已校准。"),
        CalibrationState::Mismatch => {
            ("The calibration is of another machine.", "校准数据属于另一台机器。")
        }
        CalibrationState::Aborted => ("The last calibration was broken off.", "上次校准已中止。"),
    };
    let why = calibration.why.map(|why| match why {
        CalibrationWhy::TooHot => language.of(
            "It got too hot: let the machine cool and rest, and try again.",
            "温度过高：请让机器冷却、空闲后再试。",
        ),
        CalibrationWhy::FanUntold => language.of("The fan tells no speed.", "风扇不报告转速。"),
        CalibrationWhy::NoFan => {
            language.of("There is no fan that can be driven.", "没有可控制的风扇。")
        }
        CalibrationWhy::Stopped => language.of("It was stopped.", "已被停止。"),
        CalibrationWhy::NoMeter => language
            .of("Power is not measured here: only the fan was.", "这里无法测量功率，只测了风扇。"),
        CalibrationWhy::NoFit => language.of(
            "What was measured tells nothing of the heat sink: a typical one is assumed.",
            "测得的数据看不出散热情况，采用典型值。",
        ),
        CalibrationWhy::Blind => {
            language.of("The processor's temperature was not known.", "读不到处理器温度。")
        }
        CalibrationWhy::NotStored => language.of(
            "It could not be stored and holds until the next start only; the log says why.",
            "结果没能保存，只在下次启动前有效；原因见日志。",
        ),
    });
    let state = language.of(en, zh);
    why.map_or_else(|| state.to_owned(), |why| format!("{state} {why}"))
}

/// What is measured now.
pub(super) const fn step_words(step: Option<CalibrationStep>, language: Language) -> &'static str {
    match step {
        None => language.of("getting ready", "准备中"),
        Some(CalibrationStep::Find) => language.of("which fan it is", "识别风扇"),
        Some(CalibrationStep::Sweep) => language.of("speed at each duty", "测量各档转速"),
        Some(CalibrationStep::Start) => language.of("what starts it", "测量启动值"),
        Some(CalibrationStep::Load) => language.of("how heat leaves", "测量散热"),
    }
}

/// What came of the last drill.
pub(super) fn drill_words(status: &HardwareStatus, language: Language) -> &'static str {
    match status.drill.map(|drill| (drill.passed, drill.why)) {
        None => language.of("The fan was never tested.", "风扇尚未测试。"),
        Some((true, _)) => language.of("The fan did what it was told.", "风扇测试通过。"),
        Some((false, Some(DrillWhy::TooHot))) => {
            language.of("The test was broken off: it got too hot.", "温度过高，测试中止。")
        }
        Some((false, Some(DrillWhy::Stopped))) => {
            language.of("The test was stopped.", "测试已停止。")
        }
        Some((false, Some(DrillWhy::NoFan))) => {
            language.of("There is no fan that can be tested.", "没有可测试的风扇。")
        }
        Some((false, Some(DrillWhy::Blind))) => language.of(
            "The test was broken off: the processor's temperature was not known.",
            "读不到处理器温度，测试中止。",
        ),
        Some((false, _)) => {
            language.of("The fan did NOT do what it was told.", "风扇没有按指令动作。")
        }
    }
}

fn number(value: Option<f64>, digits: usize, unit: &str) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}{unit}"))
}

fn percent(share: Option<f64>) -> String {
    number(share.map(|share| share * 100.0), 0, " %")
}

fn bar(share: f64) -> String {
    let full = (share.clamp(0.0, 1.0) * BAR_CELLS as f64).round() as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(BAR_CELLS - full.min(BAR_CELLS)))
}

/// Terminals show Chinese in two cells.
fn cells_of(c: char) -> usize {
    if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{ffdc}' | '\u{20000}'..='\u{3ffff}') {
        2
    } else {
        1
    }
}

fn padded(text: &str, cells: usize) -> String {
    let text = cut(text, cells.saturating_sub(1));
    let used: usize = text.chars().map(cells_of).sum();
    format!("{text}{}", " ".repeat(cells.saturating_sub(used)))
}

/// The beginning of a line that fits.
fn cut(line: &str, cells: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += cells_of(*c);
        used <= cells
    };
    line.chars().take_while(fits).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use hearth_domain::machine::{EnergyPrice, StandingProfile};
    use hearth_domain::notify::ZoneName;
    use hearth_domain::time::Timestamp;
    use hearth_wire::hardware::{Energy, HardwareAlarm};
    use serde_json::{Value, json};

    pub(in crate::cli) fn report() -> HardwareReport {
        let golden = include_str!("../../../hwctl/golden/status.json");
        let mut status: Value = serde_json::from_str(golden).unwrap();
        let differs = json!({
            "simulated": true, "sink_aim_c": 61.0, "memory": null, "allowed_w": 56.0, "boost_left_s": 80,
            "calibration": {"state": "aborted", "step": null, "progress": 0.0, "why": "too_hot"}
        });
        status.as_object_mut().unwrap().extend(differs.as_object().unwrap().clone());
        HardwareReport {
            state: HardwareState::Live,
            status: serde_json::from_value(status).unwrap(),
            alarms: vec![HardwareAlarm {
                kind: HardwareAlarmKind::Dust,
                since: Timestamp::from_ms(1),
            }],
            energy: Energy { today_j: 1.8e6, days: Vec::new() },
            price: Some(EnergyPrice { per_kwh: 0.65, currency: "CNY".to_owned() }),
            quiet_hours: None,
            profile: StandingProfile::Balanced,
            zone: ZoneName::utc(),
        }
    }

    #[test]
    fn a_page_says_everything_in_both_languages() {
        let text = page(&report(), Language::English, 200).join("\n");
        for words in [
            "SIMULATED MACHINE  Maker Board 1  [live]",
            "nvme temperatur ████████░░░░░░░░ 41.9 °C / 85 °C",
            "1240 rpm  31 %",
            "hearth-hwctl holds the heat sink (58 / 61 °C)",
            "18.2 W  allowed 56 W",
            "12 %  memory –  3400 MHz",
            "9 min at this power",
            "balanced  (for 2 min)",
            "0.500 kWh  0.33 CNY",
            "ALARM           the heat sink needs cleaning",
        ] {
            assert!(text.contains(words), "{words}\n{text}");
        }
        let text = page(&report(), Language::Chinese, 200).join("\n");
        assert!(
            text.contains("模拟的机器") && text.contains("警报            散热器需要清灰"),
            "{text}"
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_and_never_wraps() {
        for language in [Language::English, Language::Chinese] {
            for cells in [0, 1, 2, 13, 40] {
                for line in page(&report(), language, cells) {
                    assert!(line.chars().map(cells_of).sum::<usize>() <= cells, "{line}");
                }
            }
        }
    }

    #[test]
    fn without_a_machine_it_says_who_is_missing() {
        let absent = HardwareReport { status: None, state: HardwareState::Absent, ..report() };
        assert!(page(&absent, Language::English, 99)[0].contains("hearth-hwctl"));
        let status = report().status.unwrap();
        assert!(calibration_words(&status, Language::English).contains("too hot"));
        assert!(drill_words(&status, Language::Chinese).contains("尚未"));
    }
}

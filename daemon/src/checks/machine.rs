//! What `hearth-hwctl` says of the machine, in words: one finding, the worst alarm first.

use hearth_wire::admin::{Finding, Severity};
use hearth_wire::hardware::{HardwareAlarmKind as Kind, HardwareState};
use hearth_wire::problem::Sentence;

use super::{good, said};
use crate::hardware::Condition;

type Words = (&'static str, &'static str);

pub(super) fn finding_of(machine: &Condition) -> Finding {
    let mut alarms: Vec<_> = machine.alarms.iter().map(|alarm| of_alarm(*alarm)).collect();
    // The sort is stable: of two that are as grave the earlier one comes first.
    alarms.sort_by_key(|alarm| std::cmp::Reverse(alarm.0));
    let Some((severity, ..)) = alarms.first() else {
        let (en, zh) = without_alarm(machine);
        return good("machine", en, zh);
    };
    let text = joined(alarms.iter().map(|(_, text, _)| *text));
    let remedy = joined(alarms.iter().map(|(.., remedy)| *remedy));
    Finding::new("machine", *severity, text).with_remedy(remedy)
}

/// Several sentences as one, each said once.
fn joined(words: impl Iterator<Item = Words>) -> Sentence {
    let mut seen: Vec<Words> = Vec::new();
    for one in words {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    let (en, zh): (Vec<&str>, Vec<&str>) = seen.into_iter().unzip();
    said(en.join(" "), zh.concat())
}

const fn without_alarm(machine: &Condition) -> Words {
    match (machine.state, machine.simulated) {
        (HardwareState::Absent, _) => (
            "hearth-hwctl does not run here: the machine's firmware looks after its fan.",
            "这里没有运行 hearth-hwctl，风扇由机器固件控制。",
        ),
        (HardwareState::Live | HardwareState::Stale, true) => {
            ("The machine that is shown is a simulated one.", "显示的是模拟的机器。")
        }
        (HardwareState::Live | HardwareState::Stale, false) => {
            ("The machine is cool and its fan does what it should.", "机器温度和风扇都正常。")
        }
    }
}

const fn of_alarm(alarm: Kind) -> (Severity, Words, Words) {
    match alarm {
        Kind::PowerOff => (
            Severity::Bad,
            ("The machine is so hot that it switches itself off.", "机器过热，正在自动关机。"),
            ("Look at its fan and its vents.", "请检查风扇和通风口。"),
        ),
        Kind::Floor => (
            Severity::Bad,
            (
                "The machine is so hot that it takes the least power only.",
                "机器过热，功率已降到最低。",
            ),
            ("Look at its fan and its vents.", "请检查风扇和通风口。"),
        ),
        Kind::FanFailed => (
            Severity::Bad,
            (
                "A fan stands still and can't be started; the power is limited.",
                "有风扇停转且无法启动，功率已受限。",
            ),
            ("Replace the fan.", "请更换风扇。"),
        ),
        Kind::SensorLost => (
            Severity::Bad,
            (
                "The processor's temperature can't be read, so the fan runs fast.",
                "无法读取处理器温度，风扇会高速运转。",
            ),
            ("Restart the machine.", "请重启机器。"),
        ),
        Kind::Hot => (
            Severity::Warning,
            ("The processor is hot, so the fan runs at full.", "处理器温度高，风扇正全速运转。"),
            ("Give it room for air.", "请确认周围通风。"),
        ),
        Kind::Dust => (
            Severity::Warning,
            ("The heat sink cools worse than when it was clean.", "散热能力下降。"),
            ("Clean the vents.", "请清理通风口的灰尘。"),
        ),
        Kind::CapNotEffective => (
            Severity::Warning,
            ("A limit of power is set, and the machine takes more.", "已设置功率上限但没有生效。"),
            ("See whether its BIOS overrides the limit.", "请检查 BIOS 是否覆盖了该上限。"),
        ),
        Kind::CalibrationMismatch => (
            Severity::Warning,
            (
                "The fan's calibration is of another board, so the firmware drives it.",
                "风扇校准数据属于另一块主板，风扇由固件控制。",
            ),
            ("Run `hearth fan calibrate`.", "请运行 `hearth fan calibrate`。"),
        ),
        Kind::HwctlAbsent => (
            Severity::Warning,
            (
                "hearth-hwctl told of the machine and says nothing now.",
                "hearth-hwctl 不再报告机器状态。",
            ),
            ("See whether it runs.", "请查看它是否在运行。"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_alarm_decides_and_every_one_is_said() {
        let condition = |alarms: &[Kind]| Condition {
            state: HardwareState::Live,
            simulated: false,
            alarms: alarms.to_vec(),
        };
        assert_eq!(finding_of(&condition(&[])).severity, Severity::Good);
        let found = finding_of(&condition(&[Kind::FanFailed, Kind::Dust]));
        assert_eq!(found.severity, Severity::Bad);
        assert!(found.text.en.contains("stands still") && found.text.en.contains("heat sink"));
        assert!(found.text.zh_cn.contains("停转") && found.text.zh_cn.contains("散热"));
        let remedy = found.remedy.unwrap();
        assert!(remedy.en.contains("Replace") && remedy.zh_cn.contains("灰尘"), "{remedy:?}");
        assert_eq!(finding_of(&condition(&[Kind::Hot])).severity, Severity::Warning);
    }

    #[test]
    fn a_machine_without_hwctl_is_no_trouble_and_a_simulated_one_is_called_so() {
        assert_eq!(finding_of(&Condition::default()).severity, Severity::Good);
        let simulated =
            Condition { state: HardwareState::Live, simulated: true, ..Condition::default() };
        assert!(finding_of(&simulated).text.en.contains("simulated"));
    }
}

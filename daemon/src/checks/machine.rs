//! What `hearth-hwctl` says of the machine, in words: one finding, the worst alarm first.

use hearth_wire::admin::{Finding, Verdict};
use hearth_wire::hardware::{HardwareAlarmKind as Kind, HardwareState};

use super::{finding, said};
use crate::hardware::Condition;

type Words = (&'static str, &'static str);

pub(super) fn finding_of(machine: &Condition) -> Finding {
    let verdicts = machine.alarms.iter().map(|alarm| of_alarm(*alarm));
    let Some(verdict) = verdicts.clone().map(|(verdict, _)| verdict).max() else {
        let (en, zh) = without_alarm(machine);
        return finding("machine", Verdict::Good, said(en, zh));
    };
    let (en, zh): (Vec<&str>, Vec<&str>) = verdicts.map(|(_, words)| words).unzip();
    finding("machine", verdict, said(en.join(" "), zh.concat()))
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

const fn of_alarm(alarm: Kind) -> (Verdict, Words) {
    match alarm {
        Kind::PowerOff => (
            Verdict::Bad,
            (
                "The machine is so hot that it switches itself off. Look at its fan and its vents.",
                "机器过热，正在自动关机。请检查风扇和通风口。",
            ),
        ),
        Kind::Floor => (
            Verdict::Bad,
            (
                "The machine is so hot that it takes the least power only. Look at its fan and its \
                 vents.",
                "机器过热，功率已降到最低。请检查风扇和通风口。",
            ),
        ),
        Kind::FanFailed => (
            Verdict::Bad,
            (
                "A fan stands still and can't be started; the power is limited. Replace it.",
                "有风扇停转且无法启动，功率已受限。请更换风扇。",
            ),
        ),
        Kind::SensorLost => (
            Verdict::Bad,
            (
                "The processor's temperature can't be read, so the fan runs fast.",
                "无法读取处理器温度，风扇会高速运转。",
            ),
        ),
        Kind::Hot => (
            Verdict::Warning,
            (
                "The processor is hot, so the fan runs at full. Is there room for air around it?",
                "处理器温度高，风扇正全速运转。请确认周围通风。",
            ),
        ),
        Kind::Dust => (
            Verdict::Warning,
            (
                "The heat sink cools worse than when it was clean. Clean the vents.",
                "散热能力下降，请清理通风口的灰尘。",
            ),
        ),
        Kind::CapNotEffective => (
            Verdict::Warning,
            (
                "A limit of power is set, and the machine takes more. Its BIOS may override it.",
                "已设置功率上限但没有生效，可能被 BIOS 覆盖。",
            ),
        ),
        Kind::CalibrationMismatch => (
            Verdict::Warning,
            (
                "The fan's calibration is of another board, so the firmware drives it. Run \
                 `hearth fan calibrate`.",
                "风扇校准数据属于另一块主板，风扇由固件控制。请运行 `hearth fan calibrate`。",
            ),
        ),
        Kind::HwctlAbsent => (
            Verdict::Warning,
            (
                "hearth-hwctl told of the machine and says nothing now. See whether it runs.",
                "hearth-hwctl 不再报告机器状态。请查看它是否在运行。",
            ),
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
        assert_eq!(finding_of(&condition(&[])).verdict, Verdict::Good);
        let found = finding_of(&condition(&[Kind::FanFailed, Kind::Dust]));
        assert_eq!(found.verdict, Verdict::Bad);
        assert!(found.words.en.contains("stands still") && found.words.en.contains("vents"));
        assert!(found.words.zh_cn.contains("停转") && found.words.zh_cn.contains("灰尘"));
        assert_eq!(finding_of(&condition(&[Kind::Hot])).verdict, Verdict::Warning);
    }

    #[test]
    fn a_machine_without_hwctl_is_no_trouble_and_a_simulated_one_is_called_so() {
        assert_eq!(finding_of(&Condition::default()).verdict, Verdict::Good);
        let simulated =
            Condition { state: HardwareState::Live, simulated: true, ..Condition::default() };
        assert!(finding_of(&simulated).words.en.contains("simulated"));
    }
}

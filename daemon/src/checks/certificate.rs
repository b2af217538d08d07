//! Whether browsers take the certificate, for how long, and what became of the last renewal.
//!
//! A certificate that has ended is served all the same: whoever goes on past the warning finds the
//! office. A machine whose clock is behind serves a certificate that devices, whose clocks are right,
//! take.

use hearth_domain::time::Timestamp;
use hearth_wire::admin::Finding;
use serde::{Deserialize, Serialize};

use super::{DAY_MS, bad, good, said, warning};

/// One that ends within this should have been renewed, in days.
const DAYS_MIN: u64 = 14;
/// An authority that ends within this should be replaced while there is time to walk to each device,
/// in days.
const AUTHORITY_DAYS_MIN: u64 = 180;
const CODE: &str = "certificate";

/// How the certificate in use stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// From when it is good.
    pub begins_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// Until when the box's own authority is, if there is one.
    pub authority_ends_at: Option<Timestamp>,
    /// Why the last renewal failed; it is tried again.
    pub problem: Option<String>,
}

/// What there is to say of it: the gravest first.
pub(super) fn finding_of(known: &Certificate, now: Timestamp) -> Finding {
    let days = known.ends_at.ms_since(now) / DAY_MS;
    if known.ends_at <= now {
        return bad(
            CODE,
            said(
                "The certificate has ended: browsers warn of it. It is served all the same.",
                "证书已过期，浏览器会警告。仍在继续使用。",
            ),
            remedy(known),
        );
    }
    if now < known.begins_at {
        return warning(
            CODE,
            said(
                "By this machine's clock the certificate is not good yet. It is served all the same.",
                "按本机时钟，证书尚未生效。仍在继续使用。",
            ),
            said(
                "Set the clock, and switch NTP on: timedatectl set-ntp true",
                "请校准时钟并启用 NTP：timedatectl set-ntp true",
            ),
        );
    }
    if days < DAYS_MIN {
        let text = said(
            format!("The certificate ends in {days} days."),
            format!("证书将在 {days} 天后过期。"),
        );
        return warning(CODE, text, remedy(known));
    }
    if known.problem.is_some() {
        let text = said(
            format!("The certificate could not be renewed; it is good for {days} more days."),
            format!("证书续期失败，还有 {days} 天有效。"),
        );
        return warning(CODE, text, remedy(known));
    }
    match known.authority_ends_at.map(|end| end.ms_since(now) / DAY_MS) {
        Some(days) if days < AUTHORITY_DAYS_MIN => warning(
            CODE,
            said(
                format!("The box's own authority ends in {days} days."),
                format!("本机的证书颁发机构将在 {days} 天后过期。"),
            ),
            said(
                "Stop Hearth, remove the folder tls of the data folder, start it, and let each device trust the new one.",
                "请停止 Hearth，删除数据文件夹中的 tls 文件夹，重新启动，并让每台设备信任新的证书。",
            ),
        ),
        _ => good(
            CODE,
            format!("The certificate is good for {days} more days."),
            format!("证书还有 {days} 天有效。"),
        ),
    }
}

fn remedy(known: &Certificate) -> hearth_wire::problem::Sentence {
    match &known.problem {
        Some(problem) => said(
            format!("It is tried again by itself. The last time: {problem}"),
            format!("会自动重试。上次失败的原因：{problem}"),
        ),
        None => said("Replace its files.", "请更换证书文件。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_wire::admin::Severity;

    const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

    fn days(from_now: i64) -> Timestamp {
        let ms = i64::try_from(NOW.as_ms()).unwrap() + from_now * 86_400_000;
        Timestamp::from_ms(u64::try_from(ms).unwrap())
    }

    fn judged(known: &Certificate) -> (Severity, String) {
        let finding = finding_of(known, NOW);
        assert!(!finding.text.zh_cn.is_ascii(), "{finding:?}");
        (finding.severity, format!("{finding:?}"))
    }

    #[test]
    fn a_certificate_is_judged_by_its_dates_and_its_renewal() {
        let fine = Certificate {
            begins_at: days(-30),
            ends_at: days(60),
            authority_ends_at: Some(days(3_000)),
            problem: None,
        };
        assert_eq!(judged(&fine).0, Severity::Good);
        let late = Certificate { ends_at: days(5), ..fine.clone() };
        assert_eq!(judged(&late).0, Severity::Warning);
        let ended = Certificate { ends_at: days(-1), ..fine.clone() };
        assert_eq!(judged(&ended).0, Severity::Bad);
        let (severity, text) = judged(&Certificate { begins_at: days(1), ..fine.clone() });
        assert!(severity == Severity::Warning && text.contains("NTP"), "{text}");
        let (severity, text) =
            judged(&Certificate { authority_ends_at: Some(days(9)), ..fine.clone() });
        assert!(severity == Severity::Warning && text.contains("authority"), "{text}");
        let problem = Some("no such zone".to_owned());
        for known in [fine, late, ended] {
            let (severity, text) = judged(&Certificate { problem: problem.clone(), ..known });
            assert!(severity >= Severity::Warning && text.contains("no such zone"), "{text}");
        }
    }
}

//! The machine under the office: everybody sees how it is, those who run the office say how loud it may
//! be and have its fan measured and tested.

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::id::UserId;
use hearth_domain::machine::{MachineSettings, StandingProfile};
use hearth_domain::notify::QuietHours;
use hearth_domain::permit::{self, Ask, OfficeAct, permit};
use hearth_store::machine::{self, Range, Stretch};
use hearth_wire::hardware::{
    HardwareAct, HardwareChange, HardwareHistory, HardwareProfile, HardwareReport, HistorySpan,
};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::audit::{self, Doer, word};
use super::{ActionError, ActionResult, actor, look};
use crate::app::App;
use crate::hardware::{Intent, thinned};
use crate::zone;

async fn sees(app: &App, user: UserId) -> ActionResult<()> {
    let act = Ask::Office(OfficeAct::SeeMachine);
    look(app, user, move |_, actor| Ok(permit(actor, act).map(drop)?)).await
}

/// How the machine is.
///
/// # Errors
/// By permission.
pub async fn report(app: &App, user: UserId) -> ActionResult<HardwareReport> {
    sees(app, user).await?;
    Ok(app.hardware.report(&app.clock))
}

/// Frames that tell how the machine is, about one a second; the receiver holds the latest only.
///
/// # Errors
/// By permission.
pub async fn watch(app: &App, user: UserId) -> ActionResult<watch::Receiver<Option<Utf8Bytes>>> {
    sees(app, user).await?;
    Ok(app.hardware.watch(&app.clock))
}

const fn span_and_step_s(span: HistorySpan) -> (u64, u32) {
    match span {
        HistorySpan::Hour => (machine::SECONDS_KEPT_S, 1),
        HistorySpan::Month => (machine::MINUTES_KEPT_S, 60),
        HistorySpan::Years => (machine::HOURS_KEPT_S, 3_600),
    }
}

/// What the machine did.
///
/// # Errors
/// By permission.
pub async fn history(app: &App, user: UserId, span: HistorySpan) -> ActionResult<HardwareHistory> {
    let (span_s, step_s) = span_and_step_s(span);
    let now_s = app.clock.now().as_ms() / 1_000;
    let from_s = now_s.saturating_sub(span_s);
    let kept = look(app, user, move |tx, actor| {
        permit(actor, Ask::Office(OfficeAct::SeeMachine))?;
        Ok(match span {
            HistorySpan::Hour => Vec::new(),
            HistorySpan::Month => machine::minutes(tx, from_s, now_s + 1)?,
            HistorySpan::Years => machine::hours(tx, from_s, now_s + 1)?,
        })
    });
    let mut points = kept.await?;
    if span == HistorySpan::Hour {
        points = app.hardware.seconds();
        points.retain(|second| (from_s..=now_s).contains(&second.at_s));
    }
    Ok(columns(&thinned(points, span_s, u64::from(step_s)), step_s, from_s))
}

fn columns(points: &[Stretch], step_s: u32, from_s: u64) -> HardwareHistory {
    let column = |figure: fn(&Stretch) -> Option<Range>, value: fn(Range) -> f64| {
        points.iter().map(|point| figure(point).map(|range| value(range) as f32)).collect()
    };
    HardwareHistory {
        step_s,
        from: from_s,
        at: points.iter().map(|point| point.at_s).collect(),
        junction_c: column(|point| point.junction_c, |range| range.mean),
        junction_min_c: column(|point| point.junction_c, |range| range.min),
        junction_max_c: column(|point| point.junction_c, |range| range.max),
        fan_rpm: column(|point| point.fan_rpm, |range| range.mean),
        fan_max_rpm: column(|point| point.fan_rpm, |range| range.max),
        fan_duty: column(|point| point.fan_duty, |range| range.mean),
        power_w: column(|point| point.power_w, |range| range.mean),
        power_max_w: column(|point| point.power_w, |range| range.max),
        allowed_w: column(|point| point.allowed_w, |range| range.mean),
        dust: column(|point| point.dust, |range| range.mean),
    }
}

/// Changes how the machine is run. A boost is asked for at once and not kept.
///
/// # Errors
/// By permission, when a price or zone is none, or the machine does not take a boost.
pub async fn configure(
    app: &App,
    doer: &Doer,
    wanted: HardwareChange,
) -> ActionResult<HardwareReport> {
    look(app, doer.user, |_, actor| Ok(permit::manage(actor).map(drop)?)).await?;
    check(&wanted)?;
    if wanted.profile == Some(HardwareProfile::Boost) {
        app.hardware.ask(Intent::Profile { profile: HardwareProfile::Boost }).await?;
    }
    let (now, Doer { user, by }) = (app.clock.now(), doer.clone());
    let changed = app.store.write(now, move |tx| {
        permit::manage(&actor(tx, user)?)?;
        let before = machine::settings(tx)?;
        let after = changed(&before, &wanted);
        let deed = deed(&before, &after, &wanted);
        if !deed.changes.is_empty() {
            machine::set(tx, &after)?;
            tx.audit(&by, &deed)?;
        }
        Ok::<_, ActionError>(after)
    });
    app.hardware.apply(changed.await?);
    Ok(app.hardware.report(&app.clock))
}

fn check(wanted: &HardwareChange) -> ActionResult<()> {
    if let Some(Some(price)) = &wanted.price {
        price.check()?;
    }
    match &wanted.quiet_hours {
        Some(Some(hours)) if !zone::exists(&hours.zone) => Err(ActionError::NoSuchZone),
        _ => Ok(()),
    }
}

fn changed(before: &MachineSettings, wanted: &HardwareChange) -> MachineSettings {
    let profile = match wanted.profile {
        Some(HardwareProfile::Quiet) => StandingProfile::Quiet,
        Some(HardwareProfile::Balanced) => StandingProfile::Balanced,
        Some(HardwareProfile::Boost) | None => before.profile,
    };
    MachineSettings {
        profile,
        quiet_hours: wanted.quiet_hours.clone().unwrap_or_else(|| before.quiet_hours.clone()),
        price: wanted.price.clone().unwrap_or_else(|| before.price.clone()),
    }
}

fn deed(before: &MachineSettings, after: &MachineSettings, wanted: &HardwareChange) -> Deed {
    let price = |settings: &MachineSettings| {
        let price = settings.price.as_ref();
        price.map(|price| format!("{} {}", price.per_kwh, price.currency)).unwrap_or_default()
    };
    let hours = |settings: &MachineSettings| {
        settings.quiet_hours.as_ref().map(hours_in_words).unwrap_or_default()
    };
    let profile = match wanted.profile {
        Some(HardwareProfile::Boost) => "boost".to_owned(),
        _ => word(after.profile),
    };
    Deed::new(Act::MachineChanged, Subject::default())
        .change("profile", word(before.profile), profile)
        .change("quiet_hours", hours(before), hours(after))
        .change("price", price(before), price(after))
}

/// `mon tue 22:00-07:00 Asia/Shanghai`.
fn hours_in_words(hours: &QuietHours) -> String {
    let days: Vec<String> = hours.days.iter().map(word).collect();
    let clock = |minute| {
        let minute = u16::from(minute);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    let (from, to) = (clock(hours.from), clock(hours.to));
    format!("{} {from}-{to} {}", days.join(" "), hours.zone)
}

/// Has the machine's fan measured or tested, or ends that.
///
/// # Errors
/// By permission, when the machine is not there, or it says no.
pub async fn act(app: &App, doer: &Doer, act: HardwareAct) -> ActionResult<()> {
    look(app, doer.user, |_, actor| Ok(permit::manage(actor).map(drop)?)).await?;
    let (intent, noted) = match act {
        HardwareAct::Calibrate => (Intent::Calibrate, Act::MachineCalibrated),
        HardwareAct::Drill => (Intent::Drill, Act::MachineDrilled),
        HardwareAct::Stop => (Intent::Stop, Act::MachineStopped),
    };
    app.hardware.ask(intent).await?;
    audit::note(app, doer.by.clone(), Deed::new(noted, Subject::default())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_stays_and_null_takes_away() {
        let change = |json: &str| serde_json::from_str::<HardwareChange>(json).unwrap();
        let hours = r#"{"days":["mon","tue"],"from":1320,"to":420,"zone":"Asia/Shanghai"}"#;
        let all = format!(
            r#"{{"profile":"quiet","quiet_hours":{hours},
                "price":{{"per_kwh":0.65,"currency":"CNY"}}}}"#
        );
        let plain = MachineSettings::default();
        let set = changed(&plain, &change(&all));
        assert_eq!(set.profile, StandingProfile::Quiet);
        assert_eq!(changed(&set, &change("{}")), set);
        assert_eq!(changed(&set, &change(r#"{"profile":"boost"}"#)), set);
        let bare = changed(&set, &change(r#"{"quiet_hours":null,"price":null}"#));
        assert_eq!(bare, MachineSettings { profile: StandingProfile::Quiet, ..plain.clone() });
        let deed = deed(&plain, &set, &change(&all));
        let after: Vec<&str> = deed.changes.iter().map(|change| &*change.after).collect();
        assert_eq!(after, ["quiet", "mon tue 22:00-07:00 Asia/Shanghai", "0.65 CNY"]);
    }

    #[test]
    fn a_price_or_zone_that_is_none_is_refused() {
        let checked = |json: &str| check(&serde_json::from_str(json).unwrap());
        let price = r#"{"price":{"per_kwh":-1,"currency":"CNY"}}"#;
        assert!(matches!(checked(price), Err(ActionError::Price(_))));
        let zone = r#"{"quiet_hours":{"days":[],"from":0,"to":1,"zone":"Nowhere/Else"}}"#;
        assert!(matches!(checked(zone), Err(ActionError::NoSuchZone)));
        assert!(checked("{}").is_ok());
    }
}

//! What the machine did: minutes, hours made of them, energy that counts once, and what is forgotten.

use hearth_domain::machine::{EnergyPrice, MachineSettings, StandingProfile};
use hearth_domain::time::Timestamp;
use hearth_store::DbError;
use hearth_store::machine::{self, HOURS_KEPT_S, MINUTES_KEPT_S, Meter, Note, Range, Stretch};

use crate::harness::{NOW, Office};

const HOUR_S: u64 = 1_790_000_000 - 1_790_000_000 % 3_600;

fn minute(at_s: u64, samples: u64, celsius: f64) -> Stretch {
    let junction_c = Some(Range { min: celsius - 1.0, mean: celsius, max: celsius + 1.0 });
    Stretch { at_s, samples, junction_c, ..Stretch::default() }
}

async fn note(office: &Office, note: Note) {
    office.store.write(NOW, move |tx| machine::note(tx, &note)).await.unwrap();
}

async fn minutes(office: &Office, minutes: &[Stretch]) {
    note(office, Note { minutes: minutes.to_vec(), ..Note::default() }).await;
}

#[tokio::test]
async fn an_hour_is_made_of_its_minutes_also_after_a_break_in_one_of_them() {
    let office = Office::new().await;
    minutes(&office, &[minute(HOUR_S, 60, 50.0)]).await;
    // The program stopped after 20 seconds of the second minute, and another one saw the rest.
    minutes(&office, &[minute(HOUR_S + 60, 20, 80.0)]).await;
    minutes(&office, &[minute(HOUR_S + 60, 40, 50.0)]).await;
    minutes(&office, &[minute(HOUR_S + 3_600, 60, 30.0)]).await;
    let (seen, hours) = office
        .read(|tx| {
            let minutes = machine::minutes(tx, HOUR_S, HOUR_S + 7_200)?;
            Ok((minutes, machine::hours(tx, HOUR_S, HOUR_S + 7_200)?))
        })
        .await;
    assert_eq!(seen.len(), 3);
    assert_eq!((seen[1].samples, seen[1].junction_c.unwrap().mean), (60, 60.0));
    let [first, second] = hours[..] else { panic!("{hours:?}") };
    assert_eq!((first.at_s, first.samples), (HOUR_S, 120));
    let junction = first.junction_c.unwrap();
    assert_eq!((junction.min, junction.mean, junction.max), (49.0, 55.0, 81.0));
    assert_eq!((first.fan_rpm, first.dust), (None, None), "what was never known is nothing");
    assert_eq!(second.junction_c.unwrap().mean, 30.0);
}

#[tokio::test]
async fn an_hour_of_seconds_is_kept_also_when_the_clock_is_put_back() {
    let office = Office::new().await;
    let seconds = |from: u64, to: u64| Note {
        seconds: (from..to).map(|second| minute(HOUR_S + second, 1, 50.0)).collect(),
        ..Note::default()
    };
    note(&office, seconds(0, 60)).await;
    note(&office, seconds(3_000, 3_630)).await;
    let kept = office.read(machine::seconds).await;
    assert_eq!(kept.first().map(|first| first.at_s), Some(HOUR_S + 30));
    assert_eq!(kept.len(), 30 + 630);
    assert_eq!(kept[0].junction_c, Some(Range::of(50.0)), "a second has one value");
    assert_eq!((kept[0].fan_rpm, kept[0].samples), (None, 1));
    note(&office, seconds(3_100, 3_105)).await;
    let kept = office.read(machine::seconds).await;
    assert_eq!(kept.last().map(|last| last.at_s), Some(HOUR_S + 3_104));
}

#[tokio::test]
async fn energy_and_the_meter_go_together_or_not_at_all() {
    let office = Office::new().await;
    let meter = |joules| Some(Meter { started: "a".to_owned(), joules, at: NOW });
    let energy = |joules| vec![("2026-09-21".to_owned(), joules)];
    let first = Note { energy: energy(100.0), meter: meter(100.0), ..Note::default() };
    note(&office, first).await;
    let broken = Note { energy: energy(900.0), meter: meter(1_000.0), ..Note::default() };
    let undone = office.store.write(NOW, move |tx| {
        machine::note(tx, &broken)?;
        Err::<(), DbError>(DbError::Inconsistent("on purpose"))
    });
    assert!(undone.await.is_err());
    note(&office, Note { energy: energy(50.0), meter: meter(150.0), ..Note::default() }).await;
    let kept = office.read(|tx| Ok((machine::energy(tx, 9)?, machine::meter(tx)?))).await;
    assert_eq!(kept, (energy(150.0), meter(150.0)));
}

#[tokio::test]
async fn what_is_old_goes_a_part_at_a_time() {
    let office = Office::new().await;
    let now_s = NOW.as_ms() / 1_000;
    let old_s = now_s - HOURS_KEPT_S - 7_200;
    let mut all: Vec<Stretch> = (0..30).map(|nth| minute(old_s - 60 * nth, 60, 40.0)).collect();
    all.push(minute(now_s - MINUTES_KEPT_S - 3_600, 60, 41.0));
    all.push(minute(now_s - 600, 60, 42.0));
    minutes(&office, &all).await;
    let days = (0..2_000).map(|nth| (format!("{:04}-{:02}-01", 1_900 + nth / 12, nth % 12), 1.0));
    let energy = days.collect();
    note(&office, Note { energy, ..Note::default() }).await;
    office.store.write(NOW, machine::purge).await.unwrap();
    let (minutes, hours, days) = office
        .read(move |tx| {
            let minutes = machine::minutes(tx, 0, now_s)?;
            Ok((minutes, machine::hours(tx, 0, now_s)?, machine::energy(tx, 9_999)?.len()))
        })
        .await;
    assert_eq!(minutes.len(), 1, "{minutes:?}");
    assert_eq!(hours.len(), 2, "an hour outlives its minutes: {hours:?}");
    assert_eq!(days, 1_830);
}

#[tokio::test]
async fn settings_survive_and_begin_as_the_defaults() {
    let office = Office::new().await;
    assert_eq!(office.read(machine::settings).await, MachineSettings::default());
    let chosen = MachineSettings {
        profile: StandingProfile::Quiet,
        quiet_hours: None,
        price: Some(EnergyPrice { per_kwh: 0.65, currency: "CNY".to_owned() }),
    };
    let wanted = chosen.clone();
    office.store.write(Timestamp::from_ms(1), move |tx| machine::set(tx, &wanted)).await.unwrap();
    assert_eq!(office.read(machine::settings).await, chosen);
}

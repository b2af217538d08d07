//! After its start the control thread takes no memory: it has to go on when there is none.

use hearth_hwctl::bands::Bands;
use hearth_hwctl::clock::Clock;
use hearth_hwctl::commission::{Commission, Echo, Next, Seen};
use hearth_hwctl::control::{Aside, Controller, Driver, Heat, Limits, Readings, Setup};
use hearth_hwctl::curve::{Curve, Points};
use hearth_hwctl::drill::{self, Drill};
use hearth_hwctl::fan::Fan;
use hearth_hwctl::intent::Asked;
use hearth_hwctl::limiter::Limiter;
use hearth_hwctl::machine::{Machine, Place, Wires};
use hearth_hwctl::model::Sink;
use hearth_hwctl::sense::{Reading, Why};
use hearth_hwctl::simulated::{self, FAN};
use hearth_hwctl::status::{Board, Calibration, Counters, Power, Status};
use hearth_hwctl::sysfs::Root;
use hearth_hwctl::units::{Celsius, Duty, Rpm, Seconds, Watts};

/// Good and bad seconds of a machine, by turns.
fn readings(second: u32, asides: &[Aside]) -> Readings<'_> {
    let junction = match second % 97 {
        0..60 => Reading::now(Celsius(40.0 + f64::from(second % 60))),
        60..80 => Reading::Unknown(Why::Fault),
        _ => Reading::now(Celsius(f64::NAN)),
    };
    Readings {
        junction,
        power: Reading::now(Watts(f64::from(second % 56))),
        load: Reading::now(f64::from(second % 10) / 10.0),
        fan: Reading::now(Rpm(if second % 200 < 60 { 0.0 } else { 1_800.0 })),
        driver: Driver::Us,
        air: Reading::now(Celsius(30.0)),
        asides,
    }
}

#[test]
fn a_step_allocates_nothing() {
    let points = [(Celsius(40.0), Duty::new(0.2)), (Celsius(90.0), Duty::FULL)];
    let points = Points::new(points.to_vec()).unwrap();
    let aside = Aside { temperature: Reading::now(Celsius(60.0)), limit: Celsius(70.0) };
    for curve in [Curve::Auto, Curve::Steps, Curve::Points(points)] {
        let limits =
            Limits { critical: Celsius(100.0), power_max: Watts(60.0), power_min: Watts(8.0) };
        let setup = Setup {
            curve,
            sink: Sink::default(),
            fan: Fan::default(),
            bands: Bands::default(),
            limits,
        };
        let mut controller = Controller::new(setup);
        let counted = allocation_counter::measure(|| {
            for second in 0..2_000 {
                let now = Seconds(f64::from(second));
                controller.step(&readings(second, &[aside; 3]), now);
            }
        });
        assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
    }
}

/// The loop of the program, on a machine that is a folder: looking, deciding, acting, telling.
#[test]
fn the_whole_loop_allocates_nothing_once_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    simulated::office(folder.path()).unwrap();
    let run = tempfile::tempdir().unwrap();
    let place = Place {
        root: Root::new(folder.path()),
        run: run.path().to_owned(),
        take: Some(FAN.to_owned()),
        wires: Wires::default(),
    };
    let mut machine = Machine::open(place, Clock).unwrap();
    let limits = machine.limits();
    let (curve, sink, fan, bands) =
        (Curve::Auto, Sink::default(), Fan::default(), Bands::default());
    let mut controller = Controller::new(Setup { curve, sink, fan, bands, limits });
    let (board, mut counters, asked) = (Board::default(), Counters::default(), Asked::default());
    let begin = Clock.now();
    let mut step = |second: u32| {
        let now = Seconds(begin.0 + f64::from(second));
        let mut look = machine.look(now);
        let (wishes, profile) = asked.at(now);
        controller.wish(wishes);
        let commands = controller.step(&look.readings(), now);
        let done = machine.act(commands.fan, now);
        look.driver = machine.driver();
        let status = Status {
            look,
            commands,
            outcome: done.outcome,
            junction_limit: limits.hot(),
            power: Power::default(),
            profile,
            calibration: Calibration::default(),
            drill: None,
            counts: counters.count(&commands, done.outcome, now),
        };
        board.leave(machine.parts(), status);
        assert!(second < 5 || done.verified && look.driver == Driver::Us, "{status:?}");
    };
    (0..10).for_each(&mut step);
    let counted = allocation_counter::measure(|| (10..300).for_each(&mut step));
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
}

#[test]
fn commissioning_and_drills_allocate_nothing() {
    let mut commission = Commission::new(Seconds(2.5));
    let mut drill = Drill::default();
    // A machine that answers at once, so that every stage and the fit are passed through.
    let (mut pwm, mut sink_c, mut load, mut done) = (128_u8, 40.0_f64, 0.0, false);
    let counted = allocation_counter::measure(|| {
        for second in 0..2_000 {
            let now = Seconds(f64::from(second));
            let rpm = if pwm < 40 { 0.0 } else { 16.0 * f64::from(pwm) };
            let power = 3.0 + 43.0 * load;
            sink_c += (power - (sink_c - 30.0) * (0.2 + rpm / 2_600.0)) / 180.0;
            let seen = Seen {
                junction: Reading::now(Celsius(sink_c + 0.4 * power)),
                power: Reading::now(Watts(power)),
                tachs: &[Reading::now(Rpm(rpm))],
                echo: Echo::Says(pwm),
            };
            match commission.step(&seen, now) {
                Next::Try(order) => (pwm, load) = (order.duty.pwm(), order.load),
                Next::Done(measured) => done = measured.sink.is_ok(),
                Next::Aborted(abort) => panic!("{abort:?}"),
            }
            let seen = drill::Seen {
                junction: seen.junction,
                fan: seen.tachs[0],
                wanted: Duty::new(0.3),
                echo: seen.echo,
            };
            drill.step(&seen, now);
        }
    });
    assert!(done, "not every stage was passed through");
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
}

/// Rising, falling, floored, switched off and free, by turns: every way a limit can go.
#[test]
fn acting_on_limits_allocates_nothing_for_the_control_thread() {
    let folder = tempfile::tempdir().unwrap();
    let (root, run) = (folder.path().join("root"), folder.path().join("run"));
    simulated::office(&root).unwrap();
    std::fs::create_dir(&run).unwrap();
    let request = run.join("poweroff");
    let place = Place { root: Root::new(root), run, take: None, wires: Wires::default() };
    let limits = Limits { critical: Celsius(100.0), power_max: Watts(60.0), power_min: Watts(8.0) };
    let (sink, fan, bands) = (Sink::default(), Fan::default(), Bands::default());
    let setup = Setup { curve: Curve::Auto, sink, fan, bands, limits };
    let mut commands = Controller::new(setup).step(&readings(30, &[]), Seconds(0.0));
    let mut limiter = Limiter::start(&place, limits).unwrap();
    let (mut changes, mut cap, mut asked) = (0, None, false);
    let counted = allocation_counter::measure(|| {
        for second in 0..3_000_u32 {
            commands.heat = match second % 300 {
                0..60 => Heat::Capped(Watts(f64::from(50 - second % 40))),
                60..120 => Heat::Capped(Watts(f64::from(10 + second % 50))),
                120..140 => Heat::Floor,
                140..180 => Heat::PowerOff,
                _ => Heat::Free,
            };
            let seen = readings(second, &[]);
            let capping =
                limiter.act(&commands, second % 7 == 0, &seen, Seconds(f64::from(second)));
            changes += u32::from(cap != capping.cap);
            cap = capping.cap;
            // The thread that writes has a moment.
            std::thread::sleep(std::time::Duration::from_micros(200));
            let exists = rustix::fs::Access::EXISTS;
            asked |= second == 170 && rustix::fs::access(request.as_path(), exists).is_ok();
        }
    });
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
    assert!(changes > 100 && asked, "{changes}");
    limiter.stop();
}

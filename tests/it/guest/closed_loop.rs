//! The hardware behind the chip: the simulator's plant on the registers, and a firmware that drives the
//! fan as long as nobody has taken it over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hearth_hwctl::simulated::plant::{Build, Fault, Plant, STEP_S, Still};
use hearth_hwctl::units::Duty;

use super::adt7475::{AUTOMATIC, DUTY, MANUAL, MODE, SHOWN, TACH, TEMPERATURE};
use super::{Agent, Machine};

/// What a period register shows of a fan that stands, and what it counts in a minute.
const STANDS: u16 = 0xffff;
const TICKS_PER_MINUTE: f64 = 5_400_000.0;
/// The firmware's curve: half a duty at 50 degrees, all of it at 85.
const FIRMWARE_LOW_C: f64 = 50.0;
const FIRMWARE_HIGH_C: f64 = 85.0;
const FIRMWARE_LOW_PWM: f64 = 77.0;
/// One exchange with the chip.
const ROUND: Duration = Duration::from_millis(500);

/// A machine that gets warm, and cools as its fan turns. It stands still when this is dropped.
#[derive(Debug)]
pub(crate) struct Hardware {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    plant: Mutex<(Plant<Still>, f64)>,
    steal: AtomicBool,
    stop: AtomicBool,
}

impl Hardware {
    /// Begins warm, and works with `work_w`.
    pub(crate) fn start(bus: Agent, work_w: f64) -> Self {
        Self::start_as(Build::middle(), bus, work_w)
    }

    /// The same, of another machine.
    pub(crate) fn start_as(build: Build, bus: Agent, work_w: f64) -> Self {
        let plant = Plant::new(build, Still);
        let shared = Arc::new(Shared {
            plant: Mutex::new((plant, work_w)),
            steal: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let ours = Arc::clone(&shared);
        let thread = Some(std::thread::spawn(move || ours.live(bus)));
        Self { shared, thread }
    }

    /// Works harder or less from now on.
    pub(crate) fn work(&self, work_w: f64) {
        self.shared.plant.lock().unwrap().1 = work_w;
    }

    pub(crate) fn fail(&self, fault: Option<Fault>) {
        self.shared.plant.lock().unwrap().0.fault = fault;
    }

    /// The firmware takes the fan back, behind the driver's back.
    pub(crate) fn steal(&self) {
        self.shared.steal.store(true, Ordering::SeqCst);
    }

    /// How hot the junction really is.
    pub(crate) fn junction_c(&self) -> f64 {
        self.shared.plant.lock().unwrap().0.junction_c
    }
}

impl Shared {
    fn live(&self, mut bus: Agent) {
        let mut duty = 128;
        let mut before = Instant::now();
        let mut owed_s = 0.0;
        while !self.stop.load(Ordering::SeqCst) {
            std::thread::sleep(ROUND);
            owed_s += before.elapsed().as_secs_f64();
            before = Instant::now();
            let script = self.step(&mut owed_s, duty);
            let ran = bus.run(&script);
            let bytes: Vec<u8> = ran.output.split_whitespace().filter_map(byte).collect();
            let &[shown, mode] = bytes.as_slice() else { panic!("{script}: {ran:?}") };
            duty = shown;
            let taken = mode == MANUAL && !self.steal.swap(false, Ordering::SeqCst);
            if !taken {
                duty = self.firmware();
                bus.run(&format!("{} {}", set(MODE, AUTOMATIC), set(DUTY, duty)));
            }
        }
    }

    /// Lets the time pass that is owed, and gives the script that shows where that led.
    fn step(&self, owed_s: &mut f64, duty: u8) -> String {
        let mut guard = self.plant.lock().unwrap();
        let (plant, work_w) = &mut *guard;
        while *owed_s >= STEP_S {
            *owed_s -= STEP_S;
            plant.step(*work_w, f64::INFINITY, Duty::from_pwm(duty));
        }
        let shown = plant.shown();
        let celsius = shown.junction.map_or(-127.0, |junction| junction.0);
        let rpm = shown.fan.0;
        let period = if rpm < 100.0 { STANDS } else { (TICKS_PER_MINUTE / rpm) as u16 };
        format!(
            "{} i2cset -y -f 0 0x2e {TACH:#04x} {} {} i; {} {}",
            set(TEMPERATURE, celsius as i8 as u8),
            period & 0xff,
            period >> 8,
            get(DUTY),
            get(MODE)
        )
    }

    fn firmware(&self) -> u8 {
        let junction_c = self.plant.lock().unwrap().0.junction_c;
        let share = (junction_c - FIRMWARE_LOW_C) / (FIRMWARE_HIGH_C - FIRMWARE_LOW_C);
        (FIRMWARE_LOW_PWM + share.clamp(0.0, 1.0) * (255.0 - FIRMWARE_LOW_PWM)) as u8
    }
}

impl Drop for Hardware {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(ended.is_some_and(|ended| ended.is_ok()), "the hardware broke");
        }
    }
}

// BusyBox takes a register's number for hexadecimal, with 0x or without, and a value's only with.
fn set(register: u8, value: u8) -> String {
    format!("i2cset -y -f 0 0x2e {register:#04x} {value} b;")
}

fn get(register: u8) -> String {
    format!("i2cget -y -f 0 0x2e {register:#04x};")
}

fn byte(shown: &str) -> Option<u8> {
    u8::from_str_radix(shown.strip_prefix("0x")?, 16).ok()
}

#[test]
fn heat_follows_the_fan_and_the_fan_its_owner() {
    let Some(mut guest) = Machine::restore() else { return };
    let hardware = Hardware::start(guest.bus(), 80.0);
    let value = |guest: &mut Machine, file: &str| guest.show(file).parse::<i64>().unwrap();
    let until = |guest: &mut Machine, what: &str, holds: &dyn Fn(&mut Machine) -> bool| {
        let begin = Instant::now();
        while !holds(guest) {
            assert!(begin.elapsed() < 2 * SHOWN, "{what} does not happen\n{}", guest.console());
        }
    };
    // The firmware answers to heat.
    until(&mut guest, "heat", &|guest| value(guest, "temp1_input") > 55_000);
    until(&mut guest, "more air", &|guest| value(guest, "pwm1") > 100);
    // Taken over and stopped, it stands still and gets hotter. A firmware that had looked just before
    // writes once more: whoever takes a fan looks whether he has it.
    until(&mut guest, "the fan's stop", &|guest| {
        assert_eq!(guest.store("pwm1_enable", "1"), Ok(()));
        assert_eq!(guest.store("pwm1", "0"), Ok(()));
        value(guest, "fan1_input") == 0
    });
    let still = value(&mut guest, "temp1_input");
    until(&mut guest, "more heat", &|guest| value(guest, "temp1_input") > still);
    // At full speed, and idle, it cools down.
    assert_eq!(guest.store("pwm1", "255"), Ok(()));
    hardware.work(3.0);
    until(&mut guest, "speed", &|guest| value(guest, "fan1_input") > 3_800);
    until(&mut guest, "less heat", &|guest| value(guest, "temp1_input") < still);
    // Stolen, the firmware drives it again.
    hardware.steal();
    until(&mut guest, "the firmware's duty", &|guest| value(guest, "pwm1") == 77);
    assert_eq!(guest.show("pwm1_enable"), "1");
    assert!(hardware.junction_c() < 60.0, "{}", hardware.junction_c());
    hardware.fail(Some(Fault::Stalled));
    guest.shows("fan1_input", "0");
}

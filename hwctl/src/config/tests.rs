//! Files that are right, files that are wrong, and files that are another machine's.

use std::fs;

use super::file::parse;
use super::users::Users;
use super::*;
use crate::sysfs::fake::Machine;
use crate::units::Rpm;

const PASSWD: &str =
    "root:x:0:0:root:/root:/bin/sh\nhearth:x:987:987::/:/usr/sbin/nologin\nbad:x:y:\n";

fn read(text: &str) -> Result<Config, ConfigError> {
    parse(Path::new("hwctl.toml"), text, &Users(PASSWD.to_owned()))
}

fn refusal(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

fn limits() -> Limits {
    Limits { critical: Celsius(100.0), power_max: Watts(60.0), power_min: Watts(8.0) }
}

#[test]
fn the_example_shows_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/hwctl.toml");
    assert_eq!(load(&path).unwrap(), Config::default());
    let example = fs::read_to_string(&path).unwrap();
    let spelled: String = example
        .lines()
        .map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n")
        .collect();
    assert_ne!(spelled, example);
    assert_eq!(read(&spelled).unwrap(), Config::default());
}

#[test]
fn a_full_file_is_understood() {
    let config = read(
        "[machine]\nboard = \"Maker Board 1\"\n[fan]\ntake = \"k\"\nskip_rpm = [[1400, 1600]]\n\
         [curve]\nkind = \"points\"\npoints = [[40, 0.2], [80.5, 1]]\n\
         [limits]\ncritical_c = 95\npower_max_w = 45.5\n[intents]\nallow = [\"hearth\", 1000]\n",
    )
    .unwrap();
    assert_eq!(config.allowed, Allowed(vec![987, 1000]));
    assert_eq!(config.bands, Bands::new(vec![(Rpm(1_400.0), Rpm(1_600.0))]).unwrap());
    let take = config.take.as_ref().unwrap();
    assert_eq!((take.value.as_str(), take.place.to_string().as_str()), ("k", "hwctl.toml:4"));
    assert!(
        matches!(&config.curve, Curve::Points(points) if points.at(Celsius(90.0)).ratio() == 1.0)
    );
    let stricter = config.limits(limits());
    assert_eq!((stricter.critical, stricter.power_max), (Celsius(95.0), Watts(45.5)));
    let linear =
        read("[curve]\nkind = \"linear\"\nfrom_c = 45\nto_c = 85\nleast = 0.25\n").unwrap();
    assert!(matches!(linear.curve, Curve::Linear { .. }));
    assert_eq!(read("[curve]\nkind = \"steps\"\n").unwrap().curve, Curve::Steps);
    assert!(matches!(
        read("curve = { kind = \"fixed\", duty = 1 }").unwrap().curve,
        Curve::Fixed(_)
    ));
}

#[test]
fn mistakes_name_file_and_line_and_say_that_no_fan_is_taken() {
    for (text, begins) in [
        ("[fan]\ntkae = \"x\"\n", "hwctl.toml:2: unknown field `tkae`"),
        ("\n[fans]\n", "hwctl.toml:2: unknown field `fans`"),
        ("[fan\n", "hwctl.toml:1: "),
        ("[fan]\ntake = 7\n", "hwctl.toml:2: invalid type"),
        ("[fan]\nskip_rpm = [[1600, 1400]]\n", "hwctl.toml:2: fan.skip_rpm: band 1"),
        ("[fan]\nskip_rpm = [[1400, nan]]\n", "hwctl.toml:2: fan.skip_rpm: band 1"),
        ("[curve]\nkind = \"cubic\"\n", "hwctl.toml:2: unknown variant `cubic`"),
        ("[curve]\n\nkind = \"fixed\"\n", "hwctl.toml:3: this kind of curve needs curve.duty"),
        ("[curve]\nduty = 0.5\n", "hwctl.toml:2: curve.duty is for another kind"),
        ("[curve]\nkind = \"fixed\"\nduty = 30\n", "hwctl.toml:3: curve.duty must be 0 to 1"),
        ("[curve]\nkind = \"fixed\"\nduty = nan\n", "hwctl.toml:3: curve.duty must be 0 to 1"),
        (
            "[curve]\nkind = \"linear\"\nleast = 0.2\nto_c = 45\nfrom_c = 45\n",
            "hwctl.toml:4: curve.to_c must be above",
        ),
        (
            "[curve]\nkind = \"points\"\npoints = [[40, 0.2]]\n",
            "hwctl.toml:3: curve.points: a curve has 2 to 16 points, not 1",
        ),
        (
            "[curve]\nkind = \"points\"\npoints = [[40, 0.5], [60, 0.4]]\n",
            "hwctl.toml:3: curve.points: point 2: its duty must not be below",
        ),
        (
            "[curve]\nkind = \"points\"\npoints = [[60, 0.2],\n[40, 0.4]]\n",
            "hwctl.toml:3: curve.points: point 2: its temperature must be above",
        ),
        (
            "[curve]\nkind = \"points\"\npoints = [[40, 0.2], [60, 40]]\n",
            "hwctl.toml:3: curve.points: point 2: [60, 40] must be",
        ),
        ("[limits]\ncritical_c = 300\n", "hwctl.toml:2: limits.critical_c must be 60 to 105"),
        ("[limits]\npower_max_w = -5\n", "hwctl.toml:2: limits.power_max_w must be 5 to 500"),
        (
            "[intents]\nallow = [\"nobody-here\"]\n",
            "hwctl.toml:2: there is no user \"nobody-here\"",
        ),
        ("[intents]\nallow = [\"bad\"]\n", "hwctl.toml:2: there is no user \"bad\""),
        ("[intents]\nallow = [-1]\n", "hwctl.toml:2: a user is a name or a number"),
    ] {
        let told = refusal(text);
        assert!(told.starts_with(begins), "{told}\nnot: {begins}");
        assert!(told.ends_with("no fan is taken") && !told.contains('\n'), "{told}");
    }
    let absent = load(Path::new("/no/such.toml")).unwrap_err().to_string();
    assert!(absent.starts_with("/no/such.toml: can't read"), "{absent}");
}

#[test]
fn a_file_for_another_machine_is_refused_with_what_to_write() {
    let inventory = Inventory::of(&Machine::office().root());
    let check = |text: &str| read(text).unwrap().check(&inventory, &limits());
    let refused = |text: &str| check(text).unwrap_err().to_string();
    let board = refused("[machine]\nboard = \"Other Board\"\n");
    assert!(board.starts_with("hwctl.toml:2: ") && board.contains("Maker Board 1"), "{board}");
    let fan = refused("[fan]\n\ntake = \"sys/devices/elsewhere:nct6798:pwm2\"\n");
    assert!(fan.starts_with("hwctl.toml:3: ") && fan.contains("adt7475:pwm1"), "{fan}");
    let hotter = refused("[limits]\ncritical_c = 105\n");
    assert!(hotter.contains("can only be lower") && hotter.contains("100.0 °C"), "{hotter}");
    for watts in ["61", "7"] {
        let loose = refused(&format!("[limits]\npower_max_w = {watts}\n"));
        assert!(loose.contains("can only be less than the machine's own 60.0 W"), "{loose}");
    }
    let fits =
        "[machine]\nboard = \"Maker Board 1\"\n[limits]\ncritical_c = 100\npower_max_w = 60\n";
    check(fits).unwrap();
    check("").unwrap();
}

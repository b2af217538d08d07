//! hearthd as a service: installed as a package does it, under Debian's systemd.
//!
//! The guest's clock counts instructions, and jumps while there is nothing to do: the watchdog's half
//! minute takes no time here. One guest serves all of it, in the order of a box's life.

mod memory;

use std::path::Path;

use super::server::stripped;
use super::{Boot, Machine};

/// What a package does.
const INSTALL: &str = "
    ln /opt/hearthd /opt/hearth /opt/hearth-hwctl /usr/bin/
    cd /opt/packaging
    cp systemd/*.service systemd/*.socket systemd/*.slice systemd/*.path /usr/lib/systemd/system/
    cp sysusers/*.conf /usr/lib/sysusers.d/
    mkdir -p /usr/share/hearth /etc/hearth/conf.d
    cp hearthd.toml /usr/share/hearth/
    cp /opt/hwctl.toml /etc/hearth/
    systemd-sysusers hearth.conf hearth-hwctl.conf
    systemctl daemon-reload
    systemctl enable hearthd.service hearth-hwctl.service
    systemctl start --no-block hearth-hwctl.service
    systemctl start hearthd.socket hearthd-http.socket hearthd.service";
/// `ask <port> <path>` and `tell <path> <body>`, each one request. Nothing of BusyBox speaks TLS well
/// enough, so the office is served in the clear; its `wget` crashes here; and a client that has
/// closed its half is not waited for, so what is sent comes from a program behind `nc`.
const CLIENT: &str = r#"
    cat >/usr/bin/asked <<'SCRIPT'
#!/bin/sh
common='Host: localhost\r\nConnection: close\r\n'
if [ "$#" = 1 ]; then
    printf "GET %s HTTP/1.1\r\n$common\r\n" "$1"
else
    common="${common}Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n"
    printf "POST %s HTTP/1.1\r\n${common}Content-Length: ${#2}\r\n\r\n%s" "$1" "$2"
fi
exec cat >&3
SCRIPT
    cat >/usr/bin/ask <<'SCRIPT'
#!/bin/sh
exec 3>&1
exec nc 127.0.0.1 "$1" -e /usr/bin/asked "$2"
SCRIPT
    cat >/usr/bin/tell <<'SCRIPT'
#!/bin/sh
exec 3>&1
exec nc 127.0.0.1 443 -e /usr/bin/asked "$1" "$2"
SCRIPT
    chmod 755 /usr/bin/asked /usr/bin/ask /usr/bin/tell"#;
/// One visit.
const VISIT: &str = "ask 443 /healthz";
/// Settings of the operator's own; the disk is memory, of which little is free.
const SETTINGS: &str = "cat >/etc/hearth/conf.d/10-case.toml <<FILE
[tls]
mode = \"off\"
[files]
disk_reserve_mb = 1
FILE";
/// A visitor who comes again and again until there is `/run/enough`.
const VISITOR: &str = "
    rm -f /run/enough /run/answered /run/refused
    (until [ -e /run/enough ]; do
        case \"$(VISIT 2>&1)\" in
            *'200 OK'*) echo >>/run/answered;;
            *refused*) echo >>/run/refused;;
        esac
        usleep 20000
    done) </dev/null >/dev/null 2>&1 &";
/// How many visits were answered.
const LINES: &str = "cat /run/answered 2>/dev/null | wc -l";

fn guest() -> Option<Machine> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().expect("make a folder");
    let programs = ["hearthd", "hearth", "hearth-hwctl"];
    let mut files = programs.map(|name| stripped(name, folder.path())).to_vec();
    files.extend([here.join("packaging"), here.join("config/hwctl.toml")]);
    files.extend(memory::pictures(folder.path()));
    let mut guest = Machine::with_files(Boot::Systemd, &files)?;
    guest.sh(CLIENT);
    let installed = guest.run(INSTALL);
    assert_eq!(installed.code, 0, "{}\n{}", installed.output, guest.journal_of("hearthd"));
    Some(guest)
}

impl Machine {
    fn served(&mut self) {
        self.comes_true(&format!("{VISIT} | grep -q '200 OK'"));
    }

    fn said_in_the_machine_room(&mut self, words: &str) {
        self.comes_true(&format!("hearth export | grep -q '{words}'"));
    }

    fn is_sandboxed(&mut self) {
        let status = self.sh("cat /proc/$(systemctl show -P MainPID hearthd)/status");
        for line in ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"] {
            assert!(status.contains(line), "{line} is not in {status}");
        }
        assert!(status.contains("Seccomp:\t2") && !status.contains("Uid:\t0\t"), "{status}");
        assert_eq!(self.sh("stat -c %U:%a /var/lib/hearth"), "hearth:700");
        assert_eq!(self.sh("stat -c %U:%a /run/hearth/admin.sock"), "hearth:600");
        // What it knows of itself and of the machine, from within the walls.
        let metrics = self.sh("ask 443 /metrics");
        let number = |name: &str| -> f64 {
            let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|number| number.parse().ok()).unwrap_or_default()
        };
        assert!(number("process_resident_memory_bytes") > 1e6, "{metrics}");
        assert!(number("process_open_fds") > 5.0, "{metrics}");
        self.comes_true("hearth doctor | grep machine | grep -qv 'does not run'");
    }

    fn restarts_refuse_nobody(&mut self) {
        self.sh(&VISITOR.replace("VISIT", VISIT));
        self.comes_true(&format!("[ $({LINES}) -gt 3 ]"));
        for _ in 0..10 {
            self.sh("systemctl restart hearthd");
            let before = self.sh(LINES);
            self.comes_true(&format!("[ $({LINES}) -gt {before} ]"));
        }
        self.sh("touch /run/enough");
        let refused = self.run("cat /run/refused 2>/dev/null").output;
        assert_eq!(refused, "", "{}", self.journal_of("hearthd"));
        // Without the sockets there is nobody, and that would have been noticed.
        self.sh("systemctl stop hearthd.socket hearthd-http.socket hearthd.service");
        let closed = self.run(VISIT);
        assert!(closed.output.contains("refused"), "{closed:?}");
        self.sh("systemctl start hearthd.service");
        self.served();
    }

    fn journal_of(&mut self, unit: &str) -> String {
        self.run(&format!("journalctl --no-pager -o short-monotonic -n 60 -u {unit}")).output
    }

    /// Founds the office, as the first-run page does; gives the owner's session.
    fn found(&mut self) -> String {
        let link = self.sh("hearth setup-link");
        let code = link.split_once("#code=").expect("a code").1;
        let code = code.split(|c: char| c == '&' || c.is_whitespace()).next().unwrap_or_default();
        let body = format!(
            "{{\"code\":\"{code}\",\"office\":\"Guest House\",\"name\":\"Olga\",\
             \"handle\":\"olga\",\"password\":\"a long way down the stream\"}}"
        );
        let made = self.sh(&format!("tell /api/v1/setup '{body}'"));
        assert!(made.contains("201 Created"), "{made}");
        let session = made.split_once("hearth_session=").expect("a session").1;
        session.split(';').next().unwrap_or_default().to_owned()
    }

    fn a_hang_is_ended_and_told_of(&mut self) {
        let before = self.sh("systemctl show -P MainPID hearthd");
        self.sh("systemctl kill --kill-who=main -s STOP hearthd");
        self.comes_true(&format!(
            "[ $(systemctl show -P MainPID hearthd) != {before} ] && systemctl -q is-active hearthd"
        ));
        let journal = self.journal_of("hearthd");
        assert!(journal.contains("Watchdog timeout"), "{journal}");
        self.said_in_the_machine_room("no sign of life");
        self.said_in_the_machine_room("没有响应");
    }

    fn wrong_settings_are_not_tried_again_and_told_of(&mut self) {
        self.sh("printf '[limits]\\ndrain = 1\\n' >/etc/hearth/conf.d/20-wrong.toml");
        assert_eq!(self.run("hearth config check").code, 78);
        let failed = self.run("systemctl restart hearthd");
        assert_ne!(failed.code, 0, "{failed:?}");
        assert_eq!(self.run("systemctl is-active hearthd").output, "failed");
        assert_eq!(self.sh("systemctl show -P ExecMainStatus hearthd"), "78");
        let journal = self.journal_of("hearthd");
        assert!(journal.contains("20-wrong.toml:2: drain: unknown field"), "{journal}");
        self.sh("rm /etc/hearth/conf.d/20-wrong.toml; systemctl restart hearthd");
        self.served();
        // Noted by the unit of `OnFailure=`, and told once ten minutes have passed since the hang.
        self.sh("grep -q '\"count\":1.*\"status\":\"78\"' /var/lib/hearth/failures/hearthd.service.json");
    }

    fn the_fan_control_is_told_of_too(&mut self) {
        self.comes_true("systemctl -q is-active hearth-hwctl");
        self.sh("systemctl kill --kill-who=main -s KILL hearth-hwctl");
        self.said_in_the_machine_room("The fan control");
    }
}

#[test]
fn a_box_lives_under_systemd() {
    let Some(mut guest) = guest() else { return };
    // As it comes: its own authority, on 443.
    assert_eq!(
        guest.run("systemctl is-active hearthd").output,
        "active",
        "{}",
        guest.journal_of("hearthd")
    );
    guest.sh("[ -s /var/lib/hearth/tls/ca.pem ]");
    let status = guest.sh("systemctl status --no-pager hearthd");
    assert!(status.contains("Ready at https://"), "{status}");
    guest.sh(SETTINGS);
    guest.sh("systemctl restart hearthd");
    guest.served();
    let shown = guest.sh("ask 80 /x");
    assert!(shown.contains("location: http://localhost:443/x"), "{shown}");

    guest.is_sandboxed();
    guest.restarts_refuse_nobody();
    let session = guest.found();
    guest.out_of_memory_ends_the_look_at_a_picture_only(&session);
    guest.a_hang_is_ended_and_told_of();
    guest.wrong_settings_are_not_tried_again_and_told_of();
    guest.the_fan_control_is_told_of_too();
}

//! The guest: booted once, saved, restored for each case, ended by its process number.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use super::qmp::Qmp;
use super::{Agent, Ran};

/// Longest wait for QEMU to make its sockets.
const START: Duration = Duration::from_secs(60);
/// The disk on which programs come in. It has this size in every case, because a saved guest finds
/// the disk that it left.
const PROGRAMS_BYTES: u64 = 256 << 20;
const BYTES_PER_SECOND: u64 = 10_000_000_000;

/// What runs in a guest once its kernel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Boot {
    /// A shell. It is there in a second.
    Shell,
    /// Debian's systemd and udev.
    Systemd,
}

/// A running guest. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Machine {
    qemu: Qemu,
    agent: Agent,
    /// The bus of the chips, apart so that a plant can use it beside the case.
    bus: Option<Agent>,
    /// Where a port of this machine leads to the guest's 8080, if one does.
    forwarded: Option<SocketAddr>,
}

impl Machine {
    /// A guest in the state in which all cases begin; nothing where there can be none, which is said
    /// aloud.
    pub(crate) fn restore() -> Option<Self> {
        Self::with_files(Boot::Shell, &[])
    }

    /// The same of what was booted, with these files in its `/opt`.
    pub(crate) fn with_files(boot: Boot, files: &[PathBuf]) -> Option<Self> {
        let parts = Parts::find_or_say(boot)?;
        let state = parts.state();
        let incoming = format!("exec:cat '{}'", state.display());
        let qemu = Qemu::start(&parts, files, &["-incoming", &incoming]);
        let mut qmp = Qmp::connect(&qemu.socket("qmp"));
        let mut machine = Self {
            agent: Agent::connect(&qemu.socket("agent")),
            bus: Some(Agent::connect(&qemu.socket("bus"))),
            forwarded: None,
            qemu,
        };
        qmp.wait("query-status", "paused");
        qmp.ask("cont", &json!({}));
        if !files.is_empty() {
            machine.sh("tar -x -f /dev/vda -C /opt");
        }
        Some(machine)
    }

    /// A guest that boots for this case alone: the shell, with these files in its `/opt`, more memory, a
    /// network on which only its port 8080 can be reached, and what these arguments add.
    pub(crate) fn boot_with(files: &[PathBuf], more: &[String]) -> Option<Self> {
        let parts = Parts::find_or_say(Boot::Shell)?;
        let network = "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:0-:8080";
        let card = "virtio-net-pci,netdev=net,romfile=";
        let own = ["-m", "768", "-netdev", network, "-device", card];
        let more: Vec<&str> = own.into_iter().chain(more.iter().map(String::as_str)).collect();
        let qemu = Qemu::start(&parts, files, &more);
        let mut qmp = Qmp::connect(&qemu.socket("qmp"));
        let mut agent = Agent::connect(&qemu.socket("agent"));
        agent.booted();
        let ask = json!({ "command-line": "info usernet" });
        let network = qmp.ask("human-monitor-command", &ask);
        let forwarded = network.as_str().and_then(forwarded);
        let mut machine = Self { agent, bus: None, forwarded, qemu };
        machine.sh("tar -x -f /dev/vda -C /opt");
        Some(machine)
    }

    /// Where a port of this machine leads to the guest's.
    pub(crate) fn forwarded(&self) -> Option<SocketAddr> {
        self.forwarded
    }

    /// Runs a script, and gives its output and exit code.
    pub(crate) fn run(&mut self, script: &str) -> Ran {
        self.agent.run(script)
    }

    /// Runs a script that must succeed, and gives its output.
    pub(crate) fn sh(&mut self, script: &str) -> String {
        let ran = self.run(script);
        assert_eq!(ran.code, 0, "{script}: {}\n{}", ran.output, self.console());
        ran.output
    }

    /// Asks until the output is `wanted`, for what comes by itself.
    pub(crate) fn becomes(&mut self, script: &str, wanted: &str, within: Duration) {
        let begin = Instant::now();
        loop {
            let output = self.run(script).output;
            if output == wanted {
                return;
            }
            assert!(begin.elapsed() < within, "after {within:?}, {script} gives {output}");
        }
    }

    /// Runs a script after which the guest switches itself off, and waits until it has.
    pub(crate) fn ends_by(&mut self, script: &str) {
        self.agent.tell(script);
        let begin = Instant::now();
        while self.qemu.process.try_wait().expect("look after QEMU").is_none() {
            assert!(begin.elapsed() < START, "it is still on after: {script}\n{}", self.console());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The second port, for whoever plays the hardware.
    pub(crate) fn bus(&mut self) -> Agent {
        self.bus.take().expect("one plays the hardware")
    }

    /// What the kernel said.
    pub(crate) fn console(&self) -> String {
        let path = self.qemu.folder.path().join("console");
        String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
    }
}

/// What `scripts/guest` made.
#[derive(Debug)]
struct Parts {
    boot: Boot,
    folder: PathBuf,
    key: String,
}

impl Parts {
    fn find_or_say(boot: Boot) -> Option<Self> {
        let found = Self::find(boot);
        if found.is_none() {
            println!(
                "SKIPPED: this needs QEMU and a kernel to boot: run scripts/guest, it says more"
            );
        }
        found
    }

    fn find(boot: Boot) -> Option<Self> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let cache = || {
            let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
            let cache = cache.or_else(|| Some(Path::new(&variable("HOME")?).join(".cache")))?;
            Some(cache.join("hearth/guest"))
        };
        let folder = variable("HEARTH_GUEST").map(PathBuf::from).or_else(cache)?;
        // It is written last, and removed where the guest can't be had.
        let made = fs::read_to_string(folder.join("key")).ok()?;
        let version = Command::new(QEMU).arg("--version").output().ok()?.stdout;
        let arguments = arguments(boot, &folder).join("\n");
        let all = [made.as_bytes(), &version, arguments.as_bytes()].concat();
        Some(Self { boot, folder, key: blake3::hash(&all).to_hex()[..16].to_owned() })
    }

    /// The file with the state of the booted guest. The first case that asks boots it.
    fn state(&self) -> PathBuf {
        let state = self.folder.join(format!("state-{}", self.key));
        let lock = File::create(self.folder.join("lock")).expect("make the lock of the boot");
        lock.lock().expect("wait for the boot of another case");
        if !state.is_file() {
            self.boot(&state);
        }
        state
    }

    fn boot(&self, state: &Path) {
        let unfinished = state.with_extension("new");
        let qemu = Qemu::start(self, &[], &[]);
        let mut agent = Agent::connect(&qemu.socket("agent"));
        let mut bus = Agent::connect(&qemu.socket("bus"));
        agent.booted();
        bus.booted();
        let name = agent.run("cat /sys/class/hwmon/hwmon0/name").output;
        assert_eq!(name, "adt7475", "{}", qemu.console());
        if self.boot == Boot::Systemd {
            let up = agent.run("systemctl is-system-running --wait; systemctl --failed");
            assert_eq!(up.output.lines().next(), Some("running"), "{up:?}\n{}", qemu.console());
        }
        let mut qmp = Qmp::connect(&qemu.socket("qmp"));
        qmp.ask("stop", &json!({}));
        qmp.ask("migrate-set-parameters", &json!({ "max-bandwidth": BYTES_PER_SECOND }));
        let uri = format!("exec:cat > '{}'", unfinished.display());
        qmp.ask("migrate", &json!({ "uri": uri }));
        qmp.wait("query-migrate", "completed");
        drop(qemu);
        fs::rename(&unfinished, state).expect("keep the state");
    }
}

const QEMU: &str = "qemu-system-x86_64";

/// What the guest is; a state can only be restored into the same. The third serial port has an
/// interrupt of its own, because those of ISA can't be shared.
fn arguments(boot: Boot, parts: &Path) -> Vec<String> {
    let part = |name: &str| parts.join(name).to_string_lossy().into_owned();
    let (kernel, initramfs) = (part("vmlinuz"), part("initramfs"));
    let mut arguments: Vec<String> = "-accel tcg,thread=single,tb-size=256 -cpu max -smp 1 \
        -nodefaults -no-user-config -no-reboot -display none \
        -drive if=virtio,file=programs.tar,format=raw,readonly=on \
        -serial file:console -serial unix:agent,server=on,wait=off \
        -chardev socket,id=bus,path=bus,server=on,wait=off -device isa-serial,chardev=bus,index=2,irq=5 \
        -qmp unix:qmp,server=on,wait=off"
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let mut command_line = "console=ttyS0 quiet panic=-1 mitigations=off nokaslr".to_owned();
    let memory = match boot {
        Boot::Shell => "256",
        Boot::Systemd => {
            let system = format!("if=virtio,file={},format=raw,readonly=on", part("system.tar"));
            arguments.extend(["-drive".to_owned(), system]);
            command_line += " systemd systemd.show_status=0";
            // A clock that counts instructions, and jumps while there is nothing to do: however busy
            // this machine is, the guest does not notice, and a long wait takes no time.
            arguments.extend(["-icount", "shift=1,sleep=off"].map(str::to_owned));
            "384"
        }
    };
    let boot = ["-m", memory, "-kernel", &kernel, "-initrd", &initramfs, "-append", &command_line];
    arguments.extend(boot.map(str::to_owned));
    arguments
}

/// The address in QEMU's table of what leads into the guest: `TCP[HOST_FORWARD]`, a descriptor, an address
/// and a port of this machine, and where they lead.
fn forwarded(network: &str) -> Option<SocketAddr> {
    let row = network.lines().find(|line| line.contains("HOST_FORWARD"))?;
    let mut words = row.split_whitespace().skip(2);
    let (address, port) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(SocketAddr::new(address, port))
}

/// The process, and the folder in which its sockets, its console and its disk are.
#[derive(Debug)]
struct Qemu {
    process: Child,
    folder: TempDir,
}

impl Qemu {
    fn start(parts: &Parts, files: &[PathBuf], more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("make a folder for the guest");
        pack(files, &folder.path().join("programs.tar"));
        let log = File::create(folder.path().join("qemu.log")).expect("make QEMU's log");
        // A test that is killed kills QEMU too: the kernel sees to it.
        let process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", QEMU])
            .args(arguments(parts.boot, &parts.folder))
            .args(more)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share QEMU's log"))
            .stderr(log)
            .spawn()
            .expect("start QEMU");
        Self { process, folder }
    }

    fn socket(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn console(&self) -> String {
        let read = |name| fs::read(self.folder.path().join(name)).unwrap_or_default();
        let both = [read("qemu.log"), read("console")].concat();
        String::from_utf8_lossy(&both).into_owned()
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("The guest's console:\n{}", self.console());
        }
        // Both fail only for a process that was waited for already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Files and folders as a disk: a tar without a file system, which the guest has not read before it
/// needs it.
fn pack(files: &[PathBuf], disk: &Path) {
    if !files.is_empty() {
        let mut tar = Command::new("tar");
        tar.arg("-cf").arg(disk);
        for file in files {
            let folder = file.parent().expect("a file lies in a folder");
            tar.arg("-C").arg(folder).arg(file.file_name().expect("a file has a name"));
        }
        assert!(tar.status().is_ok_and(|status| status.success()), "pack {files:?}");
    }
    let disk = File::options().create(true).append(true).open(disk).expect("make the disk");
    let length = disk.metadata().expect("look at the disk").len();
    assert!(length <= PROGRAMS_BYTES, "{files:?} are {length} bytes: the disk is too small");
    disk.set_len(PROGRAMS_BYTES).expect("fill the disk up");
}

/// Connects to a socket that QEMU is about to make.
pub(crate) fn connect(socket: &Path) -> UnixStream {
    let begin = Instant::now();
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => return stream,
            Err(error) if begin.elapsed() > START => panic!("{}: {error}", socket.display()),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

//! The checks of what the machine gives: the folder, the disk, the clock, the port, the descriptors.

use std::fs;
use std::io::{self, Read};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use hearth_domain::time::Timestamp;
use hearth_wire::admin::Finding;

use super::{bad, good, said, size, warning};
use crate::clock::EARLIEST;
use crate::config::Config;
use crate::data_dir::DATABASE;

/// Below this, the disk will be full soon.
const DISK_BYTES_LOW: u64 = 2_000_000_000;
/// Below this, writes may fail at any time.
const DISK_BYTES_MIN: u64 = 200_000_000;
/// Files needed for Hearth besides its connections.
const DESCRIPTORS_SPARE: u64 = 400;

pub(super) fn permissions(data: &Path) -> Finding {
    let dir = data.display();
    let as_owner = || said("Run this as its owner.", "请用它的所有者身份运行。");
    match fs::metadata(data) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => good(
            "permissions",
            format!("{dir} does not exist yet; Hearth makes it at its first start."),
            format!("{dir} 还不存在；Hearth 首次启动时会创建。"),
        ),
        Err(error) => bad(
            "permissions",
            said(format!("{dir} can't be read ({error})."), format!("无法读取 {dir}（{error}）。")),
            as_owner(),
        ),
        Ok(meta) if rustix::fs::access(data, rustix::fs::Access::WRITE_OK).is_err() => bad(
            "permissions",
            said(
                format!("{dir} (owner {}) can't be written.", meta.uid()),
                format!("{dir}（所有者 {}）不可写。", meta.uid()),
            ),
            said(
                "Run this as its owner, or make the disk writable.",
                "请用它的所有者身份运行，或让磁盘可写。",
            ),
        ),
        Ok(meta) if meta.permissions().mode() & 0o077 != 0 => warning(
            "permissions",
            said(
                format!("Other users of this machine can enter {dir}."),
                format!("本机其他用户可以进入 {dir}。"),
            ),
            said(format!("Run: chmod 700 {dir}"), format!("请运行：chmod 700 {dir}")),
        ),
        Ok(_) => {
            good("permissions", format!("{dir} is private."), format!("{dir} 仅所有者可以访问。"))
        }
    }
}

pub(super) fn disk(data: &Path) -> Finding {
    // Before the first start, the disk of the nearest folder that exists is the one.
    let place = data.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let stat = match rustix::fs::statvfs(place) {
        Ok(stat) => stat,
        Err(error) => {
            return warning(
                "disk",
                said(
                    format!("The free space is not known ({error})."),
                    format!("无法得知剩余空间（{error}）。"),
                ),
                said("See whether the disk is there.", "请检查磁盘是否存在。"),
            );
        }
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let room = size(free);
    match free {
        0..DISK_BYTES_MIN => bad(
            "disk",
            said(format!("Only {room} are free."), format!("只剩 {room}。")),
            said(
                "Free some space now, or nothing can be saved.",
                "请立即清理磁盘，否则无法保存内容。",
            ),
        ),
        DISK_BYTES_MIN..DISK_BYTES_LOW => warning(
            "disk",
            said(format!("{room} are free."), format!("剩余 {room}。")),
            said("Free some space soon.", "请尽快清理磁盘。"),
        ),
        _ => good("disk", format!("{room} are free."), format!("剩余 {room}。")),
    }
}

pub(super) fn clock(data: &Path, now: Timestamp) -> Finding {
    let now = now.as_ms();
    let written = fs::metadata(data.join(DATABASE)).and_then(|meta| meta.modified()).ok();
    let written = written.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let written = written.map_or(0, |at| u64::try_from(at.as_millis()).unwrap_or_default());
    // A day of grace: a clock that was corrected by minutes is no reason to worry.
    if now >= EARLIEST.as_ms() && now + 24 * 60 * 60 * 1_000 >= written {
        return good("clock", "The clock is plausible.", "时钟正常。");
    }
    bad(
        "clock",
        said("The clock is behind.", "时钟落后。"),
        said(
            "Set it, and switch NTP on: timedatectl set-ntp true",
            "请校准并启用 NTP：timedatectl set-ntp true",
        ),
    )
}

pub(super) fn port(config: &Config, is_running: bool) -> Finding {
    let listen = config.server.listen;
    let port = listen.port();
    let bound = if is_running { Ok(()) } else { TcpListener::bind(listen).map(drop) };
    match bound {
        Ok(()) => {
            good("port", format!("Port {port} is there for Hearth."), format!("端口 {port} 可用。"))
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_kept() => good(
            "port",
            format!("systemd keeps port {port} open for Hearth."),
            format!("systemd 为 Hearth 保留着端口 {port}。"),
        ),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => bad(
            "port",
            said(
                format!("Another program uses port {port}."),
                format!("端口 {port} 已被其他程序占用。"),
            ),
            said("Stop it, or set HEARTH_PORT.", "请停止它，或设置 HEARTH_PORT。"),
        ),
        Err(error) => bad(
            "port",
            said(
                format!("Hearth can't listen on {listen} ({error})."),
                format!("无法监听 {listen}（{error}）。"),
            ),
            said("Set HEARTH_LISTEN or HEARTH_PORT.", "请设置 HEARTH_LISTEN 或 HEARTH_PORT。"),
        ),
    }
}

/// Whether systemd keeps the port open for Hearth while it does not run.
fn is_kept() -> bool {
    let mut ask = Command::new("systemctl");
    let asked = ask.args(["is-active", "--quiet", "hearthd.socket"]).stderr(Stdio::null()).status();
    // Without systemd, nobody keeps it.
    asked.is_ok_and(|status| status.success())
}

pub(super) fn descriptors(config: &Config) -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    let needed = config.limits.connections_max as u64 + DESCRIPTORS_SPARE;
    if most >= needed {
        return good("descriptors", "Enough files may be open.", "可打开的文件数足够。");
    }
    warning(
        "descriptors",
        said(
            format!("At most {most} files may be open, {needed} are wanted."),
            format!("最多可打开 {most} 个文件，需要 {needed} 个。"),
        ),
        said(
            "Raise LimitNOFILE, or lower limits.connections_max.",
            "请提高 LimitNOFILE，或降低 limits.connections_max。",
        ),
    )
}

pub(super) fn database_file(data: &Path) -> Finding {
    let path = data.join(DATABASE);
    let mut magic = [0; 16];
    let read = fs::File::open(&path).and_then(|mut file| file.read_exact(&mut magic));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            good("database", "There is no database yet.", "还没有数据库。")
        }
        Ok(()) if &magic == b"SQLite format 3\0" => good(
            "database",
            "The database is there; it is checked at the start.",
            "数据库存在，启动时会进行检查。",
        ),
        _ => bad(
            "database",
            said(format!("{} is damaged.", path.display()), format!("{} 已损坏。", path.display())),
            said("Put a backup back: hearth restore <file>", "请恢复备份：hearth restore <文件>"),
        ),
    }
}

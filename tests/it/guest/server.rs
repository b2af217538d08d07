//! hearthd in a guest that boots for one case: slim, on the guest's one open port.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Machine;
use crate::support::program;

const SERVE: &str = "set -e
    modprobe virtio_net
    ip link set lo up; ip link set eth0 up
    ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2
    HEARTH_DATA=FOLDER HEARTH_LISTEN=0.0.0.0:8080 /opt/hearthd >/tmp/hearthd.log 2>&1 &";
const READY: &str = "left=1000
    until grep -q 'Hearth is ready' /tmp/hearthd.log; do
        left=$((left - 1)); [ $left -gt 0 ] || { cat /tmp/hearthd.log; exit 1; }; usleep 200000
    done";

/// A program without its debug information, which would not fit into the guest's memory.
pub(super) fn stripped(name: &str, folder: &Path) -> PathBuf {
    let slim = folder.join(name);
    let done = Command::new("strip").arg("-o").arg(&slim).arg(program(name)).status();
    assert!(done.is_ok_and(|status| status.success()), "strip {name}");
    slim
}

impl Machine {
    /// Starts the hearthd in `/opt` on a folder of the guest, and waits until it takes requests.
    pub(super) fn serve(&mut self, data: &str) {
        self.sh(&SERVE.replace("FOLDER", data));
        self.sh(READY);
    }
}

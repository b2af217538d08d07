//! Another machine, over SSH: Debian's own server of it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{back_up, held_in, settings, until, view};
use crate::support::Office;

/// The server; it ends with this.
struct Server {
    child: Child,
    port: u16,
    folder: PathBuf,
    user: String,
}

fn made(command: &mut Command) -> String {
    let done = command.stdin(Stdio::null()).output().expect("the program runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

impl Server {
    /// Starts it on a free port; nothing where it is not installed, which is said aloud.
    async fn start(folder: &Path) -> Option<Self> {
        let sshd = Path::new("/usr/sbin/sshd");
        if !sshd.exists() {
            println!("SKIPPED: this needs sshd (Debian: openssh-server)");
            return None;
        }
        let user = made(Command::new("id").arg("-un")).trim().to_owned();
        let host_key = folder.join("host_key");
        renewed(&host_key);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // As root it wants a folder to lock itself into.
        if user == "root" {
            std::fs::create_dir_all("/run/sshd").unwrap();
        }
        let config = folder.join("sshd_config");
        let text = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nPidFile none\nUsePAM no\n\
             AuthorizedKeysFile {}\nStrictModes no\nPermitRootLogin yes\n\
             PasswordAuthentication no\nSubsystem sftp internal-sftp\n",
            host_key.display(),
            folder.join("authorized_keys").display()
        );
        std::fs::write(&config, text).unwrap();
        let child = Self::run(&config);
        let server = Self { child, port, folder: folder.to_owned(), user };
        server.listens().await;
        Some(server)
    }

    fn run(config: &Path) -> Child {
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f"]).arg(config);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("sshd starts")
    }

    async fn listens(&self) {
        let address = ("127.0.0.1", self.port);
        until("sshd", async || tokio::net::TcpStream::connect(address).await.is_ok()).await;
    }

    /// Starts it again, as another machine under the same name would.
    async fn is_another(&mut self) {
        self.end();
        renewed(&self.folder.join("host_key"));
        self.child = Self::run(&self.folder.join("sshd_config"));
        self.listens().await;
    }

    fn end(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is ours");
    }

    fn place(&self) -> Value {
        let path = self.folder.join("there");
        json!({"kind": "sftp", "host": "127.0.0.1", "port": self.port, "user": self.user,
            "path": path, "host_key": "", "password": ""})
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for one that was ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn renewed(key: &Path) {
    for file in [key.to_owned(), key.with_added_extension("pub")] {
        if file.exists() {
            std::fs::remove_file(file).unwrap();
        }
    }
    made(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(key));
}

#[tokio::test]
async fn backups_go_to_another_machine_that_stays_itself() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(mut server) = Server::start(scratch.path()).await else { return };
    let there = scratch.path().join("there");
    let mut office = Office::open().await;
    let olga = office.owner.clone();
    olga.put("/admin/vault", &settings(&server.place())).await.ok();
    let fault =
        |state: &Value| state["standings"][0]["fault"].as_str().unwrap_or("none").to_owned();
    let state = back_up(&olga).await;
    assert_eq!(fault(&state), "refused", "nobody let it in yet: {state}");
    let key = state["key"]["ssh_key"].as_str().unwrap();
    std::fs::write(scratch.path().join("authorized_keys"), format!("{key}\n")).unwrap();
    assert_eq!(fault(&back_up(&olga).await), "gone", "the folder must be there");
    std::fs::create_dir(&there).unwrap();
    let file = olga.upload("much.bin", "", &crate::files::noise(3_000_000)).await;
    olga.share(&office.lobby, "a file", &[&file]).await;
    let state = back_up(&olga).await;
    assert_eq!(fault(&state), "none", "{state}");
    let names = held_in(&there);
    assert!(names.iter().any(|name| name.starts_with("files/")), "{names:?}");
    assert!(names.iter().all(|name| !name.contains("partial")), "{names:?}");
    let pinned = state["settings"]["destinations"][0]["place"]["host_key"].as_str().unwrap();
    assert!(pinned.starts_with("SHA256:"), "{state}");
    std::fs::write(there.join("left.partial"), "left").unwrap();
    office.restart().await;
    let state = back_up(&olga).await;
    assert_eq!(fault(&state), "none", "{state}");
    assert!(!there.join("left.partial").exists());
    server.is_another().await;
    let state = back_up(&olga).await;
    assert_eq!(fault(&state), "refused", "another machine under its name: {state}");
    assert!(state["standings"][0]["detail"].as_str().unwrap().contains("not the one"), "{state}");
    server.end();
    assert_eq!(fault(&back_up(&olga).await), "unreachable");
    assert!(view(&olga).await["verified_at"].is_u64());
}

//! Passwords, hashed with argon2id (RFC 9106): 64 MiB, three passes, one lane.
//!
//! One hash takes about 100 ms of a core and 64 MiB, so at most two run at a time: 128 MiB is the
//! most that sign-ins can cost, however many arrive. The third waits its turn, up to the time limit
//! of its request. Hashes are PHC strings, so parameters can grow: [`Verdict::RightButOld`] tells the
//! caller to store a new one.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::ids::random;
use crate::tasks::Tasks;

/// Memory of one hash, in KiB.
pub const MEMORY_KIB: u32 = 64 * 1024;
/// Passes over that memory.
pub const PASSES: u32 = 3;
/// Lanes; more would only help an attacker who has the cores.
pub const LANES: u32 = 1;
/// Hashes at the same time.
pub const AT_ONCE_MAX: usize = 2;

const SALT_BYTES: usize = 16;

/// A password could not be hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The stored hash can't be read, or argon2 refused.
    #[error("hash or check a password: {0}")]
    Argon2(String),
    /// The thread that hashed went away, which happens at shutdown only.
    #[error("the hashing thread ended early")]
    Gone,
}

/// Whether a password is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is, but its hash has earlier parameters: hash it again and store that.
    RightButOld,
    /// It is not, or there is no such account.
    Wrong,
}

/// Hashes and checks passwords, off the reactor. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    tasks: Tasks,
}

impl Passwords {
    /// Hashing threads belong to `tasks`, so that shutdown waits for them.
    #[must_use]
    pub fn new(tasks: Tasks) -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE_MAX)), tasks }
    }

    /// The PHC string to store for a password.
    ///
    /// # Errors
    ///
    /// [`PasswordError`] when argon2 refuses or the process is ending.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        self.in_turn(move || hash(&password)).await
    }

    /// Checks a password against what is stored; `None` when there is no such account or it has no
    /// password. That takes as long as a real check, so that time does not tell who exists.
    ///
    /// # Errors
    ///
    /// [`PasswordError`] when the stored hash can't be read or the process is ending.
    pub async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<Verdict, PasswordError> {
        self.in_turn(move || verify(&password, stored.as_deref())).await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let turn =
            Arc::clone(&self.turns).acquire_owned().await.map_err(|_| PasswordError::Gone)?;
        // The turn moves into the thread: a client that hangs up must not let a third one in.
        let work = self.tasks.spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        work.await.map_err(|_| PasswordError::Gone)?
    }
}

static HASHER: LazyLock<Option<Argon2<'static>>> = LazyLock::new(|| {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
});

/// What passwords of unknown accounts are checked against: no password has this hash.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let salt = "A".repeat(22);
    let hash = "A".repeat(43);
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}")
});

fn hasher() -> Result<&'static Argon2<'static>, PasswordError> {
    HASHER.as_ref().ok_or_else(|| PasswordError::Argon2("parameters out of range".to_owned()))
}

fn failed(error: argon2::password_hash::Error) -> PasswordError {
    PasswordError::Argon2(error.to_string())
}

fn hash(password: &str) -> Result<String, PasswordError> {
    let salt: [u8; SALT_BYTES] = random();
    let phc = hasher()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(failed)?;
    Ok(phc.to_string())
}

fn verify(password: &str, stored: Option<&str>) -> Result<Verdict, PasswordError> {
    let text = stored.unwrap_or(&NOBODY);
    let phc = Phc::new(text).map_err(|error| PasswordError::Argon2(error.to_string()))?;
    match hasher()?.verify_password(password.as_bytes(), &phc) {
        Ok(()) if stored.is_none() => Ok(Verdict::Wrong),
        Ok(()) if is_old(&phc) => Ok(Verdict::RightButOld),
        Ok(()) => Ok(Verdict::Right),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(error) => Err(failed(error)),
    }
}

fn is_old(phc: &Phc) -> bool {
    let now = |params: Params| {
        (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY_KIB, PASSES, LANES)
    };
    phc.algorithm.as_str() != "argon2id" || !Params::try_from(phc).is_ok_and(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[tokio::test]
    async fn the_right_password_passes_and_others_do_not() {
        let passwords = Passwords::new(Tasks::new());
        let stored = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{stored}");
        let check = |password: &str| passwords.verify(password.to_owned(), Some(stored.clone()));
        assert_eq!(check("correct horse").await.unwrap(), Verdict::Right);
        assert_eq!(check("correct horsE").await.unwrap(), Verdict::Wrong);
        assert_ne!(passwords.hash("correct horse".to_owned()).await.unwrap(), stored);
    }

    #[tokio::test]
    async fn an_unknown_account_costs_as_much_as_a_known_one() {
        let passwords = Passwords::new(Tasks::new());
        let stored = passwords.hash("correct horse".to_owned()).await.unwrap();
        let start = Instant::now();
        assert_eq!(passwords.verify("x".into(), Some(stored)).await.unwrap(), Verdict::Wrong);
        let known = start.elapsed();
        let start = Instant::now();
        assert_eq!(passwords.verify("x".into(), None).await.unwrap(), Verdict::Wrong);
        // Other tests share the machine, so only the order of magnitude is compared.
        assert!(start.elapsed() * 4 > known, "{:?} against {known:?}", start.elapsed());
    }

    #[tokio::test]
    async fn an_old_hash_is_recognised_and_a_broken_one_is_an_error() {
        let passwords = Passwords::new(Tasks::new());
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let old = weak.hash_password_with_salt(b"secret word", &[7; 16]).unwrap().to_string();
        let check = passwords.verify("secret word".to_owned(), Some(old));
        assert_eq!(check.await.unwrap(), Verdict::RightButOld);
        assert!(passwords.verify("x".into(), Some("$argon2id$".into())).await.is_err());
    }
}

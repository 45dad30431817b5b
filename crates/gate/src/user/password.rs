//! Passwords: which are good enough, and how they are kept (argon2id, never in the clear).

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use store::Random;
use store::definition::Problem;
use tokio::sync::Semaphore;

/// Memory of one hash: 47,104 KiB (46 MiB), the first choice of OWASP's password storage sheet.
const MEMORY_KIB: u32 = 47_104;
/// Passes over the memory.
const PASSES: u32 = 1;
/// Hashes computed at once; more would let sign-ins eat the memory of the machine.
const AT_ONCE: usize = 2;
/// Fewest characters of a password.
const SHORTEST: usize = 12;
/// Most characters; longer ones only cost time.
const LONGEST: usize = 256;

/// Long passwords that everybody tries first (compared without case, digits and signs at the end).
const WELL_KNOWN: &[&str] = &[
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456123456",
    "123123123123",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "qwertyuiop",
    "qwertyuiopasdf",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwerty123456",
    "administrator",
    "adminadminadmin",
    "passwordpassword",
    "password1234",
    "passw0rdpassw0rd",
    "letmeinletmein",
    "changemechangeme",
    "iloveyouiloveyou",
    "welcomewelcome",
    "correcthorsebatterystaple",
    "rapportrapport",
];

/// Computes and checks hashes on the blocking pool, few at a time.
#[derive(Clone)]
pub struct Passwords {
    slots: Arc<Semaphore>,
    random: Random,
    /// Checked when there is no such account, so that the time of the answer tells nothing.
    nobody: Arc<str>,
}

impl Passwords {
    /// Ready to hash.
    pub fn new(random: Random) -> Passwords {
        let nobody = hash("nobody has this password", random.bytes());
        Passwords {
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            random,
            nobody: nobody.into(),
        }
    }

    /// The text to keep for a password.
    pub async fn hash(&self, password: String) -> String {
        let salt = self.random.bytes();
        self.blocking(move || hash(&password, salt)).await
    }

    /// Whether the password is the one that was kept; without a kept one it never is.
    pub async fn verify(&self, password: String, kept: Option<String>) -> bool {
        let known = kept.is_some();
        let kept = kept.unwrap_or_else(|| self.nobody.to_string());
        let right = self.blocking(move || verify(&password, &kept)).await;
        known && right
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let slot = self.slots.acquire().await;
        let done = tokio::task::spawn_blocking(work).await;
        drop(slot);
        done.expect("hashing does not panic")
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("the parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str, salt: [u8; 16]) -> String {
    argon2()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("length of salt and password are within limits")
        .to_string()
}

fn verify(password: &str, kept: &str) -> bool {
    let Ok(kept) = PasswordHash::new(kept) else {
        return false;
    };
    argon2().verify_password(password.as_bytes(), &kept).is_ok()
}

/// What is wrong with a new password, if anything. Any character is welcome, pasting too.
pub fn problem(password: &str, email: &str) -> Option<Problem> {
    let length = password.chars().count();
    if length < SHORTEST {
        let message = format!("a password has at least {SHORTEST} characters");
        return Some(Problem::new("/password", message).hint("four random words are a good one"));
    }
    if length > LONGEST {
        let message = format!("a password has at most {LONGEST} characters");
        return Some(Problem::new("/password", message).hint("take a shorter one"));
    }
    let lower = password.to_lowercase();
    let stem = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    let first = lower.chars().next();
    let monotonous = lower.chars().all(|c| Some(c) == first);
    let known = WELL_KNOWN.contains(&lower.as_str()) || WELL_KNOWN.contains(&stem);
    if monotonous || known || lower == email.to_lowercase() {
        let message = "this password is among the first that are tried";
        return Some(Problem::new("/password", message).hint("four random words are a good one"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_kept_password_is_recognised_and_not_readable() {
        let passwords = Passwords::new(Random::seeded(1));
        let kept = passwords.hash("correct horse battery".to_owned()).await;
        assert!(kept.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"));
        assert!(!kept.contains("horse"));
        let verify = |word: &str, kept| passwords.verify(word.to_owned(), kept);
        assert!(verify("correct horse battery", Some(kept.clone())).await);
        assert!(!verify("correct horse batterz", Some(kept)).await);
        assert!(!verify("nobody has this password", None).await);
    }

    #[test]
    fn short_and_well_known_passwords_are_refused() {
        let email = "ann.smith@example.com";
        for bad in [
            "short",
            "aaaaaaaaaaaaaa",
            "Password1234",
            "administrator1!",
            "Ann.Smith@example.com",
        ] {
            assert!(problem(bad, email).is_some(), "{bad}");
        }
        assert!(problem("violet tractor 9", email).is_none());
        assert!(problem("密码密码密码很长很长很长", email).is_none());
    }
}

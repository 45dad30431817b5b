//! The only source of randomness: the system's, or a seeded one for tests and replays.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;

/// A cheap handle to a source of randomness.
#[derive(Clone, Debug)]
pub struct Random(Source);

#[derive(Clone, Debug)]
enum Source {
    System(Arc<Mutex<Pool>>),
    Seeded(Arc<Mutex<blake3::OutputReader>>),
}

/// Randomness of the system that was not given away yet: one call for many ids. What was given
/// away is wiped.
#[derive(Debug)]
struct Pool {
    bytes: [u8; POOL],
    used: usize,
}

/// Bytes of a pool.
const POOL: usize = 1_024;

impl Pool {
    fn take(&mut self, wanted: &mut [u8]) {
        if wanted.len() > POOL {
            return fill(wanted);
        }
        if wanted.len() > POOL - self.used {
            fill(&mut self.bytes);
            self.used = 0;
        }
        let given = &mut self.bytes[self.used..self.used + wanted.len()];
        wanted.copy_from_slice(given);
        given.fill(0);
        self.used += wanted.len();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that draws randomness"
)]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system has randomness");
}

impl Random {
    /// Cryptographic randomness of the operating system.
    pub fn system() -> Random {
        let pool = Pool {
            bytes: [0; POOL],
            used: POOL,
        };
        Random(Source::System(Arc::new(Mutex::new(pool))))
    }

    /// The same sequence for the same seed; never for secrets.
    pub fn seeded(seed: u64) -> Random {
        let reader = blake3::Hasher::new()
            .update(&seed.to_le_bytes())
            .finalize_xof();
        Random(Source::Seeded(Arc::new(Mutex::new(reader))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System(pool) => pool.lock().take(&mut bytes),
            Source::Seeded(reader) => reader.lock().fill(&mut bytes),
        }
        bytes
    }

    /// A random 64-bit number.
    pub fn u64(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A random fraction in [0, 1).
    pub fn fraction(&self) -> f64 {
        (self.u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// An unguessable URL-safe token of 192 bits (32 characters).
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<24>())
    }
}

#[test]
fn a_seed_gives_the_same_sequence() {
    let (a, b) = (Random::seeded(7), Random::seeded(7));
    assert_eq!((a.u64(), a.token()), (b.u64(), b.token()));
    assert!((0.0..1.0).contains(&a.fraction()));
}

#[test]
fn nothing_is_given_away_twice() {
    let random = Random::system();
    let tokens: std::collections::HashSet<String> = (0..500).map(|_| random.token()).collect();
    assert_eq!(tokens.len(), 500);
    assert_ne!(random.bytes::<2_000>(), random.bytes::<2_000>());
}

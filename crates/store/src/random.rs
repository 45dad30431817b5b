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
    System,
    Seeded(Arc<Mutex<blake3::OutputReader>>),
}

impl Random {
    /// Cryptographic randomness of the operating system.
    pub fn system() -> Random {
        Random(Source::System)
    }

    /// The same sequence for the same seed; never for secrets.
    pub fn seeded(seed: u64) -> Random {
        let reader = blake3::Hasher::new()
            .update(&seed.to_le_bytes())
            .finalize_xof();
        Random(Source::Seeded(Arc::new(Mutex::new(reader))))
    }

    /// `N` random bytes.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that draws randomness"
    )]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => getrandom::fill(&mut bytes).expect("the system has randomness"),
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

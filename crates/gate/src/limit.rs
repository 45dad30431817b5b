//! Limits on how often: sign-ins per address and account, calls per key, wrong keys per address.

use std::hash::Hash;
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::problem::{Problem, Result, code};

/// Sign-ins of one address on one account: 10 at once, then one every 6 seconds.
const SIGN_INS_AT_ONCE: u32 = 10;
const SIGN_INS_A_MINUTE: u32 = 10;
/// Sign-ins of one address on all accounts: an office behind one address has room, and whoever
/// tries many accounts cannot keep the hashing of passwords busy for everybody.
const SIGN_INS_OF_ADDRESS_AT_ONCE: u32 = 50;
const SIGN_INS_OF_ADDRESS_A_MINUTE: u32 = 30;
/// Calls with unknown keys from one address, a second.
const UNKNOWN_KEYS_A_SECOND: u32 = 20;

/// The limits of the gate.
pub struct Limits {
    /// By address and account.
    sign_in: DefaultKeyedRateLimiter<(String, String)>,
    sign_in_address: DefaultKeyedRateLimiter<String>,
    /// By address.
    pub unknown_key: DefaultKeyedRateLimiter<String>,
    /// By key.
    pub key: DefaultKeyedRateLimiter<u64>,
}

impl Limits {
    /// Limits with so many calls a second for each API key.
    pub fn new(key_calls_a_second: u32) -> Limits {
        let sign_in = Quota::per_minute(at_least_one(SIGN_INS_A_MINUTE));
        let address = Quota::per_minute(at_least_one(SIGN_INS_OF_ADDRESS_A_MINUTE));
        let address = address.allow_burst(at_least_one(SIGN_INS_OF_ADDRESS_AT_ONCE));
        let key = Quota::per_second(at_least_one(key_calls_a_second));
        let key = key.allow_burst(at_least_one(key_calls_a_second.saturating_mul(2)));
        Limits {
            sign_in: RateLimiter::keyed(sign_in.allow_burst(at_least_one(SIGN_INS_AT_ONCE))),
            sign_in_address: RateLimiter::keyed(address),
            unknown_key: RateLimiter::keyed(Quota::per_second(at_least_one(UNKNOWN_KEYS_A_SECOND))),
            key: RateLimiter::keyed(key),
        }
    }

    /// Counts a sign-in of an address on an account.
    pub fn sign_in(&self, address: &str, account: &str) -> Result<()> {
        check(&self.sign_in, &(address.to_owned(), account.to_owned()))?;
        check(&self.sign_in_address, &address.to_owned())
    }

    /// Forgets those who have not called for long, so that memory stays bounded.
    pub fn forget_idle(&self) {
        self.sign_in.retain_recent();
        self.sign_in_address.retain_recent();
        self.unknown_key.retain_recent();
        self.key.retain_recent();
    }
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// Counts a call; 429 with Retry-After when there were too many.
pub fn check<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, by: &K) -> Result<()> {
    limiter.check_key(by).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        let seconds = wait.as_secs() + 1;
        Problem::new(code::TOO_MANY_REQUESTS)
            .detail(format!("try again in {seconds} s"))
            .retry_after(seconds)
    })
}

#[test]
fn the_eleventh_sign_in_in_a_row_has_to_wait() {
    let limits = Limits::new(100);
    let sign_in = |address| limits.sign_in(address, "ann@example.com");
    for _ in 0..10 {
        sign_in("127.0.0.1").unwrap();
    }
    let refused = sign_in("127.0.0.1").unwrap_err();
    assert_eq!(refused.code(), code::TOO_MANY_REQUESTS);
    sign_in("127.0.0.2").unwrap();
}

#[test]
fn one_address_cannot_try_account_after_account() {
    let limits = Limits::new(100);
    let sign_in = |address, account: u32| limits.sign_in(address, &account.to_string());
    for account in 0..50 {
        sign_in("127.0.0.1", account).unwrap();
    }
    let refused = sign_in("127.0.0.1", 50).unwrap_err();
    assert_eq!(refused.code(), code::TOO_MANY_REQUESTS);
    sign_in("127.0.0.2", 50).unwrap();
}

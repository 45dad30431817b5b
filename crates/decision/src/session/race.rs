//! Commands that change one session at once: one is faster, the others try again.

use std::time::Duration;

use store::Db;

/// How often a change is tried again when another command was faster.
pub const RACES: u32 = 20;
/// The longest pause between two tries, in milliseconds.
const LONGEST_PAUSE_MS: u64 = 64;

/// Waits a while that doubles with each race, by chance longer or shorter, so that those who come
/// at once do not meet again.
pub async fn give_way(store: &Db, race: u32) {
    let most = LONGEST_PAUSE_MS.min(1 << race) as f64;
    let pause = Duration::from_secs_f64(store.random().fraction() * most / 1_000.0);
    tokio::time::sleep(pause).await;
}

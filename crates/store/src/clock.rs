//! The only source of time: the system's clock, or one that tests move by hand.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::Timestamp;

/// A cheap handle to a clock. The program makes one and passes it on.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<watch::Sender<i64>>),
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Clock {
        Clock(Source::System)
    }

    /// A clock that stands still until [`Clock::advance_ms`] moves it.
    pub fn manual(start: Timestamp) -> Clock {
        Clock(Source::Manual(Arc::new(watch::Sender::new(start.0))))
    }

    /// True when tests move this clock by hand.
    pub fn manual_mode(&self) -> bool {
        matches!(self.0, Source::Manual(_))
    }

    /// The instant now.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                Timestamp(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
            }
            Source::Manual(ms) => Timestamp(*ms.borrow()),
        }
    }

    /// Moves a manual clock forward (or back, when negative). Does nothing to the system's clock.
    pub fn advance_ms(&self, ms: i64) {
        if let Source::Manual(sender) = &self.0 {
            sender.send_modify(|now| *now = now.saturating_add(ms));
        }
    }

    /// Waits until `ms` milliseconds have passed on this clock.
    pub async fn sleep_ms(&self, ms: u64) {
        match &self.0 {
            Source::System => tokio::time::sleep(Duration::from_millis(ms)).await,
            Source::Manual(sender) => {
                let mut now = sender.subscribe();
                let until = now
                    .borrow()
                    .saturating_add(i64::try_from(ms).unwrap_or(i64::MAX));
                // The sender lives in `self`, so the wait cannot end by a closed channel.
                let _ = now.wait_for(|at| *at >= until).await;
            }
        }
    }
}

#[tokio::test]
async fn a_manual_clock_wakes_sleepers_when_it_is_moved() {
    let clock = Clock::manual(Timestamp(1_000));
    let sleeper = tokio::spawn({
        let clock = clock.clone();
        async move {
            clock.sleep_ms(500).await;
            clock.now()
        }
    });
    tokio::task::yield_now().await;
    clock.advance_ms(499);
    clock.advance_ms(1);
    assert_eq!(sleeper.await.unwrap(), Timestamp(1_500));
}

//! Work aside: long work on a thread of its own that gives way to whoever answers callers.

use std::io;

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};
use tokio::sync::oneshot;

/// A niceness of 10: where others want all processors, a tenth of one is left for the work.
const GIVES_WAY: u8 = 23;

/// Runs what takes processor time and waits for nothing. It goes on when nobody waits for it.
///
/// # Errors
/// When no thread can be had, or when the work panicked.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let (done, result) = oneshot::channel();
    let run = move || {
        let given = ThreadPriorityValue::try_from(GIVES_WAY).map(ThreadPriority::Crossplatform);
        if let Ok(priority) = given
            && let Err(error) = set_current_thread_priority(priority)
        {
            tracing::debug!(?error, "work aside does not give way");
        }
        // Whoever waited may have gone away.
        let _ = done.send(work());
    };
    std::thread::Builder::new()
        .name("aside".to_owned())
        .spawn(run)?;
    let gone = |_| io::Error::other("work aside panicked");
    result.await.map_err(gone)
}

#[tokio::test]
async fn work_aside_gives_its_result_or_says_that_it_panicked() {
    assert_eq!(aside(|| 6 * 7).await.unwrap(), 42);
    let panicked = aside(|| assert!(std::hint::black_box(false)));
    assert!(panicked.await.is_err());
}

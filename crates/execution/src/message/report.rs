//! What the provider answered, taken down: the state of the message, bounced addresses, and a
//! stream that was refused as a whole.

use gate::setting;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::job::{self, Lease};
use utoipa::ToSchema;

use super::db;
use super::outbox::{Message, MessageId};
use super::state::{Event, Outcome, Refusal, State, Suppression};
use crate::channel::email::{Bounce, Handed};
use crate::{Error, ExecutionState};

/// The setting that stops the stream: present after the provider refused us, not a recipient.
pub const STREAM_PAUSE: &str = "outbox_pause";
/// How often a report is tried: without it a marketing message that arrived would be uncertain.
const TRIES: usize = 3;
/// How long to wait between tries.
const TRY_AGAIN: std::time::Duration = std::time::Duration::from_millis(300);

/// Why and since when the stream stands still. Somebody has to look, and to let it go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// The provider's words.
    #[schema(example = "550 5.7.1 message refused by policy")]
    pub reason: String,
    /// The message that was refused.
    pub message_id: MessageId,
}

/// The answer to one hand-over.
#[derive(Debug)]
pub struct Answer {
    /// The message, as it was handed over.
    pub message: Message,
    /// What was answered.
    pub given: Given,
}

/// Who answered what.
#[derive(Debug)]
pub enum Given {
    /// The provider.
    Provider(Handed),
    /// We: the customer had said no, and the provider was not called.
    Withheld,
}

impl Given {
    fn detail(&self) -> Option<String> {
        match self {
            Given::Provider(Handed::Accepted { provider_id }) => provider_id.clone(),
            Given::Provider(Handed::Rejected { code: 0, text, .. }) => Some(text.clone()),
            Given::Provider(Handed::Rejected { code, text, .. }) => Some(format!("{code} {text}")),
            Given::Provider(Handed::Retry { text, .. } | Handed::Uncertain { text }) => {
                Some(text.clone())
            }
            Given::Withheld => Some("the customer had just said no".to_owned()),
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Given::Provider(handed) => handed.clone().into(),
            Given::Withheld => Outcome::Withheld {
                reason: Suppression::NoConsent,
            },
        }
    }

    fn bounce(&self) -> Option<Bounce> {
        match self {
            Given::Provider(Handed::Rejected { kind, .. }) => Some(*kind),
            Given::Provider(
                Handed::Accepted { .. } | Handed::Retry { .. } | Handed::Uncertain { .. },
            )
            | Given::Withheld => None,
        }
    }
}

/// Takes answers down, all or none, and stops the stream when we ourselves were refused.
pub async fn report(
    state: &ExecutionState,
    lease: &Lease,
    answers: &[Answer],
) -> Result<(), Error> {
    let mut tried = 0;
    while let Err(error) = write(state, lease, answers).await {
        tried += 1;
        let lost = matches!(error, Error::Store(store::Error::LeaseLost(_)));
        if tried == TRIES || lost {
            return Err(error);
        }
        tracing::warn!(%error, "a report is written again");
        tokio::time::sleep(TRY_AGAIN).await;
    }
    for answer in answers {
        count(&answer.given);
        if answer.given.bounce() == Some(Bounce::Policy) {
            pause(state, answer).await?;
        }
    }
    Ok(())
}

async fn write(state: &ExecutionState, lease: &Lease, answers: &[Answer]) -> Result<(), Error> {
    let now = state.db.now();
    let mut order: Vec<&Answer> = answers.iter().collect();
    order.sort_by_key(|answer| answer.message.id);
    let mut tx = state.db.begin().await?;
    job::still_held(&mut tx, lease).await?;
    for answer in order {
        let (customer_id, id) = (answer.message.customer_id, answer.message.id);
        let Some(mut message) = db::locked(&mut tx, customer_id, id).await? else {
            continue;
        };
        let detail = answer.given.detail();
        let event = Event::Report {
            fence: lease.fence as u64,
            outcome: answer.given.outcome(),
            now_ms: now.0,
        };
        message.happen(event, detail.clone(), now)?;
        db::save(&mut tx, &message).await?;
        if let (
            State::Rejected {
                refusal: Refusal::Hard,
            },
            Some(address),
        ) = (&message.row.state, &message.address)
        {
            let detail = detail.unwrap_or_default();
            let channel = &message.channel;
            db::suppress_address(&mut tx, channel, address, "bounced", &detail, now).await?;
        }
    }
    fail::fail_point!("outbox_before_report_committed", |_| Err(Error::FailPoint));
    tx.commit().await?;
    Ok(())
}

async fn pause(state: &ExecutionState, answer: &Answer) -> Result<(), Error> {
    let pause = Pause {
        since: state.db.now(),
        reason: answer.given.detail().unwrap_or_default(),
        message_id: answer.message.id,
    };
    tracing::error!(
        reason = pause.reason,
        "the provider refuses us: the outbox stands still"
    );
    setting::db::put(&state.db, STREAM_PAUSE, &pause).await?;
    Ok(())
}

fn count(given: &Given) {
    let outcome = match given {
        Given::Provider(Handed::Accepted { .. }) => "accepted",
        Given::Provider(Handed::Rejected { .. }) => "rejected",
        Given::Provider(Handed::Retry { .. }) => "retry",
        Given::Provider(Handed::Uncertain { .. }) => "uncertain",
        Given::Withheld => "withheld",
    };
    metrics::counter!("rapport_messages_handed_over_total", "outcome" => outcome).increment(1);
}

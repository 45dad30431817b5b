//! The outbox as a pure state machine: what may happen to a message next, without any I/O.
//!
//! ```text
//! planned → claimed(fence) → handing → accepted | rejected | uncertain
//!    └────────────┴→ suppressed
//! ```
//!
//! The one dangerous moment is *handing*: from there on the provider may have the message,
//! whether or not we heard of it. Marketing messages therefore never leave `handing` backwards
//! without a definite refusal; what we cannot know stays visible as `uncertain`.

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;

/// After so many hand-overs a message is given up, so that a poisoned row stops (8 ≈ 16 hours).
pub const MAX_ATTEMPTS: u32 = 8;

/// Waiting times after the first, second … refused hand-over, in minutes.
const BACKOFF_MINUTES: [i64; 7] = [1, 5, 15, 60, 120, 240, 480];

/// What we promise about a message when a hand-over ends without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarantee {
    /// Marketing: rather not at all than twice.
    AtMostOnce,
    /// Service messages: rather twice than not at all.
    AtLeastOnce,
}

/// Where a message is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Waits for a worker.
    Planned,
    /// A worker prepares it under this lease.
    Claimed {
        /// The lease under which it was claimed.
        fence: u64,
    },
    /// The provider may have it from now on.
    Handing {
        /// The lease under which it is handed over.
        fence: u64,
    },
    /// The provider took responsibility.
    Accepted {
        /// The provider's name for it, if it gave one.
        provider_id: Option<String>,
    },
    /// The provider or the recipient's server refused it for good.
    Rejected {
        /// Why.
        refusal: Refusal,
    },
    /// It may or may not have been delivered, and we will not risk a second copy.
    Uncertain,
    /// We decided not to send it.
    Suppressed {
        /// Why.
        reason: Suppression,
    },
}

/// Why a message was refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The address does not exist: it is suppressed from now on.
    Hard,
    /// The recipient cannot take it now (mailbox full): the address stays good.
    Soft,
    /// Our reputation or authentication was refused: the stream must stop.
    Policy,
    /// Temporary refusals, more than we are willing to repeat.
    Exhausted,
}

/// Why we decided not to send a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suppression {
    /// No consent for the channel and purpose at the moment of hand-over.
    NoConsent,
    /// A suppression list holds the customer.
    Listed,
    /// The customer has no address in this channel, or it bounced before.
    NoAddress,
    /// The contact policy had no room left.
    ContactPolicy,
    /// The reason to write is gone: the journey was cancelled.
    Cancelled,
    /// It would arrive too late to be of use.
    Expired,
    /// The template could not be rendered for this customer.
    NotRenderable,
    /// The customer is in the control group.
    ControlGroup,
    /// The offer it carries was recalled.
    Recalled,
}

/// What happens to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A worker takes it up.
    Claim {
        /// The worker's lease.
        fence: u64,
        /// The database's clock.
        now_ms: i64,
    },
    /// The worker puts it back (quiet hours, pacing, an orderly stop).
    Release {
        /// The worker's lease.
        fence: u64,
        /// Not before this time.
        due_ms: i64,
    },
    /// Consent, policy, a cancelled journey or an unusable template forbid it.
    Suppress {
        /// Why.
        reason: Suppression,
    },
    /// All checks passed in this transaction; the provider is called right after the commit.
    HandOver {
        /// The worker's lease.
        fence: u64,
    },
    /// The provider's answer.
    Report {
        /// The worker's lease.
        fence: u64,
        /// What the provider said.
        outcome: Outcome,
        /// The database's clock.
        now_ms: i64,
    },
    /// The lease of the worker that held it ran out; a worker with a newer lease cleans up.
    TakeOver {
        /// The newer lease.
        fence: u64,
    },
    /// Later proof that it arrived (a provider's receipt, an open, a click).
    Confirm,
    /// A bounce that came back after the hand-over.
    Bounce {
        /// What the bounce said.
        refusal: Refusal,
    },
}

/// What a provider answered to one hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It took responsibility.
    Accepted {
        /// Its name for the message.
        provider_id: Option<String>,
    },
    /// It refused for good; nothing was sent.
    Rejected {
        /// Why.
        refusal: Refusal,
    },
    /// It refused for now; nothing was sent.
    Retry {
        /// The provider's wish, if any.
        after_ms: Option<i64>,
    },
    /// The connection ended before the answer.
    Uncertain,
    /// We held it back ourselves before the provider was called; nothing was sent.
    Withheld {
        /// Why.
        reason: Suppression,
    },
}

/// An event that cannot happen to this message now; the caller's transaction must not commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// Somebody with a newer lease holds the message.
    #[error("the lease {yours} was replaced by {newest}")]
    Fenced {
        /// The lease of the caller.
        yours: u64,
        /// The newest lease that touched the message.
        newest: u64,
    },
    /// It is too early.
    #[error("the message is not due before {due_ms}")]
    NotDue {
        /// When it is.
        due_ms: i64,
    },
    /// The event does not belong to the state.
    #[error("this cannot happen to a message that is {0}")]
    WrongState(&'static str),
}

/// One row of the outbox, as far as its fate is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What we promise.
    pub guarantee: Guarantee,
    /// Where it is.
    pub state: State,
    /// The newest lease that touched it; older ones have no say any more.
    pub fence: u64,
    /// Hand-overs begun so far.
    pub attempts: u32,
    /// Not to be claimed before this time.
    pub due_ms: i64,
    /// An earlier hand-over may have been accepted without our hearing of it.
    pub doubtful: bool,
}

impl State {
    /// The word for it in the store and in the API.
    pub fn name(&self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Claimed { .. } => "claimed",
            State::Handing { .. } => "handing",
            State::Accepted { .. } => "accepted",
            State::Rejected { .. } => "rejected",
            State::Uncertain => "uncertain",
            State::Suppressed { .. } => "suppressed",
        }
    }

    /// Whether no worker has anything left to do with it.
    pub fn settled(&self) -> bool {
        match self {
            State::Planned | State::Claimed { .. } | State::Handing { .. } => false,
            State::Accepted { .. }
            | State::Rejected { .. }
            | State::Uncertain
            | State::Suppressed { .. } => true,
        }
    }
}

impl Row {
    /// A new message that may be claimed from `due_ms` on.
    pub fn planned(guarantee: Guarantee, due_ms: i64) -> Self {
        let state = State::Planned;
        Row {
            guarantee,
            state,
            fence: 0,
            attempts: 0,
            due_ms,
            doubtful: false,
        }
    }

    /// The row after the event, or why the event cannot happen.
    pub fn next(&self, event: Event) -> Result<Row, Illegal> {
        match event {
            Event::Claim { fence, now_ms } => self.claim(fence, now_ms),
            Event::Release { fence, due_ms } => {
                self.expect_claimed(fence)?;
                Ok(Row {
                    state: State::Planned,
                    due_ms,
                    ..self.clone()
                })
            }
            Event::Suppress { reason } => self.suppress(reason),
            Event::HandOver { fence } => {
                self.expect_claimed(fence)?;
                let attempts = self.attempts + 1;
                Ok(Row {
                    state: State::Handing { fence },
                    attempts,
                    ..self.clone()
                })
            }
            Event::Report {
                fence,
                outcome,
                now_ms,
            } => {
                self.expect_handing(fence)?;
                Ok(self.report(outcome, now_ms))
            }
            Event::TakeOver { fence } => self.take_over(fence),
            Event::Confirm => self.confirm(),
            Event::Bounce { refusal } => self.bounce(refusal),
        }
    }

    fn claim(&self, fence: u64, now_ms: i64) -> Result<Row, Illegal> {
        self.expect_lease(fence)?;
        match self.state {
            State::Planned if now_ms < self.due_ms => Err(Illegal::NotDue {
                due_ms: self.due_ms,
            }),
            State::Planned => Ok(Row {
                state: State::Claimed { fence },
                fence,
                ..self.clone()
            }),
            State::Claimed { .. }
            | State::Handing { .. }
            | State::Accepted { .. }
            | State::Rejected { .. }
            | State::Uncertain
            | State::Suppressed { .. } => Err(self.wrong_state()),
        }
    }

    /// Whoever forbids a message needs no lease: a claimed one then fails its hand-over.
    fn suppress(&self, reason: Suppression) -> Result<Row, Illegal> {
        match self.state {
            State::Planned | State::Claimed { .. } => Ok(self.settle(State::Suppressed { reason })),
            State::Handing { .. }
            | State::Accepted { .. }
            | State::Rejected { .. }
            | State::Uncertain
            | State::Suppressed { .. } => Err(self.wrong_state()),
        }
    }

    fn report(&self, outcome: Outcome, now_ms: i64) -> Row {
        match outcome {
            Outcome::Accepted { provider_id } => {
                let state = State::Accepted { provider_id };
                Row {
                    state,
                    doubtful: false,
                    ..self.clone()
                }
            }
            Outcome::Rejected { refusal } => self.settle(State::Rejected { refusal }),
            Outcome::Withheld { reason } => self.settle(State::Suppressed { reason }),
            Outcome::Retry { after_ms } => self.again(after_ms, now_ms),
            Outcome::Uncertain => match self.guarantee {
                Guarantee::AtMostOnce => Row {
                    state: State::Uncertain,
                    ..self.clone()
                },
                Guarantee::AtLeastOnce => Row {
                    doubtful: true,
                    ..self.clone()
                }
                .again(None, now_ms),
            },
        }
    }

    fn again(&self, after_ms: Option<i64>, now_ms: i64) -> Row {
        if self.attempts >= MAX_ATTEMPTS {
            return self.settle(State::Rejected {
                refusal: Refusal::Exhausted,
            });
        }
        let wait_ms = backoff_ms(self.attempts).max(after_ms.unwrap_or(0));
        Row {
            state: State::Planned,
            due_ms: now_ms + wait_ms,
            ..self.clone()
        }
    }

    fn take_over(&self, fence: u64) -> Result<Row, Illegal> {
        if fence <= self.fence {
            return Err(Illegal::Fenced {
                yours: fence,
                newest: self.fence,
            });
        }
        let taken = Row {
            fence,
            ..self.clone()
        };
        match self.state {
            State::Claimed { .. } => Ok(Row {
                state: State::Planned,
                ..taken
            }),
            State::Handing { .. } => Ok(taken.report(Outcome::Uncertain, self.due_ms)),
            State::Planned
            | State::Accepted { .. }
            | State::Rejected { .. }
            | State::Uncertain
            | State::Suppressed { .. } => Err(self.wrong_state()),
        }
    }

    fn confirm(&self) -> Result<Row, Illegal> {
        match self.state {
            State::Uncertain => {
                let state = State::Accepted { provider_id: None };
                Ok(Row {
                    state,
                    doubtful: false,
                    ..self.clone()
                })
            }
            State::Planned
            | State::Claimed { .. }
            | State::Handing { .. }
            | State::Accepted { .. }
            | State::Rejected { .. }
            | State::Suppressed { .. } => Err(self.wrong_state()),
        }
    }

    fn bounce(&self, refusal: Refusal) -> Result<Row, Illegal> {
        match self.state {
            State::Accepted { .. } | State::Uncertain => Ok(Row {
                state: State::Rejected { refusal },
                doubtful: false,
                ..self.clone()
            }),
            State::Planned
            | State::Claimed { .. }
            | State::Handing { .. }
            | State::Rejected { .. }
            | State::Suppressed { .. } => Err(self.wrong_state()),
        }
    }

    /// Ends the row; if an earlier copy may be out there, saying "not sent" would be a lie.
    fn settle(&self, state: State) -> Row {
        let state = if self.doubtful {
            State::Uncertain
        } else {
            state
        };
        Row {
            state,
            ..self.clone()
        }
    }

    fn expect_lease(&self, fence: u64) -> Result<(), Illegal> {
        if fence < self.fence {
            return Err(Illegal::Fenced {
                yours: fence,
                newest: self.fence,
            });
        }
        Ok(())
    }

    fn expect_claimed(&self, fence: u64) -> Result<(), Illegal> {
        self.expect_lease(fence)?;
        match self.state {
            State::Claimed { fence: holder } if holder == fence => Ok(()),
            State::Claimed { fence: holder } => Err(Illegal::Fenced {
                yours: fence,
                newest: holder,
            }),
            State::Planned
            | State::Handing { .. }
            | State::Accepted { .. }
            | State::Rejected { .. }
            | State::Uncertain
            | State::Suppressed { .. } => Err(self.wrong_state()),
        }
    }

    fn expect_handing(&self, fence: u64) -> Result<(), Illegal> {
        self.expect_lease(fence)?;
        match self.state {
            State::Handing { fence: holder } if holder == fence => Ok(()),
            State::Handing { fence: holder } => Err(Illegal::Fenced {
                yours: fence,
                newest: holder,
            }),
            State::Planned
            | State::Claimed { .. }
            | State::Accepted { .. }
            | State::Rejected { .. }
            | State::Uncertain
            | State::Suppressed { .. } => Err(self.wrong_state()),
        }
    }

    fn wrong_state(&self) -> Illegal {
        Illegal::WrongState(self.state.name())
    }
}

/// How long to wait after this many hand-overs that were refused for now.
pub fn backoff_ms(attempts: u32) -> i64 {
    let index = attempts.saturating_sub(1) as usize;
    BACKOFF_MINUTES[index.min(BACKOFF_MINUTES.len() - 1)] * 60_000
}

//! Tests of the outbox: rules as a table, and random histories of crashing workers.

use super::*;
use proptest::prelude::*;

fn marketing() -> Row {
    Row::planned(Guarantee::AtMostOnce, 0)
}

fn after(row: Row, events: &[Event]) -> Row {
    events
        .iter()
        .fold(row, |row, event| row.next(event.clone()).unwrap())
}

fn handing(guarantee: Guarantee) -> Row {
    let claim = Event::Claim {
        fence: 1,
        now_ms: 0,
    };
    after(
        Row::planned(guarantee, 0),
        &[claim, Event::HandOver { fence: 1 }],
    )
}

fn report(outcome: Outcome) -> Event {
    Event::Report {
        fence: 1,
        outcome,
        now_ms: 1_000,
    }
}

#[test]
fn the_usual_way_is_planned_claimed_handing_accepted() {
    let outcome = Outcome::Accepted {
        provider_id: Some("250 queued as 1".into()),
    };
    let row = handing(Guarantee::AtMostOnce)
        .next(report(outcome))
        .unwrap();
    assert_eq!((row.state.name(), row.attempts), ("accepted", 1));
}

#[test]
fn a_lost_answer_leaves_marketing_uncertain_and_repeats_a_service_message() {
    let marketing = handing(Guarantee::AtMostOnce)
        .next(report(Outcome::Uncertain))
        .unwrap();
    assert_eq!(marketing.state, State::Uncertain);
    let service = handing(Guarantee::AtLeastOnce)
        .next(report(Outcome::Uncertain))
        .unwrap();
    assert_eq!((service.state, service.due_ms), (State::Planned, 61_000));
}

#[test]
fn a_dead_worker_leaves_marketing_uncertain_and_repeats_a_service_message() {
    let take_over = Event::TakeOver { fence: 2 };
    let marketing = handing(Guarantee::AtMostOnce)
        .next(take_over.clone())
        .unwrap();
    assert_eq!(marketing.state, State::Uncertain);
    let service = handing(Guarantee::AtLeastOnce).next(take_over).unwrap();
    assert_eq!(service.state, State::Planned);
}

#[test]
fn a_definite_temporary_refusal_is_repeated_until_the_attempts_are_used_up() {
    let mut row = marketing();
    for attempt in 1..=MAX_ATTEMPTS {
        let claim = Event::Claim {
            fence: 1,
            now_ms: row.due_ms,
        };
        row = after(row, &[claim, Event::HandOver { fence: 1 }]);
        row = row.next(report(Outcome::Retry { after_ms: None })).unwrap();
        assert_eq!(row.attempts, attempt);
    }
    assert_eq!(
        row.state,
        State::Rejected {
            refusal: Refusal::Exhausted
        }
    );
}

#[test]
fn a_provider_that_asks_for_more_time_gets_it() {
    let outcome = Outcome::Retry {
        after_ms: Some(900_000),
    };
    let row = handing(Guarantee::AtMostOnce)
        .next(report(outcome))
        .unwrap();
    assert_eq!(row.due_ms, 901_000);
    let early = row.next(Event::Claim {
        fence: 1,
        now_ms: 900_999,
    });
    assert_eq!(early, Err(Illegal::NotDue { due_ms: 901_000 }));
}

#[test]
fn a_worker_whose_lease_was_replaced_can_do_nothing() {
    let claimed = after(
        marketing(),
        &[Event::Claim {
            fence: 1,
            now_ms: 0,
        }],
    );
    let taken = claimed.next(Event::TakeOver { fence: 2 }).unwrap();
    let fenced = Err(Illegal::Fenced {
        yours: 1,
        newest: 2,
    });
    assert_eq!(taken.next(Event::HandOver { fence: 1 }), fenced);
    assert_eq!(
        taken.next(Event::Claim {
            fence: 1,
            now_ms: 0
        }),
        fenced
    );
    assert_eq!(
        taken.next(Event::Release {
            fence: 1,
            due_ms: 0
        }),
        fenced
    );
}

#[test]
fn a_claimed_message_can_still_be_suppressed_but_not_one_on_its_way() {
    let claimed = after(
        marketing(),
        &[Event::Claim {
            fence: 1,
            now_ms: 0,
        }],
    );
    let suppress = Event::Suppress {
        reason: Suppression::NoConsent,
    };
    let suppressed = claimed.next(suppress.clone()).unwrap();
    let refused = suppressed.next(Event::HandOver { fence: 1 });
    assert_eq!(refused, Err(Illegal::WrongState("suppressed")));
    let on_its_way = handing(Guarantee::AtMostOnce).next(suppress);
    assert_eq!(on_its_way, Err(Illegal::WrongState("handing")));
}

#[test]
fn a_service_message_that_may_be_out_is_never_called_suppressed_or_rejected() {
    let doubtful = handing(Guarantee::AtLeastOnce)
        .next(report(Outcome::Uncertain))
        .unwrap();
    let cancelled = doubtful
        .next(Event::Suppress {
            reason: Suppression::Cancelled,
        })
        .unwrap();
    assert_eq!(cancelled.state, State::Uncertain);
}

#[test]
fn later_proof_settles_an_uncertain_message() {
    let uncertain = handing(Guarantee::AtMostOnce)
        .next(report(Outcome::Uncertain))
        .unwrap();
    assert_eq!(
        uncertain.next(Event::Confirm).unwrap().state.name(),
        "accepted"
    );
    let bounced = uncertain
        .next(Event::Bounce {
            refusal: Refusal::Hard,
        })
        .unwrap();
    assert_eq!(
        bounced.state,
        State::Rejected {
            refusal: Refusal::Hard
        }
    );
}

/// One step of a random history: which worker, which row, and what it tries.
#[derive(Debug, Clone)]
enum Step {
    Claim,
    Release,
    HandOver,
    /// The provider decides and, unless it is lost, the worker reports.
    Answer(Answer),
    /// The worker dies and comes back under a newer lease.
    Restart,
    TakeOver,
    Suppress,
}

#[derive(Debug, Clone, Copy)]
enum Answer {
    Accept,
    Refuse,
    RefuseForNow,
    /// Delivered, but the answer is lost; the worker reports that it does not know.
    LostAfterDelivery,
    /// Not delivered, and the worker does not know.
    LostBeforeDelivery,
    /// Delivered, and the worker dies before it reports.
    DiesAfterDelivery,
}

const WORKERS: usize = 3;
const ROWS: usize = 4;

struct World {
    rows: Vec<Row>,
    delivered: Vec<u32>,
    fences: [u64; WORKERS],
    newest: u64,
    /// The row each worker is handing over right now, in its own mind.
    handing: [Option<usize>; WORKERS],
    now_ms: i64,
}

impl World {
    fn new() -> Self {
        let guarantee = |i| {
            if i % 2 == 0 {
                Guarantee::AtMostOnce
            } else {
                Guarantee::AtLeastOnce
            }
        };
        World {
            rows: (0..ROWS).map(|i| Row::planned(guarantee(i), 0)).collect(),
            delivered: vec![0; ROWS],
            fences: [1, 2, 3],
            newest: 3,
            handing: [None; WORKERS],
            now_ms: 0,
        }
    }

    fn attempt(&mut self, row: usize, event: Event) -> bool {
        match self.rows[row].next(event) {
            Ok(next) => {
                self.rows[row] = next;
                true
            }
            Err(_) => false,
        }
    }

    fn step(&mut self, worker: usize, row: usize, step: Step) {
        self.now_ms += 10 * 60_000;
        let (fence, now_ms) = (self.fences[worker], self.now_ms);
        match step {
            Step::Claim => drop(self.attempt(row, Event::Claim { fence, now_ms })),
            Step::Release => drop(self.attempt(
                row,
                Event::Release {
                    fence,
                    due_ms: now_ms,
                },
            )),
            Step::HandOver => {
                let free = self.handing[worker].is_none();
                if free && self.attempt(row, Event::HandOver { fence }) {
                    self.handing[worker] = Some(row);
                }
            }
            Step::Answer(answer) => self.answer(worker, answer),
            Step::Restart => self.restart(worker),
            Step::TakeOver => {
                self.restart(worker);
                let fence = self.fences[worker];
                self.attempt(row, Event::TakeOver { fence });
            }
            Step::Suppress => {
                self.attempt(
                    row,
                    Event::Suppress {
                        reason: Suppression::NoConsent,
                    },
                );
            }
        }
    }

    /// The provider acts on what the worker believes, even if its lease is long gone.
    fn answer(&mut self, worker: usize, answer: Answer) {
        let Some(row) = self.handing[worker].take() else {
            return;
        };
        let outcome = match answer {
            Answer::Accept => Outcome::Accepted { provider_id: None },
            Answer::Refuse => Outcome::Rejected {
                refusal: Refusal::Hard,
            },
            Answer::RefuseForNow => Outcome::Retry { after_ms: None },
            Answer::LostAfterDelivery | Answer::LostBeforeDelivery => Outcome::Uncertain,
            Answer::DiesAfterDelivery => {
                self.delivered[row] += 1;
                return self.restart(worker);
            }
        };
        match answer {
            Answer::Accept | Answer::LostAfterDelivery => self.delivered[row] += 1,
            Answer::Refuse
            | Answer::RefuseForNow
            | Answer::LostBeforeDelivery
            | Answer::DiesAfterDelivery => {}
        }
        let (fence, now_ms) = (self.fences[worker], self.now_ms);
        self.attempt(
            row,
            Event::Report {
                fence,
                outcome,
                now_ms,
            },
        );
    }

    fn restart(&mut self, worker: usize) {
        self.newest += 1;
        self.fences[worker] = self.newest;
        self.handing[worker] = None;
    }

    /// A last worker cleans up and finishes everything with a provider that accepts.
    fn drain(&mut self) {
        for row in 0..ROWS {
            for _ in 0..4 * MAX_ATTEMPTS {
                self.step(0, row, Step::TakeOver);
                self.now_ms += 24 * 3_600_000;
                self.step(0, row, Step::Claim);
                self.step(0, row, Step::HandOver);
                self.step(0, row, Step::Answer(Answer::Accept));
            }
        }
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Claim),
        1 => Just(Step::Release),
        6 => Just(Step::HandOver),
        6 => prop_oneof![
            Just(Answer::Accept),
            Just(Answer::Refuse),
            Just(Answer::RefuseForNow),
            Just(Answer::LostAfterDelivery),
            Just(Answer::LostBeforeDelivery),
            Just(Answer::DiesAfterDelivery),
        ].prop_map(Step::Answer),
        1 => Just(Step::Restart),
        2 => Just(Step::TakeOver),
        1 => Just(Step::Suppress),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_history_delivers_marketing_twice_or_loses_sight_of_a_message(
        history in prop::collection::vec((0..WORKERS, 0..ROWS, any_step()), 0..120)
    ) {
        let mut world = World::new();
        for (worker, row, step) in history {
            world.step(worker, row, step);
        }
        world.drain();
        for (row, delivered) in world.rows.iter().zip(world.delivered) {
            prop_assert!(row.state.settled(), "{row:?}");
            if row.guarantee == Guarantee::AtMostOnce {
                prop_assert!(delivered <= 1, "{row:?} was delivered {delivered} times");
            }
            match row.state {
                State::Accepted { .. } => prop_assert!(delivered >= 1, "{row:?}"),
                State::Rejected { .. } | State::Suppressed { .. } => {
                    prop_assert_eq!(delivered, 0, "{:?}", row);
                }
                State::Uncertain => {}
                State::Planned | State::Claimed { .. } | State::Handing { .. } => unreachable!(),
            }
        }
    }
}

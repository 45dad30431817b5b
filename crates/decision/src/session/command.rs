//! What a touchpoint can say in a session, and what is answered.

use std::time::Duration;

use gate::problem::code;
use gate::{FieldProblem, Key, Problem, Result};
use memory::attribute::Masking;
use memory::customer::view::{CustomerView, view};
use memory::interaction::{Answered, ContactId, ContactStatus, ResponseKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Timestamp;
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;

use super::race::{RACES, give_way};
use super::{LARGEST_CONTEXT, LONGEST_TTL_SECONDS, Session, SessionId, SessionView, TTL_SECONDS};
use super::{db, event};
use crate::targeting::{
    AnswerReason, CustomerRef, DecisionAnswer, DecisionRequest, LARGEST_PLACEMENTS,
};
use crate::{Channel, Decider, Error};

/// How long offers of a session may take: a person waits, not a page.
const DEADLINE_MS: u64 = 500;

/// Starts a session.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StartSession)]
pub struct Start {
    /// Whom it is about.
    pub customer: CustomerRef,
    /// The channel of the conversation.
    pub channel: Channel,
    /// The circumstances: the agent's skill, the device, the weather.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub context: Map<String, Value>,
    /// Language of the creatives; the customer's unless given.
    #[serde(default)]
    pub language: Option<String>,
    /// How long the session lives after its last command, in seconds; 1800 unless given.
    #[serde(default)]
    pub ttl_seconds: Option<u32>,
}

/// Asks for offers.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GetOffers {
    /// Keys of placements, most important first; all of the session's channel unless given.
    pub placements: Option<Vec<String>>,
    /// Offers per placement; what the placement says unless given.
    pub count: Option<u32>,
    /// How long the caller waits, in milliseconds; 500 unless given.
    pub deadline_ms: Option<u64>,
    /// Circumstances of this question only.
    #[schema(value_type = Object)]
    pub context: Map<String, Value>,
}

/// Something the customer did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostEvent {
    /// What, for example `Call Started`.
    pub event: String,
    /// Its properties.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub properties: Map<String, Value>,
    /// When; now unless given.
    #[serde(default)]
    pub occurred_at: Option<Timestamp>,
    /// The caller's id of it, so that a repetition counts once.
    #[serde(default)]
    pub message_id: Option<String>,
}

/// How the customer reacted to an offer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostResponse {
    /// The contact, as it was answered with the offer.
    #[serde(default)]
    pub contact_id: Option<ContactId>,
    /// Or its treatment code.
    #[serde(default)]
    pub treatment_code: Option<String>,
    /// How.
    pub kind: ResponseKind,
    /// The company's own name of a custom reaction.
    #[serde(default)]
    pub name: Option<String>,
    /// What it was worth.
    #[serde(default)]
    pub value_cents: Option<i64>,
    /// Currency of the value.
    #[serde(default)]
    pub currency: Option<String>,
    /// The caller's id of it, so that a repetition counts once.
    #[serde(default)]
    pub message_id: Option<String>,
}

/// Somebody else is speaking now, or we have learned who it is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchCustomer {
    /// Whom it is about from now on.
    pub customer: CustomerRef,
}

/// The circumstances have changed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetContext {
    /// Circumstances to add or change; `null` removes one.
    #[schema(value_type = Object)]
    pub context: Map<String, Value>,
}

/// One command of a batch.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case")]
#[schema(as = SessionCommand)]
pub enum Command {
    /// Starts a session, to which the commands after it belong.
    Start(Start),
    /// Asks for offers.
    Offers(GetOffers),
    /// Tells what the customer did.
    Event(PostEvent),
    /// Tells how the customer reacted to an offer.
    Response(PostResponse),
    /// Goes on with somebody else.
    Customer(SwitchCustomer),
    /// Changes the circumstances.
    Context(SetContext),
    /// Asks what is known of the customer.
    Profile,
    /// Ends the session.
    End,
}

impl Command {
    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            Command::Start(_) => "start",
            Command::Offers(_) => "offers",
            Command::Event(_) => "event",
            Command::Response(_) => "response",
            Command::Customer(_) => "customer",
            Command::Context(_) => "context",
            Command::Profile => "profile",
            Command::End => "end",
        }
    }
}

/// What is answered to a command.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = SessionReply)]
pub enum Reply {
    /// To start, customer and context.
    Session(Box<SessionView>),
    /// To offers.
    Offers(DecisionAnswer),
    /// To an event.
    Event(EventTaken),
    /// To a response.
    Response(Answered),
    /// To a question for the profile.
    Profile(Box<Profile>),
    /// To end.
    Ended(Ended),
}

/// An event was taken in.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EventTaken {
    /// Whose it is.
    pub customer_id: Option<memory::CustomerId>,
    /// True when the same statement stood there already.
    pub duplicate: bool,
}

/// What is known of the customer of a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SessionProfile)]
pub struct Profile {
    /// The session.
    pub session: SessionView,
    /// The customer; null while nobody knows them. Personal values are hidden from keys without
    /// the scope `manage`.
    pub customer: Option<CustomerView>,
}

/// A session was ended.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SessionEnded)]
pub struct Ended {
    /// The session.
    pub session_id: SessionId,
    /// When it was ended.
    pub ended_at: Timestamp,
    /// Promised contacts that were never presented, and count no more.
    pub released: usize,
}

/// Does one command.
pub async fn run(
    decider: &Decider,
    key: &Key,
    session: Option<SessionId>,
    command: Command,
) -> Result<Reply> {
    let id = || {
        session.ok_or_else(|| {
            let problem = FieldProblem::new("/session_id", "there is no session yet");
            let hint = "give session_id, or begin with the command start";
            Problem::invalid(vec![problem.hint(hint)])
        })
    };
    Ok(match command {
        Command::Start(start) => self::start(decider, key, start).await?,
        Command::Offers(wish) => Reply::Offers(offers(decider, id()?, wish).await?),
        Command::Event(said) => {
            let session = open(decider, id()?).await?;
            let taken = event::take(decider, key, &session, said).await?;
            touch(decider, session.id, |_| {}).await?;
            Reply::Event(taken)
        }
        Command::Response(said) => {
            let session = open(decider, id()?).await?;
            let answered = event::respond(decider, key, said).await?;
            touch(decider, session.id, |_| {}).await?;
            Reply::Response(answered)
        }
        Command::Customer(switch) => {
            named(decider, &switch.customer).await?;
            let change = |session: &mut Session| session.customer = switch.customer.clone();
            shown(decider, touch(decider, id()?, change).await?).await?
        }
        Command::Context(given) => {
            let change = |session: &mut Session| session.take_context(given.context.clone());
            shown(decider, touch(decider, id()?, change).await?).await?
        }
        Command::Profile => profile(decider, key, id()?).await?,
        Command::End => Reply::Ended(end(decider, id()?).await?),
    })
}

/// Demands that somebody is named; by our own id only who is there.
async fn named(decider: &Decider, customer: &CustomerRef) -> Result<()> {
    let mut problems = customer.problems();
    if let Some(id) = customer.customer_id
        && decider.memory().customer(id).await?.is_none()
    {
        let problem = FieldProblem::new("/customer/customer_id", Error::NoCustomer(id).to_string());
        problems.push(problem.hint("name somebody new by user_id or anonymous_id"));
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Problem::invalid(problems)),
    }
}

fn context_fits(context: &Map<String, Value>) -> Result<()> {
    if context.len() > LARGEST_CONTEXT {
        let message = format!("{} entries", context.len());
        let problem = FieldProblem::new("/context", message);
        let hint = format!("send at most {LARGEST_CONTEXT}");
        return Err(Problem::invalid(vec![problem.hint(hint)]));
    }
    Ok(())
}

async fn start(decider: &Decider, key: &Key, start: Start) -> Result<Reply> {
    named(decider, &start.customer).await?;
    context_fits(&start.context)?;
    let ttl = start.ttl_seconds.unwrap_or(TTL_SECONDS);
    if !(10..=LONGEST_TTL_SECONDS).contains(&ttl) {
        let problem = FieldProblem::new("/ttl_seconds", "this is no life of a session");
        let hint = format!("use 10 to {LONGEST_TTL_SECONDS} seconds");
        return Err(Problem::invalid(vec![problem.hint(hint)]));
    }
    let store = decider.memory().db();
    let (now, ttl_ms) = (store.now(), i64::from(ttl) * 1_000);
    let session = Session {
        // Not a number in a row: who knows one session must not guess the next.
        id: SessionId(store.random().u64() >> 1),
        key_id: key.id.0,
        version: 0,
        channel: start.channel,
        customer: start.customer,
        context: start.context,
        contacts: vec![],
        language: start.language,
        ttl_ms,
        started_at: now,
        expires_at: now.plus_ms(ttl_ms),
        ended_at: None,
    };
    db::insert(store, &session).await?;
    shown(decider, session).await
}

async fn shown(decider: &Decider, session: Session) -> Result<Reply> {
    let id = decider.resolve(&session.customer).await?;
    let id = match id {
        Some(id) => decider
            .memory()
            .customer(id)
            .await?
            .map(|customer| customer.id),
        None => None,
    };
    Ok(Reply::Session(Box::new(session.view(id))))
}

/// A session that takes commands.
async fn open(decider: &Decider, id: SessionId) -> Result<Session> {
    let store = decider.memory().db();
    let found = db::get(store, id).await?;
    let open = found.filter(|session| session.open_at(store.now()));
    open.ok_or_else(|| {
        Problem::not_found(format!("there is no session {id}, or it is over"))
            .hint("start a new session")
    })
}

/// Changes a session and prolongs it, again when another command was faster.
async fn touch(decider: &Decider, id: SessionId, change: impl Fn(&mut Session)) -> Result<Session> {
    let store = decider.memory().db();
    for race in 0..RACES {
        let mut session = open(decider, id).await?;
        change(&mut session);
        context_fits(&session.context)?;
        session.expires_at = store.now().plus_ms(session.ttl_ms);
        if db::save(store, &session).await? {
            return Ok(session);
        }
        give_way(store, race).await;
    }
    Err(Problem::new(code::CONFLICT)
        .detail("too many commands change this session at once")
        .hint("try again"))
}

async fn offers(decider: &Decider, id: SessionId, wish: GetOffers) -> Result<DecisionAnswer> {
    let deadline_ms = wish.deadline_ms.unwrap_or(DEADLINE_MS);
    let deadline = Instant::now() + Duration::from_millis(deadline_ms);
    let mut request = DecisionRequest {
        placements: wish.placements.clone().unwrap_or_default(),
        count: wish.count,
        deadline_ms: Some(deadline_ms),
        ..DecisionRequest::default()
    };
    let late = AnswerReason::Timeout;
    let session = match timeout_at(deadline, open(decider, id)).await {
        Ok(Ok(session)) => session,
        Ok(Err(problem)) if problem.code().status < 500 => return Err(problem),
        Ok(Err(_)) => return Ok(decider.fall_back(&request, AnswerReason::Unavailable)),
        Err(_) => return Ok(decider.fall_back(&request, late)),
    };
    if request.placements.is_empty() {
        let catalog = decider.catalog();
        let of_channel = catalog.placements_of(session.channel);
        let keys = of_channel.map(|placement| placement.key.clone());
        request.placements = keys.take(LARGEST_PLACEMENTS).collect();
    }
    request.customer = session.customer.clone();
    request.language = session.language.clone();
    request.context = session.context.clone();
    request.context.extend(wish.context);
    request
        .context
        .insert("session_id".to_owned(), id.to_string().into());
    let mut problems = request.problems();
    problems.extend(elsewhere(decider, &session, &request.placements));
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let left = deadline.saturating_duration_since(Instant::now());
    request.deadline_ms = Some((left.as_millis() as u64).max(1));
    let answer = decider.decide(&request).await;
    let contacts: Vec<ContactId> = answer
        .placements
        .iter()
        .flat_map(|placement| &placement.offers)
        .filter_map(|offer| offer.contact_id)
        .collect();
    // The offers stand whether or not the session could note them in time: they expire by
    // themselves.
    let noted = touch(decider, id, |session| {
        session.take_contacts(contacts.clone())
    });
    let grace = deadline.max(Instant::now() + Duration::from_millis(20));
    if !matches!(timeout_at(grace, noted).await, Ok(Ok(_))) {
        tracing::warn!(session = %id, "a session could not note its offers in time");
    }
    Ok(answer)
}

/// Placements that belong to another channel than the session.
fn elsewhere(decider: &Decider, session: &Session, placements: &[String]) -> Vec<FieldProblem> {
    let catalog = decider.catalog();
    let mut problems = vec![];
    for (at, key) in placements.iter().enumerate() {
        let Some(place) = catalog.placement_place(key) else {
            continue;
        };
        let channel = catalog.placements[usize::from(place)].body.channel;
        if channel != session.channel {
            let message = format!("the placement is one of the channel {channel}");
            let hint = format!("name placements of {}", session.channel);
            problems.push(FieldProblem::new(format!("/placements/{at}"), message).hint(hint));
        }
    }
    problems
}

async fn profile(decider: &Decider, key: &Key, id: SessionId) -> Result<Reply> {
    let session = open(decider, id).await?;
    let memory = decider.memory();
    let found = match decider.resolve(&session.customer).await? {
        Some(id) => memory.customer(id).await?,
        None => None,
    };
    let attributes = memory::attribute::db::all(memory.db()).await?;
    let masking = Masking::new(attributes, key.require(gate::Scope::Manage).is_err());
    let now = memory.db().now();
    let customer = found.map(|customer| view(&customer, customer.id, vec![], &masking, now));
    let known = customer.as_ref().map(|customer| customer.row.customer_id);
    Ok(Reply::Profile(Box::new(Profile {
        session: session.view(known),
        customer,
    })))
}

/// Ends a session and gives back what was promised in it and never presented. Ending it again
/// answers the same.
async fn end(decider: &Decider, id: SessionId) -> Result<Ended> {
    let store = decider.memory().db();
    for race in 0..RACES {
        let found = db::get(store, id).await?;
        let mut session =
            found.ok_or_else(|| Problem::not_found(format!("there is no session {id}")))?;
        if let Some(ended_at) = session.ended_at {
            return Ok(Ended {
                session_id: id,
                ended_at,
                released: 0,
            });
        }
        let now = store.now();
        session.ended_at = Some(now);
        if db::save(store, &session).await? {
            let released = release(decider, &session, now).await?;
            return Ok(Ended {
                session_id: id,
                ended_at: now,
                released,
            });
        }
        give_way(store, race).await;
    }
    Err(Problem::new(code::CONFLICT).detail("too many commands change this session at once"))
}

async fn release(decider: &Decider, session: &Session, now: Timestamp) -> Result<usize> {
    let memory = decider.memory();
    let mut released = 0;
    for contact in &session.contacts {
        let Some(made) = memory.contact(*contact).await? else {
            continue;
        };
        let Some(customer) = memory.customer(made.customer_id).await? else {
            continue;
        };
        let mut marks = customer.state.contacts.iter();
        let promised = marks.any(|mark| {
            mark.contact_id == *contact
                && mark.status == ContactStatus::Reserved
                && mark.expires_at.is_none_or(|end| now < end)
        });
        if promised {
            decider
                .release(made.customer_id, *contact, "session ended")
                .await?;
            released += 1;
        }
    }
    Ok(released)
}

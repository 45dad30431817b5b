//! Links in messages over HTTP: click, open, unsubscribe, preferences. No cookie, no script.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gate::Path;
use memory::consent::ConsentState;
use memory::interaction::{Response as Reaction, ResponseKind};
use memory::log::{Command, Entry};
use memory::{Customer, CustomerId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Choice, Language, STYLE, choices, masked, notice, statement};
use crate::message::check::MARKETING;
use crate::message::contact::{mark, row};
use crate::message::link::{Kind, Payload};
use crate::message::outbox::{Message, MessageId};
use crate::message::render::Links;
use crate::message::state::{Event, State as MessageState};
use crate::message::{db, settled};
use crate::{Error, ExecutionState};

/// A click on one link counts once in so many milliseconds: people click twice, scanners often.
const CLICK_ONCE_MS: i64 = 10_000;
/// An open counts once a day: mail programs load the picture whenever they like.
const OPEN_ONCE_MS: i64 = 86_400_000;
/// A transparent picture of one pixel.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\
\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// Routes of the links in messages.
pub fn routes() -> OpenApiRouter<ExecutionState> {
    OpenApiRouter::default()
        .routes(routes!(click))
        .routes(routes!(open))
        .routes(routes!(ask_unsubscribe, unsubscribe))
        .routes(routes!(ask_preferences, prefer))
        .routes(routes!(style))
}

/// Follow a link of a message.
#[utoipa::path(get, path = "/t/{token}", tag = "customer pages", params(("token" = String, Path)),
    responses((status = 302, description = "To where the link leads"),
        (status = 404, body = String, content_type = "text/html"),
        (status = 410, body = String, content_type = "text/html")))]
async fn click(
    method: Method,
    State(state): State<ExecutionState>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let visit = match visit(&state, &headers, Kind::Click, &token).await {
        Ok(visit) => visit,
        Err(page) => return page,
    };
    let target = visit.message.links.get(usize::from(visit.payload.index));
    let Some(target) = target else {
        return gone(visit.language);
    };
    // A scanner that only asks for the head has not clicked.
    if method == Method::GET {
        react(&state, &visit, ResponseKind::Click, CLICK_ONCE_MS).await;
    }
    let headers = [
        (header::LOCATION, target.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::FOUND, headers).into_response()
}

/// The picture by which a mail program tells that a message was opened.
#[utoipa::path(get, path = "/o/{token}", tag = "customer pages", params(("token" = String, Path)),
    responses((status = 200, body = [u8], content_type = "image/gif")))]
async fn open(
    method: Method,
    State(state): State<ExecutionState>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    // A picture answers with a picture, whatever the token is worth.
    if let Ok(visit) = visit(&state, &headers, Kind::Open, &token).await
        && method == Method::GET
    {
        react(&state, &visit, ResponseKind::View, OPEN_ONCE_MS).await;
    }
    let headers = [
        (header::CONTENT_TYPE, "image/gif"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, PIXEL).into_response()
}

/// Ask whether to unsubscribe. Opening the page changes nothing.
#[utoipa::path(get, path = "/u/{token}", tag = "customer pages", params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, body = String, content_type = "text/html"),
        (status = 410, body = String, content_type = "text/html")))]
async fn ask_unsubscribe(
    State(state): State<ExecutionState>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let visit = match visit(&state, &headers, Kind::Unsubscribe, &token).await {
        Ok(visit) => visit,
        Err(page) => return page,
    };
    let address = visit.customer.state.email().map(masked).unwrap_or_default();
    let from = &state.settings.from;
    let sender = from.name.as_deref().unwrap_or(&from.address);
    let text = visit.language.unsubscribe_text(&address, sender);
    let choose_url = visit.choose_url(&state);
    let action = format!("/u/{token}");
    html(
        StatusCode::OK,
        super::unsubscribe(visit.language, &text, &action, &choose_url),
    )
}

/// Unsubscribe in one step (RFC 8058). Nothing is sent after the answer.
#[utoipa::path(post, path = "/u/{token}", tag = "customer pages", params(("token" = String, Path)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, body = String, content_type = "text/html"),
        (status = 410, body = String, content_type = "text/html"),
        (status = 503, body = String, content_type = "text/html")))]
async fn unsubscribe(
    State(state): State<ExecutionState>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let visit = match visit(&state, &headers, Kind::Unsubscribe, &token).await {
        Ok(visit) => visit,
        Err(page) => return page,
    };
    let message = &visit.message;
    let purpose = match message.purpose.as_str() {
        "" => MARKETING,
        purpose => purpose,
    };
    let choice = Choice {
        channel: message.channel.clone(),
        purpose: purpose.to_owned(),
        yes: true,
    };
    let changes = [(choice, ConsentState::Denied)];
    match say(&state, &visit, &changes, "one_click_unsubscribe").await {
        Ok(()) => {
            let choose_url = visit.choose_url(&state);
            html(
                StatusCode::OK,
                super::unsubscribed(visit.language, &choose_url),
            )
        }
        Err(error) => busy(visit.language, &error),
    }
}

/// Choose what to get.
#[utoipa::path(get, path = "/p/{token}", tag = "customer pages", params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, body = String, content_type = "text/html"),
        (status = 410, body = String, content_type = "text/html")))]
async fn ask_preferences(
    State(state): State<ExecutionState>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    match visit(&state, &headers, Kind::Preferences, &token).await {
        Ok(visit) => preferences(&state, &visit, &token, false),
        Err(page) => page,
    }
}

/// Save what was chosen; what is not ticked is denied.
#[utoipa::path(post, path = "/p/{token}", tag = "customer pages", params(("token" = String, Path)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, body = String, content_type = "text/html"),
        (status = 410, body = String, content_type = "text/html"),
        (status = 503, body = String, content_type = "text/html")))]
async fn prefer(
    State(state): State<ExecutionState>,
    headers: HeaderMap,
    Path(token): Path<String>,
    form: Bytes,
) -> Response {
    let mut visit = match visit(&state, &headers, Kind::Preferences, &token).await {
        Ok(visit) => visit,
        Err(page) => return page,
    };
    let ticked: Vec<String> = url::form_urlencoded::parse(&form)
        .map(|(name, _)| name.into_owned())
        .collect();
    let mut changes = Vec::new();
    for choice in choices(&visit.customer.state, state.db.now()) {
        let yes = ticked.contains(&choice.field());
        if yes != choice.yes {
            let said = if yes {
                ConsentState::Granted
            } else {
                ConsentState::Denied
            };
            changes.push((choice, said));
        }
    }
    if let Err(error) = say(&state, &visit, &changes, "preference_page").await {
        return busy(visit.language, &error);
    }
    if let Ok(Some(customer)) = state.memory.customer(visit.customer.id).await {
        visit.customer = customer;
    }
    preferences(&state, &visit, &token, true)
}

/// The style of the pages that customers see.
#[utoipa::path(get, path = "/customer.css", tag = "customer pages",
    responses((status = 200, body = String, content_type = "text/css")))]
async fn style() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, STYLE)
}

/// A customer who came by a valid link.
struct Visit {
    payload: Payload,
    message: Message,
    customer: Customer,
    language: Language,
}

impl Visit {
    fn choose_url(&self, state: &ExecutionState) -> String {
        let links = Links {
            keys: &state.keys,
            base_url: "",
            customer_id: self.message.customer_id,
            message_id: self.message.id,
        };
        links.url(Kind::Preferences, 0)
    }
}

/// Who came with a token, or the page that says why it does not work.
async fn visit(
    state: &ExecutionState,
    headers: &HeaderMap,
    kind: Kind,
    token: &str,
) -> Result<Visit, Response> {
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let language = Language::choose(accepted, None);
    let Ok(payload) = state.keys.verify(kind, token) else {
        let words = language.words();
        let page = notice(language, words.invalid_title, words.invalid_text);
        return Err(html(StatusCode::NOT_FOUND, page));
    };
    let (customer_id, id) = (
        CustomerId(payload.customer_id),
        MessageId(payload.subject_id),
    );
    let read = async {
        let message = db::of_customer(&state.db, customer_id, id).await?;
        let customer = state.memory.customer(customer_id).await?;
        Ok::<_, Error>((message, customer))
    };
    match read.await {
        Ok((Some(message), Some(customer))) => {
            let spoken = message
                .language
                .as_deref()
                .or(customer.state.language.as_deref());
            let language = Language::choose(accepted, spoken);
            Ok(Visit {
                payload,
                message,
                customer,
                language,
            })
        }
        Ok((_, _)) => Err(gone(language)),
        Err(error) => Err(busy(language, &error)),
    }
}

/// Writes down what a customer says, and waits for messages that are being handed over.
async fn say(
    state: &ExecutionState,
    visit: &Visit,
    changes: &[(Choice, ConsentState)],
    source: &str,
) -> Result<(), Error> {
    let now = state.db.now();
    let customer = &visit.customer;
    let rows = changes.iter().map(|(choice, said)| {
        let proof = visit.message.id.to_string();
        let consent = statement(&customer.state, choice, *said, source, proof, now);
        row(consent.at, Entry::Consent(consent), None)
    });
    // Said once is said: the second click of somebody impatient changes nothing.
    let standing = |(choice, said): &(Choice, ConsentState)| {
        let consents = &customer.state.consents;
        consents.iter().any(|c| {
            c.channel == choice.channel
                && c.purpose == choice.purpose
                && c.state == *said
                && *said == ConsentState::Denied
        })
    };
    if !changes.iter().all(standing) {
        let rows = rows.collect();
        let command = Command {
            customer: customer.id,
            rows,
            expect: None,
        };
        state.memory.append(command).await?;
    }
    if !settled(&state.memory, customer.id).await? {
        tracing::warn!("a message is on its way for longer than an answer can wait");
    }
    Ok(())
}

/// Writes down a reaction. Whatever fails, the customer gets where they wanted to go.
async fn react(state: &ExecutionState, visit: &Visit, kind: ResponseKind, once_ms: i64) {
    let message = &visit.message;
    let reaction = Reaction {
        kind,
        name: None,
        contact_id: message.contact_id,
        offer: message.offer.clone(),
        category: message.category.clone(),
        channel: Some(message.channel.clone()),
        inferred: false,
        in_control: false,
        value_cents: None,
        currency: None,
        credit: None,
        note: None,
    };
    let now = state.db.now();
    let moment = now.0.div_euclid(once_ms).to_string();
    let index = visit.payload.index.to_string();
    let mark = mark(&[
        "reaction",
        kind.word(),
        &message.id.to_string(),
        &index,
        &moment,
    ]);
    let command = Command {
        customer: message.customer_id,
        rows: vec![row(now, Entry::Response(reaction), Some(mark))],
        expect: None,
    };
    if let Err(error) = state.memory.append(command).await {
        tracing::warn!(%error, message = %message.id, "a reaction could not be written down");
    }
    if message.row.state == MessageState::Uncertain
        && let Err(error) = confirm(state, message).await
    {
        tracing::warn!(%error, message = %message.id, "a message stays uncertain");
    }
}

/// A reaction proves that an uncertain message arrived.
async fn confirm(state: &ExecutionState, message: &Message) -> Result<(), Error> {
    let mut tx = state.db.begin().await?;
    let Some(mut current) = db::locked(&mut tx, message.customer_id, message.id).await? else {
        return Ok(());
    };
    let detail = Some("the customer reacted to it".to_owned());
    if current
        .happen(Event::Confirm, detail, state.db.now())
        .is_ok()
    {
        db::save(&mut tx, &current).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn preferences(state: &ExecutionState, visit: &Visit, token: &str, saved: bool) -> Response {
    let choices = choices(&visit.customer.state, state.db.now());
    let why = super::why(state, &visit.customer, &visit.message, visit.language);
    let action = format!("/p/{token}");
    html(
        StatusCode::OK,
        super::preferences(visit.language, &choices, &why, &action, saved),
    )
}

fn gone(language: Language) -> Response {
    let words = language.words();
    html(
        StatusCode::GONE,
        notice(language, words.gone_title, words.gone_text),
    )
}

fn busy(language: Language, error: &Error) -> Response {
    tracing::error!(%error, "a customer's page could not be answered");
    let words = language.words();
    let page = notice(language, words.busy_title, words.busy_text);
    let mut answer = html(StatusCode::SERVICE_UNAVAILABLE, page);
    answer.headers_mut().insert(header::RETRY_AFTER, 10.into());
    answer
}

fn html(status: StatusCode, page: String) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; \
                          base-uri 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    (status, headers, page).into_response()
}

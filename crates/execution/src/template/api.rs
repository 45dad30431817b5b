//! Previews of templates over HTTP.

use axum::extract::State;
use gate::problem::Code;
use gate::{Json, Path, Permission, Problem, ProblemDocument, Result, User};
use memory::{Customer, CustomerId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::definition;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Compiled, Data, KIND, RenderError, Rendered, Template, validate};
use crate::message::render;
use crate::{Error, ExecutionState, journey};

/// The codes of templates. Each has a page `docs/errors/<code>.md`.
pub const CODES: &[Code] = &[FIELD_MISSING, UNUSABLE, WITHOUT_VARIANT];
const FIELD_MISSING: Code = Code {
    name: "template_field_missing",
    status: 422,
    title: "The template uses a field that has no value",
    hint: "give the field a value, or a default in the template",
};
const UNUSABLE: Code = Code {
    name: "template_unusable",
    status: 422,
    title: "The template cannot be written with these data",
    hint: "correct the template at the place that is named",
};
const WITHOUT_VARIANT: Code = Code {
    name: "template_without_variant",
    status: 422,
    title: "The template has no variant",
    hint: "write a variant of the template",
};

/// Routes of templates.
pub fn routes() -> OpenApiRouter<ExecutionState> {
    OpenApiRouter::default()
        .routes(routes!(preview))
        .routes(routes!(fields))
}

/// What to preview.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// A body that is not saved yet.
    template: Option<Template>,
    /// Or the key of a saved template, in its newest version.
    #[schema(example = "cart_reminder")]
    key: Option<String>,
    /// A real customer to write to; invented data unless given.
    customer_id: Option<CustomerId>,
    /// Language; the customer's unless given.
    #[schema(example = "en")]
    language: Option<String>,
    /// Key of an offer to write about.
    offer: Option<String>,
    /// Replaces parts of the data: `{"cart": {…}}`.
    #[schema(value_type = Option<Object>)]
    data: Option<serde_json::Map<String, Value>>,
}

/// See how a template looks, for a real customer or with invented data.
#[utoipa::path(post, path = "/api/templates/preview", tag = "templates", request_body = Wish,
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Rendered), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn preview(
    user: User,
    State(state): State<ExecutionState>,
    Json(wish): Json<Wish>,
) -> Result<Json<Rendered>> {
    user.require(Permission::ViewDefinitions)?;
    if wish.customer_id.is_some() {
        user.require(Permission::ViewCustomers)?;
    }
    let template = template(&state, &wish).await?;
    let compiled =
        Compiled::compile(&template).map_err(|_| Problem::invalid(validate(&json!(template))))?;
    let (language, data) = data(&state, &wish).await?;
    let work = move || compiled.render(&language, &Data::new(data));
    let rendered = tokio::task::spawn_blocking(work)
        .await
        .map_err(Problem::internal)?;
    Ok(Json(rendered.map_err(|error| problem(&error))?))
}

async fn template(state: &ExecutionState, wish: &Wish) -> Result<Template> {
    match (&wish.template, &wish.key) {
        (Some(template), _) => Ok(template.clone()),
        (None, Some(key)) => saved(state, key).await,
        (None, None) => {
            let problem = gate::FieldProblem::new("/key", "there is nothing to preview");
            Err(Problem::invalid(vec![
                problem.hint("send a template or the key of one"),
            ]))
        }
    }
}

async fn saved(state: &ExecutionState, key: &str) -> Result<Template> {
    let found = definition::one(&state.db, KIND.name, key).await?;
    let found = found.ok_or_else(|| Problem::not_found(format!("there is no template {key}")))?;
    let invalid = |_| Problem::invalid(validate(&found.body));
    serde_json::from_value(found.body.clone()).map_err(invalid)
}

/// The data to write with: those of the customer, or invented ones; what is given wins.
async fn data(state: &ExecutionState, wish: &Wish) -> Result<(String, Value)> {
    let customer = match wish.customer_id {
        Some(id) => {
            let found = state.memory.customer(id).await?;
            Some(found.ok_or_else(|| Problem::not_found(format!("there is no customer {id}")))?)
        }
        None => None,
    };
    let spoken = || customer.as_ref().map(render::language);
    let language = wish
        .language
        .clone()
        .or_else(spoken)
        .unwrap_or_else(|| "en".to_owned());
    let offer = match &wish.offer {
        Some(key) => Some(offer(state, key, &language).await?),
        None => None,
    };
    let urls = render::sample_urls(&state.settings.base_url);
    let now = state.db.now();
    let mut data = match &customer {
        Some(customer) => {
            let mut data = render::data(customer, offer, None, urls, now);
            let event = last_event(state, customer)
                .await?
                .unwrap_or_else(sample_event);
            data["cart"] = event.clone();
            data["event"] = event;
            data
        }
        None => {
            let today = now.to_string()[..10].to_owned();
            let mut data = json!({
                "customer": {
                    "name": "Robin Example", "first_name": "Robin", "last_name": "Example",
                    "label": "Robin Example", "email": "robin@example.com",
                },
                "cart": sample_event(), "event": sample_event(), "links": urls, "today": today,
            });
            if let Some(offer) = offer {
                data["offer"] = offer;
            }
            data
        }
    };
    data["message"] = json!({ "id": "msg_0" });
    for (key, value) in wish.data.iter().flatten() {
        data[key] = value.clone();
    }
    Ok((language, data))
}

async fn offer(state: &ExecutionState, key: &str, language: &str) -> Result<Value> {
    let found = definition::one(&state.db, decision::offer::KIND.name, key).await?;
    let found = found.ok_or_else(|| Problem::not_found(format!("there is no offer {key}")))?;
    Ok(render::offer_data(
        key,
        found.version,
        &found.body,
        "email",
        language,
    ))
}

/// What the customer's latest way through a journey began with: their cart.
async fn last_event(state: &ExecutionState, customer: &Customer) -> Result<Option<Value>> {
    let everyone: Vec<CustomerId> = customer
        .state
        .members
        .iter()
        .copied()
        .chain([customer.id])
        .collect();
    let instances = journey::db::of_customer(&state.db, &everyone).await?;
    let events = instances.into_iter().map(|instance| instance.luggage.event);
    Ok(events.into_iter().find(Value::is_object))
}

/// An invented cart.
fn sample_event() -> Value {
    json!({
        "cart_id": "c_1", "order_id": "o_1", "currency": "GBP", "total": 24.4, "value": 24.4,
        "products": [
            { "product_id": "p_1", "name": "Teacup", "price": 8.5, "quantity": 2 },
            { "product_id": "p_2", "name": "Candle", "price": 7.4, "quantity": 1 },
        ],
    })
}

/// Where a template could not be written, and what to do about it.
fn problem(error: &RenderError) -> Problem {
    let field = error.problem();
    let (code, place) = match error {
        RenderError::MissingField { place, .. } => (FIELD_MISSING, Some(place)),
        RenderError::Unusable { place, .. } => (UNUSABLE, Some(place)),
        RenderError::NoVariant => (WITHOUT_VARIANT, None),
    };
    let mut problem = Problem::new(code).detail(error.to_string());
    if let Some(hint) = &field.hint {
        problem = problem.hint(hint.clone());
    }
    if let Some(place) = place {
        problem = problem
            .with("language", place.language.clone())
            .with("part", place.part.key())
            .with("line", place.line);
    }
    if let RenderError::MissingField { path, .. } = error {
        problem = problem.with("field", path.clone());
    }
    problem.errors(vec![field])
}

/// A field of the customer's data that a template uses.
#[derive(Debug, Serialize, ToSchema)]
struct UsedField {
    /// Its path, for example `customer.first_name`.
    path: String,
    /// The line it is first used on.
    line: usize,
    /// True when the message cannot be written without it.
    required: bool,
}

/// The fields that one language of a template uses.
#[derive(Debug, Serialize, ToSchema)]
struct VariantFields {
    /// The language.
    language: String,
    /// Its fields, by path.
    fields: Vec<UsedField>,
}

/// List the fields that a template uses, in its newest version.
#[utoipa::path(get, path = "/api/templates/{key}/fields", tag = "templates",
    params(("key" = String, Path, example = "cart_reminder")),
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Vec<VariantFields>), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn fields(
    user: User,
    State(state): State<ExecutionState>,
    Path(key): Path<String>,
) -> Result<Json<Vec<VariantFields>>> {
    user.require(Permission::ViewDefinitions)?;
    let template = saved(&state, &key).await?;
    let compiled =
        Compiled::compile(&template).map_err(|_| Problem::invalid(validate(&json!(template))))?;
    let used = compiled
        .fields_used()
        .into_iter()
        .map(|(language, fields)| VariantFields {
            language,
            fields: fields
                .into_iter()
                .map(|field| UsedField {
                    path: field.path,
                    line: field.line,
                    required: field.required,
                })
                .collect(),
        });
    Ok(Json(used.collect()))
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::Store(error) => error.into(),
            Error::Memory(error) => error.into(),
            Error::NoCustomer(_) => Problem::not_found(error.to_string()),
            Error::Decision(_)
            | Error::NoVersion(..)
            | Error::Json(_)
            | Error::Illegal(_)
            | Error::Task(_)
            | Error::BrokeOff
            | Error::FailPoint => Problem::internal(error),
        }
    }
}

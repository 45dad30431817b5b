//! Problem documents (RFC 9457): the one form in which every failure is answered.

pub mod code;
#[cfg(test)]
mod tests;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use code::Code;
pub use store::definition::Problem as FieldProblem;

/// What handlers answer.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// A failure as it is answered: a code, what happened, what to do, and where.
#[derive(Debug, Clone)]
pub struct Problem(Box<Content>);

#[derive(Debug, Clone)]
struct Content {
    code: Code,
    detail: Option<String>,
    hint: Option<String>,
    errors: Vec<FieldProblem>,
    extra: Map<String, Value>,
    retry_after_seconds: Option<u64>,
    /// For the log only.
    cause: Option<String>,
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// Where the code is explained: `/problems/<code>`.
    #[serde(rename = "type")]
    pub about: String,
    /// The code in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A stable word to tell problems apart by.
    pub code: String,
    /// What happened in this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Each thing that is wrong, with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Finds the call in the logs.
    pub trace_id: String,
    /// Facts that belong to the code, for example the `version` that is in the way.
    #[serde(flatten)]
    #[schema(additional_properties)]
    pub extra: Map<String, Value>,
}

impl Problem {
    /// A problem with nothing but its code.
    pub fn new(code: Code) -> Problem {
        Problem(Box::new(Content {
            code,
            detail: None,
            hint: None,
            errors: Vec::new(),
            extra: Map::new(),
            retry_after_seconds: None,
            cause: None,
        }))
    }

    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Problem {
        Problem::new(code::NOT_FOUND).detail(detail)
    }

    /// The body is readable and breaks rules.
    pub fn invalid(errors: Vec<FieldProblem>) -> Problem {
        Problem::new(code::INVALID_BODY).errors(errors)
    }

    /// Something failed that is not the caller's fault; the cause goes to the log only.
    pub fn internal(cause: impl std::fmt::Display) -> Problem {
        let mut problem = Problem::new(code::INTERNAL);
        problem.0.cause = Some(cause.to_string());
        problem
    }

    /// Says what happened.
    pub fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.0.detail = Some(detail.into());
        self
    }

    /// Says what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.0.hint = Some(hint.into());
        self
    }

    /// Says where.
    pub fn errors(mut self, errors: Vec<FieldProblem>) -> Problem {
        self.0.errors = errors;
        self
    }

    /// Adds a fact that belongs to the code.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.0.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Says when to come back.
    pub fn retry_after(mut self, seconds: u64) -> Problem {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Each thing that is wrong.
    pub fn field_problems(&self) -> &[FieldProblem] {
        &self.0.errors
    }

    /// What happened, when it is said.
    pub fn detail_text(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Problem {
        if error.is_retryable() {
            let mut problem = Problem::new(code::UNAVAILABLE).retry_after(1);
            problem.0.cause = Some(error.to_string());
            return problem;
        }
        if error.is_unique_violation() {
            return Problem::new(code::CONFLICT).detail("somebody else did the same just now");
        }
        match error {
            store::Error::Changed {
                kind,
                key,
                version,
                hash,
                author,
            } => Problem::new(code::CHANGED_MEANWHILE)
                .detail(format!(
                    "{kind}/{key} was changed by {author} meanwhile: it is at version {version}"
                ))
                .hint("read it again, carry your change over, and save with its new hash")
                .with("version", version)
                .with("hash", hash)
                .with("author", author),
            store::Error::NoDefinition { kind, key } => {
                Problem::not_found(format!("there is no {kind} {key}, or not in that version"))
            }
            other => Problem::internal(other),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let content = *self.0;
        let code = content.code;
        let trace_id = crate::observe::trace_id();
        if code.status >= 500 {
            let cause = content.cause.as_deref().unwrap_or_default();
            tracing::error!(code = code.name, cause, trace_id, "a call failed");
        }
        let usual = Some(code.hint.to_owned()).filter(|hint| !hint.is_empty());
        let hint = content.hint.or(usual);
        let document = ProblemDocument {
            about: format!("/problems/{}", code.name),
            title: code.title.to_owned(),
            status: code.status,
            code: code.name.to_owned(),
            detail: content.detail,
            hint,
            errors: content.errors,
            trace_id,
            extra: content.extra,
        };
        let status = StatusCode::from_u16(code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
        if let Some(seconds) = content.retry_after_seconds {
            let value = HeaderValue::from(seconds.max(1));
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        if code.status == 401 {
            let value = HeaderValue::from_static("Bearer realm=\"rapport\"");
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}

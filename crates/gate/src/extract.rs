//! Reading calls: bodies, queries and paths, with failures that name the place.

use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::problem::{FieldProblem, Problem, code};

/// Bytes for which an answer has room at once.
const USUAL_ANSWER: usize = 1_024;

/// A JSON body, in or out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

/// The query string.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

/// The variable parts of the address.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

/// 201 with the new object.
#[derive(Debug, Clone, Copy)]
pub struct Created<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !declares_json(request.headers()) {
            return Err(Problem::new(code::UNSUPPORTED_MEDIA_TYPE)
                .hint("send the header Content-Type: application/json"));
        }
        let bytes = axum::body::Bytes::from_request(request, state).await;
        read(&bytes.map_err(unreadable)?).map(Json)
    }
}

/// Reads a JSON text; what is wrong is answered with its line, its column and its field.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Following the place costs as much again as reading, so only what is wrong is followed.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(wrong_body)?;
    reader.end().map_err(wrong_syntax)?;
    Ok(value)
}

fn declares_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE);
    let declared = declared.and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = declared.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")
}

fn unreadable(rejection: BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(code::TOO_LARGE).detail(rejection.body_text());
    }
    Problem::new(code::BAD_REQUEST).detail("the body ended early")
}

fn wrong_body(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let pointer = pointer(error.path());
    let inner = error.into_inner();
    if !inner.is_data() {
        return wrong_syntax(inner);
    }
    let text = inner.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    let problem = Problem::invalid(vec![FieldProblem::unreadable(pointer, message)]);
    // What is known only of the whole has no line.
    if inner.line() == 0 {
        return problem.detail(message);
    }
    let place = format!("line {}, column {}", inner.line(), inner.column());
    problem
        .detail(format!("{message} ({place})"))
        .with("line", inner.line())
        .with("column", inner.column())
}

fn wrong_syntax(error: serde_json::Error) -> Problem {
    Problem::new(code::INVALID_JSON)
        .detail(error.to_string())
        .with("line", error.line())
        .with("column", error.column())
}

/// The place as a JSON pointer.
pub fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            // A variant with something in it is written as the only field of an object.
            Segment::Map { key } | Segment::Enum { variant: key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Unknown => {}
        }
    }
    pointer
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        // Room for a usual answer at once, which would grow four times else.
        let mut text = Vec::with_capacity(USUAL_ANSWER);
        if let Err(error) = serde_json::to_writer(&mut text, &self.0) {
            return Problem::internal(error).into_response();
        }
        let mut response = Response::new(Body::from(text));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, axum::Json(self.0)).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        let query = query.map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ");
            Problem::new(code::INVALID_QUERY)
                .detail(text.unwrap_or("the query string is not readable"))
        })?;
        Ok(Query(query.0))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let path = path.map_err(|rejection| Problem::not_found(rejection.body_text()))?;
        Ok(Path(path.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Offer {
        #[expect(dead_code, reason = "only reading is tested")]
        creatives: Vec<Creative>,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Creative {
        #[expect(dead_code, reason = "only reading is tested")]
        channel: String,
    }

    #[test]
    fn a_wrong_field_is_answered_with_its_place() {
        let body = b"{\"creatives\": [{\"channel\": \"web\"},\n {\"channel\": 7}]}";
        let problem = read::<Offer>(body).unwrap_err();
        let detail = "invalid type: integer `7`, expected a string (line 2, column 14)";
        assert_eq!(problem.detail_text(), Some(detail));
        assert_eq!(problem.code(), code::INVALID_BODY);
        assert_eq!(problem.field_problems()[0].path, "/creatives/1/channel");
        assert!(problem.field_problems()[0].hint.is_some());
    }

    #[test]
    fn a_missing_field_is_named_by_its_own_place() {
        let place = |body: &[u8]| {
            let problem = read::<Offer>(body).unwrap_err();
            let [one] = problem.field_problems() else {
                panic!("{problem:?}");
            };
            assert!(one.hint.is_some());
            one.path.clone()
        };
        assert_eq!(place(b"{}"), "/creatives");
        assert_eq!(place(b"{\"creatives\": [{}]}"), "/creatives/0/channel");
        assert_eq!(place(b"{\"creatives\": [], \"name\": 1}"), "/name");
    }

    #[test]
    fn broken_json_is_answered_with_line_and_column() {
        let problem = read::<Offer>(b"{\"creatives\": [}").unwrap_err();
        assert_eq!(problem.code(), code::INVALID_JSON);
        assert_eq!(
            problem.detail_text(),
            Some("expected value at line 1 column 16")
        );
        assert_eq!(
            read::<Offer>(b"{\"creatives\": []} x")
                .unwrap_err()
                .code()
                .status,
            400
        );
    }
}

//! OpenAI's error object.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An answer that is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    /// OpenAI's `type`.
    pub(super) kind: &'static str,
    /// OpenAI's `code`.
    pub(super) code: Option<&'static str>,
    /// The field that is to blame.
    pub(super) param: Option<String>,
    pub(super) message: String,
}

/// What OpenAI calls everything that is the caller's fault.
const INVALID: &str = "invalid_request_error";
/// Bytes of a message.
const LONGEST: usize = 400;

impl ApiError {
    /// The request is wrong: status 400.
    pub(super) fn invalid(param: Option<&str>, message: impl Into<String>) -> Self {
        let (param, mut message) = (param.map(str::to_owned), message.into());
        // Messages may quote the request, which may be long.
        if message.len() > LONGEST {
            message.truncate(message.floor_char_boundary(LONGEST));
            message.push_str("...");
        }
        Self { status: StatusCode::BAD_REQUEST, kind: INVALID, code: None, param, message }
    }

    /// The same error with a code.
    pub(super) fn coded(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The same error with a status.
    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The error object.
    pub(super) fn body(&self) -> String {
        let Self { kind, code, param, message, .. } = self;
        json!({"error": {"message": message, "type": kind, "param": param, "code": code}}).to_string()
    }

    /// An error of ours.
    pub(super) fn server(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, kind: "server_error", code: None, param: None, message: message.into() }
    }

    /// There are too many requests.
    pub(super) fn rate_limit(message: String) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            kind: "requests",
            code: Some("rate_limit_exceeded"),
            param: None,
            message,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

//! What a server's error means for the call and for the run.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::limit::Failure;

/// How much of a server's message is passed on.
const EXCERPT: usize = 400;

/// An answer other than success.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: String,
}

impl Refusal {
    /// Whether the server does not know what was asked for at all.
    pub(super) fn is_unknown_path(&self) -> bool {
        matches!(self.status.as_u16(), 404 | 405 | 501)
    }

    /// Whether time ran out somewhere on the way, while the model may have been at work: such a request may be billed.
    pub(super) fn is_late(&self) -> bool {
        matches!(self.status.as_u16(), 408 | 504 | 524)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HTTP {}", self.status)
    }
}

impl std::error::Error for Refusal {}

/// What a server's error object says, whatever its shape.
#[derive(Debug, Default)]
struct Said {
    message: String,
    /// Type and code, in lower case.
    kind: String,
    /// A code that is a number: the HTTP status behind a proxy.
    number: Option<u16>,
}

impl Said {
    fn read(body: &str) -> Self {
        match serde_json::from_str::<Value>(body) {
            // Google wraps the object into a list.
            Ok(Value::Array(items)) => items.first().map(Self::of).unwrap_or_default(),
            Ok(value) => Self::of(&value),
            Err(_) => Self { message: excerpt(body), ..Self::default() },
        }
    }

    fn of(value: &Value) -> Self {
        let error = value.get("error").filter(|error| !error.is_null()).unwrap_or(value);
        let field = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let message = error.as_str().unwrap_or_else(|| match field("message") {
            "" => value.get("detail").or_else(|| value.get("message")).and_then(Value::as_str).unwrap_or_default(),
            message => message,
        });
        let number = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let message = if message.is_empty() { excerpt(&value.to_string()) } else { excerpt(message) };
        let kind = [field("type"), field("code"), field("status")].join(" ").to_lowercase();
        Self { message, kind, number }
    }

    fn mentions(&self, words: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        words.iter().any(|word| self.kind.contains(word) || message.contains(word))
    }
}

fn excerpt(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}...", &flat[..end]),
        None => flat,
    }
}

/// The meaning of an HTTP error. `key` says where the key came from.
pub(super) fn classify(refusal: &Refusal, key: &str) -> Failure {
    meaning(refusal.status, &Said::read(&refusal.body), refusal.retry_after, key)
}

/// The meaning of an error object inside an answer with status 200.
pub(super) fn classify_inside(error: &Value, key: &str) -> Failure {
    let said = Said::of(error);
    let status = said.number.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::BAD_GATEWAY);
    meaning(status, &said, None, key)
}

fn meaning(status: StatusCode, said: &Said, retry_after: Option<Duration>, key: &str) -> Failure {
    let message = format!("HTTP {}: {}", status.as_u16(), said.message);
    if said.mentions(&["insufficient_quota", "billing_hard_limit", "insufficient balance", "insufficient credits"])
        || status == StatusCode::PAYMENT_REQUIRED
    {
        return Failure::Fatal(format!(
            "the quota of the key ({key}) is used up; add credit or use another key ({message})"
        ));
    }
    match status.as_u16() {
        401 => bad_key(key, &message),
        400 if said.mentions(&["invalid_api_key", "api key"]) => bad_key(key, &message),
        403 if said.mentions(&["moderation", "content_policy", "flagged"]) => Failure::Rejected(message),
        403 => Failure::Fatal(format!("the key ({key}) may not do this; ask its owner or use another ({message})")),
        404 | 405 => Failure::Fatal(format!("no such model or path; check `name` and `base_url` ({message})")),
        300..=399 => Failure::Fatal(format!("the server redirects; put its new address into `base_url` ({message})")),
        400 if said.mentions(&["unsupported_parameter", "unsupported_value", "model_not_found"]) => Failure::Fatal(
            format!("the server refuses a setting of the model; change it or null it in `extra` ({message})"),
        ),
        429 => Failure::Busy { message, retry_after },
        503 if retry_after.is_some() => Failure::Busy { message, retry_after },
        408 | 409 | 425 | 500..=599 => Failure::Passing { message },
        _ => Failure::Rejected(message),
    }
}

fn bad_key(key: &str, message: &str) -> Failure {
    Failure::Fatal(format!("the server refuses the key ({key}); check that it is complete and still valid ({message})"))
}

/// What the server asks for: OpenAI's `retry-after-ms`, or `Retry-After` in seconds or as a date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |value: &str| value.trim().parse::<f64>().ok();
    let seconds = |number: f64| Duration::try_from_secs_f64(number).ok();
    if let Some(ms) = headers.get("retry-after-ms").and_then(|value| value.to_str().ok()).and_then(number) {
        return seconds(ms / 1e3);
    }
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    match number(value) {
        Some(number) => seconds(number),
        None => {
            let date = httpdate::parse_http_date(value).ok()?;
            Some(date.duration_since(SystemTime::now()).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classified(status: u16, body: &str) -> Failure {
        let refusal =
            Refusal { status: StatusCode::from_u16(status).unwrap(), retry_after: None, body: body.to_owned() };
        classify(&refusal, "environment variable KEY")
    }

    #[test]
    fn errors_that_the_user_must_mend_are_fatal() {
        for (status, body) in [
            (401, r#"{"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}"#),
            (401, "no JSON at all"),
            (400, r#"[{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}]"#),
            (402, "{}"),
            (403, r#"{"error": "forbidden"}"#),
            (404, r#"{"error": {"message": "The model `gpt-9` does not exist", "code": "model_not_found"}}"#),
            (429, r#"{"error": {"message": "You exceeded your current quota", "type": "insufficient_quota"}}"#),
            (400, r#"{"error": {"message": "Unsupported parameter: 'max_tokens'", "code": "unsupported_parameter"}}"#),
            (308, ""),
        ] {
            assert!(matches!(classified(status, body), Failure::Fatal(_)), "{status} {body}");
        }
    }

    #[test]
    fn errors_of_one_request_reject_it() {
        for (status, body) in [
            (400, r#"{"error": {"message": "maximum context length is 8192", "code": "context_length_exceeded"}}"#),
            (413, ""),
            (422, r#"{"detail": "bad"}"#),
            (403, r#"{"error": {"message": "input was flagged", "code": 403}}"#),
        ] {
            assert!(matches!(classified(status, body), Failure::Rejected(_)), "{status} {body}");
        }
    }

    #[test]
    fn the_rest_passes() {
        assert!(matches!(classified(429, r#"{"error": {"message": "slow down", "code": 429}}"#), Failure::Busy { .. }));
        for status in [408, 409, 500, 502, 503, 504, 529] {
            assert!(matches!(classified(status, "<html>"), Failure::Passing { .. }), "{status}");
        }
        let inside = |json: &str| classify_inside(&serde_json::from_str(json).unwrap(), "file k");
        assert!(matches!(inside(r#"{"code": 429, "message": "busy"}"#), Failure::Busy { .. }));
        assert!(matches!(inside(r#"{"message": "provider down"}"#), Failure::Passing { .. }));
        assert!(matches!(inside(r#"{"code": 401, "message": "no"}"#), Failure::Fatal(_)));
    }

    #[test]
    fn long_bodies_are_cut() {
        let Failure::Passing { message } = classified(500, &"ü ".repeat(5000)) else { panic!() };
        assert!(message.len() < 1000 && message.ends_with("..."));
    }

    #[test]
    fn retry_after_has_three_forms() {
        let headers =
            |name: &'static str, value: &str| HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        assert_eq!(retry_after(&headers("retry-after", "2.5")), Some(Duration::from_millis(2500)));
        assert_eq!(retry_after(&headers("retry-after-ms", "120")), Some(Duration::from_millis(120)));
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(60));
        let wait = retry_after(&headers("retry-after", &soon)).unwrap();
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60));
        assert_eq!(retry_after(&headers("retry-after", "soon")), None);
        assert_eq!(retry_after(&headers("retry-after", "-1")), None);
    }
}

//! What a server's error means for the call and for the run.

use std::time::{Duration, SystemTime};

use lamas_core::wording::shown;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use super::passing::{may_be_billed, passes};
use super::secret::Secrets;
use crate::limit::Failure;

/// How much of a server's message is passed on, in characters.
const EXCERPT: usize = 400;

/// How servers say that something is not to be had from them.
const NOT_AT_ALL: [&str; 9] = [
    "not support",
    "unsupported",
    "n't support",
    "not permitted",
    "not allowed",
    "not implemented",
    "not enabled",
    "disabled",
    "must be false",
];

/// How LM Studio says 404, with a 200.
const NO_SUCH_PATH: &str = "unexpected endpoint or method";

/// An answer other than success.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    /// Without secrets.
    pub(super) body: String,
}

impl Refusal {
    /// Whether the server does not know what was asked for at all.
    pub(super) fn is_unknown_path(&self) -> bool {
        matches!(self.status.as_u16(), 404 | 405 | 501)
    }

    /// Whether time ran out somewhere on the way, while the model may have been at work: such a request may be billed.
    pub(super) fn is_late(&self) -> bool {
        may_be_billed(self.status.as_u16())
    }

    /// Whether it is `stream_options` that the server does not take, whatever it calls that.
    pub(super) fn is_about_stream_options(&self) -> bool {
        matches!(self.status.as_u16(), 400 | 404..=407 | 409..=428 | 500 | 501) && names_stream_options(&self.body)
    }
}

/// Whether a server names the option in one of its spellings: `stream_options`, `streamOptions`, `include_usage`.
pub(super) fn names_stream_options(said: &str) -> bool {
    let letters: String = said.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    ["streamoption", "includeusage"].iter().any(|name| letters.contains(name))
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HTTP {}", self.status)
    }
}

impl std::error::Error for Refusal {}

/// Who reads what a server says: where its key came from, for messages, and what must not stand in them.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) key: &'a str,
    pub(super) secrets: &'a Secrets,
}

/// What a server's error object says, whatever its shape.
#[derive(Debug, Default)]
struct Said {
    message: String,
    /// Type and code, in lower case.
    kind: String,
    /// A code that is a number: the HTTP status behind a proxy.
    number: Option<u16>,
    /// How long the server asks to be left alone.
    retry_after: Option<Duration>,
}

impl Said {
    fn read(body: &str) -> Self {
        match serde_json::from_str::<Value>(body) {
            // Google wraps the object into a list.
            Ok(Value::Array(items)) => items.first().map(Self::of).unwrap_or_default(),
            Ok(value) => Self::of(&value),
            Err(_) => Self { message: body.to_owned(), ..Self::default() },
        }
    }

    fn of(value: &Value) -> Self {
        let error = value.get("error").filter(|error| !error.is_null()).unwrap_or(value);
        let field = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let message = error.as_str().unwrap_or_else(|| match field("message") {
            "" => value.get("detail").or_else(|| value.get("message")).and_then(Value::as_str).unwrap_or_default(),
            message => message,
        });
        let code = |name: &str| error.get(name).and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        let number = code("code").or_else(|| code("status")).and_then(|code| u16::try_from(code).ok());
        let message = if message.is_empty() { value.to_string() } else { message.to_owned() };
        let kind = [field("type"), field("code"), field("status")].join(" ").to_lowercase();
        Self { message, kind, number, retry_after: retry_delay(error) }
    }

    fn mentions(&self, words: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        words.iter().any(|word| self.kind.contains(word) || message.contains(word))
    }

    /// Whether the server says that it does not stream at all.
    fn refuses_streams(&self) -> bool {
        !names_stream_options(&self.message) && self.mentions(&["stream"]) && self.mentions(&NOT_AT_ALL)
    }
}

impl Reader<'_> {
    /// A text of the server in one line, without secrets: they are taken out before anything is cut off.
    pub(super) fn excerpt(&self, text: &str) -> String {
        let hidden = self.secrets.hide(text);
        let flat = shown(&hidden.split_whitespace().collect::<Vec<_>>().join(" "));
        match flat.char_indices().nth(EXCERPT) {
            Some((end, _)) => format!("{}...", &flat[..end]),
            None => flat,
        }
    }

    /// The meaning of an HTTP error.
    pub(super) fn classify(&self, refusal: &Refusal) -> Failure {
        let head = format!("HTTP {}", refusal.status.as_u16());
        self.meaning(refusal.status, &head, &Said::read(&refusal.body), refusal.retry_after)
    }

    /// The meaning of an error object inside an answer whose own status says success.
    pub(super) fn classify_inside(&self, status: StatusCode, error: &Value) -> Failure {
        let said = Said::of(error);
        let status = status.as_u16();
        let named = said.number.filter(|code| *code >= 300).and_then(|code| StatusCode::from_u16(code).ok());
        let head = match named {
            Some(named) => format!("HTTP {status} with error {} inside", named.as_u16()),
            None => format!("HTTP {status} with an error inside"),
        };
        let unknown = if said.mentions(&[NO_SUCH_PATH]) { StatusCode::NOT_FOUND } else { StatusCode::BAD_GATEWAY };
        self.meaning(named.unwrap_or(unknown), &head, &said, None)
    }

    /// What it means that a server says this with a status, or as if with it.
    fn meaning(&self, status: StatusCode, head: &str, said: &Said, retry_after: Option<Duration>) -> Failure {
        let key = self.key;
        let retry_after = retry_after.or(said.retry_after);
        let message = format!("{head}: {}", self.excerpt(&said.message));
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
            400 | 404 | 405 | 415 | 422 | 501 if said.refuses_streams() => {
                Failure::Fatal(format!("the server does not stream; set `stream: false` ({message})"))
            }
            404 | 405 => Failure::Fatal(format!("no such model or path; check `name` and `base_url` ({message})")),
            300..=399 => {
                Failure::Fatal(format!("the server redirects; put its new address into `base_url` ({message})"))
            }
            400 if said.mentions(&["unsupported_parameter", "unsupported_value", "model_not_found"]) => Failure::Fatal(
                format!("the server refuses a setting of the model; change it or null it in `extra` ({message})"),
            ),
            429 => Failure::Busy { message, retry_after },
            status if passes(status) && retry_after.is_some() => Failure::Busy { message, retry_after },
            status if passes(status) => Failure::Passing { message },
            _ => Failure::Rejected(message),
        }
    }
}

fn bad_key(key: &str, message: &str) -> Failure {
    Failure::Fatal(format!("the server refuses the key ({key}); check that it is complete and still valid ({message})"))
}

/// Google's way to say it, in the error's details: `{"@type": "..RetryInfo", "retryDelay": "34.07s"}`.
fn retry_delay(error: &Value) -> Option<Duration> {
    let details = error.get("details").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let delay = details.iter().chain([error]).find_map(|detail| detail.get("retryDelay"))?;
    let seconds = match delay {
        Value::String(text) => text.trim().trim_end_matches('s').parse::<f64>().ok()?,
        Value::Object(parts) => {
            let part = |name: &str| parts.get(name).map_or(Some(0.0), number);
            part("seconds")? + part("nanos")? / 1e9
        }
        other => number(other)?,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// A number, also as a text: Google writes large ones so.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
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
        Reader { key: "environment variable KEY", secrets: &Secrets::default() }.classify(&refusal)
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
            (400, r#"{"error": {"message": "Streaming is not supported for this model"}}"#),
            (501, r#"{"error": "stream: not implemented"}"#),
            (422, r#"{"detail": "`stream` must be false"}"#),
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
            (400, r#"{"error": {"message": "a stream runs through the prompt"}}"#),
            (403, r#"{"error": {"message": "input was flagged", "code": 403}}"#),
        ] {
            assert!(matches!(classified(status, body), Failure::Rejected(_)), "{status} {body}");
        }
    }

    #[test]
    fn the_rest_passes() {
        assert!(matches!(classified(429, r#"{"error": {"message": "slow down", "code": 429}}"#), Failure::Busy { .. }));
        for status in [408, 409, 424, 425, 498, 499, 500, 501, 502, 503, 504, 520, 524, 529, 530, 599, 999] {
            assert!(matches!(classified(status, "<html>"), Failure::Passing { .. }), "{status}");
            let later = r#"{"error": {"message": "later", "retryDelay": "3s"}}"#;
            let Failure::Busy { retry_after, .. } = classified(status, later) else { panic!("{status}") };
            assert_eq!(retry_after, Some(Duration::from_secs(3)), "{status}");
        }
        let secrets = Secrets::default();
        let reader = Reader { key: "file k", secrets: &secrets };
        let inside = |json: &str| reader.classify_inside(StatusCode::OK, &serde_json::from_str(json).unwrap());
        assert!(matches!(inside(r#"{"code": 429, "message": "busy"}"#), Failure::Busy { .. }));
        assert!(matches!(inside(r#"{"message": "provider down"}"#), Failure::Passing { .. }));
        assert!(matches!(inside(r#"{"code": "401", "message": "no"}"#), Failure::Fatal(_)));
        assert!(matches!(inside(r#"{"status": 429, "message": "busy"}"#), Failure::Busy { .. }));
    }

    #[test]
    fn case_a_servers_words_do_not_steer_the_terminal() {
        let said = r#"{"error":{"message":"\u001b]0;x\u0007\u009b2J\u202eabc"}}"#;
        let Failure::Passing { message } = classified(500, said) else { panic!() };
        assert_eq!(message, r"HTTP 500: \u{1b}]0;x\u{7}\u{9b}2J\u{202e}abc");
    }

    #[test]
    fn long_bodies_are_cut() {
        let Failure::Passing { message } = classified(500, &"ü ".repeat(5000)) else { panic!() };
        assert!(message.len() < 1000 && message.ends_with("..."));
    }

    #[test]
    fn case_a_delay_in_the_body_is_heeded() {
        for (delay, seconds) in [
            (r#""34s""#, Some(34.0)),
            (r#""34.5s""#, Some(34.5)),
            (r#"{"seconds": "3", "nanos": 500000000}"#, Some(3.5)),
            ("2", Some(2.0)),
            (r#""-1s""#, None),
            (r#""soon""#, None),
            (r#""1e999s""#, None),
        ] {
            let body = format!(
                r#"[{{"error": {{"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": [
                    {{"@type": "Help"}}, {{"@type": "RetryInfo", "retryDelay": {delay}}}]}}}}]"#
            );
            for status in [429, 503] {
                let asked = match classified(status, &body) {
                    Failure::Busy { retry_after, .. } => retry_after,
                    Failure::Passing { .. } if status == 503 => None,
                    other => panic!("{other:?}"),
                };
                assert_eq!(asked.map(|asked| asked.as_secs_f64()), seconds, "{delay}");
            }
        }
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

//! HTTP and TLS below async-openai: exactly one attempt per request, and never more of a body than can be an answer.
//!
//! async-openai makes the request. What comes back does not go through it: it would read any body whole, log it, and give
//! up at what `reading` forgives. So the service below it hands a success past it, as an [`Opened`].

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_openai::config::Config;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode, Url};
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::body::{Body, Unread, Unreadable};
use super::error::SettingsError;
use super::in_plain::{header_name, header_text};
use super::refusal::{Refusal, retry_after};
use super::secret::{Secrets, UNFIT_SECRET, header_value};
use super::settings::{EndpointSettings, Timeouts};
use super::source::HeaderSource;
use crate::http;

/// Where async-openai sends a request, and with which headers. Deliberately without `Debug`.
#[derive(Clone)]
pub(super) struct Address {
    base_url: String,
    headers: HeaderMap,
    query: Vec<(String, String)>,
    /// async-openai asks for it, but nothing in this crate uses it: the key stands in `headers`, marked as sensitive.
    no_key: SecretString,
}

impl Config for Address {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        self.query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }

    fn api_base(&self) -> &str {
        &self.base_url
    }

    fn api_key(&self) -> &SecretString {
        &self.no_key
    }
}

/// The most that is kept of an error's body, in bytes; and what is cut off at its end, where a secret may have been cut.
const REFUSAL: usize = 64 << 10;
const CUT: usize = 4 << 10;

/// How long an error's body is waited for. The status has come, and says the most.
const REFUSAL_TIME: Duration = Duration::from_secs(10);

/// The longest list of models.
const LIST: usize = 8 << 20;

/// The client of one endpoint, and the secrets that it must not give away.
pub(super) struct Transport {
    client: async_openai::Client<Address>,
    http: reqwest::Client,
    address: Address,
    pub(super) secrets: Secrets,
}

/// Why a request gave no success.
pub(super) enum Unanswered {
    /// The server answered otherwise.
    Refused(Refusal),
    /// Nobody answered, or the connection broke.
    Network(reqwest::Error),
    /// The body of a success is longer than this many bytes.
    TooLong(usize),
    /// The body of a success is packed in a way that is not read.
    Unreadable(Unreadable),
    /// The body of a success cannot be unpacked.
    Packing(std::io::Error),
    /// No request could be made.
    Request(String),
}

impl From<reqwest::Error> for Unanswered {
    fn from(error: reqwest::Error) -> Self {
        Self::Network(error)
    }
}

impl From<Unread> for Unanswered {
    fn from(error: Unread) -> Self {
        match error {
            Unread::Network(error) => Self::Network(error),
            Unread::Packing(error) => Self::Packing(error),
        }
    }
}

/// A success, whose body is still to be read.
pub(super) struct Success {
    pub(super) status: StatusCode,
    pub(super) body: Body,
}

/// A response on its way past async-openai. The lock makes it shareable, as errors must be.
struct Opened(Mutex<Response>);

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened")
    }
}

impl std::fmt::Display for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a response that has not been read")
    }
}

impl std::error::Error for Opened {}

/// Reads the endpoint's secrets and sets up its client.
pub(super) fn connect(endpoint: &EndpointSettings, timeouts: &Timeouts) -> Result<Transport, SettingsError> {
    let mut secrets = Secrets::default();
    let address = Address {
        base_url: endpoint.base_url.trim_end_matches('/').to_owned(),
        headers: headers(endpoint, &mut secrets)?,
        query: endpoint.query.clone().into_iter().collect(),
        no_key: SecretString::default(),
    };
    let url = Url::parse(&endpoint.base_url).map_err(|error| SettingsError::value("base_url", error.to_string()))?;
    // A redirected POST would lose its body or take the key elsewhere.
    let http = http::client(&url)
        .connect_timeout(timeouts.connect())
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| SettingsError::Client(http::causes(&error)))?;
    let service = tower::service_fn({
        let http = http.clone();
        move |factory: HttpRequestFactory| {
            let http = http.clone();
            async move {
                let response = http.execute(factory.build().await?).await?;
                Err::<Response, _>(OpenAIError::Boxed(Box::new(Opened(Mutex::new(response)))))
            }
        }
    });
    let client = async_openai::Client::build(http.clone(), address.clone()).with_http_service(service);
    Ok(Transport { client, http, address, secrets })
}

impl Transport {
    /// Asks once. The body of a success is still to be read.
    pub(super) async fn ask(&self, body: &Map<String, Value>) -> Result<Success, Unanswered> {
        let error = match self.client.chat().create_byot::<_, Value>(body).await {
            Err(error) => error,
            Ok(_) => return Err(Unanswered::Request("async-openai has read the answer itself".to_owned())),
        };
        match error {
            OpenAIError::Boxed(boxed) => match boxed.downcast::<Opened>() {
                Ok(opened) => {
                    let response = opened.0.into_inner().unwrap_or_else(PoisonError::into_inner);
                    self.successful(response).await
                }
                Err(other) => Err(Unanswered::Request(other.to_string())),
            },
            OpenAIError::Reqwest(error) => Err(Unanswered::Network(error)),
            other => Err(Unanswered::Request(other.to_string())),
        }
    }

    /// Asks for a path below the base URL; gives the body of a success.
    pub(super) async fn get(&self, path: &str, limit: Duration) -> Result<String, Unanswered> {
        let request = self.http.get(self.address.url(path)).query(&self.address.query).headers(self.address.headers());
        let success = self.successful(request.timeout(limit).send().await?).await?;
        let body = whole(success.body, LIST).await?;
        Ok(self.secrets.hide(&String::from_utf8_lossy(&body)))
    }

    async fn successful(&self, response: Response) -> Result<Success, Unanswered> {
        let status = response.status();
        if status.is_success() {
            let body = Body::of(response).map_err(Unanswered::Unreadable)?;
            return Ok(Success { status, body });
        }
        let retry_after = retry_after(response.headers());
        let place = redirected(&response).filter(|_| status.is_redirection());
        let mut body = self.said(response).await;
        if let Some(place) = place {
            body = format!("to {} {body}", self.secrets.hide(&place));
        }
        Err(Unanswered::Refused(Refusal { status, retry_after, body }))
    }

    /// What a refusal says, without secrets. What comes before it breaks, ends or takes too long is enough for a message.
    async fn said(&self, response: Response) -> String {
        let mut packed = match Body::of(response) {
            Ok(packed) => packed,
            Err(unreadable) => return unreadable.to_string(),
        };
        let mut body = Vec::new();
        let _ = timeout(REFUSAL_TIME, fill(&mut body, &mut packed, REFUSAL)).await;
        body.truncate(REFUSAL);
        let cut = body.len() == REFUSAL;
        let mut body = self.secrets.hide(&String::from_utf8_lossy(&body));
        if cut {
            body.truncate(body.floor_char_boundary(body.len().saturating_sub(CUT)));
        }
        body
    }
}

/// Reads a body, up to a limit in bytes.
async fn whole(mut packed: Body, limit: usize) -> Result<Vec<u8>, Unanswered> {
    let mut body = Vec::new();
    fill(&mut body, &mut packed, limit).await?;
    if body.len() > limit { Err(Unanswered::TooLong(limit)) } else { Ok(body) }
}

/// Reads a body until it ends or is longer than the limit.
async fn fill(body: &mut Vec<u8>, packed: &mut Body, limit: usize) -> Result<(), Unread> {
    while body.len() <= limit {
        let Some(piece) = packed.chunk().await? else { break };
        body.extend_from_slice(&piece);
    }
    Ok(())
}

/// Where the server sends us, without the query, which is nobody else's business.
fn redirected(response: &Response) -> Option<String> {
    let place = response.headers().get(LOCATION)?.to_str().ok()?;
    Some(place.split(['?', '#']).next().unwrap_or_default().to_owned())
}

fn headers(endpoint: &EndpointSettings, secrets: &mut Secrets) -> Result<HeaderMap, SettingsError> {
    let mut headers = HeaderMap::new();
    // Compressed answers are read, but not asked for: a compressed stream comes in larger pieces, later.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(source) = &endpoint.key {
        headers.insert(AUTHORIZATION, secret_header("Bearer ", &source.read()?, "key", secrets)?);
    }
    for (name, value) in [("openai-organization", &endpoint.organization), ("openai-project", &endpoint.project)] {
        if let Some(value) = value {
            headers.insert(HeaderName::from_static(name), header_text(value, name)?);
        }
    }
    for (name, source) in &endpoint.headers {
        let key = format!("headers.{name}");
        let header = header_name(name, "headers")?;
        let value = match source {
            HeaderSource::Text(text) => header_text(text, &key)?,
            HeaderSource::Secret(source) => secret_header("", &source.read()?, &key, secrets)?,
        };
        headers.insert(header, value);
    }
    Ok(headers)
}

fn secret_header(
    prefix: &str,
    secret: &SecretString,
    key: &str,
    secrets: &mut Secrets,
) -> Result<HeaderValue, SettingsError> {
    let value = header_value(prefix, secret).ok_or_else(|| SettingsError::value(key, UNFIT_SECRET))?;
    secrets.add(secret);
    Ok(value)
}

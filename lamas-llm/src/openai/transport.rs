//! HTTP and TLS below async-openai: exactly one attempt per request.

use std::sync::Arc;
use std::time::Duration;

use async_openai::config::Config;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;

use super::refusal::{Refusal, retry_after};
use super::secret::{Secrets, header_value};
use super::settings::{EndpointSettings, SettingsError, Timeouts};
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

/// The client of one endpoint, and the secrets that it must not give away.
pub(super) struct Transport {
    pub(super) client: async_openai::Client<Address>,
    http: reqwest::Client,
    address: Address,
    pub(super) secrets: Arc<Secrets>,
}

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
        move |factory| once(http.clone(), factory)
    });
    let client = async_openai::Client::build(http.clone(), address.clone()).with_http_service(service);
    Ok(Transport { client, http, address, secrets: Arc::new(secrets) })
}

impl Transport {
    /// Asks for a path below the base URL; gives the body of a success.
    pub(super) async fn get(&self, path: &str, limit: Duration) -> Result<String, OpenAIError> {
        let request = self.http.get(self.address.url(path)).query(&self.address.query).headers(self.address.headers());
        let response = successful(request.timeout(limit).send().await?).await?;
        Ok(response.text().await?)
    }
}

/// Sends the request once. An answer other than success becomes a [`Refusal`] here, where its headers are still known
/// and before async-openai writes its body to the log.
async fn once(http: reqwest::Client, factory: HttpRequestFactory) -> Result<reqwest::Response, OpenAIError> {
    successful(http.execute(factory.build().await?).await?).await
}

async fn successful(response: reqwest::Response) -> Result<reqwest::Response, OpenAIError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let retry_after = retry_after(response.headers());
    let body = response.text().await.unwrap_or_default();
    Err(OpenAIError::Boxed(Box::new(Refusal { status, retry_after, body })))
}

fn headers(endpoint: &EndpointSettings, secrets: &mut Secrets) -> Result<HeaderMap, SettingsError> {
    let mut headers = HeaderMap::new();
    if let Some(source) = &endpoint.key {
        headers.insert(AUTHORIZATION, secret_header("Bearer ", source.read()?, "key", secrets)?);
    }
    for (name, value) in [("openai-organization", &endpoint.organization), ("openai-project", &endpoint.project)] {
        if let Some(value) = value {
            headers.insert(HeaderName::from_static(name), text_header(value, name)?);
        }
    }
    for (name, source) in &endpoint.headers {
        let key = format!("headers.{name}");
        let header = HeaderName::try_from(name).map_err(|_| SettingsError::value(&key, "it is not a header's name"))?;
        let value = match source {
            HeaderSource::Text(text) => text_header(text, &key)?,
            HeaderSource::Secret(source) => secret_header("", source.read()?, &key, secrets)?,
        };
        headers.insert(header, value);
    }
    Ok(headers)
}

fn text_header(text: &str, key: &str) -> Result<HeaderValue, SettingsError> {
    HeaderValue::from_str(text).map_err(|_| SettingsError::value(key, "it holds characters that no header may hold"))
}

fn secret_header(
    prefix: &str,
    secret: SecretString,
    key: &str,
    secrets: &mut Secrets,
) -> Result<HeaderValue, SettingsError> {
    let value = header_value(prefix, &secret)
        .ok_or_else(|| SettingsError::value(key, "the secret holds characters that no header may hold"))?;
    secrets.add(secret);
    Ok(value)
}

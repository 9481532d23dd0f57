//! HTTP and TLS: one client set-up for chat endpoints and downloads.

use std::io::Write;
use std::sync::Once;
use std::time::Duration;

use reqwest::{ClientBuilder, Url};

/// How long a server may stay silent during a download.
const SILENCE: Duration = Duration::from_secs(60);

/// How long a connection may take to open.
const CONNECT: Duration = Duration::from_secs(15);

/// The longest file that is fetched, in bytes. The largest that a manifest names has a tenth of it.
const LONGEST: u64 = 1 << 30;

/// Why a download gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The URL is none.
    #[error("{url}: not a URL ({problem}); correct it in the manifest")]
    Url {
        /// As given.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The server cannot be reached, or the connection broke.
    #[error("{url}: {problem}; check the network and any proxy (HTTPS_PROXY), or fetch the file by other means")]
    Network {
        /// As given.
        url: String,
        /// What went wrong, from the outermost to the innermost cause.
        problem: String,
    },
    /// The server has no such file for us.
    #[error("{url}: the server answered {status}; open the URL in a browser to see whether the file has moved")]
    Status {
        /// As given.
        url: String,
        /// The answer.
        status: reqwest::StatusCode,
    },
    /// The connection ended before the file did.
    #[error("{url}: only {got} of {expected} bytes came; try again")]
    Short {
        /// As given.
        url: String,
        /// Bytes that came.
        got: u64,
        /// Bytes that the server had announced.
        expected: u64,
    },
    /// It is longer than any file that we know of.
    #[error("{url}: it is longer than {limit} bytes, or has no end; look at what stands at this address")]
    Long {
        /// As given.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// What came could not be written.
    #[error("{url}: what came could not be written: {source}; look at the room on the disk and the permissions")]
    Write {
        /// As given.
        url: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Fetches a URL into a writer, as the server sends it: a `.gz` stays one. Returns the number of bytes.
///
/// `progress` is told, after every piece, the bytes so far and the total where the server announced it. There is no limit
/// on the time it takes, only on silence (60 seconds), and on its length (1 GiB).
///
/// # Errors
/// When the file cannot be had in full, or not be written; the message names the URL and what to do.
pub async fn download(
    url: &str,
    to: &mut (dyn Write + Send),
    progress: &mut (dyn FnMut(u64, Option<u64>) + Send),
) -> Result<u64, DownloadError> {
    download_up_to(LONGEST, url, to, progress).await
}

async fn download_up_to(
    limit: u64,
    url: &str,
    to: &mut (dyn Write + Send),
    progress: &mut (dyn FnMut(u64, Option<u64>) + Send),
) -> Result<u64, DownloadError> {
    let bad_url = |problem: String| DownloadError::Url { url: url.to_owned(), problem };
    let network = |error: reqwest::Error| DownloadError::Network { url: url.to_owned(), problem: causes(&error) };
    let address = Url::parse(url).map_err(|error| bad_url(error.to_string()))?;
    if !matches!(address.scheme(), "http" | "https") {
        return Err(bad_url(format!("its scheme is {}", address.scheme())));
    }
    let http = client(&address).connect_timeout(CONNECT).read_timeout(SILENCE).build().map_err(network)?;
    let mut response = http.get(address).send().await.map_err(network)?;
    if !response.status().is_success() {
        return Err(DownloadError::Status { url: url.to_owned(), status: response.status() });
    }
    let total = response.content_length();
    let long = || DownloadError::Long { url: url.to_owned(), limit };
    if total.is_some_and(|total| total > limit) {
        return Err(long());
    }
    let mut got = 0;
    while let Some(piece) = response.chunk().await.map_err(network)? {
        if got + piece.len() as u64 > limit {
            return Err(long());
        }
        to.write_all(&piece).map_err(|source| DownloadError::Write { url: url.to_owned(), source })?;
        got += piece.len() as u64;
        progress(got, total);
    }
    match total {
        Some(expected) if got != expected => Err(DownloadError::Short { url: url.to_owned(), got, expected }),
        _ => Ok(got),
    }
}

/// A client for a URL. It gives bodies as they come, packed or not. Proxies come from the environment, except for the machine's own addresses.
pub(crate) fn client(url: &Url) -> ClientBuilder {
    static PROVIDER: Once = Once::new();
    // An error means that the program has chosen a provider already, which is as good.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let builder = reqwest::Client::builder().user_agent(concat!("lamas/", env!("CARGO_PKG_VERSION")));
    let builder = builder.no_gzip().no_deflate().no_brotli().no_zstd();
    if is_loopback(url) { builder.no_proxy() } else { builder }
}

fn is_loopback(url: &Url) -> bool {
    // Brackets stand around IPv6 addresses.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An error and its causes in one line, without the URL, whose query may not be for everyone's eyes.
pub(crate) fn causes(error: &reqwest::Error) -> String {
    let mut parts = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        parts.push(inner.to_string());
        cause = inner.source();
    }
    parts.dedup();
    if parts.is_empty() { "no further details".to_owned() } else { parts.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// The URL of a server that gives one answer and closes.
    async fn serve(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/data.jsonl.gz", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _read = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        });
        url
    }

    async fn fetch(url: &str) -> Result<(Vec<u8>, Vec<(u64, Option<u64>)>), DownloadError> {
        let (mut bytes, mut told) = (Vec::new(), Vec::new());
        let got = download(url, &mut bytes, &mut |got, total| told.push((got, total))).await?;
        assert_eq!(got, bytes.len() as u64);
        Ok((bytes, told))
    }

    #[tokio::test]
    async fn bytes_come_as_they_are_and_progress_is_told() {
        let url = serve("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello").await;
        let (bytes, told) = fetch(&url).await.unwrap();
        assert_eq!(bytes, b"hello");
        assert_eq!(told.last(), Some(&(5, Some(5))));
    }

    #[tokio::test]
    async fn failures_name_the_url_and_what_to_do() {
        let gone = serve("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
        let short = serve("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello").await;
        let nobody = "http://127.0.0.1:1/data".to_owned();
        for (url, says) in [(gone, "404 Not Found"), (short, "check the network"), (nobody, "check the network")] {
            let message = fetch(&url).await.unwrap_err().to_string();
            assert!(message.starts_with(&url) && message.contains(says), "{message}");
        }
        for url in ["data.jsonl", "ftp://host/data"] {
            let message = fetch(url).await.unwrap_err().to_string();
            assert!(message.starts_with(url) && message.contains("not a URL"), "{message}");
        }
    }

    #[tokio::test]
    async fn a_writer_that_fails_ends_the_download() {
        let url = serve("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await;
        let mut full = [0_u8; 2];
        let mut writer = &mut full[..];
        let error = download(&url, &mut writer, &mut |_, _| ()).await.unwrap_err();
        assert!(matches!(error, DownloadError::Write { .. }), "{error}");
    }

    #[tokio::test]
    async fn case_a_download_without_end_is_given_up() {
        for head in ["content-length: 900", "transfer-encoding: chunked"] {
            let body = "5\r\nhello\r\n".repeat(100);
            let url = serve(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").leak()).await;
            let mut bytes = Vec::new();
            let error = download_up_to(50, &url, &mut bytes, &mut |_, _| ()).await.unwrap_err();
            assert!(matches!(error, DownloadError::Long { limit: 50, .. }), "{error}");
            assert!(bytes.len() <= 50);
        }
    }

    #[test]
    fn only_the_machine_itself_goes_without_a_proxy() {
        let loopback = |url| is_loopback(&Url::parse(url).unwrap());
        assert!(loopback("http://localhost:8000/v1") && loopback("http://127.0.0.2/") && loopback("http://[::1]:80/"));
        assert!(!loopback("https://api.openai.com/v1") && !loopback("http://10.0.0.1/"));
    }
}

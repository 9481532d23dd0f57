//! The body of a response: as it comes, or unpacked where the server has compressed what nobody asked it to compress.
//!
//! Packed bodies are read a little at a time, so that a small one that unpacks to a huge one fills no memory before its reader
//! has had enough.

use std::io;

use async_compression::tokio::bufread::{BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::bytes::Bytes;
use tokio_util::io::{ReaderStream, StreamReader};

/// How much is unpacked at once, in bytes.
const PIECE: usize = 16 << 10;

/// The most encodings over each other. One is usual; two happen where two proxies compress.
const MOST_CODINGS: usize = 4;

/// The largest window of zstd, as a power of two: what RFC 9659 lets servers send.
const ZSTD_WINDOW: u32 = 23;

/// A body on its way.
pub(super) enum Body {
    /// As it comes.
    Plain(Response),
    /// Unpacked as it comes.
    Packed(Pieces),
}

/// What comes of a body, piece by piece.
type Pieces = BoxStream<'static, io::Result<Bytes>>;

/// Why the next piece of a body is not to be had.
#[derive(Debug)]
pub(super) enum Unread {
    /// The connection broke.
    Network(reqwest::Error),
    /// It is not what its header says, or it is cut.
    Packing(io::Error),
}

/// An encoding that is not read, as the server names it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "what came is packed as `{0}`, which is not read; look at what compresses before the server, and switch it off"
)]
pub(super) struct Unreadable(String);

/// A way in which a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Body {
    /// The body of a response.
    ///
    /// # Errors
    /// When it is packed in a way that is not read.
    pub(super) fn of(response: Response) -> Result<Self, Unreadable> {
        let codings = codings(response.headers())?;
        if codings.is_empty() {
            return Ok(Self::Plain(response));
        }
        Ok(Self::Packed(codings.into_iter().rev().fold(as_it_comes(response), unpacked)))
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks, or what comes cannot be unpacked.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Unread> {
        match self {
            Self::Plain(response) => Ok(response.chunk().await?),
            Self::Packed(pieces) => Ok(pieces.next().await.transpose()?),
        }
    }
}

impl From<reqwest::Error> for Unread {
    fn from(error: reqwest::Error) -> Self {
        Self::Network(error)
    }
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        // What unpacks passes on what it cannot read.
        match error.downcast() {
            Ok(network) => Self::Network(network),
            Err(packing) => Self::Packing(packing),
        }
    }
}

/// The encodings that a body is under, in the order in which they were laid on.
fn codings(headers: &HeaderMap) -> Result<Vec<Coding>, Unreadable> {
    let named = headers.get_all(CONTENT_ENCODING).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let named = named.collect::<Vec<_>>().join(",").to_ascii_lowercase();
    let codings: Vec<Coding> =
        named.split(',').filter_map(|name| coding(name.trim()).transpose()).collect::<Result<_, _>>()?;
    if codings.len() > MOST_CODINGS { Err(Unreadable(named)) } else { Ok(codings) }
}

/// The encoding of a name; `None` where it names none.
fn coding(name: &str) -> Result<Option<Coding>, Unreadable> {
    Ok(Some(match name {
        // The last three are no encodings, but said where one is due.
        "" | "identity" | "none" | "utf-8" | "utf8" => return Ok(None),
        "gzip" | "x-gzip" => Coding::Gzip,
        "deflate" | "x-deflate" => Coding::Deflate,
        "br" => Coding::Brotli,
        "zstd" => Coding::Zstd,
        other => return Err(Unreadable(other.to_owned())),
    }))
}

/// The bytes of a response as they come.
fn as_it_comes(response: Response) -> Pieces {
    let next = |mut response: Response| async {
        let piece = response.chunk().await.map_err(io::Error::other)?;
        Ok(piece.map(|piece| (piece, response)))
    };
    stream::try_unfold(response, next).boxed()
}

/// What comes under one encoding, unpacked.
fn unpacked(packed: Pieces, coding: Coding) -> Pieces {
    let packed = StreamReader::new(packed);
    match coding {
        Coding::Gzip => {
            let mut unpacker = GzipDecoder::new(packed);
            unpacker.multiple_members(true);
            pieces(unpacker)
        }
        Coding::Deflate => stream::once(deflated(packed)).try_flatten().boxed(),
        Coding::Brotli => pieces(BrotliDecoder::new(packed)),
        Coding::Zstd => {
            let mut unpacker = ZstdDecoder::with_params(packed, &[DParameter::window_log_max(ZSTD_WINDOW)]);
            unpacker.multiple_members(true);
            pieces(unpacker)
        }
    }
}

/// What is packed as `deflate`. The standard means zlib's frame, and some servers leave that out: the first two bytes tell.
async fn deflated(mut packed: StreamReader<Pieces, Bytes>) -> io::Result<Pieces> {
    let mut head = Vec::new();
    (&mut packed).take(2).read_to_end(&mut head).await?;
    let framed = is_zlib(&head);
    let whole = io::Cursor::new(head).chain(packed);
    Ok(if framed { pieces(ZlibDecoder::new(whole)) } else { pieces(DeflateDecoder::new(whole)) })
}

/// Whether zlib's frame begins so: its method, and a checksum of both bytes.
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, &[method, flags] if method & 0x8f == 8 && u16::from_be_bytes([method, flags]).is_multiple_of(31))
}

fn pieces(unpacker: impl AsyncRead + Send + 'static) -> Pieces {
    ReaderStream::with_capacity(unpacker, PIECE).boxed()
}

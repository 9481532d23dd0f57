//! Bodies that a server packs though nobody asked for it: read, or refused by name, and never taken for what they are not.

use super::support::{Reply, Scripted, call, completion, delta, end, settings};
use async_compression::tokio::bufread::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use lamas_core::chat::{ChatError, ChatResponse};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt};

const TEXT: &str = "The total is 12.";

/// A way to pack: a name for messages, and what does it.
type Packer = (&'static str, fn(&[u8]) -> Box<dyn AsyncRead + Unpin + '_>);

const GZIP: Packer = ("gzip", |bytes| Box::new(GzipEncoder::new(bytes)));
const ZLIB: Packer = ("zlib", |bytes| Box::new(ZlibEncoder::new(bytes)));
const RAW: Packer = ("raw deflate", |bytes| Box::new(DeflateEncoder::new(bytes)));
const BROTLI: Packer = ("brotli", |bytes| Box::new(BrotliEncoder::new(bytes)));
const ZSTD: Packer = ("zstd", |bytes| Box::new(ZstdEncoder::new(bytes)));

async fn packed(bytes: &[u8], (_, packer): Packer) -> Vec<u8> {
    let mut packed = Vec::new();
    packer(bytes).read_to_end(&mut packed).await.unwrap();
    packed
}

/// What a server sends with these encodings in its head, in pieces.
fn reply(status: &str, codings: &[&str], body: &[u8]) -> Reply {
    let codings: String = codings.iter().map(|coding| format!("content-encoding: {coding}\r\n")).collect();
    let head = format!("HTTP/1.1 {status}\r\n{codings}connection: close\r\n\r\n");
    Reply::Raw([vec![head.into_bytes()], body.chunks(7).map(<[u8]>::to_vec).collect()].concat())
}

/// A right answer, streamed or in one piece.
fn answer(stream: bool) -> Vec<u8> {
    if stream {
        let events = [vec![delta("The total "), delta("is 12.")], end("stop")].concat();
        events.iter().map(|event| format!("data: {event}\n\n")).collect::<String>().into_bytes()
    } else {
        completion(&json!(TEXT)).to_string().into_bytes()
    }
}

async fn ask(stream: bool, reply: Reply) -> Result<ChatResponse, ChatError> {
    let server = Scripted::start(vec![reply; 2]).await;
    let mut settings = settings(&[&server.base_url]);
    (settings.stream, settings.retries.most) = (stream, 1);
    call(&settings).await
}

async fn is_read(stream: bool, codings: &[&str], body: &[u8]) {
    let response = ask(stream, reply("200 OK", codings, body)).await.unwrap();
    assert_eq!((&*response.text, response.timing.attempts), (TEXT, 1), "{codings:?}");
}

/// Every attempt fails with these words.
async fn fails(stream: bool, codings: &[&str], body: &[u8], words: &str) {
    let error = ask(stream, reply("200 OK", codings, body)).await.unwrap_err();
    let ChatError::Exhausted { message, attempts: 2, .. } = &error else { panic!("{codings:?}: {error:?}") };
    assert!(message.contains(words), "{codings:?}: {message}");
}

#[tokio::test]
async fn case_every_usual_encoding_is_read_in_any_spelling() {
    for stream in [true, false] {
        let plain = answer(stream);
        for codings in [&["identity"][..], &["none"], &["UTF-8"], &[""], &["identity, "], &[]] {
            is_read(stream, codings, &plain).await;
        }
        for (name, packer) in [
            ("gzip", GZIP),
            ("GZIP", GZIP),
            ("x-gzip", GZIP),
            ("X-Gzip", GZIP),
            ("identity, gzip", GZIP),
            ("deflate", ZLIB),
            ("deflate", RAW),
            ("br", BROTLI),
            ("zstd", ZSTD),
        ] {
            is_read(stream, &[name], &packed(&plain, packer).await).await;
        }
    }
}

#[tokio::test]
async fn case_encodings_over_each_other_are_taken_off_from_the_last() {
    for stream in [true, false] {
        let within = packed(&answer(stream), GZIP).await;
        for (codings, outer) in [
            (&["gzip, br"][..], BROTLI),
            (&["gzip", "br"], BROTLI),
            (&["x-gzip,gzip"], GZIP),
            (&["gzip, deflate"], RAW),
            (&["gzip", "identity", "zstd"], ZSTD),
        ] {
            is_read(stream, codings, &packed(&within, outer).await).await;
        }
        let body = packed(&packed(&within, ZLIB).await, BROTLI).await;
        fails(stream, &["br, gzip, deflate"], &body, "cannot be unpacked").await;
        is_read(stream, &["gzip, deflate, br"], &body).await;
    }
}

#[tokio::test]
async fn case_several_members_are_one_body() {
    for stream in [true, false] {
        for (name, packer) in [("gzip", GZIP), ("zstd", ZSTD)] {
            let mut members = Vec::new();
            for part in answer(stream).chunks(50) {
                members.extend(packed(part, packer).await);
                members.extend(packed(b"", packer).await);
            }
            is_read(stream, &[name], &members).await;
        }
    }
}

#[tokio::test]
async fn case_an_encoding_that_is_not_read_ends_the_run_with_its_name() {
    for codings in
        [&["compress"][..], &["x-compress"], &["gzip", "aws-chunked"], &["gzip;q=1"], &["gzip,gzip,gzip,gzip,gzip"]]
    {
        for stream in [true, false] {
            let error = ask(stream, reply("200 OK", codings, &answer(stream))).await.unwrap_err();
            let said = error.to_string();
            let name = codings[codings.len() - 1];
            assert!(error.is_fatal() && said.contains(&format!("is packed as `{name}`, which is not read")), "{said}");
            // Of a refusal the status still tells what it is.
            let error = ask(stream, reply("400 Bad Request", codings, b"\x1f\x9d\x90")).await.unwrap_err();
            let ChatError::Rejected { message, .. } = &error else { panic!("{error:?}") };
            assert!(message.contains("HTTP 400: what came is packed as"), "{message}");
        }
    }
}

#[tokio::test]
async fn case_a_body_that_is_not_what_it_says_is_no_answer() {
    for stream in [true, false] {
        let plain = answer(stream);
        for coding in ["gzip", "deflate", "br", "zstd"] {
            fails(stream, &[coding], &plain, "cannot be unpacked").await;
        }
        for (coding, packer) in [("gzip", GZIP), ("deflate", ZLIB), ("deflate", RAW), ("br", BROTLI), ("zstd", ZSTD)] {
            let body = packed(&plain, packer).await;
            fails(stream, &[coding], &body[..body.len() / 3], "cannot be unpacked").await;
            fails(stream, &[coding], b"", "cannot be unpacked").await;
        }
        // What is not packed though it is said to be, and the other way round.
        let body = packed(&plain, GZIP).await;
        fails(stream, &["gzip, gzip"], &body, "cannot be unpacked").await;
        fails(stream, &[], &body, "neither JSON nor a stream").await;
    }
    // The checksum tells where a text was changed that unpacks all the same.
    let mut body = packed(&answer(false), GZIP).await;
    let sum = body.len() - 8;
    body[sum] ^= 1;
    fails(false, &["gzip"], &body, "cannot be unpacked").await;
}

#[tokio::test]
async fn case_what_is_cut_behind_a_whole_answer_spoils_nothing() {
    let body = packed(&answer(true), GZIP).await;
    is_read(true, &["gzip"], &body[..body.len() - 8]).await;
    is_read(true, &["gzip"], &[&body[..], &[0; 20]].concat()).await;
}

#[tokio::test]
async fn case_small_bodies_that_unpack_to_huge_ones_are_given_up() {
    // Just more than an answer in one piece may have.
    let zeros = vec![b' '; 33 << 20];
    for (coding, packer) in [("gzip", GZIP), ("deflate", ZLIB), ("deflate", RAW), ("br", BROTLI), ("zstd", ZSTD)] {
        let bomb = packed(&zeros, packer).await;
        assert!(bomb.len() < 1 << 20, "{coding}");
        fails(false, &[coding], &bomb, "is longer than").await;
    }
    let twice = packed(&packed(&zeros, GZIP).await, GZIP).await;
    for stream in [true, false] {
        fails(stream, &["gzip, gzip"], &twice, "is longer than").await;
    }
}

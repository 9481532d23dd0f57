//! Thousands of calls over HTTP that are dropped at any moment: no slot, connection, file or token is lost or paid twice. A
//! process of its own, since it counts the files that are open.

#[path = "suite/book.rs"]
mod book;
#[path = "suite/openai/support.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod support;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use book::{Book, Paid};
use futures::future::join_all;
use lamas_core::chat::ChatModel;
use lamas_core::random::Seed;
use lamas_core::units::Price;
use lamas_llm::limit::{Budget, Purse, Spent};
use lamas_llm::openai::OpenAiModel;
use rand::RngExt;
use serde_json::json;
use support::{request, settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const SLOTS: usize = 16;
const CALLS: u64 = 3000;
/// Of every answer, each of them a token.
const PIECES: u64 = 10;

/// What the server has seen.
#[derive(Default)]
struct Seen {
    requests: AtomicU64,
    emitted: AtomicU64,
    connections: AtomicUsize,
    answering: AtomicUsize,
    most: AtomicUsize,
}

/// Counts for as long as it lives.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize, most: Option<&AtomicUsize>) -> Self {
        let now = count.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(most) = most {
            most.fetch_max(now, Ordering::SeqCst);
        }
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers every request on a connection, a piece every two milliseconds, until the client goes away.
async fn serve(mut stream: TcpStream, seen: &Seen) -> std::io::Result<()> {
    let _connection = Counted::new(&seen.connections, None);
    let (mut from, mut to) = stream.split();
    let mut asked = Vec::new();
    while from.read_buf(&mut asked).await? > 0 {
        let text = String::from_utf8_lossy(&asked);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() < length.parse().unwrap() {
            continue;
        }
        asked.clear();
        seen.requests.fetch_add(1, Ordering::SeqCst);
        let _answering = Counted::new(&seen.answering, Some(&seen.most));
        to.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            .await?;
        let piece = json!({"choices": [{"delta": {"content": "four"}, "finish_reason": null}]});
        let usage = json!({"prompt_tokens": 3, "completion_tokens": PIECES});
        let end = json!({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": usage});
        for number in 0..=PIECES {
            let event = format!("data: {}\n\n", if number < PIECES { &piece } else { &end });
            let chunk = format!("{:x}\r\n{event}\r\n{}", event.len(), if number < PIECES { "" } else { "0\r\n\r\n" });
            seen.emitted.fetch_add(u64::from(number < PIECES), Ordering::SeqCst);
            to.write_all(chunk.as_bytes()).await?;
            let pause = tokio::time::sleep(Duration::from_millis(2));
            let mut nothing = [0];
            tokio::select! {
                // Nobody sends a second request before the first is answered.
                _gone = from.read(&mut nothing), if number < PIECES => return Ok(()),
                () = pause => {}
            }
        }
    }
    Ok(())
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// Waits for what must become true, however busy the machine is.
async fn becomes(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_dropped_calls_lose_nothing() {
    let seen = Arc::<Seen>::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let own = seen.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let seen = own.clone();
            // A client that goes away may reset the connection.
            tokio::spawn(async move { drop(serve(stream, &seen).await) });
        }
    });
    let before = open_files();
    let mut settings = settings(&[&base_url]);
    settings.stream = true;
    settings.endpoints[0].concurrency = SLOTS;
    let paid = Arc::<Mutex<Paid>>::default();
    let purse = Purse::new(Budget::default(), Price::FREE, Spent::default(), Box::new(Book(paid.clone())));
    let model = OpenAiModel::new(&settings, Arc::new(())).unwrap().paid_from(Arc::new(purse));

    let question = request("What is 2+2?");
    let mut answered = 0;
    for wave in 0..CALLS / 50 {
        let call = |number: u64| {
            let life = Seed(3).stream("life", &[number]).random_range(0..120);
            let call = model.chat(&question);
            async move { tokio::time::timeout(Duration::from_millis(life), call).await.is_ok_and(|answer| answer.is_ok()) }
        };
        answered += join_all((wave * 50..(wave + 1) * 50).map(call)).await.into_iter().filter(|is| *is).count() as u64;
    }
    becomes("a call that was dropped is still on the server", || seen.answering.load(Ordering::SeqCst) == 0).await;
    {
        let paid = paid.lock().unwrap();
        let requests = seen.requests.load(Ordering::SeqCst);
        // A call that is dropped while its request is sent is taken to be billed, whether or not it arrived.
        assert!((requests..=CALLS).contains(&paid.attempts), "{requests} requests, {} paid", paid.attempts);
        // What came is paid. Of what was sent when the client went away, some never came.
        assert!((answered * PIECES..=seen.emitted.load(Ordering::SeqCst)).contains(&paid.output));
    }
    // Every slot is there again: as many calls are on the server at once.
    seen.most.store(0, Ordering::SeqCst);
    for _ in 0..20 {
        let wave = join_all((0..SLOTS).map(|_| model.chat(&question))).await;
        assert!(wave.iter().all(Result::is_ok));
    }
    assert!(seen.most.load(Ordering::SeqCst) >= SLOTS, "a slot was lost");
    drop(model);
    becomes("a connection was left", || seen.connections.load(Ordering::SeqCst) == 0).await;
    becomes("a file was left open", || open_files() <= before).await;
}

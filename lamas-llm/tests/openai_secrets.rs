//! No secret gets out. A process of its own: what is logged is collected from all of it, and tests beside this one would
//! decide with it which places log at all.

#[path = "suite/openai/support.rs"]
#[expect(dead_code, reason = "the other tests use more of it")]
mod support;

use std::sync::{Arc, Mutex};

use lamas_core::chat::ChatModel;
use lamas_llm::openai::OpenAiModel;
use support::{KEY, Log, Reply, Scripted, failing, keyed, request};

/// Collects everything that any library logs.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<String>>);

struct Fields<'a>(&'a mut String);

impl tracing::field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        *self.0 += &format!(" {field}={value:?}");
    }
}

impl tracing::Subscriber for Capture {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut Fields(&mut self.0.lock().unwrap()));
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut Fields(&mut self.0.lock().unwrap()));
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Fields(&mut self.0.lock().unwrap()));
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn the_key_is_in_no_log_error_event_or_debug_output() {
    let capture = Capture::default();
    tracing::subscriber::set_global_default(capture.clone()).expect("this is the only test of its process");
    let dir = tempfile::tempdir().unwrap();
    let echo = format!("you sent Bearer {KEY}");
    let server = Scripted::start(vec![
        failing("500 Internal Server Error", &echo),
        Reply::Http("429 Too Many Requests", echo.clone()),
        Reply::Http("400 Bad Request", echo.clone()),
    ])
    .await;
    let settings = keyed(&server.base_url, &dir);
    let log = Arc::new(Log::default());
    let error = OpenAiModel::new(&settings, log.clone()).unwrap().chat(&request("2+2?")).await.unwrap_err();
    let sent = server.requests.lock().unwrap()[0].clone();
    assert!(sent.contains(KEY), "the server must get the key: {sent}");
    let logged = capture.0.lock().unwrap().clone();
    assert!(logged.contains("attempt failed"), "the capture must see our own log: {logged}");
    let events = log.0.lock().unwrap();
    for seen in [logged, format!("{events:?}"), format!("{error} {error:?}"), format!("{settings:?}")] {
        assert!(!seen.contains("THE-SECRET"), "{seen}");
    }
}

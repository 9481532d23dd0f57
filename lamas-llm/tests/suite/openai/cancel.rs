//! A call that is dropped is gone from the server at once, wherever it stands.

use std::sync::Arc;
use std::time::Duration;

use super::support::{delta, request, settings};
use lamas_core::chat::ChatModel;
use lamas_llm::openai::OpenAiModel;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Long enough on a busy machine; without a client that goes away, nothing ends here at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// Drops a call once the server has received its request and sent this much, and waits until the server sees it go.
async fn is_gone(stream: bool, sent: String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = settings(&[&format!("http://{}/v1", listener.local_addr().unwrap())]);
    settings.stream = stream;
    settings.timeouts.total = 600.0;
    settings.timeouts.first_token = 600.0;
    let (has_asked, asked) = oneshot::channel();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(sent.as_bytes()).await.unwrap();
        has_asked.send(()).unwrap();
        // What is left of the request, and then the end; or a reset.
        while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
    });
    let model = OpenAiModel::new(&settings, Arc::new(())).unwrap();
    let question = request("What is 2+2?");
    tokio::select! {
        answer = model.chat(&question) => panic!("there is no answer: {answer:?}"),
        asked = timeout(PATIENCE, asked) => asked.unwrap().unwrap(),
    }
    timeout(PATIENCE, server).await.expect("the call is still there").unwrap();
    drop(model);
}

#[tokio::test]
async fn case_a_cancelled_call_is_gone_from_the_server() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let event = format!("data: {}\n\n", delta("four"));
    for stream in [true, false] {
        for sent in [
            "",
            head,
            &format!("{head}{:x}\r\n{event}\r\n", event.len()),
            "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{",
        ] {
            is_gone(stream, sent.to_owned()).await;
        }
    }
}

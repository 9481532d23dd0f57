//! What attempts that give nothing are billed: by the server's word where it told, by an estimate where it did not, and
//! nothing where it refused.

use std::sync::Arc;

use super::support::{Reply, Scripted, delta, end, failing, request, settings, whole};
use lamas_core::chat::{ChatModel, Lost};
use lamas_core::units::{Price, Tokens};
use lamas_llm::limit::{Budget, Purse, Spent};
use lamas_llm::openai::OpenAiModel;
use serde_json::json;

/// What is lost with the reply before an answer comes, which is what the purse pays beside the answer.
async fn lost(reply: Reply, stream: bool) -> Lost {
    let last = if stream {
        Reply::Stream { events: [vec![delta("4")], end("stop")].concat(), cut: false }
    } else {
        whole("4")
    };
    let silent = matches!(reply, Reply::Silence);
    let server = Scripted::start(vec![reply, last]).await;
    let mut settings = settings(&[&server.base_url]);
    settings.stream = stream;
    if silent {
        // Long enough for the answer after it on a busy machine, too.
        settings.timeouts.total = 5.0;
    }
    let purse = Arc::new(Purse::new(Budget::default(), Price::FREE, Spent::default(), Box::new(())));
    let model = OpenAiModel::new(&settings, Arc::new(())).unwrap().paid_from(Arc::clone(&purse));
    let response = model.chat(&request("What is 2+2?")).await.unwrap();
    assert_eq!(response.timing.attempts, 2);
    let spent = purse.spent();
    let Lost { attempts, input, output, .. } = response.lost;
    let tokens = response.usage.input + response.usage.output + input + output;
    assert_eq!((spent.calls, spent.lost, spent.tokens), (1, u64::from(attempts), tokens));
    response.lost
}

#[tokio::test]
async fn case_refused_attempts_cost_nothing() {
    for head in ["500 Internal Server Error", "503 Service Unavailable", "429 Too Many Requests\r\nretry-after: 0"] {
        assert_eq!(lost(failing(head, "no"), false).await, Lost::default(), "{head}");
        assert_eq!(lost(failing(head, "no"), true).await, Lost::default(), "{head}");
    }
}

#[tokio::test]
async fn case_a_cut_stream_is_billed_for_what_had_come() {
    let cut = Reply::Stream { events: vec![delta(&"x".repeat(40))], cut: true };
    // The question has 12 bytes.
    assert_eq!(lost(cut, true).await, Lost { attempts: 1, input: Tokens(3), output: Tokens(10), estimated: true });
    let told = json!({"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 9}}).to_string();
    let error = json!({"error": {"message": "the model broke", "code": 500}}).to_string();
    let broken = Reply::Stream { events: vec![delta("x"), told, error], cut: false };
    assert_eq!(
        lost(broken, true).await,
        Lost { attempts: 1, input: Tokens(12), output: Tokens(9), estimated: false },
        "the server's word counts"
    );
}

#[tokio::test]
async fn case_attempts_without_an_answer_are_billed_for_their_prompt() {
    let prompt = Lost { attempts: 1, input: Tokens(3), output: Tokens(0), estimated: true };
    assert_eq!(lost(Reply::Silence, false).await, prompt, "time ran out");
    assert_eq!(lost(Reply::Reset, false).await, prompt, "the connection broke after the request was sent");
    assert_eq!(lost(Reply::Http("200 OK", "{\"choices\": [".to_owned()), false).await, prompt, "it is malformed");
    assert_eq!(lost(failing("504 Gateway Time-out", "no"), false).await, prompt, "time ran out on the way");
}

#[tokio::test]
async fn case_nobody_there_costs_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let mut settings = settings(&[&url]);
    settings.retries.most = 1;
    let purse = Arc::new(Purse::new(Budget::default(), Price::FREE, Spent::default(), Box::new(())));
    let model = OpenAiModel::new(&settings, Arc::new(())).unwrap().paid_from(Arc::clone(&purse));
    model.chat(&request("What is 2+2?")).await.unwrap_err();
    assert_eq!(purse.spent().lost, 0);
}

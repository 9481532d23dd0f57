use super::*;
use lamas_core::chat::FinishReason;
use proptest::prelude::*;
use serde_json::json;

fn streamed(pieces: &[&[u8]]) -> Result<Whole, Broken> {
    let mut stream = Incoming::default();
    for piece in pieces {
        stream.push(piece)?;
    }
    stream.ended()
}

fn whole(body: &[u8]) -> Result<Whole, Broken> {
    streamed(&[body])
}

fn sse(events: &[Value]) -> String {
    events.iter().map(|event| format!("data: {event}\n\n")).collect()
}

fn said(text: &str) -> Value {
    json!({"choices": [{"delta": {"content": text}}]})
}

fn finish(reason: &str) -> Value {
    json!({"choices": [{"delta": {}, "finish_reason": reason}]})
}

#[test]
fn usage_is_no_end() {
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 1});
    let events = [said("a"), json!({"choices": [{"delta": {"content": "b"}}], "usage": usage})];
    let body = sse(&events);
    assert_eq!(streamed(&[body.as_bytes()]), Err(Broken::Cut));
    let done = format!("{body}data: [DONE]\n\n");
    assert_eq!(streamed(&[done.as_bytes()]), Err(Broken::Open), "no proxy has cut it");
    let mut stream = Incoming::default();
    stream.push(body.as_bytes()).unwrap();
    assert_eq!(stream.usage(), Some(Told { input: Some(3), output: 1 }), "it is billed nevertheless");
    assert!(!stream.is_whole());
    assert_eq!(stream.torn(), Err(Broken::Cut));
}

#[test]
fn nothing_spoils_a_whole_answer_and_anything_spoils_another() {
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}});
    let later =
        json!({"choices": [{"delta": {"content": "more"}}], "usage": {"prompt_tokens": 3, "completion_tokens": 4}});
    for rubbish in
        ["data: {\"trailing\": tru\n\n", "data: \u{0}\n\n", "event: error\ndata: {}\n\n", "data: {\"error\": 1}\n\n"]
    {
        let body =
            format!("{}{rubbish}{}", sse(&[said("four"), finish("stop"), usage.clone(), later.clone()]), rubbish);
        let answer = streamed(&[body.as_bytes()]).unwrap();
        assert_eq!((&*answer.text, answer.usage), ("four", Some(Told { input: Some(3), output: 4 })), "{rubbish}");
        let done = format!("{}data: [DONE] \n\n{rubbish}", sse(&[said("four"), finish("stop")]));
        assert_eq!(streamed(&[done.as_bytes()]).unwrap().usage, None, "{rubbish}");
        let early = format!("{}{rubbish}data: [DONE]\n\n", sse(&[said("four"), finish("stop")]));
        assert!(streamed(&[early.as_bytes()]).is_err(), "{rubbish}");
    }
}

#[test]
fn case_a_server_that_goes_on_after_a_finish_has_not_ended() {
    let done = "data: [DONE]\n\n";
    let every = |text: &str, usage: bool| {
        let mut event = json!({"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]});
        if usage {
            event["usage"] = json!({"prompt_tokens": 3, "completion_tokens": text.len()});
        }
        event
    };
    for usage in [false, true] {
        let body = sse(&[every("a", usage), every("b c", usage), every("d", usage)]);
        for end in ["", done] {
            assert_eq!(streamed(&[format!("{body}{end}").as_bytes()]).unwrap().text, "ab cd");
        }
        // What comes before the end spoils it again.
        let mut stream = Incoming::default();
        stream.push(body.as_bytes()).unwrap();
        assert!(!stream.is_whole());
        assert_eq!(stream.torn(), Err(Broken::Cut));
        assert!(streamed(&[format!("{body}data: {{\"error\": \"no\"}}\n\n{done}").as_bytes()]).is_err());
        // A usage of its own is the last event.
        let closed = sse(&[json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 9}})]);
        let mut stream = Incoming::default();
        stream.push(format!("{body}{closed}").as_bytes()).unwrap();
        assert!(stream.is_whole() && stream.is_closed());
        stream.push(sse(&[said("more")]).as_bytes()).unwrap();
        assert_eq!(stream.torn().unwrap().text, "ab cd");
    }
    let thinks = json!({"choices": [{"delta": {"reasoning_content": "hm"}, "finish_reason": "stop"}]});
    assert_eq!(streamed(&[sse(&[thinks, said("a"), finish("length")]).as_bytes()]).unwrap().text, "a");
}

#[test]
fn case_what_every_event_repeats_is_said_once() {
    let text = "The total is 7 + 5 = 12.\n\\boxed{12}";
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 9}});
    let repeated: Vec<Value> = [13, 25, text.len()].map(|end| said(&text[..end])).into();
    for events in [[repeated.clone(), vec![finish("stop"), usage]].concat(), [repeated, vec![finish("stop")]].concat()]
    {
        assert_eq!(streamed(&[sse(&events).as_bytes()]).unwrap().text, text);
    }
}

#[test]
fn the_end_must_be_one_that_leaves_an_answer() {
    for reason in ["error", "insufficient_system_resource", "whatever"] {
        let body = format!("{}data: [DONE]\n\n", sse(&[said("fo"), finish(reason)]));
        assert_eq!(streamed(&[body.as_bytes()]), Err(Broken::Ended(reason.to_owned())));
    }
    let filtered = sse(&[finish("content_filter")]);
    assert_eq!(streamed(&[filtered.as_bytes()]).unwrap().finish, FinishReason::Filtered);
    assert_eq!(streamed(&[sse(&[finish("stop")]).as_bytes()]), Err(Broken::Empty));
    for open in [", \"finish_reason\": null", ", \"finish_reason\": \"\"", ""] {
        let body = format!("{{\"choices\": [{{\"message\": {{\"content\": \"a\"}}{open}}}]}}");
        assert_eq!(whole(body.as_bytes()), Err(Broken::Open), "{open}");
    }
}

#[test]
fn text_comes_once_and_from_one_choice() {
    let both = json!({"choices": [{"delta": {"content": "b"}, "message": {"content": "ab"}}]});
    let body =
        sse(&[said("a"), both, json!({"choices": [{"index": 1, "delta": {"content": "NOISE"}}]}), finish("stop")]);
    assert_eq!(streamed(&[body.as_bytes()]).unwrap().text, "ab");
    let last = json!({"choices": [{"message": {"content": "ab"}, "finish_reason": "stop"}]});
    assert_eq!(streamed(&[sse(&[said("a"), said("b"), last.clone()]).as_bytes()]).unwrap().text, "ab");
    assert_eq!(streamed(&[sse(&[last]).as_bytes()]).unwrap().text, "ab");
}

#[test]
fn what_has_no_end_is_given_up() {
    let event = sse(&[said(&"x".repeat(1 << 20))]);
    let mut stream = Incoming::default();
    let broken = (0..20).find_map(|_| stream.push(event.as_bytes()).err());
    assert_eq!(broken, Some(Broken::too_long("the text", LONGEST_TEXT)));
    assert!(stream.push(b"data: [DONE]\n\n").is_err(), "it stays given up");
    assert!(stream.ended().is_err());
}

#[test]
fn what_comes_instead_of_an_answer_is_told() {
    assert_eq!(
        streamed(&[b" \n{\"error\": ", b"\"Unexpected endpoint\"}"]),
        Err(Broken::Said(json!("Unexpected endpoint")))
    );
    assert!(matches!(whole(b"<html><body>Please log in"), Err(Broken::Foreign(said)) if said.contains("log in")));
    assert!(matches!(whole(b"\xef\xbb\xbf \n"), Err(Broken::Foreign(said)) if said == "it is empty"));
    assert!(matches!(whole(b"{\"choices\": [{\"message\": "), Err(Broken::Malformed(_))));
    let (mut incoming, page) = (Incoming::default(), "x".repeat(2 * HEAD));
    incoming.push(page.as_bytes()).unwrap();
    assert!(matches!(incoming.ended(), Err(Broken::Foreign(said)) if said.len() == HEAD - CUT));
}

#[test]
fn usage_is_known_of_what_failed_in_one_piece() {
    let mut incoming = Incoming::default();
    let body = json!({"choices": [{"message": {"content": "ab"}, "finish_reason": "error"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2}});
    incoming.push(body.to_string().as_bytes()).unwrap();
    assert_eq!(incoming.ended(), Err(Broken::Ended("error".to_owned())));
    assert_eq!((incoming.usage(), incoming.generated()), (Some(Told { input: Some(3), output: 2 }), 2));
}

/// Lines that bring a stream near its states.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "data: {\"choices\": [{\"delta\": {\"content\": \"a\\ud83d\"}}]}",
        "data: {\"choices\": [{\"delta\": {\"content\": \"\\ude00b\"}, \"message\": {\"content\": \"ab\"}}]}",
        "data: {\"choices\": [{\"index\": 1, \"text\": \"c\", \"finish_reason\": \"length\"}]}",
        "data: {\"choices\": [{\"delta\": {}, \"finish_reason\": \"stop\"}]}",
        "data: {\"choices\": [{\"delta\": {\"content\": \"d\"}, \"finish_reason\": \"stop\"}], \"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 2}}",
        "data: {\"choices\": [{\"delta\": {}, \"finish_reason\": \"error\"}]}",
        "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 9223372036854775808}}",
        "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 2}}",
        "data: {\"error\": {\"message\": \"no\"}}",
        "data: [DONE]",
        "data: null",
        "event: error",
        "\u{feff}: ping",
        "{\"error\": \"no\"}",
        "",
    ];
    prop_oneof![8 => prop::sample::select(known.to_vec()).prop_map(|line| line.as_bytes().to_vec()), 1 => any::<Vec<u8>>()]
}

#[test]
fn case_another_choice_is_never_the_answer() {
    let both = |first: Value, second: Value| json!({"choices": [first, second]});
    let said = |index: u64, text: &str, reason: Value| json!({"index": index, "delta": {"content": text}, "finish_reason": reason});
    // In one event, and in events of their own; the first choice never ends here.
    let mixed = sse(&[both(said(1, "99", json!("stop")), said(0, "12", Value::Null))]);
    assert_eq!(streamed(&[mixed.as_bytes()]), Err(Broken::Cut));
    let apart = [said(1, "99", json!("stop")), said(0, "12", Value::Null), said(0, "", json!("stop"))];
    let apart = sse(&apart.map(|choice| json!({"choices": [choice]})));
    assert_eq!(streamed(&[apart.as_bytes()]).unwrap().text, "12");
    let message =
        |index: u64, text: &str| json!({"index": index, "message": {"content": text}, "finish_reason": "stop"});
    let answer = both(message(1, "9"), message(0, "12")).to_string();
    assert_eq!(whole(answer.as_bytes()).unwrap().text, "12");
}

/// Bytes in pieces of these lengths, and the rest.
pub(super) fn cut<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths {
        let (piece, after) = bytes.split_at((*length).min(bytes.len()));
        pieces.push(piece);
        bytes = after;
    }
    pieces.push(bytes);
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Any bytes in any pieces: no panic, the same whatever the pieces are, and no answer without a finish reason.
    #[test]
    fn no_answer_without_an_end(
        lines in prop::collection::vec(line(), 0..12),
        end in prop::sample::select(vec!["\n", "\n\n", "\r\n\r\n", "\r\r"]),
        cuts in prop::collection::vec(0_usize..60, 0..20),
    ) {
        let bytes = lines.iter().flat_map(|line| [line, end.as_bytes()].concat()).collect::<Vec<u8>>();
        let pieces = cut(&bytes, &cuts);
        let answer = streamed(&pieces);
        prop_assert_eq!(&answer, &streamed(&[&bytes]));
        if answer.is_ok() {
            prop_assert!(lines.iter().any(|line| String::from_utf8_lossy(line).contains("finish_reason")));
        }
        // What was whole stays an answer, unless the server says more.
        let mut stream = Incoming::default();
        let mut whole_at = None;
        for piece in &pieces {
            let pushed = stream.push(piece);
            if whole_at == Some(stream.generated()) {
                prop_assert!(pushed.is_ok() && stream.is_whole());
            }
            whole_at = stream.is_whole().then(|| stream.generated());
        }
        prop_assert!(whole_at.is_none() || stream.torn() != Err(Broken::Cut));
    }
}

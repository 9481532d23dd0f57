//! scratch
use std::sync::Arc;
use lamas_core::chat::*;
use lamas_llm::openai::{EndpointSettings, OpenAiModel, OpenAiSettings};
#[tokio::test]
async fn modes() {
    let base = std::env::var("EP").unwrap();
    let only = std::env::var("ONLY").unwrap_or_default();
    let text = std::fs::read_to_string("/work/shared/cases/endpoint_server.py").unwrap();
    let mut names = vec![]; let mut lines = text.lines();
    while let Some(l) = lines.next() { if l == "@mode" { names.push(lines.next().unwrap()[4..].split('(').next().unwrap().to_owned()); } }
    println!("{} modes", names.len());
    for name in names {
        if !only.is_empty() && !only.split(',').any(|o| o == name) { continue }
        for stream in [true, false] {
            let tag = if stream { "s" } else { "w" };
            let mut settings: OpenAiSettings = serde_yaml::from_str("{name: m, timeouts: {first_token: 5, total: 10}, retries: {most: 2, first: 0.01, longest: 0.05, longest_retry_after: 0.5}}").unwrap();
            settings.stream = stream;
            settings.endpoints = vec![EndpointSettings::at(format!("{base}/{name}/v1"))];
            let request = ChatRequest { messages: vec![Message::user("What is 7 + 5?")], sampling: Sampling::default(), sample: SampleIndex::default() };
            let r = OpenAiModel::new(&settings, Arc::new(())).unwrap().chat(&request).await;
            match r {
                Ok(r) => println!("{name:<18}{tag} ok a={} {:?} in={} out={} counted={} {:?}", r.timing.attempts, r.finish, r.usage.input.0, r.usage.output.0, r.usage.counted, r.text),
                Err(e) => println!("{name:<18}{tag} {}", format!("{e:?}").replace(&base, "")),
            }
            // keep parity of k%2
        }
    }
}

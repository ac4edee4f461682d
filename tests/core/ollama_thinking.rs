//! Ollama's models thinking: told to and told not to where they can be, and what is thought told apart from the answer.

use std::time::Duration;

use memoryloop_core::llm::ChatRequest;
use serde_json::{Value, json};
use support::{
    http::{Reply, Server, Step},
    http_models::{Heard, ask, listen, llama, ollama_model, request},
    ollama::{self, GPT_OSS, LLAMA, Options, QWEN, last_line, line, stream, thought},
};

async fn started() -> Server {
    ollama::start_with(Options { models: vec![LLAMA, QWEN, GPT_OSS], ..Options::default() }).await
}

async fn scripted(reply: Reply) -> Server {
    let server = started().await;
    server.script("/api/chat", reply);
    server
}

async fn asked(server: &Server, model: &str, request: ChatRequest) -> (Heard, Value) {
    let heard = listen(&ollama_model(server, model), request).await;
    (heard, server.asked("/api/chat").last().unwrap().body["think"].clone())
}

#[tokio::test]
async fn each_model_is_told_in_the_way_that_it_takes() {
    let server = started().await;
    let wanted = ChatRequest { think: true, ..request("Why?") };
    for (model, yes, no) in
        [(LLAMA, Value::Null, Value::Null), (QWEN, json!(true), json!(false)), (GPT_OSS, json!("medium"), json!("low"))]
    {
        let (heard, sent) = asked(&server, model, wanted.clone()).await;
        assert_eq!((heard.thoughts.is_empty(), sent), (model == LLAMA, yes), "{model}");
        assert!(heard.text.starts_with("## About: Why?"), "{heard:?}");
        let (heard, sent) = asked(&server, model, request("Why?")).await;
        assert_eq!((heard.thoughts.is_empty(), sent), (model != GPT_OSS, no.clone()), "{model}");
        let schema = Some(json!({"type": "object"}));
        let (heard, sent) = asked(&server, model, ChatRequest { schema, ..wanted.clone() }).await;
        assert_eq!((heard.end.is_ok(), sent), (true, no), "with a schema it does not think first: {model}");
    }
}

#[tokio::test]
async fn a_server_that_tells_what_a_model_takes_is_believed() {
    let shown = |thinking: Value| {
        let info = json!({"general.architecture": "x", "x.context_length": 8_192});
        let body = json!({"capabilities": ["completion", "thinking"], "model_info": info, "thinking": thinking});
        Reply::json(200, &body)
    };
    for (thinking, expected) in [
        (json!({"values": ["low", "high"], "default": "high"}), json!("low")),
        (json!({"values": [true, false], "default": true}), json!(false)),
        (json!({"values": [false]}), Value::Null),
    ] {
        let server = started().await;
        server.script("/api/show", shown(thinking));
        assert_eq!(asked(&server, QWEN, request("?")).await.1, expected);
    }
}

#[tokio::test]
async fn thoughts_and_text_are_told_apart_wherever_the_packets_are_cut() {
    let whole = [thought("Hm "), thought("🧠."), line("So."), last_line("stop")].concat();
    for size in [1, 5, 1_000] {
        let server = scripted(stream(&[whole.as_bytes()]).in_packets_of(size)).await;
        let heard = ask(&ollama_model(&server, QWEN), "?").await;
        assert_eq!((heard.thoughts.as_str(), heard.text.as_str()), ("Hm 🧠.", "So."), "packets of {size}");
    }
}

#[tokio::test]
async fn thinking_that_a_model_writes_into_its_answer_is_thought() {
    let pieces = ["<thi", "nk>\nHm", ". </thi", "nk>", "\n\n", "So: ", "<think> is a mark."];
    let whole: String = pieces.into_iter().map(line).chain([last_line("stop")]).collect();
    let server = scripted(stream(&[whole.as_bytes()])).await;
    let heard = ask(&llama(&server), "?").await;
    assert_eq!((heard.thoughts.as_str(), heard.text.as_str()), ("\nHm. ", "So: <think> is a mark."));
    let server = scripted(stream(&[[line("<thi"), last_line("stop")].concat().as_bytes()])).await;
    assert_eq!(ask(&llama(&server), "?").await.text, "<thi", "what only began like a mark is the answer's");
}

#[tokio::test]
async fn what_only_began_like_a_mark_is_kept_when_the_connection_breaks() {
    let server = scripted(stream(&[line("<th").as_bytes()]).then(Step::Cut)).await;
    let heard = ask(&llama(&server), "?").await;
    assert_eq!(heard.text, "<th");
    assert!(heard.problem().starts_with("The connection to Ollama broke off"), "{heard:?}");
}

#[tokio::test]
async fn thinking_is_life_and_silence_after_it_is_not() {
    let mut reply = stream(&[]);
    for part in ["a", "b", "c", "d"] {
        reply = reply.then(Step::Send(thought(part).into_bytes())).then(Step::Pause(Duration::from_millis(500)));
    }
    let server = scripted(reply.then(Step::Silence)).await;
    let heard = ask(&ollama_model(&server, QWEN), "?").await;
    assert_eq!((heard.thoughts.as_str(), heard.text.as_str()), ("abcd", ""));
    assert!(heard.problem().starts_with("Ollama has sent nothing for 1 second"), "{heard:?}");
}

#[tokio::test]
async fn thinking_without_end_is_ended() {
    let server = scripted(stream(&[]).then(Step::Endless(thought(&"x".repeat(60_000)).into_bytes()))).await;
    let heard = ask(&ollama_model(&server, QWEN), "?").await;
    assert!(heard.thoughts.len() <= 4 * 1024 * 1024);
    assert!(heard.problem().contains("its answer does not end"), "{}", heard.problem());
}

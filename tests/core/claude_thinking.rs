//! Claude thinking: asked for and asked not to, in the way that each model takes, and what is thought told apart.

use std::time::Duration;

use memoryloop_core::llm::{ChatRequest, StopReason};
use serde_json::{Value, json};
use support::{
    claude::{self, DEPRECATED, KEY, SONNET, closing, event, opening, piece, stream, thought},
    http::{Server, Step},
    http_models::{Heard, ask, claude_model, listen, request, sonnet},
};

async fn asked(server: &Server, model: &str, request: ChatRequest) -> (Heard, Value) {
    let heard = listen(&claude_model(server, model, KEY), request).await;
    let sent = server.asked("/v1/messages").last().unwrap().body["thinking"].clone();
    (heard, sent)
}

#[tokio::test]
async fn each_model_is_asked_in_the_way_that_it_takes() {
    let server = claude::start().await;
    let summarized = json!({"type": "adaptive", "display": "summarized"});
    for (model, yes, no) in [
        ("claude-opus-5-5", summarized.clone(), Value::Null),
        (SONNET, summarized.clone(), json!({"type": "between_tools"})),
        ("claude-haiku-5-5", summarized.clone(), json!({"type": "disabled"})),
        (DEPRECATED, json!({"type": "enabled", "budget_tokens": 8_000}), Value::Null),
    ] {
        let wanted = ChatRequest { think: true, max_answer: 16_000, ..request("Why?") };
        let (heard, sent) = asked(&server, model, wanted.clone()).await;
        assert_eq!((heard.thoughts.as_str(), sent), ("Let me think.", yes), "{model}");
        assert!(heard.text.starts_with("## About: Why?"), "{heard:?}");
        let (heard, sent) = asked(&server, model, ChatRequest { think: false, ..wanted.clone() }).await;
        assert_eq!((heard.thoughts.as_str(), sent.clone()), ("", no.clone()), "{model}");
        assert!(heard.text.starts_with("## About: Why?"), "{heard:?}");
        let (heard, sent) = asked(&server, model, ChatRequest { schema: Some(schema()), ..wanted }).await;
        assert_eq!((heard.end.is_ok(), sent), (true, no), "with a schema it never thinks first: {model}");
    }
}

fn schema() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}

#[tokio::test]
async fn what_is_known_from_the_documentation_serves_when_the_list_does_not_tell() {
    let server = claude::start().await;
    server.script("/v1/models/claude-sonnet-5-5", claude::error(500, "api_error", "Internal server error"));
    let (heard, sent) = asked(&server, SONNET, request("Why?")).await;
    assert_eq!((heard.end.is_ok(), sent), (true, json!({"type": "between_tools"})));
}

#[tokio::test]
async fn thoughts_come_before_the_text_and_signatures_are_nothing_to_show() {
    let whole = [thought("Hm. "), thought("Ünïcödé 🧠"), opening(), piece("Yes."), closing("end_turn", 9)].concat();
    for size in [1, 7, 1_000] {
        let server = claude::start().await;
        server.script("/v1/messages", stream(&[whole.as_bytes()]).in_packets_of(size));
        let heard = ask(&sonnet(&server), "?").await;
        assert_eq!((heard.thoughts.as_str(), heard.text.as_str()), ("Hm. Ünïcödé 🧠", "Yes."), "packets of {size}");
        assert_eq!(heard.end.unwrap().0, StopReason::Complete);
    }
}

#[tokio::test]
async fn thinking_is_life_and_silence_after_it_is_not() {
    // Longer than the patience for silence in all, but never silent for that long; pings count as well.
    let mut reply = stream(&[opening().as_bytes()]);
    for part in [thought("a"), event(&json!({"type": "ping"})), thought("b"), thought("c")] {
        reply = reply.then(Step::Pause(Duration::from_millis(500))).then(Step::Send(part.into_bytes()));
    }
    let server = claude::start().await;
    server.script("/v1/messages", reply.then(Step::Silence));
    let heard = ask(&sonnet(&server), "?").await;
    assert_eq!((heard.thoughts.as_str(), heard.text.as_str()), ("abc", ""));
    assert!(heard.problem().starts_with("Claude has sent nothing for 1 second"), "{heard:?}");
}

#[tokio::test]
async fn thinking_without_end_is_ended() {
    let server = claude::start().await;
    server.script("/v1/messages", stream(&[]).then(Step::Endless(thought(&"x".repeat(60_000)).into_bytes())));
    let heard = ask(&sonnet(&server), "?").await;
    assert!(heard.thoughts.len() <= 4 * 1024 * 1024);
    assert!(heard.problem().contains("its answer does not end"), "{}", heard.problem());
}

//! What an answer took, also one that did not come to its end: what the provider had told, and that it is not all.

use memoryloop_core::{
    chat::{Message, MessageStatus, TurnRequest},
    llm::{SharedModel, Usage, prices},
};
use support::{
    claude::{self, closing, error_event, event, opening, piece},
    http::{Reply, Step},
    http_models::{llama, sonnet},
    ollama::{self, last_line, line},
};

use crate::chat::Talk;

const READ: Usage = Usage { input_tokens: 25, output_tokens: 0, at_least: true, cached: NONE };
const NONE: memoryloop_core::llm::Cached = memoryloop_core::llm::Cached { read: 0, written: 0 };

fn half() -> String {
    opening() + &piece("Half ")
}

/// A count in the middle, as Anthropic sends one with a long answer.
fn counted(written: u32) -> String {
    event(
        &serde_json::json!({"type": "message_delta", "delta": {"stop_reason": null}, "usage": {"output_tokens": written}}),
    )
}

fn claude_says(parts: &[&str]) -> Reply {
    claude::stream(&[parts.concat().as_bytes()])
}

async fn stopped(talk: &Talk, model: SharedModel) -> Message {
    let sending = talk.sending("Why?", model);
    talk.until_shown("Half ").await;
    talk.stop();
    sending.await.unwrap().unwrap();
    let (answer, _) = talk.finished();
    assert_eq!(answer.status, MessageStatus::Interrupted);
    assert_eq!(talk.stored().await.last().unwrap(), &answer, "what is shown is what is stored");
    answer
}

#[tokio::test]
async fn a_stopped_answer_of_claudes_took_what_it_read_and_more() {
    let (_test, talk) = Talk::start().await;
    let server = claude::start().await;
    server.script("/v1/messages", claude_says(&[&half()]).then(Step::Silence));
    let answer = stopped(&talk, sonnet(&server)).await;
    assert_eq!(answer.usage, Some(READ));
    let least = prices::cost_usd(answer.model.as_ref().unwrap(), READ).unwrap();
    assert!(least > 0.0 && answer.cost_usd == Some(least), "{answer:?}");

    // Gone on with, it took both, and that is the least.
    server.script("/v1/messages", claude_says(&[&opening(), &piece("Half an answer"), &closing("end_turn", 9)]));
    talk.ask(TurnRequest::Continue { message_id: answer.id }, sonnet(&server)).await.unwrap();
    let (whole, _) = talk.finished();
    assert_eq!((whole.content.as_str(), whole.status), ("Half an answer", MessageStatus::Complete));
    assert_eq!(whole.usage, Some(Usage { input_tokens: 50, output_tokens: 9, ..READ }));
    assert!(whole.cost_usd.is_some_and(|cost| cost > least));
    assert_eq!(talk.stored().await[1], whole);
}

#[tokio::test]
async fn an_error_after_half_an_answer_leaves_the_counts_that_were_told() {
    let broken = error_event("overloaded_error", "Overloaded");
    let stop = closing("end_turn", 9);
    let whole = stop.split("event: message_stop").next().unwrap();
    for (parts, cut, told) in [
        (vec![half(), broken.clone()], false, READ),
        (vec![half()], true, READ),
        (vec![half(), counted(7), broken], false, Usage { output_tokens: 7, ..READ }),
        // All was counted, and only the end was not told.
        (vec![half(), whole.to_owned()], true, Usage { output_tokens: 9, at_least: false, ..READ }),
    ] {
        let (_test, talk) = Talk::start().await;
        let server = claude::start().await;
        let reply = claude::stream(&[parts.concat().as_bytes()]);
        server.script("/v1/messages", if cut { reply.then(Step::Cut) } else { reply });
        talk.send("Why?", sonnet(&server)).await.unwrap();
        let (answer, _) = talk.finished();
        assert_eq!((answer.content.as_str(), answer.status), ("Half ", MessageStatus::Failed));
        assert_eq!(answer.usage, Some(told));
        assert!(answer.cost_usd.is_some_and(|cost| cost > 0.0));
        assert_eq!(talk.stored().await[1], answer);
    }
}

#[tokio::test]
async fn ollama_counts_only_at_the_end_so_a_stopped_answer_has_none() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", ollama::stream(&[line("Half ").as_bytes()]).then(Step::Silence));
    let answer = stopped(&talk, llama(&server)).await;
    assert_eq!((answer.usage, answer.cost_usd), (None, None));
    server.script("/api/chat", ollama::stream(&[line("Half an answer").as_bytes(), last_line("stop").as_bytes()]));
    talk.ask(TurnRequest::Continue { message_id: answer.id }, llama(&server)).await.unwrap();
    let least = Usage { input_tokens: 26, output_tokens: 298, at_least: true, cached: NONE };
    assert_eq!(talk.finished().0.usage, Some(least), "the part that was not counted comes on top");
    assert_eq!(talk.stored().await[1].usage, Some(least));
}

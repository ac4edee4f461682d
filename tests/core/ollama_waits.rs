//! Ollama on a small machine: it is given the time that it needs, is not made to load a model twice, and is given less when
//! memory does not hold more. And what is not Ollama, although it ends before a line does.

use std::time::Duration;

use memoryloop_core::{
    Error, context,
    llm::{ChatRequest, LlmError, Provider, Providers, SharedModel},
};
use serde_json::{Value, json};
use support::{
    http::{Reply, Server, Step},
    http_models::{ask, listen, llama, ollama_model, providers, reference, request},
    ollama::{self, LLAMA, QWEN, last_line, line, stream},
};

fn ollama_at(server: &Server) -> Providers {
    providers(&server.url(), "http://127.0.0.1:9")
}

fn model(providers: &Providers, name: &str) -> SharedModel {
    providers.model(&reference(Provider::Ollama, name), None).unwrap()
}

/// The window that was asked for last.
fn window(server: &Server) -> Value {
    server.asked("/api/chat").pop().unwrap().body["options"]["num_ctx"].clone()
}

/// A look-up that does not come in time.
fn busy() -> Reply {
    stream(&[]).then(Step::Silence)
}

#[tokio::test]
async fn a_long_question_is_given_the_time_to_be_read() {
    // Longer than the patience for a first byte, which serves for a short question.
    let late = || {
        let answer = [line("Read."), last_line("stop")].concat();
        stream(&[]).then(Step::Pause(Duration::from_millis(2_200))).then(Step::Send(answer.into_bytes()))
    };
    let server = ollama::start().await;
    server.script("/api/chat", late());
    let heard = ask(&llama(&server), "?").await;
    assert!(heard.problem().starts_with("Ollama has sent nothing for 1 second"), "{heard:?}");
    server.script("/api/chat", late());
    let heard = ask(&llama(&server), &"word ".repeat(100)).await;
    assert_eq!((heard.text.as_str(), heard.end.is_ok()), ("Read.", true), "a second more for each twenty tokens");
}

#[tokio::test]
async fn an_ollama_too_busy_to_tell_what_a_model_is_told_it_before() {
    let server = ollama::start().await;
    let providers = ollama_at(&server);
    providers.list(None).await;
    server.script("/api/show", busy());
    let qwen = model(&providers, QWEN);
    assert_eq!(qwen.limits().await.unwrap().context, 40_960);
    ask(&qwen, "?").await;
    assert_eq!(server.asked("/api/chat")[0].body["think"], false);
    // One that was deleted meanwhile is not believed to be there.
    server.script("/api/show", Reply::json(404, &json!({"error": "model 'qwen3:8b' not found"})));
    let error = model(&providers, QWEN).limits().await.unwrap_err();
    assert!(matches!(error, LlmError::ModelNotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_look_up_that_fails_keeps_nothing_and_does_not_say_so() {
    let server = ollama::start().await;
    server.script("/api/show", busy());
    let error = Error::from(llama(&server).limits().await.unwrap_err());
    assert_eq!(
        error.to_string(),
        "Ollama has sent nothing for 1 second, so MemoryLoop stopped waiting. Try again, or choose another model."
    );
    server.script("/api/tags", busy());
    let problem = ollama_at(&server).list(None).await.ollama.problem.unwrap();
    assert!(problem.starts_with("Ollama has sent nothing") && !problem.contains("kept"), "{problem}");
}

#[tokio::test]
async fn what_could_do_with_a_smaller_window_keeps_that_which_the_model_has() {
    let server = ollama::start().await;
    let providers = ollama_at(&server);
    let large = ChatRequest { window: 32_768, ..request("A long conversation.") };
    assert!(listen(&model(&providers, LLAMA), large.clone()).await.end.is_ok());
    // As cards are made of it: from another request for the model, which needs little.
    let cards = model(&providers, "llama3.2");
    let small = context::single("Make cards.", "Of this.", cards.limits().await.unwrap()).unwrap();
    assert_eq!((small.window, cards.window(small.window)), (8_192, 32_768));
    listen(&cards, small.clone()).await;
    assert_eq!(window(&server), 32_768);
    // Another model has a window of its own, and none is given more than it was made for.
    listen(&model(&providers, QWEN), small.clone()).await;
    assert_eq!(window(&server), 8_192);
    listen(&model(&providers, QWEN), ChatRequest { window: 40_960, ..small.clone() }).await;
    let info = json!({"general.architecture": "qwen3", "qwen3.context_length": 16_384});
    server.script("/api/show", Reply::json(200, &json!({"model_info": info})));
    listen(&model(&providers, QWEN), small).await;
    assert_eq!(window(&server), 16_384);
}

#[tokio::test]
async fn a_window_that_memory_does_not_hold_is_smaller_the_next_time() {
    let server = ollama::start().await;
    let providers = ollama_at(&server);
    let error = "model requires more system memory (9.1 GiB) than is available (6.3 GiB)";
    server.script("/api/chat", Reply::json(500, &json!({"error": error})));
    let llama = model(&providers, LLAMA);
    let heard = listen(&llama, ChatRequest { window: 65_536, ..request("?") }).await;
    assert_eq!(
        heard.problem(),
        format!(
            "Ollama reported an error: {error}. For a conversation of this length this computer has too little memory. Try again: the model is given less of it to read then. Or choose a smaller model."
        )
    );
    assert_eq!(llama.limits().await.unwrap().context, 32_768);
    assert_eq!(model(&providers, QWEN).limits().await.unwrap().context, 40_960);
}

#[tokio::test]
async fn what_is_not_ollama_and_ends_before_a_line_does_is_called_so() {
    for body in ["Service OK", "{\"status\":\"ok\"}", "{\"status\":\"ok\"}\n", "\n\"up\"", "<html>"] {
        let server = ollama::start().await;
        server.script("/api/chat", Reply::new(200, "application/json", body));
        let heard = ask(&ollama_model(&server, LLAMA), "?").await;
        assert!(matches!(heard.end, Err(LlmError::NotTheProtocol { .. })), "{body}: {heard:?}");
    }
    // Half of a first line, or nothing at all, is a connection that broke off.
    for body in [&line("never whole")[..40], "", "\n"] {
        let server = ollama::start().await;
        server.script("/api/chat", Reply::new(200, "application/x-ndjson", body));
        let heard = ask(&ollama_model(&server, LLAMA), "?").await;
        assert!(matches!(heard.end, Err(LlmError::ConnectionCut { .. })), "{body}: {heard:?}");
    }
}

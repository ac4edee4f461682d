//! Claude as MemoryLoop meets it: streamed events, retries that obey, every failure with its sentence, the key.

use std::time::Duration;

use memoryloop_core::{
    llm::{Cached, Lifecycle, LlmError, StopReason, Thinking, Usage, prices},
    time::UnixMillis,
};
use serde_json::{Value, json};
use support::{
    claude::{self, DEPRECATED, KEY, RETIRED, SONNET, closing, error, error_event, event, opening, piece, stream},
    http::{Reply, Server, Step},
    http_models::{ask, claude_model, nobody, providers, sonnet},
};

async fn scripted(replies: impl IntoIterator<Item = Reply>) -> Server {
    let server = claude::start().await;
    for reply in replies {
        server.script("/v1/messages", reply);
    }
    server
}

#[tokio::test]
async fn an_answer_streams_and_the_request_is_as_anthropic_wants_it() {
    let server = claude::start().await;
    let heard = ask(&sonnet(&server), "What is spaced repetition?").await;
    assert!(heard.text.starts_with("## About: What is spaced repetition?"), "{heard:?}");
    let (stop, usage) = heard.end.unwrap();
    assert_eq!((stop, usage.unwrap().input_tokens), (StopReason::Complete, 25));
    let asked = &server.asked("/v1/messages")[0];
    assert_eq!(asked.header("anthropic-version"), Some("2026-10-21"));
    assert_eq!(asked.header("x-api-key"), Some(KEY));
    assert!(asked.header("origin").is_none());
    assert_eq!(asked.body["system"], "Be brief.");
    assert_eq!(asked.body["cache_control"], json!({"type": "ephemeral"}));
    assert_eq!(asked.body["temperature"], Value::Null);
}

#[tokio::test]
async fn events_and_characters_may_be_split_across_packets_anywhere() {
    let text = "Ünïcödé – 漢字 🧠\n";
    let whole = [opening(), piece(text), piece(text), closing("end_turn", 9)].concat();
    for bytes in [whole.clone(), whole.replace('\n', "\r\n")] {
        for size in [1, 3, 50] {
            let server = scripted([stream(&[bytes.as_bytes()]).in_packets_of(size)]).await;
            let heard = ask(&sonnet(&server), "?").await;
            assert_eq!(heard.text, text.repeat(2), "packets of {size}");
            assert_eq!(
                heard.end,
                Ok((StopReason::Complete, Some(Usage { input_tokens: 25, output_tokens: 9, ..Usage::default() })))
            );
        }
    }
}

#[tokio::test]
async fn unknown_events_are_passed_over() {
    let future = event(&json!({"type": "from_the_future", "x": 1}));
    let whole = [opening(), future, piece("Yes."), closing("max_tokens", 9)].concat();
    let server = scripted([stream(&[whole.as_bytes()])]).await;
    let heard = ask(&sonnet(&server), "?").await;
    assert_eq!((heard.text.as_str(), heard.end.unwrap().0), ("Yes.", StopReason::Length));
}

#[tokio::test]
async fn a_refusal_and_a_full_window_are_told_apart() {
    for (reason, stop) in [("refusal", StopReason::Refused), ("model_context_window_exceeded", StopReason::WindowFull)]
    {
        let whole = [opening(), piece("I "), closing(reason, 1)].concat();
        let server = scripted([stream(&[whole.as_bytes()])]).await;
        assert_eq!(ask(&sonnet(&server), "?").await.end.unwrap().0, stop);
    }
}

#[tokio::test]
async fn a_wrong_key_is_named_and_not_tried_again() {
    let server = claude::start().await;
    let heard = ask(&claude_model(&server, SONNET, "sk-ant-wrong"), "?").await;
    assert_eq!(heard.problem(), "Claude refused the API key. Check it in Settings.");
    assert_eq!(server.asked("/v1/messages").len(), 1);
    let providers = providers("http://127.0.0.1:9", &server.url());
    assert_eq!(providers.check_claude_key(&KEY.into()).await, Ok(()));
    for bad in ["sk-ant-wrong", "", "with\nline", "schlüssel"] {
        assert_eq!(providers.check_claude_key(&bad.into()).await, Err(LlmError::KeyInvalid), "{bad:?}");
    }
    assert!(server.asked("/v1/models")[0].query.contains("limit=1"));
    let listed = providers.list(Some("sk-ant-wrong".into())).await.claude;
    assert_eq!(listed.problem.as_deref(), Some("Claude refused the API key. Check it in Settings."));
    assert!(listed.has_key && listed.models.is_empty());
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let providers = providers("http://127.0.0.1:9", "http://127.0.0.1:9");
    let model = support::http_models::reference(memoryloop_core::llm::Provider::Claude, SONNET);
    let problem = providers.model(&model, None).err().unwrap().to_string();
    assert_eq!(problem, "No API key for Claude is saved. Add one in Settings.");
}

#[tokio::test]
async fn a_model_that_is_not_offered_is_named() {
    let server = claude::start().await;
    let heard = ask(&claude_model(&server, "claude-none", KEY), "?").await;
    assert_eq!(heard.problem(), "Claude does not offer the model claude-none to this key. Choose another model.");
}

#[tokio::test]
async fn asked_to_wait_it_waits_and_says_so() {
    let limited = || error(429, "rate_limit_error", "Too many requests");
    let server =
        scripted([limited().header("retry-after-ms", "120"), error(529, "overloaded_error", "Overloaded")]).await;
    let heard = ask(&sonnet(&server), "?").await;
    assert!(heard.text.starts_with("## About"), "{heard:?}");
    assert_eq!(heard.waits.len(), 2);
    assert_eq!(heard.waits[0], Duration::from_millis(120));
    assert_eq!(server.asked("/v1/messages").len(), 3);
}

#[tokio::test]
async fn a_wait_too_long_to_wait_is_for_the_person() {
    let server = scripted([error(429, "rate_limit_error", "Too many requests").header("retry-after", "300")]).await;
    let heard = ask(&sonnet(&server), "?").await;
    assert_eq!(heard.problem(), "Claude asks to wait 5 minutes. Try again then.");
    assert_eq!(server.asked("/v1/messages").len(), 1);
}

#[tokio::test]
async fn a_wait_until_a_date_is_waited_by_the_servers_clock() {
    let limited = error(429, "rate_limit_error", "Too many requests")
        .header("date", "Mon, 23 Nov 2026 09:00:00 GMT")
        .header("retry-after", "Mon, 23 Nov 2026 09:00:01 GMT");
    let server = scripted([limited]).await;
    let heard = ask(&sonnet(&server), "?").await;
    assert_eq!((heard.end.is_ok(), heard.waits), (true, vec![Duration::from_secs(1)]));
}

#[tokio::test]
async fn what_was_read_from_the_cache_is_priced_as_that() {
    let started = opening().replace("\"cache_read_input_tokens\":0", "\"cache_read_input_tokens\":999975");
    let whole = [started, piece("Yes."), closing("end_turn", 100_000)].concat();
    let server = scripted([stream(&[whole.as_bytes()])]).await;
    let usage = ask(&sonnet(&server), "?").await.end.unwrap().1.unwrap();
    assert_eq!((usage.input_tokens, usage.cached), (1_000_000, Cached { read: 999_975, written: 0 }));
    let model = support::http_models::reference(memoryloop_core::llm::Provider::Claude, SONNET);
    let cost = prices::cost_usd(&model, usage).unwrap();
    assert!((cost - (25.0 * 2.0 + 999_975.0 * 0.1 + 100_000.0 * 10.0) / 1e6).abs() < 1e-9, "{cost}");
}

#[tokio::test]
async fn it_gives_up_after_the_second_repetition() {
    let overloaded = || error(529, "overloaded_error", "Overloaded");
    let server = scripted([overloaded(), overloaded(), overloaded()]).await;
    let heard = ask(&sonnet(&server), "?").await;
    assert_eq!(heard.problem(), "Claude is overloaded right now. Try again in a minute.");
    assert_eq!((heard.waits.len(), server.asked("/v1/messages").len()), (2, 3));
    let server = scripted([overloaded().header("x-should-retry", "false")]).await;
    assert_eq!(ask(&sonnet(&server), "?").await.waits.len(), 0);
}

#[tokio::test]
async fn after_text_was_shown_nothing_is_tried_again() {
    let half = [opening(), piece("Half ")].concat();
    let broken = error_event("overloaded_error", "Overloaded");
    for (reply, problem) in [
        (stream(&[half.as_bytes(), broken.as_bytes()]), "Claude is overloaded right now. Try again in a minute."),
        (
            stream(&[half.as_bytes()]).then(Step::Cut),
            "The connection to Claude broke off in the middle of the answer. What came is kept: go on from there, or ask again.",
        ),
        (
            stream(&[half.as_bytes()]),
            "The connection to Claude broke off in the middle of the answer. What came is kept: go on from there, or ask again.",
        ),
        (
            stream(&[half.as_bytes()]).then(Step::Silence),
            "Claude has sent nothing for 1 second, so MemoryLoop stopped waiting. What came is kept; try again, or choose another model.",
        ),
    ] {
        let server = scripted([reply]).await;
        let heard = ask(&sonnet(&server), "?").await;
        assert_eq!((heard.text.as_str(), heard.problem().as_str()), ("Half ", problem));
        assert_eq!(server.asked("/v1/messages").len(), 1);
    }
}

#[tokio::test]
async fn what_a_person_can_act_on_is_told_apart() {
    for (reply, problem) in [
        (
            error(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
            "The account behind the Claude key has no credit left. Add some at Anthropic, or choose another model.",
        ),
        (
            error(402, "billing_error", "Payment required"),
            "The account behind the Claude key has no credit left. Add some at Anthropic, or choose another model.",
        ),
        (
            error(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
            "This is longer than the model can read. Shorten the message or start a new conversation, or choose a model with a larger context.",
        ),
        (
            error(413, "request_too_large", "Request exceeds the maximum size"),
            "This is longer than the model can read. Shorten the message or start a new conversation, or choose a model with a larger context.",
        ),
        (
            error(
                400,
                "invalid_request_error",
                "input length and `max_tokens` exceed context limit: 199999 + 32000 > 200000",
            ),
            "This is longer than the model can read. Shorten the message or start a new conversation, or choose a model with a larger context.",
        ),
        (
            Reply { status: 413, ..Reply::page() },
            "This is longer than the model can read. Shorten the message or start a new conversation, or choose a model with a larger context.",
        ),
        (
            stream(&[error_event("rate_limit_error", "slow down").as_bytes()]),
            "Claude asks to wait. Try again in a minute.",
        ),
        (
            error(403, "permission_error", "Your key may not use this model"),
            "Claude reported an error: Your key may not use this model. Try again, or choose another model.",
        ),
    ] {
        let server = scripted([reply]).await;
        assert_eq!(ask(&sonnet(&server), "?").await.problem(), problem);
    }
}

#[tokio::test]
async fn what_is_not_claude_is_called_so() {
    for (reply, detail) in [
        (Reply::page(), "it sent a web page"),
        (Reply::new(200, "text/event-stream", "data: hello\n\n"), "it sent something else"),
        (Reply::new(200, "application/json", "{}"), "it sent something else"),
        (Reply::new(307, "text/plain", "").header("location", "http://elsewhere.invalid/"), "it sends elsewhere"),
        (Reply::new(404, "text/plain", "nothing here"), "it answered with status 404"),
        (Reply { status: 407, ..Reply::page() }, "a proxy asks for a name and a password"),
        (stream(&[]).then(Step::Endless(vec![b'x'; 65_536])), "a line of its answer does not end"),
    ] {
        let server = scripted([reply]).await;
        let expected = format!(
            "What answered at {} is not Claude: {detail}. A proxy, or a network that wants you to sign in, may be in the way: open a web page in a browser, then try again.",
            server.url()
        );
        assert_eq!(ask(&sonnet(&server), "?").await.problem(), expected);
    }
}

#[tokio::test]
async fn a_proxys_page_about_a_server_that_is_down_is_taken_by_its_status() {
    let page = |status: u16| Reply { status, ..Reply::page() };
    let server = scripted([page(502), page(503)]).await;
    let heard = ask(&sonnet(&server), "?").await;
    assert!(heard.text.starts_with("## About"), "{heard:?}");
    assert_eq!((heard.waits.len(), server.asked("/v1/messages").len()), (2, 3));
    let server = scripted([page(502), page(504), page(500)]).await;
    assert_eq!(ask(&sonnet(&server), "?").await.problem(), "Claude is overloaded right now. Try again in a minute.");
    let server = scripted([page(429).header("retry-after", "99")]).await;
    assert_eq!(ask(&sonnet(&server), "?").await.problem(), "Claude asks to wait 99 seconds. Try again then.");
    let server = scripted([page(403)]).await;
    let problem = ask(&sonnet(&server), "?").await.problem();
    assert!(problem.contains("is not Claude: it sent a web page"), "{problem}");
}

#[tokio::test]
async fn no_network_is_told_and_the_list_falls_back() {
    let url = nobody().await;
    let providers = providers("http://127.0.0.1:9", &url);
    let listed = providers.list(Some(KEY.into())).await.claude;
    let problem = listed.problem.unwrap();
    assert!(problem.starts_with("Claude could not be reached: "), "{problem}");
    assert!(problem.ends_with("Try again; if it stays so, a firewall or a proxy may be in the way."), "{problem}");
    assert_eq!(listed.models[0].model.name, "claude-opus-5-5");
}

#[tokio::test]
async fn the_list_is_read_page_after_page_and_tells_what_is_retired() {
    let server = claude::start().await;
    let listed = providers("http://127.0.0.1:9", &server.url()).list(Some(KEY.into())).await.claude;
    let names: Vec<&str> = listed.models.iter().map(|model| model.model.name.as_str()).collect();
    assert_eq!(names, ["claude-opus-5-5", SONNET, "claude-haiku-5-5", DEPRECATED, RETIRED]);
    let stages: Vec<Lifecycle> = listed.models.iter().map(|model| model.lifecycle).collect();
    let (active, ends) = (Lifecycle::Active, Some(UnixMillis(1_798_761_600_000)));
    assert_eq!(stages, [active, active, active, Lifecycle::Deprecated, Lifecycle::Retired]);
    assert_eq!(listed.models.iter().map(|model| model.retires_at).collect::<Vec<_>>(), [None, None, None, ends, ends]);
    let thinking: Vec<Thinking> = listed.models.iter().map(|model| model.thinking).collect();
    let on_request = Thinking::OnRequest;
    assert_eq!(thinking, [Thinking::Always, on_request, on_request, on_request, Thinking::Never]);
    assert!(listed.models.iter().all(|model| model.sees_images && model.uses_tools));
    assert_eq!(
        (listed.models[1].label.as_str(), listed.models[1].context_tokens),
        ("Claude Sonnet 5.5", Some(200_000))
    );
    assert_eq!(server.asked("/v1/models").len(), 3);
}

#[tokio::test]
async fn a_gateway_that_knows_no_stages_of_life_is_asked_without_them() {
    let server = claude::start().await;
    server.script("/v1/models", error(400, "invalid_request_error", "lifecycle: Extra inputs are not permitted"));
    let listed = providers("http://127.0.0.1:9", &server.url()).list(Some(KEY.into())).await.claude;
    assert_eq!((listed.problem, listed.models.len()), (None, 4));
    assert!(!server.asked("/v1/models")[1].query.contains("lifecycle"));
}

#[tokio::test]
async fn a_retired_model_says_so() {
    let server = claude::start().await;
    let heard = ask(&claude_model(&server, RETIRED, KEY), "?").await;
    assert_eq!(heard.problem(), "Anthropic has retired the model claude-3-opus. Choose another model.");
}

#[tokio::test]
async fn a_models_limits_are_asked_once() {
    let server = claude::start().await;
    let model = sonnet(&server);
    assert_eq!(model.limits().await.unwrap().context, 200_000);
    model.limits().await.unwrap();
    assert_eq!(server.asked("/v1/models/claude-sonnet-5-5").len(), 1);
}

#[tokio::test]
async fn no_error_holds_the_key() {
    let server = scripted([error(400, "invalid_request_error", "no")]).await;
    let model = sonnet(&server);
    let heard = ask(&model, "?").await;
    assert!(!format!("{:?} {}", heard.end, heard.problem()).contains(KEY));
    assert!(!format!("{:?}", providers(&server.url(), &server.url())).contains(KEY));
}

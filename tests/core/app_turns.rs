//! Turns and keys as the window asks for them: what a broken turn left, signing out in the middle, a key that is wrong.

use std::time::Duration;

use memoryloop_core::{
    App, Error,
    chat::{ChatEvent, MessageStatus, TurnRequest},
    config::Config,
    ids::ConversationId,
    llm::{LlmError, ModelRef, Provider},
};
use sqlx::ConnectOptions;
use support::{
    claude,
    http::{Outcome, Reply, Server, Step},
    ollama,
    postgres::{TestDatabase, fresh},
};

use crate::app::{Home, ada, answer, asked, drafts};

/// The program on a database of the test's own, of which the test sees everything.
async fn program() -> (Home, TestDatabase, Server, App) {
    let (home, test, claude) = (Home::new().await, fresh().await, claude::start().await);
    let config = Config {
        database_url: Some(test.owner.to_url_lossy().to_string().into()),
        anthropic_base_url: Some(claude.url()),
        ..home.config()
    };
    let app = home.open_with(config);
    ada(&app).await;
    (home, test, claude, app)
}

async fn execute(test: &TestDatabase, statement: &'static str) {
    let mut owner = test.owner.connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut owner).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_a_broken_turn_left_is_ended_when_it_is_opened() {
    let (_home, test, _claude, app) = program().await;
    let conversation = asked(&app, "What is spaced repetition?").await;
    execute(&test, "UPDATE messages SET status = 'streaming' WHERE role = 'assistant'").await;
    let open = app.open_conversation(conversation.summary.id).await.unwrap();
    assert_eq!(answer(&open).status, MessageStatus::Interrupted);
    assert_eq!(answer(&open).content, answer(&conversation).content);

    execute(&test, "UPDATE messages SET status = 'streaming' WHERE role = 'assistant'").await;
    assert!(!drafts(&app, answer(&open)).await.unwrap().is_empty());
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_in_the_middle_of_an_answer_stops_it_and_keeps_what_was_shown() {
    let (home, _test, _claude, app) = program().await;
    let model = ModelRef { provider: Provider::Ollama, name: ollama::LLAMA.into() };
    let conversation = app.create_conversation(model).await.unwrap();
    home.ollama.script("/api/chat", ollama::stream(&[ollama::line("Half a ").as_bytes()]).then(Step::Silence));
    let (tell, mut shown) = tokio::sync::mpsc::unbounded_channel();
    let (asking, id) = (app.clone(), conversation.id);
    let turn = tokio::spawn(async move {
        asking.send_message(id, TurnRequest::question("Tell me"), move |event| drop(tell.send(event))).await
    });
    while !matches!(shown.recv().await.unwrap(), ChatEvent::Text { .. }) {}
    let other = app.open_conversation(id).await.unwrap().messages[0].id;
    let refused = app.show_version(other).await.unwrap_err();
    assert!(matches!(&refused, Error::Busy(text) if text.contains("stop it")), "{refused}");
    // While it is written it is nobody's to end but the turn's.
    assert_eq!(answer(&app.open_conversation(id).await.unwrap()).status, MessageStatus::Streaming);
    app.sign_out().await.unwrap();
    turn.await.unwrap().unwrap();
    assert!(matches!(app.send_message(id, TurnRequest::question("And now?"), |_| {}).await, Err(Error::NotSignedIn)));
    let asked = home.ollama.asked("/api/chat");
    assert_eq!(asked.len(), 1);
    while asked[0].outcome() != Outcome::ClosedByClient {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    app.sign_in("ada@example.org", "a good password".into()).await.unwrap();
    let open = app.show_version(other).await.unwrap();
    assert_eq!((answer(&open).content.as_str(), answer(&open).status), ("Half a ", MessageStatus::Interrupted));
    app.close().await;
}

/// Asks, and stops it once it waits for what does not come; what came of that.
async fn asked_and_stopped(app: &App, id: ConversationId, waits: impl AsyncFn() -> bool) -> Error {
    let asking = app.clone();
    let turn = tokio::spawn(async move { asking.send_message(id, TurnRequest::question("Too early"), |_| {}).await });
    while !waits().await {
        assert!(!turn.is_finished(), "{:?}", turn.await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    app.stop_answer(id).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), turn).await.expect("a turn that was stopped ends");
    ended.unwrap().unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_is_stopped_before_its_model_or_the_database_has_answered() {
    let (home, test, _claude, app) = program().await;
    let model = ModelRef { provider: Provider::Ollama, name: ollama::LLAMA.into() };
    let id = app.create_conversation(model).await.unwrap().id;
    home.ollama.script("/api/show", Reply::new(200, "application/json", "").then(Step::Silence));
    let looked_up = async || home.ollama.asked("/api/show").last().is_some_and(|one| one.outcome() == Outcome::Sending);
    assert!(matches!(asked_and_stopped(&app, id, looked_up).await, Error::Cancelled));

    let mut owner = test.owner.connect().await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE").execute(&mut owner).await.unwrap();
    let locked_out = async || {
        let mut other = test.owner.connect().await.unwrap();
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'conversations'::regclass";
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut other).await.unwrap() > 0
    };
    assert!(matches!(asked_and_stopped(&app, id, locked_out).await, Error::Cancelled));
    sqlx::raw_sql("ROLLBACK").execute(&mut owner).await.unwrap();

    assert!(app.open_conversation(id).await.unwrap().messages.is_empty());
    assert!(home.ollama.asked("/api/chat").is_empty());
    app.send_message(id, TurnRequest::question("Now"), |_| {}).await.unwrap();
    assert_eq!(app.open_conversation(id).await.unwrap().messages.len(), 2);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_as_soon_as_an_answer_has_ended_is_not_told_to_wait() {
    let (home, _test, _claude, app) = program().await;
    let model = ModelRef { provider: Provider::Ollama, name: ollama::LLAMA.into() };
    let id = app.create_conversation(model).await.unwrap().id;
    for n in 0..20 {
        // Long enough to be saved on the way.
        let half = ollama::stream(&[ollama::line("Half. ").as_bytes()]).then(Step::Pause(Duration::from_millis(40)));
        home.ollama.script("/api/chat", half.then(Step::Send(ollama::last_line("stop").into_bytes())));
        app.send_message(id, TurnRequest::question(format!("Question {n}")), |_| {}).await.unwrap();
    }
    assert_eq!(app.open_conversation(id).await.unwrap().messages.len(), 40);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_not_kept_and_a_good_one_is_used() {
    let (_home, _test, claude, app) = program().await;
    let model = ModelRef { provider: Provider::Claude, name: claude::SONNET.into() };
    let conversation = app.create_conversation(model).await.unwrap();
    for (typed, refused) in [("sk-ant-wrong", LlmError::KeyInvalid), ("sk-änt", LlmError::KeyInvalid)] {
        let error = app.save_api_key(Provider::Claude, typed.into()).await.unwrap_err();
        assert!(matches!(&error, Error::Llm(why) if *why == refused), "{error}");
    }
    for (provider, typed) in [(Provider::Claude, " \n"), (Provider::Ollama, claude::KEY)] {
        let error = app.save_api_key(provider, typed.into()).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error}");
    }
    assert!(!app.list_models().await.unwrap().claude.has_key);
    let error = app.send_message(conversation.id, TurnRequest::question("Why?"), |_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::KeyMissing)), "{error}");

    app.save_api_key(Provider::Claude, format!(" {}\n", claude::KEY).into()).await.unwrap();
    assert!(app.list_models().await.unwrap().claude.has_key);
    app.send_message(conversation.id, TurnRequest::question("What is spaced repetition?"), |_| {}).await.unwrap();
    let open = app.open_conversation(conversation.id).await.unwrap();
    assert_eq!((answer(&open).status, open.messages.len()), (MessageStatus::Complete, 2));
    assert_eq!(claude.asked("/v1/messages").last().unwrap().header("x-api-key"), Some(claude::KEY));

    app.delete_api_key(Provider::Claude).await.unwrap();
    let error = app.send_message(conversation.id, TurnRequest::question("And now?"), |_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::KeyMissing)), "{error}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_given_a_name_that_fits_in_a_line() {
    let (_home, _test, _claude, app) = program().await;
    let model = ModelRef { provider: Provider::Ollama, name: ollama::LLAMA.into() };
    let id = app.create_conversation(model).await.unwrap().id;
    for (wrong, says) in [("", "needs a name"), (" \n\t", "needs a name"), (&"é".repeat(201), "too long")] {
        let error = app.rename_conversation(id, wrong).await.unwrap_err();
        assert!(matches!(&error, Error::InvalidInput(text) if text.contains(says)), "{error}");
    }
    app.rename_conversation(id, "  Why the\nsky   is blue ").await.unwrap();
    assert_eq!(app.open_conversation(id).await.unwrap().summary.title, "Why the sky is blue");
    app.rename_conversation(id, &"é".repeat(200)).await.unwrap();
    app.close().await;
}

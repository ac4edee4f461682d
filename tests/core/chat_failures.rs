//! A turn of chat in which something fails, the model or PostgreSQL: the person is told, and what was shown is kept.

use std::time::Duration;

use memoryloop_core::{
    Error,
    chat::{ChatEvent, MessageStatus, Problem, ProblemKind},
    llm::{Provider, SharedModel},
    postgres::conversations,
};
use serde_json::json;
use sqlx::{ConnectOptions, Connection};
use support::{
    claude,
    http::{Reply, Server, Step},
    http_models::{llama, nobody, ollama_model, providers, reference, sonnet},
    ollama::{self, QWEN, last_line, line, stream},
    scratch::Scratch,
};
use tokio::time::sleep;

use crate::chat::{NOW, Talk, until};

/// What the person sees of a failure: what came, and a sentence.
async fn failing(model: SharedModel) -> (String, Problem) {
    let (_test, talk) = Talk::start().await;
    talk.send("Why?", model).await.unwrap();
    let (answer, _) = talk.finished();
    assert_eq!(answer.status, MessageStatus::Failed);
    assert_eq!(talk.stored().await[1], answer, "what is shown is what is stored");
    assert_eq!(answer.content, talk.shown());
    (answer.content, answer.problem.unwrap())
}

/// Answers so however often it is asked again.
fn refusing(server: &Server, path: &str, reply: &Reply) {
    for _ in 0..3 {
        server.script(path, reply.clone());
    }
}

#[tokio::test]
async fn whatever_ollama_does_the_person_is_told_and_what_came_is_kept() {
    let half = line("Half ");
    let error = b"{\"error\":\"out of memory\"}\n";
    for (reply, kept, problem, kind) in [
        (stream(&[half.as_bytes(), error]), "Half ", "Ollama reported an error: out of memory", ProblemKind::Reported),
        (
            stream(&[half.as_bytes()]).then(Step::Cut),
            "Half ",
            "The connection to Ollama broke off",
            ProblemKind::ConnectionCut,
        ),
        (
            stream(&[half.as_bytes()]).then(Step::Silence),
            "Half ",
            "Ollama has sent nothing for 1 second",
            ProblemKind::Silent,
        ),
        (
            stream(&[half.as_bytes(), b"<html>"]),
            "Half ",
            "The connection to Ollama broke off",
            ProblemKind::ConnectionCut,
        ),
        (Reply::json(200, &json!({"status": "ok"})), "", "What answered at", ProblemKind::NotTheProtocol),
        (stream(&[last_line("stop").as_bytes()]), "", "The model sent an empty answer", ProblemKind::Empty),
        (
            stream(&[b"\n"]).then(Step::Cut),
            "",
            "The connection to Ollama broke off before the answer began. Ask again.",
            ProblemKind::ConnectionCut,
        ),
        (
            stream(&[b"\n"]).then(Step::Silence),
            "",
            "Ollama has sent nothing for 1 second, so MemoryLoop stopped waiting. Try again",
            ProblemKind::Silent,
        ),
        (Reply::page(), "", "What answered at", ProblemKind::NotTheProtocol),
        (Reply { status: 502, ..Reply::page() }, "", "Ollama is overloaded right now", ProblemKind::Overloaded),
        (Reply { status: 429, ..Reply::page() }, "", "Ollama asks to wait.", ProblemKind::RateLimited),
        (
            Reply::json(503, &json!({"error": "server busy"})),
            "",
            "Ollama is overloaded right now",
            ProblemKind::Overloaded,
        ),
        (
            Reply::json(404, &json!({"error": "model 'llama3.2' not found"})),
            "",
            "Ollama does not have the model",
            ProblemKind::ModelNotFound,
        ),
    ] {
        let server = ollama::start().await;
        refusing(&server, "/api/chat", &reply);
        let (content, told) = failing(llama(&server)).await;
        assert_eq!((content.as_str(), told.kind), (kept, kind));
        assert!(told.message.starts_with(problem), "{told:?}");
    }
}

#[tokio::test]
async fn whatever_claude_does_the_person_is_told_and_what_came_is_kept() {
    let half = claude::opening() + &claude::piece("Half ");
    let broken = claude::error_event("overloaded_error", "Overloaded");
    let refused = claude::closing("refusal", 2);
    for (reply, kept, problem, kind) in [
        (
            claude::stream(&[half.as_bytes(), broken.as_bytes()]),
            "Half ",
            "Claude is overloaded right now",
            ProblemKind::Overloaded,
        ),
        (
            claude::stream(&[half.as_bytes()]).then(Step::Cut),
            "Half ",
            "The connection to Claude broke off",
            ProblemKind::ConnectionCut,
        ),
        (
            claude::stream(&[half.as_bytes(), refused.as_bytes()]),
            "Half ",
            "The model declined to answer this.",
            ProblemKind::Refused,
        ),
        (
            claude::error(401, "authentication_error", "invalid x-api-key"),
            "",
            "Claude refused the API key.",
            ProblemKind::KeyInvalid,
        ),
        (
            claude::error(429, "rate_limit_error", "slow down").header("retry-after", "99"),
            "",
            "Claude asks to wait 99 seconds. Try again then.",
            ProblemKind::RateLimited,
        ),
    ] {
        let server = claude::start().await;
        refusing(&server, "/v1/messages", &reply);
        let (content, told) = failing(sonnet(&server)).await;
        assert_eq!((content.as_str(), told.kind), (kept, kind));
        assert!(told.message.starts_with(problem), "{told:?}");
        let wait = (kind == ProblemKind::RateLimited).then(|| NOW.plus(99_000));
        assert_eq!(told.retry_at, wait);
    }
}

#[tokio::test]
async fn what_claude_refused_is_not_sent_again() {
    let (_test, talk) = Talk::start().await;
    let server = claude::start().await;
    let refused = [claude::opening(), claude::piece("Half "), claude::closing("refusal", 2)].concat();
    server.script("/v1/messages", claude::stream(&[refused.as_bytes()]));
    talk.send("Forbidden?", sonnet(&server)).await.unwrap();
    let (answer, _) = talk.finished();
    assert_eq!((answer.content.as_str(), answer.status), ("Half ", MessageStatus::Failed));
    talk.send("And now?", sonnet(&server)).await.unwrap();
    let asked = server.asked("/v1/messages").pop().unwrap().body;
    assert_eq!(asked["messages"], json!([{"role": "user", "content": "And now?"}]));
    let (answer, _) = talk.finished();
    assert_eq!((answer.status, answer.seen_from), (MessageStatus::Complete, None));
}

/// What is told of an answer that was all thinking, and what was asked for.
async fn thought_out(model: SharedModel, server: &Server, path: &str) -> (Problem, serde_json::Value) {
    let (_test, talk) = Talk::start().await;
    conversations::set_thinking(&talk.db, talk.user, talk.conversation, true).await.unwrap();
    talk.send("Why?", model).await.unwrap();
    let (answer, _) = talk.finished();
    assert_eq!((answer.content.as_str(), answer.thoughts.as_str()), ("", "Hm."));
    assert_eq!((answer.status, &talk.stored().await[1]), (MessageStatus::Failed, &answer));
    (answer.problem.unwrap(), server.asked(path).pop().unwrap().body)
}

#[tokio::test]
async fn thinking_has_room_and_when_it_takes_all_of_it_that_is_said() {
    let sentence = "The model thought until its room was used up, and wrote no answer. Ask again without thinking, or choose another model.";
    let local = ollama::start().await;
    local.script("/api/chat", stream(&[ollama::thought("Hm.").as_bytes(), last_line("length").as_bytes()]));
    let (told, asked) = thought_out(ollama_model(&local, QWEN), &local, "/api/chat").await;
    assert_eq!((told.kind, told.message.as_str()), (ProblemKind::ThoughtTooLong, sentence));
    assert_eq!((&asked["think"], &asked["options"]["num_ctx"]), (&json!(true), &json!(16_384)));
    assert!(asked["options"]["num_predict"].as_u64() > Some(15_000), "{}", asked["options"]);

    let remote = claude::start().await;
    let whole = [claude::opening(), claude::thought("Hm."), claude::closing("max_tokens", 48_000)].concat();
    remote.script("/v1/messages", claude::stream(&[whole.as_bytes()]));
    let (told, asked) = thought_out(sonnet(&remote), &remote, "/v1/messages").await;
    assert_eq!((told.kind, told.message.as_str()), (ProblemKind::ThoughtTooLong, sentence));
    assert_eq!(asked["max_tokens"], 48_000);
}

#[tokio::test]
async fn a_model_that_does_not_think_is_given_no_room_for_it() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    conversations::set_thinking(&talk.db, talk.user, talk.conversation, true).await.unwrap();
    talk.send("Why?", llama(&server)).await.unwrap();
    assert_eq!(server.asked("/api/chat")[0].body["options"]["num_ctx"], 8_192);
}

#[tokio::test]
async fn a_question_that_ollama_is_too_busy_for_was_not_begun() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/show", stream(&[]).then(Step::Silence));
    let error = talk.send("Why?", llama(&server)).await.unwrap_err().to_string();
    assert!(error.ends_with("MemoryLoop stopped waiting. Try again, or choose another model."), "{error}");
    assert!(talk.stored().await.is_empty());
}

#[tokio::test]
async fn an_answer_cut_at_the_models_limit_says_so() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", stream(&[line("Long").as_bytes(), last_line("length").as_bytes()]));
    talk.send("Why?", llama(&server)).await.unwrap();
    let (answer, _) = talk.finished();
    assert_eq!(answer.status, MessageStatus::Complete);
    let problem = answer.problem.unwrap();
    assert!(problem.kind == ProblemKind::CutAtLimit && problem.message.contains("Ask it to go on."), "{problem:?}");
}

#[tokio::test]
async fn a_wait_that_claude_asks_for_is_shown() {
    let (_test, talk) = Talk::start().await;
    let server = claude::start().await;
    let limited = claude::error(429, "rate_limit_error", "slow down").header("retry-after-ms", "50");
    server.script("/v1/messages", limited);
    talk.send("Why?", sonnet(&server)).await.unwrap();
    let waits: Vec<ChatEvent> =
        talk.heard().into_iter().filter(|event| matches!(event, ChatEvent::Waiting { .. })).collect();
    let message = "Claude is busy. MemoryLoop asks again by itself.".to_owned();
    assert_eq!(waits, [ChatEvent::Waiting { message, until: NOW.plus(50) }]);
    assert_eq!(talk.stored().await[1].status, MessageStatus::Complete);
}

/// Ends the server as a crash would.
fn kill(folder: &Scratch) {
    let file = std::fs::read_to_string(folder.join("postgres/cluster/postmaster.pid")).unwrap();
    let pid = file.lines().next().unwrap().trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn postgresql_killed_in_the_middle_costs_nothing_of_the_answer() {
    let folder = Scratch::new("killed");
    let postgres = support::postgres::start(folder.path());
    let talk = Talk::on(postgres.database().await.unwrap()).await;
    let server = ollama::start().await;
    let pieces: Vec<String> = (0..60).map(|n| format!("piece {n} ")).collect();
    let mut reply = stream(&[]);
    for piece in &pieces {
        reply = reply.then(Step::Send(line(piece).into_bytes())).then(Step::Pause(Duration::from_millis(40)));
    }
    server.script("/api/chat", reply.then(Step::Send(last_line("stop").into_bytes())));
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("piece 5 ").await;
    kill(&folder);
    let before = talk.shown().len();
    sleep(Duration::from_millis(120)).await;
    assert!(talk.shown().len() > before, "the answer goes on while the database is away");
    sending.await.unwrap().unwrap();
    let notices = talk.notices();
    assert!(notices[0].starts_with("The database is not answering."), "{notices:?}");
    assert!(notices.last().unwrap().starts_with("The database is back."), "{notices:?}");
    let (answer, _) = talk.finished();
    assert_eq!((answer.content.as_str(), answer.status), (pieces.concat().as_str(), MessageStatus::Complete));
    assert_eq!(talk.stored().await[1], answer);
    postgres.stop().await;
}

#[tokio::test]
async fn an_answer_that_ends_while_postgresql_is_away_is_stored_when_it_is_back() {
    let folder = Scratch::new("killed-at-the-end");
    let postgres = support::postgres::start(folder.path());
    let talk = Talk::on(postgres.database().await.unwrap()).await;
    let server = ollama::start().await;
    let first = stream(&[line("One ").as_bytes()]).then(Step::Pause(Duration::from_millis(300)));
    let last = [line("two"), last_line("stop")].concat();
    server.script("/api/chat", first.then(Step::Send(last.into_bytes())));
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("One ").await;
    sleep(Duration::from_millis(250)).await;
    kill(&folder);
    sending.await.unwrap().unwrap();
    let (answer, _) = talk.finished();
    assert_eq!((answer.content.as_str(), answer.status), ("One two", MessageStatus::Complete));
    assert_eq!(talk.stored().await[1], answer);
    postgres.stop().await;
}

/// Half an answer at once, the rest after a while.
fn slowly() -> Reply {
    let first = stream(&[line("One ").as_bytes()]).then(Step::Pause(Duration::from_millis(300)));
    first.then(Step::Send([line("two"), last_line("stop")].concat().into_bytes()))
}

#[tokio::test]
async fn a_turn_ends_when_the_database_was_given_up() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", slowly());
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("One ").await;
    talk.db().close().await;
    tokio::time::timeout(Duration::from_secs(5), sending).await.expect("it ends").unwrap().unwrap();
    let (answer, _) = talk.finished();
    assert_eq!((answer.content.as_str(), answer.status), ("One two", MessageStatus::Failed));
    let problem = answer.problem.unwrap().message;
    assert!(problem.ends_with("The database has stopped for good. Start MemoryLoop again."), "{problem}");
}

#[tokio::test]
async fn stop_ends_the_wait_for_a_database_that_does_not_answer() {
    let (test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", slowly());
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("One ").await;
    let mut owner = test.owner.connect().await.unwrap();
    let mut lock = owner.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    talk.until_shown("two").await;
    sleep(Duration::from_millis(500)).await;
    assert!(!sending.is_finished(), "it goes on trying until it is told to stop");
    talk.stop();
    tokio::time::timeout(Duration::from_secs(2), sending).await.expect("it ends").unwrap().unwrap();
    let (answer, _) = talk.finished();
    assert_eq!((answer.content.as_str(), answer.status), ("One two", MessageStatus::Failed));
    assert!(answer.problem.unwrap().message.contains("could not be stored"));
    // What is on its way still holds the conversation, so that it cannot come into the next turn.
    let error = talk.send("Again?", llama(&server)).await.unwrap_err();
    assert!(matches!(error, Error::Busy(_)), "{error}");
    lock.rollback().await.unwrap();
    until(|| !talk.turns.is_running(talk.conversation)).await;
    let stored = talk.stored().await.pop().unwrap();
    assert_eq!((stored.content.as_str(), stored.status), ("One two", MessageStatus::Complete), "the end comes last");
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_is_not_called_busy() {
    let (_test, talk) = Talk::start().await;
    let away = providers("http://127.0.0.1:9", &nobody().await);
    let away = away.model(&reference(Provider::Claude, claude::SONNET), Some(claude::KEY.to_owned().into())).unwrap();
    talk.send("Why?", away).await.unwrap();
    let heard = talk.events();
    let waits: Vec<&str> = heard
        .iter()
        .filter_map(|event| if let ChatEvent::Waiting { message, .. } = event { Some(message.as_str()) } else { None })
        .collect();
    assert_eq!(waits, ["Claude cannot be reached. MemoryLoop asks again by itself."; 2]);
    let (answer, _) = talk.finished();
    assert_eq!(answer.problem.map(|problem| problem.kind), Some(ProblemKind::Unreachable));
}

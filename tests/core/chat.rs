//! A turn of chat on real parts: PostgreSQL, and a model at a stand-in server. Whatever fails, what was shown is kept.

use std::{sync::Arc, time::Duration};

use memoryloop_core::{
    Error, Result, accounts,
    chat::{Asker, ChatEvent, Message, MessageStatus, OnEvent, Pace, Role, TurnRequest, Turns, UNTITLED},
    ids::{ConversationId, UserId},
    llm::{LlmError, ModelRef, Provider, SharedModel},
    postgres::{Database, conversations, messages},
    time::{Clock, UnixMillis},
};
use parking_lot::Mutex;
use serde_json::json;
use support::{
    claude,
    http::{Outcome, Reply, Server, Step},
    http_models::{claude_model, llama, nobody, ollama_model, providers, reference, sonnet},
    ollama::{self, LLAMA, last_line, line, stream},
    postgres::{TestDatabase, fresh},
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

pub const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

struct Still;

impl Clock for Still {
    fn now(&self) -> UnixMillis {
        NOW
    }
}

fn quick() -> Pace {
    Pace { keep: Duration::from_millis(20), database: Duration::from_millis(150), retry: Duration::from_millis(20) }
}

/// A person in a conversation, and what happens there.
#[derive(Clone)]
pub struct Talk {
    pub db: Database,
    pub user: UserId,
    pub conversation: ConversationId,
    pub turns: Turns,
    over: CancellationToken,
    events: Arc<Mutex<Vec<ChatEvent>>>,
}

impl Talk {
    pub async fn start() -> (TestDatabase, Self) {
        let test = fresh().await;
        let talk = Self::on(test.db.clone()).await;
        (test, talk)
    }

    pub async fn on(db: Database) -> Self {
        let user = accounts::create_profile(&db, "ada", &"correct horse".into(), NOW).await.unwrap().profile.id;
        let model = reference(Provider::Ollama, LLAMA);
        let conversation = conversations::create(&db, user, UNTITLED, &model, NOW).await.unwrap().id;
        let (turns, over) = (Turns::new(Arc::new(Still), quick()), CancellationToken::new());
        Self { db, user, conversation, turns, over, events: Arc::default() }
    }

    fn asker(&self) -> Asker {
        Asker { db: self.db.clone(), user: self.user, over: self.over.clone() }
    }

    pub fn db(&self) -> &Database {
        &self.db
    }

    pub fn stop(&self) {
        self.turns.stop(self.conversation);
    }

    fn listener(&self) -> OnEvent {
        let events = self.events.clone();
        Box::new(move |event| events.lock().push(event))
    }

    pub async fn send(&self, content: &str, model: SharedModel) -> Result<()> {
        self.ask(TurnRequest::question(content), model).await
    }

    pub async fn ask(&self, request: TurnRequest, model: SharedModel) -> Result<()> {
        let listener = self.listener();
        let asker = self.asker();
        let claim = self.turns.claim(self.conversation, &asker.over)?;
        self.turns.send(claim, &asker, request, model, listener).await
    }

    /// The same in the background.
    pub fn sending(&self, content: &'static str, model: SharedModel) -> tokio::task::JoinHandle<Result<()>> {
        self.asking(TurnRequest::question(content), model)
    }

    pub fn asking(&self, request: TurnRequest, model: SharedModel) -> tokio::task::JoinHandle<Result<()>> {
        let talk = self.clone();
        tokio::spawn(async move { talk.ask(request, model).await })
    }

    pub fn events(&self) -> Vec<ChatEvent> {
        self.events.lock().clone()
    }

    /// Hears from now on for itself, and not with the talk that it was cloned from.
    pub fn forget_events(&mut self) {
        self.events = Arc::default();
    }

    /// What happened since this was called last.
    pub fn heard(&self) -> Vec<ChatEvent> {
        std::mem::take(&mut *self.events.lock())
    }

    pub async fn stored(&self) -> Vec<Message> {
        messages::list(&self.db, self.user, self.conversation).await.unwrap()
    }

    /// What was shown: the pieces in the order in which they came.
    pub fn shown(&self) -> String {
        let piece = |event: &ChatEvent| if let ChatEvent::Text { text } = event { Some(text.clone()) } else { None };
        self.events.lock().iter().filter_map(piece).collect()
    }

    pub fn notices(&self) -> Vec<String> {
        let notice =
            |event: &ChatEvent| if let ChatEvent::Notice { message } = event { Some(message.clone()) } else { None };
        self.events.lock().iter().filter_map(notice).collect()
    }

    pub fn finished(&self) -> (Message, String) {
        match self.events.lock().last() {
            Some(ChatEvent::Finished { answer, title }) => (answer.clone(), title.clone()),
            other => panic!("the last event is {other:?}"),
        }
    }

    /// Waits until so much was shown.
    pub async fn until_shown(&self, text: &str) {
        until(|| self.shown().contains(text)).await;
    }
}

pub async fn until(true_: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !true_() {
        assert!(Instant::now() < end, "it did not come to this in ten seconds");
        sleep(Duration::from_millis(5)).await;
    }
}

/// `One two` and then nothing.
pub fn endless() -> Reply {
    stream(&[line("One ").as_bytes(), line("two").as_bytes()]).then(Step::Silence)
}

#[tokio::test]
async fn a_turn_is_shown_stored_and_names_the_conversation() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    talk.send("What is *spaced repetition*?", llama(&server)).await.unwrap();
    let stored = talk.stored().await;
    assert_eq!((stored[0].role, stored[0].content.as_str()), (Role::User, "What is *spaced repetition*?"));
    let (answer, title) = talk.finished();
    assert_eq!((&stored[1], stored.len()), (&answer, 2));
    assert_eq!(answer.content, talk.shown());
    assert_eq!((answer.status, &answer.problem), (MessageStatus::Complete, &None));
    assert!(answer.usage.unwrap().output_tokens > 0);
    assert_eq!(answer.model, Some(reference(Provider::Ollama, LLAMA)));
    assert_eq!(title, "What is spaced repetition?");
    assert_eq!(conversations::get(&talk.db, talk.user, talk.conversation).await.unwrap().title, title);
    match &talk.events.lock()[0] {
        ChatEvent::Started { question, answer } => {
            assert_eq!((question.id, answer.id), (stored[0].id, stored[1].id));
            assert_eq!(answer.status, MessageStatus::Streaming);
        }
        other => panic!("the first event is {other:?}"),
    };
    assert!(!talk.turns.is_running(talk.conversation));
}

#[tokio::test]
async fn the_next_turn_knows_the_last_and_keeps_window_and_name() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    conversations::rename(&talk.db, talk.user, talk.conversation, "My talk").await.unwrap();
    talk.send("What is it?", llama(&server)).await.unwrap();
    talk.send("And why?", llama(&server)).await.unwrap();
    assert_eq!(talk.finished().1, "My talk");
    let asked = server.asked("/api/chat");
    let said: Vec<String> = asked[1].body["messages"].as_array().unwrap()[1..]
        .iter()
        .map(|message| message["content"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(said, ["What is it?", &talk.stored().await[1].content, "And why?"]);
    assert_eq!(asked[0].body["options"]["num_ctx"], asked[1].body["options"]["num_ctx"]);
}

#[tokio::test]
async fn a_name_that_the_person_gives_during_the_first_turn_stays() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", endless());
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("One two").await;
    conversations::rename(&talk.db, talk.user, talk.conversation, "My talk").await.unwrap();
    talk.stop();
    sending.await.unwrap().unwrap();
    assert_eq!(talk.finished().1, "My talk");
    let named =
        conversations::rename_if_called(&talk.db, talk.user, talk.conversation, UNTITLED, "Another").await.unwrap();
    assert_eq!(named, "My talk");
}

#[tokio::test]
async fn an_empty_question_is_refused_with_a_sentence() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    for empty in ["", " \n\t "] {
        let error = talk.send(empty, llama(&server)).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)));
        assert_eq!(error.to_string(), "There is nothing to send yet. Write your question first.");
    }
    assert!(talk.stored().await.is_empty() && talk.events.lock().is_empty());
}

#[tokio::test]
async fn a_megabyte_is_asked_where_it_fits_and_refused_where_not() {
    let (_test, talk) = Talk::start().await;
    let (server, remote) = (ollama::start().await, claude::start().await);
    let megabyte = "word ".repeat(200_000);
    for model in [llama(&server), sonnet(&remote)] {
        let error = talk.send(&megabyte, model).await.unwrap_err();
        assert!(matches!(error, Error::Llm(LlmError::ContextTooLong)), "{error}");
        assert!(error.to_string().contains("Shorten the message"));
    }
    assert!(talk.stored().await.is_empty());
    let mut large = json!({"type": "model", "id": "claude-opus-5-5", "display_name": "x"});
    large["max_input_tokens"] = json!(1_000_000);
    large["max_tokens"] = json!(64_000);
    remote.script("/v1/models/claude-opus-5-5", Reply::json(200, &large));
    talk.send(&megabyte, claude_model(&remote, "claude-opus-5-5", claude::KEY)).await.unwrap();
    assert_eq!(talk.stored().await[0].content, megabyte);
}

#[tokio::test]
async fn what_can_not_be_asked_at_all_stores_nothing() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    let away = providers(&nobody().await, "http://127.0.0.1:9");
    let away = away.model(&reference(Provider::Ollama, LLAMA), None).unwrap();
    let error = talk.send("Why?", away).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::OllamaNotRunning { .. })));
    let error = talk.send("Why?", ollama_model(&server, "missing")).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::ModelNotFound { .. })));
    assert!(talk.stored().await.is_empty() && talk.events.lock().is_empty());
    assert!(!talk.turns.is_running(talk.conversation));
}

#[tokio::test]
async fn stop_keeps_what_came_and_stops_the_model() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", endless());
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("One two").await;
    talk.turns.stop(talk.conversation);
    talk.turns.stop(talk.conversation);
    sending.await.unwrap().unwrap();
    talk.turns.stop(talk.conversation);
    let (answer, _) = talk.finished();
    assert_eq!((answer.content.as_str(), answer.status), ("One two", MessageStatus::Interrupted));
    assert_eq!(talk.stored().await[1], answer);
    until(|| server.asked("/api/chat")[0].outcome() == Outcome::ClosedByClient).await;
    talk.send("And now?", llama(&server)).await.unwrap();
}

#[tokio::test]
async fn an_answer_is_in_the_database_while_it_grows() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", endless());
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("One two").await;
    let end = Instant::now() + Duration::from_secs(1);
    loop {
        let answer = talk.stored().await.pop().unwrap();
        if (answer.content.as_str(), answer.status) == ("One two", MessageStatus::Streaming) {
            break;
        }
        assert!(Instant::now() < end, "a second later it is not in the database");
        sleep(Duration::from_millis(10)).await;
    }
    talk.turns.stop(talk.conversation);
    sending.await.unwrap().unwrap();
}

#[tokio::test]
async fn one_turn_at_a_time_in_a_conversation() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", endless());
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("One two").await;
    let error = talk.send("Again?", llama(&server)).await.unwrap_err();
    assert!(matches!(error, Error::Busy(_)), "{error}");
    let model = reference(Provider::Ollama, LLAMA);
    let other = conversations::create(&talk.db, talk.user, UNTITLED, &model, NOW).await.unwrap().id;
    let mut beside = talk.clone();
    beside.conversation = other;
    beside.events = Arc::default();
    beside.send("Elsewhere?", llama(&server)).await.unwrap();
    talk.turns.stop(talk.conversation);
    sending.await.unwrap().unwrap();
    assert_eq!(talk.stored().await.len(), 2);
}

#[tokio::test]
async fn closing_the_window_stores_every_answer() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", endless());
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("One two").await;
    assert!(talk.turns.stop_all(Duration::from_secs(5)).await);
    let answer = talk.stored().await.pop().unwrap();
    assert_eq!((answer.content.as_str(), answer.status), ("One two", MessageStatus::Interrupted));
    sending.await.unwrap().unwrap();
    assert!(talk.turns.stop_all(Duration::ZERO).await, "nothing runs any more");
}

#[tokio::test]
async fn a_turn_outlives_its_caller_and_a_listener_that_fails() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    let sending = talk.sending("Why?", llama(&server));
    until(|| !talk.events.lock().is_empty()).await;
    sending.abort();
    until(|| !talk.turns.is_running(talk.conversation)).await;
    assert_eq!(talk.stored().await[1].status, MessageStatus::Complete);
    let fails: OnEvent = Box::new(|_| panic!("the window is gone (this panic is part of the test)"));
    let again = TurnRequest::question("Again?");
    let claim = talk.turns.claim(talk.conversation, &talk.asker().over).unwrap();
    talk.turns.send(claim, &talk.asker(), again, llama(&server), fails).await.unwrap();
    assert_eq!(talk.stored().await[3].status, MessageStatus::Complete);
}

#[tokio::test]
async fn what_postgresql_cannot_hold_is_shown_as_it_is_stored() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", stream(&[line("a\0b").as_bytes(), last_line("stop").as_bytes()]));
    talk.send("Why\0?", llama(&server)).await.unwrap();
    assert_eq!(talk.shown(), "a\u{FFFD}b");
    assert_eq!(talk.stored().await[1].content, "a\u{FFFD}b");
}

#[tokio::test]
async fn deleting_a_conversation_for_good_ends_its_turn() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    let more = stream(&[line("One ").as_bytes()]).then(Step::Pause(Duration::from_millis(200)));
    server.script("/api/chat", more.then(Step::Send(line("two").into_bytes())).then(Step::Silence));
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("One ").await;
    conversations::delete(&talk.db, talk.user, talk.conversation, NOW).await.unwrap();
    let doomed = messages::doomed(&talk.db, talk.user, NOW.plus(1)).await.unwrap();
    messages::purge(&talk.db, talk.user, &doomed).await.unwrap();
    let error = sending.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    until(|| server.asked("/api/chat")[0].outcome() == Outcome::ClosedByClient).await;
}

#[tokio::test]
async fn the_end_of_the_session_stops_a_turn_and_lets_no_other_begin() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", endless());
    let sending = talk.sending("Why?", llama(&server));
    talk.until_shown("One two").await;
    talk.over.cancel();
    sending.await.unwrap().unwrap();
    assert_eq!(talk.finished().0.status, MessageStatus::Interrupted);
    let error = talk.send("And now?", llama(&server)).await.unwrap_err();
    assert!(matches!(error, Error::NotSignedIn), "{error}");
    assert!(!talk.turns.is_running(talk.conversation));
    assert_eq!(talk.stored().await.len(), 2);
}

/// Compiles only while the types that the shell moves between threads can be moved.
#[allow(dead_code, reason = "compiling it is the test")]
fn turns_can_be_shared(turns: Turns, server: &Server, model: ModelRef) -> impl Send + Sync {
    (turns, server.url(), model)
}

//! Conversations as the window asks for them: titles by a model, branches, deleting and restoring, documents.

use std::{sync::Arc, time::Duration};

use memoryloop_core::{
    App, Error,
    app::AppEvent,
    chat::{ChatEvent, Conversation, MessageStatus, TurnRequest},
    config::Config,
    ids::ConversationId,
    learning::{Learning, LearningOptions},
    time::UnixMillis,
};
use serde_json::json;
use sqlx::ConnectOptions;
use support::{
    clock::TestClock,
    http::{NAMING, Outcome, Reply, Step},
    ollama::{last_line, line, stream},
    postgres::fresh,
};

use crate::app::{Home, ada, answer, asked};

const QUESTION: &str = "What is spaced repetition?";
const TITLE: &str = "What is spaced repetition? In short";

async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.expect("it should have come to this");
}

async fn title(app: &App, id: ConversationId) -> String {
    app.open_conversation(id).await.unwrap().summary.title
}

/// Requests for a title so far.
fn namings(home: &Home) -> Vec<support::http::Asked> {
    let all = home.ollama.asked_all().into_iter();
    all.filter(|asked| asked.body.to_string().contains(NAMING)).collect()
}

async fn again(app: &App, talk: &Conversation, request: TurnRequest) -> Conversation {
    app.send_message(talk.summary.id, request, |_| {}).await.unwrap();
    app.open_conversation(talk.summary.id).await.unwrap()
}

async fn told_of_change(home: &Home) {
    home.told(|event| *event == AppEvent::ConversationsChanged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_names_a_conversation_after_its_first_exchange_and_once() {
    let home = Home::new().await;
    let app = home.open_with(home.config());
    ada(&app).await;
    let talk = asked(&app, QUESTION).await;
    eventually(async || title(&app, talk.summary.id).await == TITLE).await;
    told_of_change(&home).await;
    let turn = &home.ollama.asked("/api/chat")[0].body;
    let naming = &namings(&home)[0].body;
    assert_eq!(naming["options"]["num_ctx"], turn["options"]["num_ctx"], "another would load the model anew");
    assert_eq!(naming["options"]["num_predict"], 1_500, "models that always think do so before a title too");
    assert_eq!((&naming["model"], &naming["format"]["required"]), (&turn["model"], &json!(["title"])));
    again(&app, &talk, TurnRequest::question("And why?")).await;
    assert_eq!(namings(&home).len(), 1);
    assert_eq!(title(&app, talk.summary.id).await, TITLE);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_title_from_the_model_takes_no_ones_place() {
    let home = Home::new().await;
    let app = home.open_with(home.config());
    ada(&app).await;
    // The person renames it while the model thinks of a name.
    let slow = stream(&[]).then(Step::Pause(Duration::from_millis(400)));
    let late = [line("{\"title\": \"Too late\"}"), last_line("stop")].concat();
    home.ollama.script_for("/api/chat", NAMING, slow.then(Step::Send(late.into_bytes())));
    let talk = asked(&app, QUESTION).await;
    assert_eq!(talk.summary.title, QUESTION, "the first name is there at once");
    app.rename_conversation(talk.summary.id, "Mine").await.unwrap();
    eventually(async || namings(&home).first().is_some_and(|asked| asked.outcome() == Outcome::Sent)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(title(&app, talk.summary.id).await, "Mine");
    // A model that cannot, or says nothing of use.
    for reply in [
        Reply::page(),
        stream(&[line("I would call it: nothing").as_bytes(), last_line("stop").as_bytes()]),
        stream(&[line("{\"title\": \" . \"}").as_bytes(), last_line("stop").as_bytes()]),
    ] {
        let before = namings(&home).len();
        home.ollama.script_for("/api/chat", NAMING, reply);
        let talk = asked(&app, QUESTION).await;
        eventually(async || namings(&home).get(before).is_some_and(|asked| asked.outcome() != Outcome::Sending)).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(title(&app, talk.summary.id).await, QUESTION);
    }
    // An answer that failed names nothing; its retry does.
    let before = namings(&home).len();
    home.ollama.script("/api/chat", stream(&[last_line("stop").as_bytes()]));
    let talk = asked(&app, QUESTION).await;
    assert_eq!((answer(&talk).status, namings(&home).len()), (MessageStatus::Failed, before));
    again(&app, &talk, TurnRequest::Regenerate { message_id: answer(&talk).id }).await;
    eventually(async || title(&app, talk.summary.id).await == TITLE).await;
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_does_not_wait_behind_a_title() {
    let home = Home::new().await;
    let app = home.open_with(home.config());
    ada(&app).await;
    home.ollama.script_for("/api/chat", NAMING, stream(&[]).then(Step::Silence));
    let talk = asked(&app, QUESTION).await;
    eventually(async || namings(&home).len() == 1).await;
    again(&app, &talk, TurnRequest::question("And why?")).await;
    eventually(async || namings(&home)[0].outcome() == Outcome::ClosedByClient).await;
    // It is named after the next answer instead.
    eventually(async || title(&app, talk.summary.id).await == TITLE).await;
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_thinking_branches_and_documents() {
    let home = Home::new().await;
    let app = home.open_with(home.config());
    ada(&app).await;
    let talk = asked(&app, QUESTION).await;
    let id = talk.summary.id;
    eventually(async || title(&app, id).await == TITLE).await;
    app.set_conversation_thinking(id, true).await.unwrap();
    let edit = TurnRequest::Edit { message_id: talk.messages[0].id, content: "Why?".into() };
    let edited = again(&app, &talk, edit).await;
    assert!(edited.summary.thinking && edited.messages[0].versions.len() == 2);
    let back = app.show_version(talk.messages[0].id).await.unwrap();
    assert_eq!((back.messages[0].id, back.messages[1].id), (talk.messages[0].id, talk.messages[1].id));

    let longer = again(&app, &talk, TurnRequest::question("And then?")).await;
    let branch = app.branch_conversation(longer.messages[1].id).await.unwrap();
    assert_eq!((branch.title.as_str(), branch.thinking), ("What is spaced repetition? In short (branch)", true));
    let copied = app.open_conversation(branch.id).await.unwrap();
    let copies: Vec<_> =
        copied.messages.iter().map(|copy| (&copy.content, copy.role, &copy.model, copy.usage)).collect();
    let originals = longer.messages[..2].iter().map(|one| (&one.content, one.role, &one.model, one.usage));
    assert_eq!(copies, originals.collect::<Vec<_>>());
    assert!(copied.messages.iter().all(|copy| longer.messages.iter().all(|one| one.id != copy.id)));
    assert_eq!(copied.messages[1].parent_id, Some(copied.messages[0].id));
    let apart = again(&app, &copied, TurnRequest::question("Elsewhere?")).await;
    assert_eq!((apart.messages.len(), app.open_conversation(id).await.unwrap().messages.len()), (4, 4));

    let (name, document) = app.conversation_markdown(id).await.unwrap();
    assert_eq!(name, "What is spaced repetition In short.md");
    assert!(document.starts_with("# What is spaced repetition? In short\n\n2026-11-2"), "{document}");
    let headings: Vec<&str> = document.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings, ["## You", "## llama3.2:latest", "## You", "## llama3.2:latest"]);
    assert!(document.contains("\n#### About: And then?\n"), "an answer's own headings lie below");
    for error in [
        app.branch_conversation(memoryloop_core::ids::MessageId::new(UnixMillis(0))).await.map(drop),
        app.conversation_markdown(ConversationId::new(UnixMillis(0))).await.map(drop),
        app.set_conversation_thinking(ConversationId::new(UnixMillis(0)), true).await,
    ] {
        assert!(matches!(error, Err(Error::NotFound { .. })), "{error:?}");
    }
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_stops_what_is_written_and_can_be_undone() {
    let home = Home::new().await;
    let app = home.open_with(home.config());
    ada(&app).await;
    let talk = asked(&app, QUESTION).await;
    let id = talk.summary.id;
    home.ollama.script("/api/chat", stream(&[line("Half a ").as_bytes()]).then(Step::Silence));
    let (tell, mut shown) = tokio::sync::mpsc::unbounded_channel();
    let asking = app.clone();
    let turn = tokio::spawn(async move {
        asking.send_message(id, TurnRequest::question("More"), move |event| drop(tell.send(event))).await
    });
    let question = loop {
        if let ChatEvent::Text { .. } = shown.recv().await.unwrap() {
            break app.open_conversation(id).await.unwrap().messages[2].clone();
        }
    };
    // An earlier exchange goes without stopping it.
    let left = app.delete_message(talk.messages[1].id).await.unwrap();
    assert_eq!((left.messages.len(), answer(&left).status), (2, MessageStatus::Streaming));
    assert_eq!(app.restore_message(talk.messages[1].id).await.unwrap().messages.len(), 4);
    let left = app.delete_message(question.id).await.unwrap();
    turn.await.unwrap().unwrap();
    assert_eq!(left.messages, talk.messages);
    let whole = app.restore_message(question.id).await.unwrap();
    assert_eq!((answer(&whole).content.as_str(), answer(&whole).status), ("Half a ", MessageStatus::Interrupted));

    app.delete_conversation(id).await.unwrap();
    assert!(app.list_conversations(10, None).await.unwrap().is_empty());
    for gone in [
        app.open_conversation(id).await.map(drop),
        app.send_message(id, TurnRequest::question("?"), |_| {}).await,
        app.rename_conversation(id, "x").await,
        app.delete_conversation(id).await,
        app.show_version(question.id).await.map(drop),
        app.branch_conversation(question.id).await.map(drop),
        app.restore_message(question.id).await.map(drop),
    ] {
        assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
    }
    assert_eq!(app.restore_conversation(id).await.unwrap().id, id);
    assert_eq!(app.open_conversation(id).await.unwrap(), whole_with_title(&app, whole).await);
    app.close().await;
}

/// The title may have come from the model meanwhile.
async fn whole_with_title(app: &App, mut whole: Conversation) -> Conversation {
    whole.summary.title = title(app, whole.summary.id).await;
    whole
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_can_be_restored_for_an_hour_and_is_then_gone_with_its_copies() {
    let (home, test) = (Home::new().await, fresh().await);
    let clock = TestClock::at_noon();
    home.config().prepare_data_dir().unwrap();
    let config = || Config { database_url: Some(test.owner.to_url_lossy().to_string().into()), ..home.config() };
    let open = || App::open(config(), clock.clone(), Arc::new(|_| {})).unwrap();
    let mut owner = test.owner.connect().await.unwrap();
    let app = open();
    let user = ada(&app).await.id;
    let (kept, deleted) = (asked(&app, QUESTION).await, asked(&app, QUESTION).await);
    let longer = again(&app, &kept, TurnRequest::question("And then?")).await;
    let copies = async || {
        let folder = home.config().data_dir.join("learning").join(user.to_string());
        let mut learning = Learning::open(&folder, LearningOptions::default(), clock.clone()).await;
        // A program that was closed as it opened its cards may hold them for a moment yet.
        while matches!(learning, Err(Error::DataDirInUse { .. })) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            learning = Learning::open(&folder, LearningOptions::default(), clock.clone()).await;
        }
        let learning = learning.unwrap();
        let count = learning.store().count_messages().await.unwrap();
        learning.close().await.unwrap();
        count
    };
    // A moment for the index, which nobody waits for; then it is looked at from outside.
    eventually(async || {
        let rows = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM messages WHERE indexed_at IS NOT NULL");
        rows.fetch_one(&mut owner).await.unwrap() == 6
    })
    .await;
    app.delete_message(longer.messages[0].id).await.unwrap();
    app.delete_conversation(deleted.summary.id).await.unwrap();
    app.close().await;
    assert_eq!(copies().await, 6);

    // A second start, here or on another machine, takes nothing that can be undone.
    clock.advance(1);
    let app = open();
    app.restore_conversation(deleted.summary.id).await.unwrap();
    app.restore_message(longer.messages[0].id).await.unwrap();
    app.delete_message(longer.messages[0].id).await.unwrap();
    app.delete_conversation(deleted.summary.id).await.unwrap();
    app.close().await;
    assert_eq!(copies().await, 6);

    clock.advance(60 * UnixMillis::MINUTE + 1);
    let app = open();
    eventually(async || {
        let rows = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM messages");
        rows.fetch_one(&mut owner).await.unwrap() == 2
    })
    .await;
    let gone = app.restore_conversation(deleted.summary.id).await;
    assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
    let gone = app.restore_message(longer.messages[0].id).await;
    assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
    let left = app.open_conversation(kept.summary.id).await.unwrap();
    assert_eq!(left.messages.len(), 2);
    app.close().await;
    assert_eq!(copies().await, 2);
}

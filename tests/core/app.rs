//! The whole program without its window: a person's way from a question to a reviewed card, closed and opened again,
//! with the database away, and signed out from elsewhere.

use std::{path::Path, sync::Arc, time::Duration};

use memoryloop_core::{
    App, Error,
    accounts::Profile,
    app::AppEvent,
    cards::{Draft, DraftRequest, NewCard, NoteKind, Source},
    chat::{ChatEvent, Conversation, Message, MessageStatus, TurnRequest},
    config::Config,
    ids::{JobId, MessageId},
    llm::{ModelRef, Provider},
    postgres::DatabaseState,
    review::{Rating, StudyStep},
    time::UnixMillis,
};
use parking_lot::Mutex;
use support::{
    clock::TestClock,
    http::{Server, Step},
    ollama, postgres,
    scratch::Scratch,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// What a test's program lives in, and what it told its window.
pub struct Home {
    folder: Scratch,
    pub ollama: Server,
    told: Arc<Mutex<Vec<AppEvent>>>,
}

impl Home {
    pub async fn new() -> Self {
        Self { folder: Scratch::new("home"), ollama: ollama::start().await, told: Arc::default() }
    }

    pub fn config(&self) -> Config {
        let url = self.ollama.url();
        let lookup = |name: &str| match name {
            "OLLAMA_HOST" => Some(url.clone().into()),
            "MEMORYLOOP_KEYRING" => Some("memory".into()),
            "MEMORYLOOP_POSTGRES_DIR" => postgres::installation().map(Into::into),
            _ => None,
        };
        Config::read(lookup, Some(self.folder.join("data ü")), Path::new("/")).unwrap()
    }

    fn open(&self) -> App {
        self.open_with(self.config())
    }

    pub fn open_with(&self, config: Config) -> App {
        config.prepare_data_dir().unwrap();
        let told = Arc::clone(&self.told);
        App::open(config, TestClock::at_noon(), Arc::new(move |event| told.lock().push(event))).unwrap()
    }

    pub async fn told(&self, wanted: impl Fn(&AppEvent) -> bool) {
        eventually(async || self.told.lock().iter().any(&wanted)).await;
    }
}

async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.expect("it should have come to this");
}

pub async fn ada(app: &App) -> Profile {
    app.create_profile(" Ada@Example.org ", "a good password".into()).await.unwrap()
}

/// A conversation with one answer.
pub async fn asked(app: &App, question: &str) -> Conversation {
    let model = ModelRef { provider: Provider::Ollama, name: ollama::LLAMA.into() };
    let conversation = app.create_conversation(model).await.unwrap();
    app.send_message(conversation.id, TurnRequest::question(question), |_| {}).await.unwrap();
    app.open_conversation(conversation.id).await.unwrap()
}

pub fn answer(conversation: &Conversation) -> &Message {
    conversation.messages.last().unwrap()
}

/// What is in the tray once drafts were made from an answer.
pub async fn drafts(app: &App, answer: &Message) -> Result<Vec<Draft>, Error> {
    let request = DraftRequest::Answers { message_ids: vec![answer.id] };
    app.generate_drafts(JobId::new(UnixMillis(0)), request, None, |_| {}).await?;
    app.list_drafts().await
}

fn card_from(message: &Message) -> NewCard {
    NewCard {
        kind: NoteKind::Basic,
        question: "What grows?".into(),
        answer: "The interval.".into(),
        tags: vec![],
        source: Some(Source { message_id: message.id, start: 0, end: 5, hash: None }),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_question_to_a_reviewed_card_and_all_of_it_there_again() {
    let home = Home::new().await;
    let app = home.open();
    assert_eq!(app.app_status().profile, None);
    assert!(matches!(app.list_conversations(10, None).await, Err(Error::NotSignedIn)));
    let profile = ada(&app).await;
    assert_eq!(profile.email, "ada@example.org");
    home.told(|event| *event == AppEvent::DatabaseChanged(DatabaseState::Ready)).await;

    let models = app.list_models().await.unwrap();
    assert!(models.ollama.running && models.ollama.embedding_model.is_some() && !models.claude.has_key);
    let model = models.ollama.models[0].model.clone();
    let conversation = app.create_conversation(model).await.unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    app.send_message(conversation.id, TurnRequest::question("What is spaced repetition?"), move |event| {
        heard.lock().push(event)
    })
    .await
    .unwrap();
    let events = std::mem::take(&mut *events.lock());
    assert!(matches!(events.first(), Some(ChatEvent::Started { .. })));
    assert!(
        matches!(events.last(), Some(ChatEvent::Finished { answer, .. }) if answer.status == MessageStatus::Complete)
    );

    let open = app.open_conversation(conversation.id).await.unwrap();
    let drafts = drafts(&app, answer(&open)).await.unwrap();
    let keep = |draft: Draft| NewCard { tags: vec!["memory".into()], ..draft.card };
    let kept = app.save_cards(drafts.into_iter().map(keep).collect()).await.unwrap();
    assert!(!kept.is_empty());
    assert!(answer(&app.open_conversation(conversation.id).await.unwrap()).has_flashcards);
    let counts = app.study_counts().await.unwrap();
    assert_eq!(counts.total as usize, kept.len());
    home.told(|event| *event == AppEvent::StudyCountsChanged(counts)).await;
    let StudyStep::Card { card } = app.start_study(None).await.unwrap().step else { panic!("there are cards") };
    app.rate_card(card.card.id, card.revision, Rating::Good, 3_000).await.unwrap();
    let again = app.rate_card(card.card.id, card.revision, Rating::Good, 3_000).await;
    assert!(matches!(again, Err(Error::StaleCard)), "{again:?}");

    // Everything gets a vector in time, in however many goes, and nobody waited for it.
    let everything = kept.len() + 2;
    let texts = |asked: &support::http::Asked| asked.body["input"].as_array().map_or(0, Vec::len);
    eventually(async || home.ollama.asked("/api/embed").iter().map(texts).sum::<usize>() >= everything).await;
    home.told(|event| matches!(event, AppEvent::EmbeddingProgress { done, total } if done == total)).await;
    app.close().await;

    let app = home.open();
    assert_eq!(app.app_status().profile.as_ref(), Some(&profile), "at once, before the database is up");
    assert_eq!(app.today_stats().await.unwrap().reviewed, 1);
    assert_eq!(app.study_counts().await.unwrap().total, counts.total);
    let list = app.list_conversations(10, None).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(app.open_conversation(list[0].id).await.unwrap().messages.len(), 2);
    assert!(!app.list_cards("repetition", None, 10).await.unwrap().rows.is_empty());
    app.sign_out().await.unwrap();
    assert!(matches!(app.study_counts().await, Err(Error::NotSignedIn)));
    assert_eq!(
        app.sign_in("ADA@example.org", "wrong".into()).await.unwrap_err().to_string(),
        Error::WrongPassword.to_string()
    );
    app.sign_in("ada@example.org", "a good password".into()).await.unwrap();
    assert_eq!(app.study_counts().await.unwrap().total, counts.total);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_in_the_middle_of_an_answer_keeps_what_was_shown() {
    let home = Home::new().await;
    let app = home.open();
    ada(&app).await;
    let model = ModelRef { provider: Provider::Ollama, name: ollama::LLAMA.into() };
    let conversation = app.create_conversation(model).await.unwrap();
    home.ollama.script("/api/chat", ollama::stream(&[ollama::line("Half a ").as_bytes()]).then(Step::Silence));
    let (tell, mut shown) = tokio::sync::mpsc::unbounded_channel();
    let (asking, id) = (app.clone(), conversation.id);
    let turn = tokio::spawn(async move {
        let tell = move |event| drop(tell.send(event));
        asking.send_message(id, TurnRequest::question("Tell me"), tell).await
    });
    while !matches!(shown.recv().await.unwrap(), ChatEvent::Text { .. }) {}
    app.close().await;
    turn.await.unwrap().unwrap();

    let app = home.open();
    let open = app.open_conversation(conversation.id).await.unwrap();
    assert_eq!((answer(&open).content.as_str(), answer(&open).status), ("Half a ", MessageStatus::Interrupted));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_saved_while_the_database_is_away_are_kept_and_their_answer_flagged_later() {
    let home = Home::new().await;
    let app = home.open();
    ada(&app).await;
    let conversation = asked(&app, "What is spaced repetition?").await;
    let source = answer(&conversation).clone();
    app.close().await;

    let nowhere = Config { postgres_dir: Some("/nowhere".into()), ..home.config() };
    let app = home.open_with(nowhere);
    home.told(|event| matches!(event, AppEvent::DatabaseChanged(DatabaseState::Failed { .. }))).await;
    assert!(matches!(app.list_conversations(10, None).await, Err(Error::PostgresMissing(_))));
    let kept = app.save_cards(vec![card_from(&source)]).await.unwrap();
    assert_eq!(kept[0].source.as_ref().map(|source| source.message_id), Some(source.id));
    app.close().await;

    let app = home.open();
    eventually(async || answer(&app.open_conversation(conversation.summary.id).await.unwrap()).has_flashcards).await;
    assert_eq!(app.study_counts().await.unwrap().total, 1, "and nothing twice");

    // The card outlives its conversation; the link stays, because the deletion may be undone.
    app.delete_conversation(conversation.summary.id).await.unwrap();
    let kept = app.save_cards(vec![card_from(&source)]).await.unwrap();
    assert_eq!(kept[0].source.as_ref().map(|source| source.message_id), Some(source.id));
    // A source that is gone for good costs the link, not the card.
    let nobody = Message { id: MessageId::new(UnixMillis(1)), ..source.clone() };
    let kept = app.save_cards(vec![card_from(&nobody)]).await.unwrap();
    assert_eq!(kept[0].source, None);
    assert_eq!(app.study_counts().await.unwrap().total, 3);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remembered_session_that_is_over_is_signed_out() {
    let home = Home::new().await;
    let app = home.open();
    let profile = ada(&app).await;
    app.close().await;
    let file = home.config().data_dir.join("session.json");
    let mut stored: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    stored["token"] = "another".into();
    std::fs::write(&file, stored.to_string()).unwrap();

    let app = home.open();
    assert_eq!(app.profile(), Some(profile), "greeted until the database has its say");
    home.told(|event| *event == AppEvent::ProfileChanged(None)).await;
    assert_eq!(app.profile(), None);
    assert!(matches!(app.list_conversations(10, None).await, Err(Error::NotSignedIn)));
    assert!(!file.exists());
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_lets_in_nobody_but_its_own_person() {
    let home = Home::new().await;
    let app = home.open();
    let ada = ada(&app).await;
    app.create_profile("bob", "another password".into()).await.unwrap();
    app.close().await;
    let file = home.config().data_dir.join("session.json");
    let mut stored: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    stored["profile"] = serde_json::to_value(&ada).unwrap();
    std::fs::write(&file, stored.to_string()).unwrap();

    let app = home.open();
    home.told(|event| *event == AppEvent::ProfileChanged(None)).await;
    assert!(matches!(app.list_conversations(10, None).await, Err(Error::NotSignedIn)));
    app.close().await;
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_refused_without_being_quoted() {
    let home = Home::new().await;
    for wrong in ["http://me:hunter2@api:port", "hunter2", "ftp://me:hunter2@127.0.0.1", "file:///hunter2"] {
        let config = Config { anthropic_base_url: Some(wrong.into()), ..home.config() };
        let Err(error) = App::open(config, TestClock::at_noon(), Arc::new(|_| {})) else { panic!("{wrong} was taken") };
        let text = error.to_string();
        assert!(text.contains("ANTHROPIC_BASE_URL") && !text.contains("hunter2"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_share_nothing() {
    let home = Home::new().await;
    let app = home.open();
    ada(&app).await;
    let conversation = asked(&app, "A secret of Ada's").await;
    app.save_cards(vec![card_from(answer(&conversation))]).await.unwrap();
    app.create_profile("bob", "another password".into()).await.unwrap();
    assert_eq!(app.study_counts().await.unwrap().total, 0);
    assert!(app.list_conversations(10, None).await.unwrap().is_empty());
    assert!(matches!(app.open_conversation(conversation.summary.id).await, Err(Error::NotFound { .. })));
    assert!(matches!(drafts(&app, answer(&conversation)).await, Err(Error::NotFound { .. })));
    let kept = app.save_cards(vec![card_from(answer(&conversation))]).await.unwrap();
    assert_eq!(kept[0].source, None, "another's message is no source");
    app.close().await;
}

//! The tray of drafts: what is in it is safe, and nothing becomes a card without the person's word.

use std::{sync::Arc, time::Duration};

use memoryloop_core::{
    App, Error,
    app::AppEvent,
    cards::{CardKind, Draft, DraftEvent, DraftRequest, NewCard, NoteKind},
    config::Config,
    ids::{DraftId, JobId},
    review::{Rating, StudyStep},
    time::UnixMillis,
};
use parking_lot::Mutex;
use sqlx::{AssertSqlSafe, ConnectOptions};
use support::{
    clock::TestClock,
    http::{Reply, Step},
    learning::card,
    ollama,
    postgres::{TestDatabase, fresh},
};

use crate::app::{Home, ada, answer, asked, drafts};

/// The program on a database of the test's own, with a clock that the test moves.
pub struct Desk {
    pub home: Home,
    pub test: TestDatabase,
    pub clock: Arc<TestClock>,
    pub told: Arc<Mutex<Vec<AppEvent>>>,
}

impl Desk {
    pub async fn new() -> (Self, App) {
        let desk =
            Self { home: Home::new().await, test: fresh().await, clock: TestClock::at_noon(), told: Arc::default() };
        let app = desk.open();
        ada(&app).await;
        (desk, app)
    }

    pub fn open(&self) -> App {
        let url = self.test.owner.to_url_lossy().to_string();
        let config = Config { database_url: Some(url.into()), ..self.home.config() };
        config.prepare_data_dir().unwrap();
        let told = Arc::clone(&self.told);
        App::open(config, self.clock.clone(), Arc::new(move |event| told.lock().push(event))).unwrap()
    }

    pub async fn execute(&self, statement: impl Into<String>) -> u64 {
        let mut owner = self.test.owner.connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement.into())).execute(&mut owner).await.unwrap().rows_affected()
    }

    fn waiting(&self) -> Option<u32> {
        let told = self.told.lock();
        told.iter()
            .rev()
            .find_map(|event| if let AppEvent::DraftsChanged { waiting } = event { Some(*waiting) } else { None })
    }
}

pub fn ids(drafts: &[Draft]) -> Vec<DraftId> {
    drafts.iter().map(|draft| draft.id).collect()
}

fn questions(drafts: &[Draft]) -> Vec<&str> {
    drafts.iter().map(|draft| draft.card.question.as_str()).collect()
}

/// Three that have nothing in common.
pub async fn three(app: &App) -> Vec<Draft> {
    let cards = [("Where is Oslo?", "Norway"), ("Who wrote Faust?", "Goethe"), ("What is $2^{10}$?", "1024")];
    app.add_drafts(cards.map(|(question, answer)| card(question, answer)).to_vec()).await.unwrap()
}

async fn total(app: &App) -> u32 {
    app.study_counts().await.unwrap().total
}

/// What a model writes as cards, streamed as Ollama does.
pub fn writes(cards: &serde_json::Value) -> Reply {
    ollama::stream(&[ollama::line(&cards.to_string()).as_bytes(), ollama::last_line("stop").as_bytes()])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drafts_wait_through_restarts_until_they_are_kept_or_dropped() {
    let (desk, app) = Desk::new().await;
    let made = three(&app).await;
    assert_eq!(desk.waiting(), Some(3));
    let edited = NewCard { tags: vec![" b ".into(), "a".into(), "b".into()], ..card(" Where is Bergen? ", "Norway") };
    let changed = app.update_draft(made[0].id, edited).await.unwrap();
    assert_eq!(
        (changed.card.question.as_str(), changed.card.tags.as_slice()),
        ("Where is Bergen?", ["a".to_owned(), "b".into()].as_slice())
    );
    app.close().await;

    let app = desk.open();
    let waiting = app.list_drafts().await.unwrap();
    assert_eq!(questions(&waiting), ["Where is Bergen?", "Who wrote Faust?", "What is $2^{10}$?"]);
    assert_eq!(total(&app).await, 0, "nothing is scheduled without the person's word");
    app.drop_drafts(vec![made[1].id]).await.unwrap();
    let kept = app.keep_drafts(vec![made[2].id, made[0].id], false).await.unwrap();
    assert_eq!((kept.cards.len(), kept.duplicates.len(), total(&app).await), (2, 0, 2));
    assert_eq!(kept.cards[0].tags, ["a", "b"]);
    assert_eq!((app.list_drafts().await.unwrap(), desk.waiting()), (vec![], Some(0)));
    let again = app.keep_drafts(vec![made[0].id], true).await.unwrap();
    assert_eq!((again.cards.len(), total(&app).await), (0, 2), "a second press keeps nothing twice");
    app.close().await;

    let app = desk.open();
    assert_eq!((app.list_drafts().await.unwrap().len(), total(&app).await), (0, 2));
    let gone = app.update_draft(made[0].id, card("x?", "y")).await.unwrap_err();
    assert!(matches!(gone, Error::NotFound { .. }), "{gone}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_dropped_or_kept_comes_back_for_a_day() {
    let (desk, app) = Desk::new().await;
    let made = three(&app).await;
    app.drop_drafts(ids(&made[..1])).await.unwrap();
    app.keep_drafts(ids(&made[1..]), false).await.unwrap();
    // One is reviewed: it stays a card.
    let StudyStep::Card { card } = app.start_study(Some(Default::default())).await.unwrap().step else {
        panic!("a card")
    };
    app.rate_card(card.card.id, card.revision, Rating::Good, 1_000).await.unwrap();
    let back = app.restore_drafts(ids(&made)).await.unwrap();
    assert_eq!(questions(&back), questions(&made), "in the places that they had");
    assert_eq!((total(&app).await, desk.waiting()), (1, Some(3)));
    assert!(app.undo(None).await.is_ok(), "the review can still be taken back");
    assert_eq!(app.restore_drafts(ids(&made)).await.unwrap().len(), 3, "twice is the same as once");
    app.drop_drafts(ids(&made)).await.unwrap();
    desk.clock.advance(UnixMillis::DAY + 1);
    let late = app.restore_drafts(ids(&made)).await.unwrap_err();
    assert!(matches!(late, Error::NotFound { .. }), "{late}");
    assert_eq!(desk.execute("SELECT * FROM drafts").await, 0, "and they are gone for good");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_was_edited_since_stays_when_its_draft_is_restored() {
    let (_desk, app) = Desk::new().await;
    let made = three(&app).await;
    let kept = app.keep_drafts(ids(&made), false).await.unwrap().cards;
    app.update_card(kept[1].id, "Who wrote Faust II?".into(), "Goethe".into(), vec![]).await.unwrap();
    assert_eq!(app.restore_drafts(ids(&made)).await.unwrap().len(), 3);
    let left = app.list_cards("", None, 10).await.unwrap();
    assert_eq!((left.total, left.rows[0].card.question.as_str()), (1, "Who wrote Faust II?"));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_a_card_stays_in_the_tray_and_says_why() {
    let (desk, app) = Desk::new().await;
    let made = three(&app).await;
    desk.execute(format!("UPDATE drafts SET kind = 'cloze' WHERE id = '{}'", made[2].id)).await;
    for (kept, left) in [(2, 1), (0, 1)] {
        let outcome = app.keep_drafts(ids(&made), false).await.unwrap();
        let [unfit] = outcome.unfit.as_slice() else { panic!("{outcome:?}") };
        assert!(unfit.draft_id == made[2].id && unfit.message.contains("needs a deletion"), "{unfit:?}");
        assert_eq!((outcome.cards.len(), outcome.duplicates.len()), (kept, 0));
        assert_eq!((total(&app).await, app.list_drafts().await.unwrap().len()), (2, left));
    }
    for bad in [card("", "a"), card("q?", " "), NewCard { kind: NoteKind::Cloze, ..card("no deletion", "") }] {
        let error = app.add_drafts(vec![card("fine?", "yes"), bad]).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error}");
    }
    assert_eq!(app.list_drafts().await.unwrap().len(), 1);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kinds_become_their_cards() {
    let (_desk, app) = Desk::new().await;
    let reversed = NewCard { kind: NoteKind::Reversed, ..card("das Haus", "house") };
    let cloze = NewCard { kind: NoteKind::Cloze, ..card("{{c1::Oslo}} is the capital of {{c2::Norway}}.", "") };
    let made = app.add_drafts(vec![reversed, cloze]).await.unwrap();
    let kept = app.keep_drafts(ids(&made), false).await.unwrap().cards;
    let sides: Vec<_> = kept.iter().map(|card| (card.kind, card.question.as_str(), card.answer.as_str())).collect();
    assert_eq!(
        sides,
        [
            (CardKind::Basic, "das Haus", "house"),
            (CardKind::Basic, "house", "das Haus"),
            (CardKind::Cloze, "{{c1::Oslo}} is the capital of Norway.", ""),
            (CardKind::Cloze, "Oslo is the capital of {{c1::Norway}}.", ""),
        ]
    );
    assert!(kept[0].note_id.is_some() && kept[0].note_id == kept[1].note_id && kept[1].note_id != kept[2].note_id);
    app.restore_drafts(ids(&made)).await.unwrap();
    assert_eq!((total(&app).await, app.list_drafts().await.unwrap().len()), (0, 2), "all cards of a note go together");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_replaced_in_its_place_all_or_none() {
    let (_desk, app) = Desk::new().await;
    let made = three(&app).await;
    let parts = vec![card("Who wrote Faust, part one?", "Goethe"), card("When was it printed?", "1808")];
    let error = app.replace_draft(made[1].id, vec![parts[0].clone(), card("", "")]).await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error}");
    app.replace_draft(made[1].id, parts.clone()).await.unwrap();
    let after = |drafts: &[Draft]| questions(drafts).iter().map(|q| (*q).to_owned()).collect::<Vec<_>>();
    let waiting = app.list_drafts().await.unwrap();
    let expected = ["Where is Oslo?", "Who wrote Faust, part one?", "When was it printed?", "What is $2^{10}$?"];
    assert_eq!(after(&waiting), expected);
    app.replace_draft(waiting[1].id, vec![card("One?", "1"), card("Two?", "2")]).await.unwrap();
    let waiting = app.list_drafts().await.unwrap();
    assert_eq!(after(&waiting), ["Where is Oslo?", "One?", "Two?", "When was it printed?", "What is $2^{10}$?"]);
    let gone = app.replace_draft(made[1].id, parts).await.unwrap_err();
    assert!(matches!(gone, Error::NotFound { .. }), "{gone}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn making_drafts_goes_on_when_nobody_listens_and_runs_once() {
    let (desk, app) = Desk::new().await;
    let conversation = asked(&app, "What is spaced repetition?").await;
    let request = DraftRequest::Answers { message_ids: vec![answer(&conversation).id] };
    let slow = ollama::stream(&[ollama::line("{\"cards\": [").as_bytes()])
        .then(Step::Pause(Duration::from_millis(600)))
        .then(Step::Send(ollama::line("{\"question\": \"Why?\", \"answer\": \"So.\"}]}").into_bytes()))
        .then(Step::Send(ollama::last_line("stop").into_bytes()));
    desk.home.ollama.script("/api/chat", slow);
    let job = JobId::new(UnixMillis(1));
    let asking = tokio::spawn({
        let (app, request) = (app.clone(), request.clone());
        async move { app.generate_drafts(job, request, None, |_| {}).await }
    });
    while desk.home.ollama.asked("/api/chat").len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let again = app.generate_drafts(JobId::new(UnixMillis(2)), request.clone(), None, |_| {}).await.unwrap_err();
    assert!(matches!(again, Error::Busy(_)), "{again}");
    asking.abort();
    while app.list_drafts().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Cancelled and signed out, a job ends; what it made stays.
    desk.home.ollama.script("/api/chat", ollama::stream(&[ollama::line("{").as_bytes()]).then(Step::Silence));
    let (app2, again) = (app.clone(), request.clone());
    // The first has told of its drafts, and may be about to end.
    let running = tokio::spawn(async move {
        loop {
            match app2.generate_drafts(job, again.clone(), None, |_| {}).await {
                Err(Error::Busy(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
                ended => return ended,
            }
        }
    });
    while desk.home.ollama.asked("/api/chat").len() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    app.cancel_drafts(job).await.unwrap();
    app.cancel_drafts(job).await.unwrap();
    assert!(running.await.unwrap().unwrap().cancelled);
    desk.home.ollama.script("/api/chat", ollama::stream(&[ollama::line("{").as_bytes()]).then(Step::Silence));
    let app2 = app.clone();
    let running = tokio::spawn(async move { app2.generate_drafts(job, request, None, |_| {}).await });
    while desk.home.ollama.asked("/api/chat").len() < 4 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    app.sign_out().await.unwrap();
    assert!(running.await.unwrap().unwrap().cancelled);
    assert!(matches!(app.list_drafts().await, Err(Error::NotSignedIn)));
    app.sign_in("ada@example.org", "a good password".into()).await.unwrap();
    assert_eq!(app.list_drafts().await.unwrap().len(), 1);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drafts_are_in_the_tray_when_they_are_told_and_say_where_they_are_from() {
    let (desk, app) = Desk::new().await;
    let conversation = asked(&app, "What is spaced repetition?").await;
    let whole = answer(&conversation).content.clone();
    let at = whole.find("- The forgetting").unwrap();
    let start = u32::try_from(whole[..at].chars().count()).unwrap();
    let end = u32::try_from(whole.chars().count()).unwrap();
    let request = DraftRequest::Passage { message_id: answer(&conversation).id, start, end };
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let outcome = app
        .generate_drafts(JobId::new(UnixMillis(1)), request, None, move |event| heard.lock().push(event))
        .await
        .unwrap();
    let waiting = app.list_drafts().await.unwrap();
    let shown: Vec<Draft> = told
        .lock()
        .iter()
        .flat_map(|event| if let DraftEvent::Drafts { drafts } = event { drafts.clone() } else { vec![] })
        .collect();
    assert_eq!((outcome.drafts as usize, &shown), (waiting.len(), &waiting));
    assert_eq!(desk.waiting(), Some(outcome.drafts));
    for draft in &waiting {
        let source = draft.card.source.as_ref().unwrap();
        assert!(source.start >= start && source.end <= end);
        let passage = memoryloop_core::cards::source::passage(&whole, source.start as usize..source.end as usize);
        assert_eq!(Some(passage), draft.passage.as_deref());
    }
    let prompt = desk.home.ollama.asked("/api/chat").last().unwrap().body["messages"][1]["content"].to_string();
    assert!(prompt.contains("What is spaced repetition?") && prompt.contains("It stands under: About:"), "{prompt}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pasted_text_needs_a_model_and_a_bearable_size() {
    let (_desk, app) = Desk::new().await;
    let job = || JobId::new(UnixMillis(1));
    let text = |text: String| DraftRequest::Text { text };
    let fjords = "Oslo is the capital of the kingdom of Norway. It lies at the end of a long fjord.";
    let none = app.generate_drafts(job(), text(fjords.into()), None, |_| {}).await.unwrap_err();
    assert!(matches!(none, Error::InvalidInput(_)), "{none}");
    let conversation = asked(&app, "What is spaced repetition?").await;
    let made = app.generate_drafts(job(), text(fjords.into()), None, |_| {}).await.unwrap();
    assert_eq!(made.drafts, 2);
    let waiting = app.list_drafts().await.unwrap();
    assert!(waiting.iter().all(|draft| draft.card.source.is_none() && draft.passage.is_some()));
    let huge = app.generate_drafts(job(), text("word ".repeat(500_000)), None, |_| {}).await.unwrap_err();
    assert!(matches!(&huge, Error::InvalidInput(why) if why.contains("MB")), "{huge}");
    let (question, answer) = (conversation.messages[0].id, answer(&conversation));
    let end = u32::try_from(answer.content.chars().count()).unwrap();
    for request in [
        DraftRequest::Answers { message_ids: vec![] },
        DraftRequest::Answers { message_ids: vec![question] },
        DraftRequest::Passage { message_id: answer.id, start: 5, end: 5 },
        DraftRequest::Passage { message_id: answer.id, start: 0, end: end + 1 },
    ] {
        let error = app.generate_drafts(job(), request.clone(), None, |_| {}).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{request:?}: {error}");
    }
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_person_finds_an_empty_tray() {
    let (_desk, app) = Desk::new().await;
    let made = three(&app).await;
    app.create_profile("bob", "another password".into()).await.unwrap();
    assert!(app.list_drafts().await.unwrap().is_empty());
    assert_eq!(app.keep_drafts(ids(&made), true).await.unwrap().cards, []);
    app.drop_drafts(ids(&made)).await.unwrap();
    assert!(matches!(app.restore_drafts(ids(&made)).await, Err(Error::NotFound { .. })));
    assert!(matches!(app.update_draft(made[0].id, card("q?", "a")).await, Err(Error::NotFound { .. })));
    app.sign_in("ada@example.org", "a good password".into()).await.unwrap();
    assert_eq!(app.list_drafts().await.unwrap(), made);
    assert_eq!(drafts(&app, answer(&asked(&app, "Why?").await)).await.unwrap()[..3], made);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_that_was_made_up_is_said_until_the_person_has_edited_the_card() {
    let (desk, app) = Desk::new().await;
    let conversation = asked(&app, "What is spaced repetition?").await;
    let card = serde_json::json!({"question": "What grows?", "answer": "The interval.", "quote": "Nobody said so."});
    desk.home.ollama.script("/api/chat", writes(&serde_json::json!({ "cards": [card] })));
    let made = drafts(&app, answer(&conversation)).await.unwrap();
    let claims = |draft: &Draft| draft.findings.iter().any(|found| found.message.contains("“Nobody said so.”"));
    assert!(claims(&made[0]), "{:?}", made[0].findings);
    assert_eq!(made[0].card.source.as_ref().map(|source| source.start), Some(0), "it rests on the whole answer");
    let parts = app.replace_draft(made[0].id, vec![made[0].card.clone(); 2]).await.unwrap();
    assert!(parts.iter().all(claims), "what a model put in its place rests on the same");
    let tagged = NewCard { tags: vec!["memory".into()], ..parts[0].card.clone() };
    assert!(claims(&app.update_draft(parts[0].id, tagged).await.unwrap()), "its words are the model's still");
    let edited = NewCard { answer: "The interval between reviews.".into(), ..parts[0].card.clone() };
    assert!(!claims(&app.update_draft(parts[0].id, edited).await.unwrap()));
    assert!(claims(&app.list_drafts().await.unwrap()[1]));
    app.close().await;
}

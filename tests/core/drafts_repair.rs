//! A draft mended by a model: it proposes, the person decides, and nobody has to wait for it.

use std::time::{Duration, Instant};

use memoryloop_core::{
    App, Error, Result,
    cards::NewCard,
    ids::{DraftId, JobId},
    time::UnixMillis,
};
use serde_json::json;
use support::{
    http::{Outcome, Step},
    learning::card,
    ollama,
};
use tokio::task::JoinHandle;

use crate::{
    app::{answer, asked},
    drafts::{Desk, writes},
};

fn job() -> JobId {
    JobId::new(UnixMillis(1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_mends_what_an_expert_objects_to_and_the_person_decides() {
    let (desk, app) = Desk::new().await;
    let conversation = asked(&app, "What is spaced repetition?").await;
    let source = memoryloop_core::cards::source::of(answer(&conversation).id, &answer(&conversation).content, 0..20);
    let open = NewCard {
        tags: vec!["memory".into()],
        source: Some(source.clone()),
        ..card("Explain spaced repetition.", "It works.")
    };
    let made = app.add_drafts(vec![open, card("Who wrote Faust?", "Goethe")]).await.unwrap();
    assert!(!made[0].findings.is_empty(), "{:?}", made[0]);
    assert_eq!(made[0].passage.as_deref().map(|passage| passage.chars().count()), Some(20));
    let cards =
        json!({"cards": [{"quote": "", "kind": "basic", "question": "When does a review come?", "answer": "Later."}]});
    desk.home.ollama.script("/api/chat", writes(&cards));
    let mended = app.repair_draft(job(), made[0].id, None).await.unwrap();
    let [mended] = mended.as_slice() else { panic!("{mended:?}") };
    assert_eq!(
        (mended.question.as_str(), &mended.tags, &mended.source),
        ("When does a review come?", &vec!["memory".to_owned()], &Some(source))
    );
    let prompt = desk.home.ollama.asked("/api/chat").last().unwrap().body["messages"][1]["content"].to_string();
    assert!(prompt.contains("Explain spaced repetition.") && prompt.contains(&made[0].findings[0].message), "{prompt}");
    assert_eq!(app.list_drafts().await.unwrap(), made, "nothing is changed by asking");
    let nothing = app.repair_draft(job(), made[1].id, None).await.unwrap_err();
    assert!(matches!(nothing, Error::InvalidInput(_)), "{nothing}");
    app.close().await;
}

/// Begins a repair by a model that goes silent, and waits until this is asked.
async fn repairing(desk: &Desk, app: &App, job: JobId, id: DraftId) -> JoinHandle<Result<Vec<NewCard>>> {
    let before = desk.home.ollama.asked("/api/chat").len();
    desk.home
        .ollama
        .script("/api/chat", ollama::stream(&[ollama::line("{\"cards\": [").as_bytes()]).then(Step::Silence));
    let asking = app.clone();
    let running = tokio::spawn(async move { asking.repair_draft(job, id, None).await });
    while desk.home.ollama.asked("/api/chat").len() == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running
}

async fn closed(desk: &Desk) {
    let end = Instant::now() + Duration::from_secs(10);
    while desk.home.ollama.asked("/api/chat").last().unwrap().outcome() != Outcome::ClosedByClient {
        assert!(Instant::now() < end, "the model still writes after ten seconds");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repair_is_cancelled_by_word_by_the_next_one_and_by_signing_out() {
    let (desk, app) = Desk::new().await;
    let conversation = asked(&app, "What is spaced repetition?").await;
    let source = memoryloop_core::cards::source::of(answer(&conversation).id, &answer(&conversation).content, 0..20);
    let open = NewCard { source: Some(source), ..card("Explain spaced repetition.", "It works.") };
    let made = app.add_drafts(vec![open]).await.unwrap();
    let id = made[0].id;

    let first = job();
    let running = repairing(&desk, &app, first, id).await;
    app.cancel_drafts(job()).await.unwrap();
    let same = app.repair_draft(first, id, None).await.unwrap_err();
    assert!(matches!(same, Error::Busy(_)), "{same}");
    assert!(!running.is_finished(), "another job was cancelled");
    app.cancel_drafts(first).await.unwrap();
    app.cancel_drafts(first).await.unwrap();
    let cancelled = running.await.unwrap().unwrap_err();
    assert!(matches!(cancelled, Error::Cancelled), "{cancelled}");
    closed(&desk).await;

    let earlier = repairing(&desk, &app, job(), id).await;
    let later = repairing(&desk, &app, job(), id).await;
    let replaced = earlier.await.unwrap().unwrap_err();
    assert!(matches!(replaced, Error::Cancelled), "{replaced}");
    assert!(!later.is_finished(), "the later goes on");
    assert_eq!(app.list_drafts().await.unwrap(), made);
    app.sign_out().await.unwrap();
    let over = later.await.unwrap().unwrap_err();
    assert!(matches!(over, Error::NotSignedIn), "{over}");
    closed(&desk).await;
    app.close().await;
}

//! Drafts that ask what a card or another draft asks already, found in the store: by words always, by meaning where there
//! are vectors.

use std::time::{Duration, Instant};

use memoryloop_core::{
    App,
    app::AppEvent,
    cards::{Duplicate, DuplicateOf, Likeness, NewCard, NoteKind},
    ids::CardId,
    lance::{CardVector, Embedding},
};
use support::{
    http::{Reply, Step},
    learning::{Desk as LearningDesk, card},
};

use crate::drafts::{Desk, ids};

const CAPITAL: (&str, &str) = ("What is the capital of Norway?", "Oslo");

fn of_card(duplicate: &Duplicate) -> Option<CardId> {
    if let DuplicateOf::Card { card } = &duplicate.of { Some(card.id) } else { None }
}

async fn keep(app: &App, cards: Vec<NewCard>, duplicates_too: bool) -> memoryloop_core::cards::Kept {
    let drafts = app.add_drafts(cards).await.unwrap();
    app.keep_drafts(ids(&drafts), duplicates_too).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_is_there_is_found_in_the_journal_and_in_lance_without_any_model() {
    let (desk, app) = Desk::new().await;
    desk.home.ollama.script("/api/embed", Reply::json(404, &serde_json::json!({"error": "model not found"})));
    let kept = keep(&app, vec![card(CAPITAL.0, CAPITAL.1), card("Who wrote Faust?", "Goethe")], false).await;
    assert_eq!((kept.cards.len(), kept.duplicates.len()), (2, 0));
    let again =
        vec![card("what is  the capital of Norway", "Oslo."), card("Which is the longest river of Asia?", "Yangtze")];
    let drafts = app.add_drafts(again).await.unwrap();
    let found = app.find_duplicates(ids(&drafts)).await.unwrap();
    assert_eq!((found.len(), found[0].draft_id, found[0].by), (1, drafts[0].id, Likeness::SameText));
    assert_eq!(of_card(&found[0]), Some(kept.cards[0].id));
    let some = app.keep_drafts(ids(&drafts[..1]), false).await.unwrap();
    assert_eq!((some.cards.len(), &some.duplicates), (0, &found));
    assert_eq!(app.list_drafts().await.unwrap().len(), 2, "it stays in the tray");
    // And once more when the journal has moved to Lance.
    app.close().await;
    let app = desk.open();
    let drafts = app.add_drafts(vec![card("What is the capital of NORWAY?", "Oslo")]).await.unwrap();
    let found = app.find_duplicates(ids(&drafts)).await.unwrap();
    assert_eq!(found.iter().filter_map(of_card).collect::<Vec<_>>(), [kept.cards[0].id]);
    let too = app.keep_drafts(ids(&drafts), true).await.unwrap();
    assert_eq!((too.cards.len(), too.duplicates.len()), (1, 0), "the person's word counts");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_drafts_that_are_alike_the_first_is_kept() {
    let (_desk, app) = Desk::new().await;
    let cloze = NewCard { kind: NoteKind::Cloze, ..card("{{c1::Oslo}} is the capital of Norway.", "") };
    let all = vec![card(CAPITAL.0, CAPITAL.1), card(CAPITAL.0, CAPITAL.1), cloze.clone(), cloze];
    let drafts = app.add_drafts(all).await.unwrap();
    let kept = app.keep_drafts(ids(&drafts), false).await.unwrap();
    let stayed: Vec<_> = kept.duplicates.iter().map(|duplicate| (duplicate.draft_id, duplicate.of.clone())).collect();
    let draft = |at: usize| DuplicateOf::Draft { draft_id: drafts[at].id };
    assert!(stayed.contains(&(drafts[1].id, draft(0))) && stayed.contains(&(drafts[3].id, draft(2))), "{stayed:?}");
    assert!(stayed.iter().all(|(id, _)| *id != drafts[0].id), "{stayed:?}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeping_waits_for_no_embedding_model_that_hangs() {
    let (desk, app) = Desk::new().await;
    keep(&app, vec![card(CAPITAL.0, CAPITAL.1)], false).await;
    let embedded = |event: &AppEvent| matches!(event, AppEvent::EmbeddingProgress { done, total } if done == total);
    while !desk.told.lock().iter().any(embedded) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for _ in 0..4 {
        desk.home.ollama.script("/api/embed", Reply::new(200, "application/json", "{").then(Step::Silence));
    }
    let begun = Instant::now();
    let kept = keep(&app, vec![card(CAPITAL.0, CAPITAL.1), card("Who wrote Faust?", "Goethe")], false).await;
    assert_eq!((kept.cards.len(), kept.duplicates.len()), (1, 1), "by words it was found all the same");
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_means_the_same_is_found_whatever_its_words() {
    let (desk, app) = Desk::new().await;
    // The stand-in's vectors know words and not their order: these are the same to it, and to no comparison of texts.
    let (one, two) = ("Norway has which capital", "capital which has Norway");
    let kept = keep(&app, vec![card(one, "Oslo fjord city harbour")], false).await;
    let embedded = |event: &AppEvent| matches!(event, AppEvent::EmbeddingProgress { done, total } if done == total);
    while !desk.told.lock().iter().any(embedded) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let drafts =
        app.add_drafts(vec![card(two, "harbour city fjord Oslo"), card("Who wrote Faust?", "Goethe")]).await.unwrap();
    let found = app.find_duplicates(ids(&drafts)).await.unwrap();
    assert_eq!((found.len(), of_card(&found[0])), (1, Some(kept.cards[0].id)), "{found:?}");
    app.close().await;
}

/// Vectors of two models are never compared, and the nearest come first.
#[tokio::test]
async fn cards_near_in_meaning_come_with_the_cosine() {
    let desk = LearningDesk::new().await;
    let ids = desk.add(3).await;
    let cards = desk.learning.store().cards(&ids).await.unwrap();
    desk.learning.store().flush().await.unwrap();
    let vector = |x: f32, y: f32| {
        let mut vector = vec![0.0; 768];
        (vector[0], vector[1]) = (x, y);
        vector
    };
    let embedding = |version: &str, vector| Embedding { version: version.into(), vector };
    let made = [embedding("a", vector(1.0, 0.0)), embedding("a", vector(0.6, 0.8)), embedding("b", vector(1.0, 0.0))];
    let vectors = cards.iter().zip(made).map(|(card, embedding)| CardVector {
        id: card.id,
        updated_at: card.updated_at,
        embedding,
    });
    desk.learning.set_card_vectors(vectors.collect()).await.unwrap();
    let near = desk.learning.cards_meaning(&embedding("a", vector(1.0, 0.0)), 5).await.unwrap();
    let near: Vec<_> = near.iter().map(|(card, cosine)| (card.id, (cosine * 100.0).round())).collect();
    assert_eq!(near, [(ids[0], 100.0), (ids[1], 60.0)]);
}

/// How long it takes among 50,000 is for the bench to say (`cards_like_a_draft`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_cards_a_draft_is_compared_with_few() {
    let desk = LearningDesk::new().await;
    let subject = |n: usize| format!("What is the boiling point of substance {n} at sea level?");
    let cards = (0..5_000).map(|n| card(&subject(n), &format!("{n} degrees"))).collect();
    desk.learning.add_cards(cards).await.unwrap();
    desk.learning.store().maintain().await.unwrap();
    for n in (0..5_000).step_by(250) {
        let like = desk.learning.cards_like(&subject(n), 20).await.unwrap();
        assert!(like.len() <= 20, "all of them share most of its words: {}", like.len());
        assert!(like.iter().any(|card| card.question == subject(n)), "{n}");
    }
}

//! Our side of the jobs that Anki does too; each runs in a process of its own, like Anki's.

use std::{path::Path, time::Duration};

use memoryloop_core::{
    ids::CardId,
    learning::Learning,
    review::{Rating, StudyStep},
};
use support::learning::card;

use crate::{
    data,
    measure::{Series, emit_peak_memory},
};

/// New cards in one go, as a person imports them.
pub async fn import(directory: &Path, count: usize) {
    let learning = data::open(directory).await;
    let cards: Vec<_> = (0..count).map(|n| card(&data::question(n), &data::answer(n))).collect();
    let mut series = Series::new("import_cards", "ms");
    series.time(async { learning.add_cards(cards).await.unwrap() }).await;
    series.emit();
    let rate = count as f64 / (series.median() / 1_000.0);
    Series::of("import_cards_per_second", "cards/s", vec![rate]).emit();
    emit_peak_memory("peak_memory_import");
    learning.close().await.unwrap();
}

/// Gives every card its vector, as the program does in the background.
pub async fn vectors(directory: &Path) {
    let learning = data::open(directory).await;
    data::give_vectors(&learning).await;
    learning.store().maintain().await.unwrap();
    learning.close().await.unwrap();
}

/// From nothing open to the first card's content; the files are in the system's cache, as after another start.
pub async fn open_to_first_card(directory: &Path) {
    let mut series = Series::new("open_to_first_card", "ms");
    for _ in 0..10 {
        let open_and_start = async {
            let learning = data::open(directory).await;
            shown(learning.start_study(None).await.unwrap().step);
            learning
        };
        let learning = series.time(open_and_start).await;
        learning.close().await.unwrap();
        drop(learning);
        // The writer lets go of the journal a moment after the last handle.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    series.emit();
}

/// What a sitting asks for; the peak memory is that of all of it.
pub async fn study(directory: &Path, answers: usize) {
    let learning = data::open(directory).await;
    next_card(&learning).await;
    list_due(&learning);
    text_search(&learning).await;
    rate_durable(&learning, answers).await;
    emit_peak_memory("peak_memory");
    learning.close().await.unwrap();
}

async fn next_card(learning: &Learning) {
    let mut series = Series::new("next_card", "ms");
    for _ in 0..1_000 {
        series.time(async { learning.start_study(None).await.unwrap().step }).await;
    }
    series.emit();
}

fn list_due(learning: &Learning) {
    let mut series = Series::new("list_due", "ms");
    let mut due = 0;
    for _ in 0..50 {
        due = series.time_now(|| learning.due_cards()).len();
    }
    series.emit();
    Series::of("due", "cards", vec![due as f64]).emit();
}

/// A page of the cards that hold the words, best first.
async fn text_search(learning: &Learning) {
    let mut series = Series::new("text_search", "ms");
    for query in data::queries() {
        let page = series.time(async { learning.list_cards(&query, None, None, 50).await.unwrap() }).await;
        assert!(!page.rows.is_empty());
    }
    series.emit();
}

/// A rating until it is durable and the next card is there.
async fn rate_durable(learning: &Learning, answers: usize) {
    let mut series = Series::new("rate_durable", "ms");
    rate(learning, answers, &mut series).await;
    series.emit();
}

/// Rates the next `answers` cards Good.
pub async fn rate(learning: &Learning, answers: usize, series: &mut Series) {
    let mut step = learning.start_study(None).await.unwrap().step;
    for _ in 0..answers {
        let (id, revision) = shown(step);
        step = series.time(async { learning.rate_card(id, revision, Rating::Good, 1_000).await.unwrap().step }).await;
    }
}

fn shown(step: StudyStep) -> (CardId, u32) {
    let StudyStep::Card { card } = step else { panic!("the bench has too few cards to study") };
    (card.card.id, card.revision)
}

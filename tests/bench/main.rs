//! The figures that the program is held to, one JSON object a line: name, unit, median, p99, n.
//!
//! The data (50,000 cards with vectors, 500,000 reviews) is made by a process of its own, so that the peak memory is
//! that of using it.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop where it is")]

mod data;
mod measure;

use std::{path::Path, time::Duration};

use memoryloop_core::{
    lance::Embedding,
    learning::Learning,
    review::{Rating, StudyStep},
};
use support::learning::{card, options};

use data::{Amount, VERSION};
use measure::Series;

const PREPARE: &str = "--prepare";

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [PREPARE, directory] => data::prepare(Path::new(directory), &Amount::FULL).await,
        _ => run().await,
    }
}

async fn run() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("learning");
    eprintln!("preparing {} cards and {} reviews in {}", Amount::FULL.cards, Amount::FULL.reviews, path.display());
    let prepared =
        std::process::Command::new(std::env::current_exe().unwrap()).arg(PREPARE).arg(&path).status().unwrap();
    assert!(prepared.success(), "the data could not be prepared");
    let learning = open_to_first_card(&path).await;
    due_count(&learning);
    next_card(&learning).await;
    rate_durable(&learning).await;
    text_search(&learning).await;
    vector_search(&learning).await;
    learning.store().flush().await.unwrap();
    rate_flush_batch(&learning).await;
    learning.close().await.unwrap();
    if let Some(peak) = measure::peak_memory_mib() {
        Series::of("peak_memory", "MiB", vec![peak]).print();
    }
}

/// From nothing open to the first card's content; the files are in the system's cache, as after another start.
async fn open_to_first_card(path: &Path) -> Learning {
    let mut series = Series::new("open_to_first_card", "ms");
    for _ in 0..10 {
        let learning = series.time(open_and_start(path)).await;
        learning.close().await.unwrap();
        drop(learning);
        // The writer lets go of the journal a moment after the last handle.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    series.print();
    open_and_start(path).await
}

async fn open_and_start(path: &Path) -> Learning {
    let learning = Learning::open(path, options(Default::default()), data::clock()).await.unwrap();
    assert!(matches!(learning.start_study(None).await.unwrap().step, StudyStep::Card { .. }));
    learning
}

fn due_count(learning: &Learning) {
    let mut series = Series::new("due_count", "ms");
    for _ in 0..1_000 {
        let counts = series.time_now(|| learning.counts());
        assert!(counts.due > 0);
    }
    series.print();
}

async fn next_card(learning: &Learning) {
    let mut series = Series::new("next_card", "ms");
    for _ in 0..1_000 {
        series.time(async { learning.start_study(None).await.unwrap().step }).await;
    }
    series.print();
}

/// A rating until it is durable and the next card is there.
async fn rate_durable(learning: &Learning) {
    let mut series = Series::new("rate_durable", "ms");
    let mut step = learning.start_study(None).await.unwrap().step;
    for _ in 0..1_000 {
        let StudyStep::Card { card } = step else { panic!("the bench has too few due cards") };
        step = series
            .time(async { learning.rate_card(card.card.id, card.revision, Rating::Good, 1_000).await.unwrap().step })
            .await;
    }
    series.print();
}

async fn rate_flush_batch(learning: &Learning) {
    let mut series = Series::new("rate_flush_batch", "ms");
    for _ in 0..10 {
        let mut step = learning.start_study(None).await.unwrap().step;
        for _ in 0..190 {
            let StudyStep::Card { card } = step else { panic!("the bench has too few due cards") };
            step = learning.rate_card(card.card.id, card.revision, Rating::Good, 1_000).await.unwrap().step;
        }
        series.time(async { learning.store().flush().await.unwrap() }).await;
    }
    series.print();
}

async fn text_search(learning: &Learning) {
    let mut series = Series::new("text_search", "ms");
    for n in 0..100 {
        let query = format!("{} {}", data::word(n), data::word(n * 7 + 1));
        let page = series.time(async { learning.list_cards(&query, None, None, 50).await.unwrap() }).await;
        assert!(!page.rows.is_empty());
    }
    series.print();
}

async fn vector_search(learning: &Learning) {
    let mut series = Series::new("vector_search", "ms");
    for n in 0..100 {
        let query = Embedding { version: VERSION.into(), vector: data::vector(n * 13) };
        let found = series.time(async { learning.store().find_by_meaning(&query, 10).await.unwrap() }).await;
        assert_eq!(found.len(), 10);
    }
    series.print();
}

/// New cards without vectors, in the batches in which a person imports them.
pub async fn import_cards(learning: &Learning, amount: &Amount) {
    let cards: Vec<_> = (0..amount.cards).map(|n| card(&data::question(n), &data::answer(n))).collect();
    let mut series = Series::new("import_cards", "cards/s");
    let started = std::time::Instant::now();
    learning.add_cards(cards).await.unwrap();
    series.push(amount.cards as f64 / started.elapsed().as_secs_f64());
    series.print();
}

//! Jobs that have no counterpart in Anki: searching by meaning, moving the journal to LanceDB, and what that leaves.

use std::path::Path;

use memoryloop_core::{
    cards::{Likeness, duplicates::likeness},
    lance::{
        self, Embedding,
        rows::{REVIEW_LOGS, SCHEDULES},
    },
    learning::{Learning, LearningOptions},
    review::{optimise::SimulationRequest, statistics::StatsRange},
};

use crate::{
    data::{self, Amount, VERSION},
    jobs,
    measure::Series,
};

pub async fn run(directory: &Path, amount: &Amount) {
    let learning = data::open(directory).await;
    due_count(&learning);
    statistics(&learning).await;
    vector_search(&learning).await;
    cards_like(&learning, amount.cards).await;
    compare_large();
    rate_flush_batch(&learning, amount.batch).await;
    simulate(&learning).await;
    learning.close().await.unwrap();
}

fn due_count(learning: &Learning) {
    let mut series = Series::new("due_count", "ms");
    for _ in 0..1_000 {
        let counts = series.time_now(|| learning.counts());
        assert!(counts.due > 0);
    }
    series.emit();
}

/// The whole page over the whole log: read for the first time, with reviews waiting in the journal, and with all of them in
/// LanceDB. The clock stands still here, so the waiting ones share their moment with others that have moved: the dearest case.
async fn statistics(learning: &Learning) {
    let page = async || learning.statistics(StatsRange::All, None).await.unwrap();
    let mut first = Series::new("statistics_first", "ms");
    let found = first.time(page()).await;
    assert!(found.calendar.iter().any(|day| day.count > 0));
    first.emit();
    jobs::rate(learning, STATISTICS_WAITING, &mut Series::new("", "ms")).await;
    let (mut waiting, mut moved) = (Series::new("statistics_waiting", "ms"), Series::new("statistics", "ms"));
    for _ in 0..10 {
        waiting.time(page()).await;
    }
    waiting.emit();
    learning.store().flush().await.unwrap();
    for _ in 0..20 {
        moved.time(page()).await;
    }
    moved.emit();
}

/// A year from today, as the slider asks for it; the first request reads the log for the person's habits.
async fn simulate(learning: &Learning) {
    let mut series = Series::new("simulate", "ms");
    for (desired_retention, reviews_per_day) in [(0.9, 200), (0.8, 200), (0.97, 200), (0.9, 9_999), (0.97, 9_999)] {
        let request = SimulationRequest { desired_retention, days: 365, new_per_day: 20, reviews_per_day };
        let simulation = series.time(async { learning.simulate(request).await.unwrap() }).await;
        assert!(simulation.reviews[0] > 0.0);
    }
    series.emit();
}

async fn vector_search(learning: &Learning) {
    let mut series = Series::new("vector_search", "ms");
    for n in 0..100 {
        let query = Embedding { version: VERSION.into(), vector: data::vector(n * 13) };
        let found = series.time(async { learning.store().find_by_meaning(&query, 10).await.unwrap() }).await;
        assert_eq!(found.len(), 10);
    }
    series.emit();
}

/// The cards that a draft is compared with, by its words.
async fn cards_like(learning: &Learning, cards: usize) {
    let mut series = Series::new("cards_like_a_draft", "ms");
    for n in 0..100 {
        let question = data::question(n * cards / 100);
        let found = series.time(async { learning.cards_like(&question, 20).await.unwrap() }).await;
        assert!(found.iter().any(|card| card.question == question));
    }
    series.emit();
}

/// Two cards of 100 KB, which nobody writes but somebody may paste.
fn compare_large() {
    let mut series = Series::new("compare_large_cards", "ms");
    for piece in ["a ", "漢", "_", "e\u{301}", "1 2 ", "x_y."] {
        let text = piece.repeat(100_000 / piece.len());
        let alike = series.time_now(|| likeness((&text, "y"), (&text, "Y")));
        assert_eq!(alike, Some((Likeness::SameText, 1.0)));
    }
    let words: Vec<String> = (0..12_000).map(|n| format!("word{n}")).collect();
    let (text, turned) = (words.join(" "), words.iter().rev().map(String::as_str).collect::<Vec<_>>().join(" "));
    let alike = series.time_now(|| likeness((&text, "y"), (&turned, "Y")));
    assert!(alike.is_some());
    series.emit();
}

async fn rate_flush_batch(learning: &Learning, batch: usize) {
    let mut series = Series::new("rate_flush_batch", "ms");
    for _ in 0..10 {
        jobs::rate(learning, batch, &mut Series::new("", "ms")).await;
        series.time(async { learning.store().flush().await.unwrap() }).await;
    }
    series.emit();
}

/// Fewer than make the journal move by itself.
const STATISTICS_WAITING: usize = 100;
/// A commit writes a manifest, a transaction and a data file; one that changes rows also the list of those that are gone,
/// and now and then a second data file.
const FILES_A_COMMIT: usize = 5;

/// What 2,000 ratings without a pause leave, and what four times as many do, against a bound that does not grow with them. False when
/// it is exceeded.
///
/// Every 200 ratings are one commit to each of the two tables, and after 20 commits the table is compacted and its old
/// versions go: so there are never more than 20 commits' files and versions above those of a compacted table, once those
/// versions are old enough (five minutes; a person does not rate 4,000 cards in that time).
pub async fn files(directory: &Path, amount: &Amount) -> bool {
    let options = data::options();
    let (mut commits, mut held) = (0, true);
    let store = lance::Options { keep_versions: std::time::Duration::ZERO, ..options.store };
    // Begins as after a compaction whose old versions have gone.
    let learning = open(directory, &options, store).await;
    learning.store().maintain().await.unwrap();
    let begun = [SCHEDULES, REVIEW_LOGS].map(|table| Count::of(directory, table));
    let limit = options.store.compact_after as usize;
    for (ratings, name) in [(1, "files_after_2000_ratings"), (4, "files_after_8000_ratings")] {
        let ratings = ratings * amount.ratings;
        while commits * options.store.flush_entries < ratings {
            jobs::rate(&learning, options.store.flush_entries, &mut Series::new("", "ms")).await;
            learning.store().flush().await.unwrap();
            commits += 1;
        }
        for (table, begun) in [SCHEDULES, REVIEW_LOGS].into_iter().zip(&begun) {
            let now = Count::of(directory, table);
            let bound = Count { files: begun.files + limit * FILES_A_COMMIT, versions: begun.versions + limit };
            let met = now.files <= bound.files && now.versions <= bound.versions;
            held &= met;
            let line = serde_json::json!({
                "name": name, "table": table, "files": now.files, "versions": now.versions,
                "bound": {"files": bound.files, "versions": bound.versions}, "met": met,
            });
            println!("{line}");
        }
    }
    learning.close().await.unwrap();
    held
}

async fn open(directory: &Path, options: &LearningOptions, store: lance::Options) -> Learning {
    let options = LearningOptions { store, ..options.clone() };
    Learning::open(directory, options, data::clock()).await.unwrap()
}

struct Count {
    files: usize,
    versions: usize,
}

impl Count {
    /// On disk, not as Lance remembers it.
    fn of(directory: &Path, table: &str) -> Self {
        let folder = directory.join(format!("{table}.lance"));
        let manifests = std::fs::read_dir(folder.join("_versions")).unwrap();
        let is_manifest = |entry: &std::io::Result<std::fs::DirEntry>| {
            entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "manifest"))
        };
        Self { files: files_below(&folder), versions: manifests.filter(is_manifest).count() }
    }
}

fn files_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| if entry.file_type().unwrap().is_dir() { files_below(&entry.path()) } else { 1 }).sum()
}

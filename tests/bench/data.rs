//! The data that the bench runs on: always the same, from seeds.

use std::{fmt::Write as _, path::Path, sync::Arc};

use memoryloop_core::{
    lance::{CardVector, Embedding, rows::DIMENSIONS},
    learning::{Learning, LearningOptions},
    review::options::ReviewOptions,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use support::clock::TestClock;

/// The version of the made-up embedding.
pub const VERSION: &str = "bench";

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    pub cards: usize,
    /// Reviews of the person who has just begun.
    pub few: usize,
    /// Reviews of the one who has been at it for years.
    pub many: usize,
    /// Cards answered in a sitting.
    pub answers: usize,
    /// Ratings before the journal is moved to LanceDB; a few less than make it move by itself.
    pub batch: usize,
    /// Ratings in a row of which the files are counted.
    pub ratings: usize,
    /// Reviews that weights are fitted to.
    pub fitted: usize,
    /// Those that py-fsrs is given, which takes about 10 ms for each: what it takes for all is extrapolated.
    pub py_fsrs: [usize; 2],
}

impl Amount {
    pub const FULL: Self = Self {
        cards: 50_000,
        few: 500,
        many: 500_000,
        answers: 500,
        batch: 190,
        ratings: 2_000,
        fitted: 100_000,
        py_fsrs: [5_000, 10_000],
    };
    /// For working on the bench itself; the figures mean nothing.
    pub const SMALL: Self = Self {
        cards: 3_000,
        few: 100,
        many: 9_000,
        answers: 100,
        batch: 20,
        ratings: 100,
        fitted: 5_000,
        py_fsrs: [1_000, 1_500],
    };
}

pub fn clock() -> Arc<TestClock> {
    TestClock::at_noon()
}

/// As many reviews a day as can be asked for, and no new cards, which would make the work of the two histories differ.
pub fn options() -> LearningOptions {
    let review = ReviewOptions { new_per_day: 0, reviews_per_day: 9_999, ..ReviewOptions::default() };
    LearningOptions { review, ..support::learning::options(Default::default()) }
}

pub async fn open(directory: &Path) -> Learning {
    Learning::open(directory, options(), clock()).await.unwrap()
}

/// One of 5,000 made-up words.
fn word(n: usize) -> String {
    let syllables = ["ka", "lo", "mi", "ne", "pu", "ra", "si", "to", "vu", "ze"];
    let n = n % 5_000;
    [n / 1_000, n / 100 % 10, n / 10 % 10, n % 10].map(|digit| syllables[digit]).concat()
}

fn sentence(seed: usize, words: usize) -> String {
    let mut random = StdRng::seed_from_u64(seed as u64);
    (0..words).map(|_| word(random.random_range(0..5_000))).collect::<Vec<_>>().join(" ")
}

pub fn question(n: usize) -> String {
    format!("{}?", sentence(n * 2, 12))
}

pub fn answer(n: usize) -> String {
    format!("{}.", sentence(n * 2 + 1, 15))
}

/// Two words each.
pub fn queries() -> Vec<String> {
    (0..100).map(|n| format!("{} {}", word(n), word(n * 7 + 1))).collect()
}

/// The same cards as a file that Anki imports.
pub fn write_cards(path: &Path, cards: usize) {
    let mut text = "#separator:tab\n#html:false\n#notetype:Basic\n#deck:Default\n".to_owned();
    for n in 0..cards {
        writeln!(text, "{}\t{}", question(n), answer(n)).unwrap();
    }
    std::fs::write(path, text).unwrap();
}

/// A normalised vector, near those of the same one of 500 subjects as embeddings of real texts are.
pub fn vector(n: usize) -> Vec<f32> {
    let mut subject = StdRng::seed_from_u64(n as u64 % 500);
    let mut own = StdRng::seed_from_u64(1_000_000 + n as u64);
    let raw: Vec<f32> =
        (0..DIMENSIONS).map(|_| subject.random_range(-1.0_f32..1.0) + 0.5 * own.random_range(-1.0_f32..1.0)).collect();
    let length = raw.iter().map(|x| x * x).sum::<f32>().sqrt();
    raw.into_iter().map(|x| x / length).collect()
}

/// Gives every card its vector, as the program does in the background.
pub async fn give_vectors(learning: &Learning) {
    let mut done = 0;
    loop {
        let cards = learning.cards_without_vector(VERSION, 5_000).await.unwrap();
        if cards.is_empty() {
            return;
        }
        let vectors = (done..).zip(&cards).map(|(n, card)| CardVector {
            id: card.id,
            updated_at: card.updated_at,
            embedding: Embedding { version: VERSION.into(), vector: vector(n) },
        });
        learning.set_card_vectors(vectors.collect()).await.unwrap();
        done += cards.len();
    }
}

//! Learning data in a directory of its own.

use std::{path::PathBuf, sync::Arc};

use jiff::tz::TimeZone;
use memoryloop_core::{
    cards::{NewCard, NoteKind},
    ids::CardId,
    lance,
    learning::{Learning, LearningOptions},
    review::{Rating, StudyCard, StudyStep},
};
use tempfile::TempDir;

use crate::clock::TestClock;

pub struct Desk {
    pub directory: TempDir,
    pub clock: Arc<TestClock>,
    pub options: LearningOptions,
    pub learning: Learning,
}

impl Desk {
    pub async fn new() -> Self {
        Self::with(lance::Options::default()).await
    }

    pub async fn with(store: lance::Options) -> Self {
        let directory = tempfile::Builder::new().prefix("memoryloop ü ").tempdir().expect("a directory");
        let clock = TestClock::at_noon();
        let options = options(store);
        let learning = Learning::open(&directory.path().join("learning"), options.clone(), clock.clone()).await;
        Self { clock, options, learning: learning.expect("a new store opens"), directory }
    }

    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("learning")
    }

    /// Closes the store and opens it again, as the next start does.
    pub async fn reopen(self) -> Self {
        self.learning.close().await.expect("closes");
        self.reopen_without_closing().await
    }

    /// Drops the store as a crash would, with whatever its journal holds, and opens it again.
    pub async fn reopen_without_closing(self) -> Self {
        let path = self.path();
        let Self { directory, clock, options, learning } = self;
        drop(learning);
        // The writer ends when its last handle is gone; until then the journal is in use.
        let learning = loop {
            match Learning::open(&path, options.clone(), clock.clone()).await {
                Err(memoryloop_core::Error::DataDirInUse { .. }) => tokio::task::yield_now().await,
                opened => break opened.expect("opens again"),
            }
        };
        Self { directory, clock, options, learning }
    }

    pub async fn add(&self, count: usize) -> Vec<CardId> {
        let cards = (0..count).map(|n| card(&format!("Question {n}?"), &format!("Answer {n}."))).collect();
        let added = self.learning.add_cards(cards).await.expect("adds");
        added.into_iter().map(|card| card.id).collect()
    }

    /// The card that is shown when a session begins.
    pub async fn first(&self) -> StudyCard {
        shown(self.learning.start_study(Some(Default::default())).await.expect("a step").step)
    }

    pub async fn rate(&self, card: &StudyCard, rating: Rating) -> StudyStep {
        self.learning.rate_card(card.card.id, card.revision, rating, 1_000).await.expect("rates").step
    }
}

#[must_use]
pub fn options(store: lance::Options) -> LearningOptions {
    LearningOptions { zone: Arc::new(|| TimeZone::UTC), store, ..LearningOptions::default() }
}

#[must_use]
pub fn card(question: &str, answer: &str) -> NewCard {
    NewCard { kind: NoteKind::Basic, question: question.into(), answer: answer.into(), tags: Vec::new(), source: None }
}

/// The card of a step that must be one.
#[must_use]
pub fn shown(step: StudyStep) -> StudyCard {
    match step {
        StudyStep::Card { card } => *card,
        StudyStep::Finished { summary } => panic!("no card, but the end: {summary:?}"),
    }
}

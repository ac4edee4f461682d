//! What came of one answer, or of all, in figures.

use std::path::Path;

use serde::Serialize;

/// A share of nothing is none, and not all of it: whoever made no card made no clean ones.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    pub name: String,
    /// Why there are no cards, or, of all, whose cards there are none of.
    pub error: Option<String>,
    /// Of substance, outside of code.
    pub words: usize,
    pub cards: usize,
    pub cards_per_100_words: f64,
    pub lint_clean_percent: Option<f64>,
    /// Whose quote stands in the answer.
    pub grounded_percent: Option<f64>,
    pub duplicates_planted: usize,
    /// Pairs of a draft and what it is said to double.
    pub duplicates_found: usize,
    /// Those that were planted: the draft and its partner.
    pub duplicates_right: usize,
    pub duplicate_precision: Option<f64>,
    pub duplicate_recall: Option<f64>,
    /// Planted pairs that only look alike, and how many of them were said to be duplicates.
    pub near_misses_planted: usize,
    pub near_misses_found: usize,
    /// Answers that broke the schema, and how many of those gave all their cards once asked again.
    pub schema_failures: usize,
    pub schema_failures_recovered: usize,
    pub parts_failed: usize,
    /// Of a recording, good cards that are not in the tray as they should be; of a live model, drafts that were said to be
    /// made and are not there.
    pub drafts_lost: usize,
    /// The cards that were lost or came from nowhere, and the pairs that were found or missed wrongly.
    pub lost: Vec<String>,
    pub unexpected: Vec<String>,
    pub wrong_duplicates: Vec<String>,
    pub missed_duplicates: Vec<String>,
    #[serde(skip)]
    pub(super) clean: usize,
    #[serde(skip)]
    pub(super) grounded: usize,
}

impl Figures {
    pub(super) fn shares(mut self) -> Self {
        let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
        let percent = |part, of| share(part, of).map(|share| (1_000.0 * share).round() / 10.0);
        let thousandths = |part, of| share(part, of).map(|share| (1_000.0 * share).round() / 1_000.0);
        self.cards_per_100_words = (10_000.0 * self.cards as f64 / self.words.max(1) as f64).round() / 100.0;
        self.lint_clean_percent = percent(self.clean, self.cards);
        self.grounded_percent = percent(self.grounded, self.cards);
        self.duplicate_precision = thousandths(self.duplicates_right, self.duplicates_found);
        self.duplicate_recall = thousandths(self.duplicates_right, self.duplicates_planted);
        self
    }

    /// Those of an answer that could not be measured.
    #[must_use]
    pub fn failed(folder: &Path, error: &anyhow::Error) -> Self {
        Self { name: name(folder), error: Some(format!("{error:#}")), ..Self::default() }
    }

    /// All of them as one.
    #[must_use]
    pub fn sum(all: &[Self]) -> Self {
        let failed: Vec<&str> = all.iter().filter(|one| one.error.is_some()).map(|one| one.name.as_str()).collect();
        let error = (!failed.is_empty()).then(|| failed.join(", "));
        let mut sum = Self { name: "all".into(), error, ..Self::default() };
        for one in all {
            sum.words += one.words;
            sum.cards += one.cards;
            sum.clean += one.clean;
            sum.grounded += one.grounded;
            sum.duplicates_planted += one.duplicates_planted;
            sum.duplicates_found += one.duplicates_found;
            sum.duplicates_right += one.duplicates_right;
            sum.near_misses_planted += one.near_misses_planted;
            sum.near_misses_found += one.near_misses_found;
            sum.schema_failures += one.schema_failures;
            sum.schema_failures_recovered += one.schema_failures_recovered;
            sum.parts_failed += one.parts_failed;
            sum.drafts_lost += one.drafts_lost;
            sum.lost.extend(one.lost.iter().cloned());
            sum.unexpected.extend(one.unexpected.iter().cloned());
            sum.wrong_duplicates.extend(one.wrong_duplicates.iter().cloned());
            sum.missed_duplicates.extend(one.missed_duplicates.iter().cloned());
        }
        sum.shares()
    }
}

pub(super) fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

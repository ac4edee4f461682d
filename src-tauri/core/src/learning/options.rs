//! The file beside the tables that holds how a person's reviews are scheduled. It is small, read before anything else is
//! open, and replaced as a whole.

use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    private_file,
    review::options::{FSRS_VERSION, ReviewOptions, Scheduling, Weights},
};

const FILE: &str = "review.json";

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stored {
    pub options: ReviewOptions,
    /// None for FSRS's defaults.
    pub weights: Option<Weights>,
    /// The weights before the last fitting, while it can be undone.
    pub before: Option<Replaced>,
    /// The weights have changed and the memory states do not follow them yet.
    pub memories_behind: bool,
    /// What was asked for beyond today's limits.
    pub more: More,
}

/// Weights that were replaced: fitted ones, or the defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replaced {
    pub weights: Option<Weights>,
}

/// Cards beyond the limits of one study day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct More {
    pub day: i32,
    pub new: u32,
    pub reviews: u32,
}

impl Stored {
    /// The weights for the scheduler; empty for the defaults.
    #[must_use]
    pub fn weights(&self) -> Vec<f32> {
        self.weights.as_ref().map(|weights| weights.values.clone()).unwrap_or_default()
    }

    #[must_use]
    pub fn scheduling(&self) -> Scheduling {
        Scheduling {
            options: self.options.clone(),
            defaults: ReviewOptions::default(),
            fsrs_version: FSRS_VERSION,
            weights: self.weights.as_ref().map_or_else(|| fsrs::DEFAULT_PARAMETERS.to_vec(), |w| w.values.clone()),
            fitted_at: self.weights.as_ref().map(|w| w.fitted_at),
            fitted_reviews: self.weights.as_ref().map_or(0, |w| w.reviews),
            can_undo_fit: self.before.is_some(),
        }
    }

    /// Weights of another FSRS version mean nothing to this one, and options out of range stop all study: the defaults
    /// are better than either.
    fn usable(mut self) -> Self {
        if self.options.check().is_err() {
            tracing::warn!("the review options are out of range; the defaults are used");
            self.options = ReviewOptions::default();
        }
        let usable = |w: &Weights| {
            let finite = w.values.iter().all(|value| value.is_finite());
            w.fsrs_version == FSRS_VERSION && w.values.len() == fsrs::DEFAULT_PARAMETERS.len() && finite
        };
        if self.weights.as_ref().is_some_and(|w| !usable(w)) {
            tracing::warn!("the fitted weights are those of another FSRS version; the defaults are used");
            self.weights = None;
            self.memories_behind = true;
        }
        self.before.take_if(|before| before.weights.as_ref().is_some_and(|w| !usable(w)));
        self
    }
}

/// The file, and what it holds.
#[derive(Debug)]
pub struct OptionsFile {
    path: PathBuf,
    stored: Mutex<Stored>,
}

impl OptionsFile {
    /// Reads the file in `directory`; without one, `initial` is what it would hold.
    ///
    /// # Errors
    /// `NotWritable` when it may not be read. A file that is damaged is put aside, and the defaults hold.
    pub fn open(directory: &Path, initial: ReviewOptions) -> Result<Self> {
        let path = directory.join(FILE);
        let stored = match private_file::read(&path)? {
            None => Stored { options: initial, ..Stored::default() },
            Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                let aside = path.with_extension("damaged.json");
                tracing::warn!(%error, "the review options are unreadable; they are kept as {}", aside.display());
                let _ = std::fs::rename(&path, aside);
                Stored::default()
            }),
        };
        Ok(Self { path, stored: Mutex::new(stored.usable()) })
    }

    #[must_use]
    pub fn read(&self) -> Stored {
        self.stored.lock().clone()
    }

    /// Changes what the file holds; on disk when this returns. Blocks for the disk.
    ///
    /// # Errors
    /// `InvalidInput` for options out of range; `NotWritable`, `DiskFull`. Nothing has changed then.
    pub fn change_blocking(&self, change: impl FnOnce(&mut Stored)) -> Result<Stored> {
        let mut stored = self.stored.lock();
        let mut new = stored.clone();
        change(&mut new);
        new.options.check()?;
        let bytes = serde_json::to_vec_pretty(&new).map_err(Error::internal)?;
        private_file::write(&self.path, &bytes)?;
        stored.clone_from(&new);
        Ok(new)
    }
}

//! "This answer has cards" is noted in PostgreSQL, the cards are kept in LanceDB, and a crash or a stopped database may
//! come between. A file beside the cards says that notes may be missing; while it is there they are derived again from
//! the cards themselves, which can be done any number of times.

use std::{
    fs,
    path::{Path, PathBuf},
};

use parking_lot::Mutex;

use crate::{Result, private_file};

pub(super) struct Flags {
    marker: PathBuf,
    state: Mutex<State>,
}

struct State {
    /// Saves of cards that have begun and not ended.
    in_flight: u32,
    /// Saves that have begun so far.
    begun: u64,
    /// Some note is missing, from this run or an earlier one.
    owed: bool,
}

/// A save of cards that is going on. Dropped without [`Saving::noted`], its notes are owed.
pub(super) struct Saving<'a> {
    flags: &'a Flags,
    noted: bool,
}

impl Flags {
    pub fn new(learning_dir: &Path) -> Self {
        let marker = learning_dir.join("flags-owed");
        let owed = marker.exists();
        Self { marker, state: Mutex::new(State { in_flight: 0, begun: 0, owed }) }
    }

    /// To be called before the cards are kept. The file is on disk when this returns (about a millisecond).
    pub fn begin(&self) -> Result<Saving<'_>> {
        let mut state = self.state.lock();
        if !self.marker.exists() {
            private_file::write(&self.marker, b"")?;
        }
        state.in_flight += 1;
        state.begun += 1;
        Ok(Saving { flags: self, noted: false })
    }

    /// Whether notes are to be derived from the cards; gives what to pass to [`Flags::derived`].
    pub fn owed(&self) -> Option<u64> {
        let state = self.state.lock();
        state.owed.then_some(state.begun)
    }

    /// All cards that were there when [`Flags::owed`] was asked have had their messages noted.
    pub fn derived(&self, begun: u64) {
        let mut state = self.state.lock();
        // A save since then may have failed to note its own.
        if state.begun == begun && state.in_flight == 0 {
            state.owed = false;
            self.settle(&state);
        }
    }

    fn settle(&self, state: &State) {
        if state.in_flight == 0
            && !state.owed
            && let Err(error) = fs::remove_file(&self.marker)
        {
            // Harmless: the next start derives the notes once more.
            tracing::debug!(%error, "the mark of owed flags stays");
        }
    }
}

impl Saving<'_> {
    /// The messages of the saved cards are noted.
    pub fn noted(mut self) {
        self.noted = true;
    }
}

impl Drop for Saving<'_> {
    fn drop(&mut self) {
        let mut state = self.flags.state.lock();
        state.in_flight -= 1;
        state.owed |= !self.noted;
        self.flags.settle(&state);
    }
}

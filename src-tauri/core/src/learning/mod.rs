//! What one person learns: their cards and reviews, the schedules in memory, and the store underneath.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::tz::TimeZone;
use parking_lot::{Mutex, RwLock};

mod actions;
mod ahead;
mod alike;
mod edit;
mod fit;
mod info;
pub mod options;
mod rebuild;
mod reschedule;
mod scope;
mod session;
mod simulate;
mod state;
mod statistics;
mod study;
mod undo;

use crate::{
    cards::Card,
    error::{Error, Result},
    ids::{CardId, ConversationId, MessageId},
    lance::{self, CardVector, Embedding, MessageCopy, Store, journal::Entry},
    review::{
        Schedule, StudyCounts, TodayStats,
        day::StudyDays,
        options::{ReviewOptions, Scheduling},
        schedule::{self, Scheduler},
    },
    time::SharedClock,
};
use ahead::ReadAhead;
use options::{OptionsFile, Stored};
use session::Session;
use state::State;

/// What the time zone is; asked again when a session begins, because people travel.
pub type Zone = Arc<dyn Fn() -> TimeZone + Send + Sync>;

/// How one person's learning is set up.
#[derive(Clone)]
pub struct LearningOptions {
    /// How reviews are scheduled until the person says otherwise.
    pub review: ReviewOptions,
    /// The zone in which days are counted.
    pub zone: Zone,
    pub store: lance::Options,
}

impl Default for LearningOptions {
    fn default() -> Self {
        Self { review: ReviewOptions::default(), zone: Arc::new(TimeZone::system), store: lance::Options::default() }
    }
}

/// One person's cards, reviews and copies of messages. Clones are handles to the same.
#[derive(Clone)]
pub struct Learning {
    store: Store,
    directory: PathBuf,
    options: Arc<OptionsFile>,
    zone: Zone,
    /// The scheduler and the zone that it works in; both change while the program runs.
    scheduler: Arc<RwLock<(Arc<Scheduler>, TimeZone)>>,
    state: Arc<Mutex<State>>,
    ahead: Arc<ReadAhead>,
    work: Arc<fit::Work>,
    clock: SharedClock,
}

impl Learning {
    /// Opens what is in `directory`, creating it for a new person.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull`, `DataDirInUse`; `Internal` when what is there cannot be read.
    pub async fn open(directory: &Path, options: LearningOptions, clock: SharedClock) -> Result<Self> {
        let file = OptionsFile::open(directory, options.review)?;
        let (zone, now) = ((options.zone)(), clock.now());
        let scheduler = scheduler(&file.read(), zone.clone())?;
        let days = scheduler.days();
        let (store, stored) = Store::open(directory, options.store, days.start(days.day(now))).await?;
        let logs = stored.today;
        let mut state = State { more: file.read().more, options: file.read().options, ..State::default() };
        state.begin_day(days, now, logs.iter());
        state.session = Session::resume(directory, state.today.day.number, logs.iter());
        // An empty queue is put in order first: cards are then put where they stay.
        state.advance(days, now);
        for (card, schedule) in stored.schedules {
            let schedule = Schedule { due: days.due_in_zone(&schedule), ..schedule };
            state.deck.add(card, schedule, stored.origins.get(&card).copied());
        }
        let learning = Self {
            store,
            directory: directory.to_owned(),
            options: Arc::new(file),
            zone: options.zone,
            scheduler: Arc::new(RwLock::new((Arc::new(scheduler), zone))),
            state: Arc::new(Mutex::new(state)),
            ahead: Arc::default(),
            work: Arc::default(),
            clock,
        };
        learning.heal_memories();
        Ok(learning)
    }

    /// The scheduler in use.
    #[must_use]
    pub fn scheduler(&self) -> Arc<Scheduler> {
        self.scheduler.read().0.clone()
    }

    /// How fast the forgetting curve falls, by the weights in use.
    fn decay(&self) -> f32 {
        let stored = self.options.read();
        let weights = stored.weights.as_ref().map_or(fsrs::DEFAULT_PARAMETERS.as_slice(), |w| w.values.as_slice());
        weights.last().copied().unwrap_or(fsrs::FSRS6_DEFAULT_DECAY)
    }

    #[must_use]
    pub fn scheduling(&self) -> Scheduling {
        self.options.read().scheduling()
    }

    /// Changes how reviews are scheduled, from the next card on; on disk when this returns.
    ///
    /// # Errors
    /// `InvalidInput` that says what is out of range; `NotWritable`, `DiskFull`. Nothing has changed then.
    pub async fn set_review_options(&self, options: ReviewOptions) -> Result<Scheduling> {
        let stored = self.change_stored(move |stored| stored.options = options).await?;
        Ok(stored.scheduling())
    }

    /// Changes the file of options, and makes the scheduler follow it.
    pub(crate) async fn change_stored(&self, change: impl FnOnce(&mut Stored) + Send + 'static) -> Result<Stored> {
        self.change(move |state, this| {
            let before = this.options.read().weights;
            let stored = this.options.change_blocking(change)?;
            if stored.weights != before {
                // What was done before would bring memory states of the old weights back.
                state.history.clear();
            }
            let mut in_use = this.scheduler.write();
            in_use.0 = Arc::new(scheduler(&stored, in_use.1.clone())?);
            state.options = stored.options.clone();
            state.more = stored.more;
            Ok(stored)
        })
        .await
    }

    /// Makes the days those of the zone that the person is in now. A card in review is due on the study day that its
    /// interval leads to, wherever that day begins.
    async fn follow_zone(&self) -> Result<()> {
        let zone = (self.zone)();
        if self.scheduler.read().1 == zone {
            return Ok(());
        }
        loop {
            let seen = self.state.lock().deck.revisions();
            let days = StudyDays::new(zone.clone());
            let now = self.clock.now();
            let logs = self.store.reviews_since(days.start(days.day(now))).await?;
            let zone = zone.clone();
            let moved = self.change(move |state, this| {
                // Rated meanwhile: the log has more than was read of it.
                if state.deck.revisions() != seen {
                    return Ok(false);
                }
                let scheduler = Arc::new(scheduler(&this.options.read(), zone.clone())?);
                *this.scheduler.write() = (scheduler.clone(), zone);
                state.begin_day(scheduler.days(), now, logs.iter());
                state.deck.move_due(|schedule| scheduler.days().due_in_zone(schedule));
                state.advance(scheduler.days(), now);
                Ok(true)
            });
            if moved.await? {
                return Ok(());
            }
        }
    }

    /// What can be studied now, for the sidebar. Touches no disk.
    #[must_use]
    pub fn counts(&self) -> StudyCounts {
        let mut state = self.state.lock();
        state.advance(self.scheduler().days(), self.clock.now());
        state.counts(state.deck.queue())
    }

    /// All cards in learning and review that are due now, whatever the limits, in the order of study.
    #[must_use]
    pub fn due_cards(&self) -> Vec<CardId> {
        let mut state = self.state.lock();
        state.advance(self.scheduler().days(), self.clock.now());
        state.deck.queue().due().collect()
    }

    /// What was done since the last rollover.
    ///
    /// # Errors
    /// `Internal` when the log cannot be read.
    pub async fn today(&self) -> Result<TodayStats> {
        let scheduler = self.scheduler();
        let days = scheduler.days();
        let from = days.start(days.day(self.clock.now()));
        let added = self.state.lock().deck.created_since(from).count();
        let mut stats = TodayStats { added: u32::try_from(added).unwrap_or(u32::MAX), ..TodayStats::default() };
        for log in self.store.reviews_since(from).await?.iter().filter(|log| !log.undone) {
            let Some(rating) = log.rating else { continue };
            stats.reviewed += 1;
            stats.duration_ms += i64::from(log.duration_ms);
            match rating {
                crate::review::Rating::Again => stats.again += 1,
                crate::review::Rating::Hard => stats.hard += 1,
                crate::review::Rating::Good => stats.good += 1,
                crate::review::Rating::Easy => stats.easy += 1,
            }
        }
        Ok(stats)
    }

    /// Adds or replaces copies of messages; durable when it returns.
    ///
    /// # Errors
    /// `DiskFull` or `Internal`; nothing was changed then.
    pub async fn put_messages(&self, rows: Vec<MessageCopy>) -> Result<()> {
        self.store.put_messages(rows).await
    }

    /// Deletes the copies of a conversation's messages, and takes no more of them. Durable when it returns.
    ///
    /// # Errors
    /// `DiskFull` or `Internal`; the copies are then still there.
    pub async fn forget_conversation(&self, id: ConversationId) -> Result<()> {
        self.change(move |_, this| this.store.append_blocking(vec![Entry::ForgetConversation { id }])).await?;
        self.store.flush().await
    }

    /// Deletes the copies of these messages. Durable when it returns.
    ///
    /// # Errors
    /// `DiskFull` or `Internal`; the copies are then still there.
    pub async fn forget_messages(&self, ids: Vec<MessageId>) -> Result<()> {
        self.change(move |_, this| this.store.append_blocking(vec![Entry::ForgetMessages { ids }])).await?;
        self.store.flush().await
    }

    /// Some of the cards that have no vector of the embedding `version`.
    ///
    /// # Errors
    /// `Internal` when they cannot be read.
    pub async fn cards_without_vector(&self, version: &str, limit: usize) -> Result<Vec<Card>> {
        self.store.cards_without_vector(version, limit).await
    }

    /// Some of the messages that have no vector of the embedding `version`.
    ///
    /// # Errors
    /// `Internal` when they cannot be read.
    pub async fn messages_without_vector(&self, version: &str, limit: usize) -> Result<Vec<MessageCopy>> {
        self.store.messages_without_vector(version, limit).await
    }

    /// How many cards and messages have no vector of the embedding `version`.
    ///
    /// # Errors
    /// `Internal` when they cannot be read.
    pub async fn count_without_vector(&self, version: &str) -> Result<usize> {
        self.store.count_without_vector(version).await
    }

    /// Gives cards their vectors; a card that was edited meanwhile is left for the next time.
    ///
    /// # Errors
    /// `DiskFull` or `Internal`; nothing was changed then.
    pub async fn set_card_vectors(&self, vectors: Vec<CardVector>) -> Result<()> {
        self.store.set_card_vectors(vectors).await
    }

    /// # Errors
    /// As [`Learning::set_card_vectors`].
    pub async fn set_message_vectors(&self, vectors: Vec<(MessageId, Embedding)>) -> Result<()> {
        self.store.set_message_vectors(vectors).await
    }

    /// The store underneath, for tests, the bench and maintenance.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Moves everything to LanceDB and ends the writer.
    ///
    /// # Errors
    /// `DiskFull` or `Internal`; the journal keeps what could not be moved.
    pub async fn close(&self) -> Result<()> {
        self.work.over.cancel();
        self.store.close().await
    }

    /// Makes `entries` durable, all or none, and carries them out in memory. Blocks for the disk.
    fn carry_out(&self, state: &mut State, entries: Vec<Entry>) -> Result<()> {
        self.store.append_blocking(entries.clone())?;
        for entry in entries {
            state.apply(&entry);
            match entry {
                Entry::AddCard { card, .. } | Entry::EditCard { card } => self.ahead.put(card),
                Entry::DeleteCard { id } => self.ahead.forget(id),
                Entry::Rate { .. }
                | Entry::Correct { .. }
                | Entry::SetSchedules { .. }
                | Entry::ForgetConversation { .. }
                | Entry::ForgetMessages { .. } => {}
            }
        }
        Ok(())
    }

    /// Runs a change of the state that waits for the disk, off the async threads; the state stays locked, so that
    /// what is in memory and what is in the journal never differ.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut State, &Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || change(&mut this.state.lock(), &this)).await.map_err(Error::internal)?
    }
}

fn scheduler(stored: &Stored, zone: TimeZone) -> Result<Scheduler> {
    let weights = stored.weights();
    Scheduler::new(schedule::Options { weights, ..schedule::Options::from(&stored.options) }, zone)
}

//! What one person learns: their cards and reviews, the schedules in memory, and the store underneath.

use std::{path::Path, sync::Arc};

use jiff::tz::TimeZone;
use parking_lot::Mutex;

mod ahead;
mod edit;
mod statistics;
mod study;

use crate::{
    error::{Error, Result},
    ids::{ConversationId, MessageId},
    lance::{self, CardVector, Embedding, MessageCopy, Store, journal::Entry},
    review::{StudyCounts, TodayStats, queue::Deck, schedule},
    time::SharedClock,
};
use ahead::ReadAhead;
use study::Session;

/// How one person's learning is set up.
#[derive(Clone, Debug)]
pub struct LearningOptions {
    pub scheduling: schedule::Options,
    /// The zone in which days are counted.
    pub zone: TimeZone,
    pub store: lance::Options,
}

impl Default for LearningOptions {
    fn default() -> Self {
        Self { scheduling: schedule::Options::default(), zone: TimeZone::system(), store: lance::Options::default() }
    }
}

/// One person's cards, reviews and copies of messages. Clones are handles to the same.
#[derive(Clone)]
pub struct Learning {
    store: Store,
    scheduler: Arc<schedule::Scheduler>,
    state: Arc<Mutex<State>>,
    ahead: Arc<ReadAhead>,
    clock: SharedClock,
}

#[derive(Debug, Default)]
struct State {
    deck: Deck,
    session: Session,
}

impl Learning {
    /// Opens what is in `directory`, creating it for a new person.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull`, `DataDirInUse`; `Internal` when what is there cannot be read.
    pub async fn open(directory: &Path, options: LearningOptions, clock: SharedClock) -> Result<Self> {
        let scheduler = Arc::new(schedule::Scheduler::new(options.scheduling, options.zone)?);
        let (store, schedules) = Store::open(directory, options.store).await?;
        let mut state = State::default();
        for (card, schedule) in schedules {
            state.deck.put(card, schedule);
        }
        let (state, ahead) = (Arc::new(Mutex::new(state)), Arc::new(ReadAhead::default()));
        Ok(Self { store, scheduler, state, ahead, clock })
    }

    /// What can be studied now, for the sidebar. Touches no disk.
    #[must_use]
    pub fn counts(&self) -> StudyCounts {
        self.state.lock().deck.counts(self.clock.now())
    }

    /// What was done since the last rollover.
    ///
    /// # Errors
    /// `Internal` when the log cannot be read.
    pub async fn today(&self) -> Result<TodayStats> {
        let days = self.scheduler.days();
        let from = days.start(days.day(self.clock.now()));
        let added = self.state.lock().deck.created_since(from);
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

    /// Some of the cards that have no vector of the embedding `version`.
    ///
    /// # Errors
    /// `Internal` when they cannot be read.
    pub async fn cards_without_vector(&self, version: &str, limit: usize) -> Result<Vec<crate::cards::Card>> {
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
        self.store.close().await
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

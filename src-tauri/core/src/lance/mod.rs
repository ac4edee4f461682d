//! LanceDB with the journal in front of it: one person's cards, schedules, reviews and copies of messages.
//!
//! A write is durable in the journal when it is acknowledged; the writer task moves it to Lance in batches. Reads see
//! Lance plus what has not been moved yet (the overlay).

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use unicode_normalization::UnicodeNormalization;

pub mod durable;
mod history;
mod index;
pub mod journal;
mod overview;
pub mod rows;
pub mod tables;
mod writer;

pub use rows::{Embedding, MessageCopy};
pub use writer::CardVector;

use crate::{
    cards::Card,
    error::{Error, Result},
    ids::{CardId, MessageId},
    review::{ReviewLog, Schedule, queue::Origin},
    time::UnixMillis,
};
use journal::{Entries, Entry, Journal};
use tables::{Opened, Replay, Tables};
use writer::{Command, Writer};

const CLOSED: &str = "the learning data is closed";

/// When the journal moves to Lance, and how long old versions stay.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub flush_entries: usize,
    pub flush_after: Duration,
    /// Commits to a table before it is compacted.
    pub compact_after: u32,
    pub keep_versions: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            flush_entries: 200,
            flush_after: Duration::from_secs(5 * 60),
            compact_after: 20,
            // Readers of an old version are done in seconds.
            keep_versions: Duration::from_secs(5 * 60),
        }
    }
}

/// What has not moved to Lance yet.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    entries: Entries,
    /// The newest content of each card among the entries, none for a deleted one, with its entry's number.
    cards: HashMap<CardId, (u64, Option<Card>)>,
}

impl Overlay {
    fn add(&mut self, sequence: u64, entry: Entry) {
        match &entry {
            Entry::AddCard { card, .. } | Entry::EditCard { card } => {
                self.cards.insert(card.id, (sequence, Some(card.clone())));
            }
            Entry::DeleteCard { id } => drop(self.cards.insert(*id, (sequence, None))),
            Entry::Rate { .. }
            | Entry::Correct { .. }
            | Entry::SetSchedules { .. }
            | Entry::ForgetConversation { .. }
            | Entry::ForgetMessages { .. } => {}
        }
        self.entries.insert(sequence, entry);
    }

    fn forget(&mut self, through: u64) {
        self.entries = self.entries.split_off(&(through + 1));
        self.cards.retain(|_, (sequence, _)| *sequence > through);
    }
}

/// What is held in memory of the cards: all but their content.
#[derive(Debug, Default)]
pub struct Stored {
    pub schedules: HashMap<CardId, Schedule>,
    /// What cards have siblings by.
    pub origins: HashMap<CardId, Origin>,
    /// The rows of the log since the moment that was asked for.
    pub today: Vec<ReviewLog>,
}

impl Stored {
    /// Each on a task of its own: it is decoding that takes the time, and somebody waits for the first card.
    async fn read(tables: &Tables, today: UnixMillis) -> Result<Self> {
        let (schedules, origins, logs) = (tables.clone(), tables.clone(), tables.clone());
        let schedules = tokio::spawn(async move { index::all_schedules(&schedules).await });
        let origins = tokio::spawn(async move { overview::origins(&origins).await });
        let today = tokio::spawn(async move { index::reviews_since(&logs, today).await });
        let (schedules, origins, today) = tokio::try_join!(schedules, origins, today).map_err(Error::internal)?;
        Ok(Self { schedules: schedules?, origins: origins?, today: today? })
    }

    fn apply(&mut self, entry: &Entry) {
        entry.schedules(|id, schedule| match schedule {
            Some(schedule) => drop(self.schedules.insert(id, schedule)),
            None => drop(self.schedules.remove(&id)),
        });
        if let Entry::AddCard { card, .. } = entry
            && let Some(origin) = Origin::of(card.source.as_ref().map(|source| source.message_id), card.note_id)
        {
            self.origins.insert(card.id, origin);
        }
    }
}

/// One person's learning data on disk. Clones are handles to the same.
#[derive(Clone)]
pub struct Store {
    tables: Tables,
    journal: Arc<Journal>,
    overlay: Arc<Mutex<Overlay>>,
    commands: mpsc::UnboundedSender<Command>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("tables", &self.tables).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens what is in `directory` (created when missing), recovers it after a crash, and gives what is held in memory as it
    /// was when the last write was acknowledged, with the reviews since `today`.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull`, `DataDirInUse`, or `Internal` when what is there cannot be read.
    pub async fn open(directory: &Path, options: Options, today: UnixMillis) -> Result<(Self, Stored)> {
        let directory = std::path::absolute(directory).map_err(|e| Error::io(directory, &e))?;
        std::fs::create_dir_all(&directory).map_err(|e| Error::io(&directory, &e))?;
        let journal = Arc::new(Journal::open(&directory.join("journal.redb"))?);
        let (entries, durable) = (journal.entries()?, journal.versions()?);
        let (tables, opened) = Tables::open(&directory, &durable).await?;
        let (durable, replay) = agree(&tables, &journal, &directory, durable, opened, entries.is_empty()).await?;
        let mut stored = Stored::read(&tables, today).await?;
        let mut overlay = Overlay::default();
        for (sequence, entry) in entries {
            stored.apply(&entry);
            overlay.add(sequence, entry);
        }
        overlay.log(|log| log.reviewed_at >= today).lay_over(&mut stored.today);
        let overlay = Arc::new(Mutex::new(overlay));
        let writer = Writer::new(tables.clone(), journal.clone(), overlay.clone(), options, durable, replay).await?;
        let (commands, receiver) = mpsc::unbounded_channel();
        tokio::spawn(writer.run(receiver));
        let store = Self { tables, journal, overlay, commands };
        // What a crash left behind moves on its usual time.
        let _ = store.commands.send(Command::Grown);
        Ok((store, stored))
    }

    /// Makes `entries` durable, all or none. Blocks for the disk: not to be called on an async thread.
    ///
    /// # Errors
    /// `DiskFull`, `NotWritable` or `Internal`; nothing was written then.
    pub fn append_blocking(&self, entries: Vec<Entry>) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        if self.commands.is_closed() {
            return Err(Error::Internal(CLOSED.into()));
        }
        // Held throughout: a flush must never see a later entry without the earlier ones.
        let mut overlay = self.overlay.lock();
        let last = self.journal.append(&entries)?;
        let first = last + 1 - entries.len() as u64;
        (first..).zip(entries).for_each(|(sequence, entry)| overlay.add(sequence, entry));
        drop(overlay);
        let _ = self.commands.send(Command::Grown);
        Ok(())
    }

    /// The cards that are there, in the order asked for.
    ///
    /// # Errors
    /// `Internal` when Lance cannot read.
    pub async fn cards(&self, ids: &[CardId]) -> Result<Vec<Card>> {
        let mut found: HashMap<CardId, Card> = HashMap::new();
        let mut missing = Vec::new();
        {
            let overlay = self.overlay.lock();
            for id in ids {
                match overlay.cards.get(id) {
                    Some((_, Some(card))) => drop(found.insert(*id, card.clone())),
                    Some((_, None)) => {}
                    None => missing.push(*id),
                }
            }
        }
        let stored = index::cards_by_id(&self.tables, &missing).await?;
        found.extend(stored.into_iter().map(|card| (card.id, card)));
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// Cards whose question or answer match the words of `query`, best first; those not yet in Lance come first.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn find_by_text(&self, query: &str, limit: usize) -> Result<Vec<CardId>> {
        let mut found: Vec<CardId> = Vec::new();
        let hidden: HashSet<CardId> = {
            let overlay = self.overlay.lock();
            let matching =
                overlay.cards.iter().filter(|(_, (_, card))| card.as_ref().is_some_and(|c| matches(c, query)));
            found.extend(matching.map(|(id, _)| *id));
            overlay.cards.keys().copied().collect()
        };
        found.sort_unstable_by(|a, b| b.cmp(a));
        let stored = index::cards_by_text(&self.tables, query, limit + hidden.len()).await?;
        found.extend(stored.into_iter().filter(|id| !hidden.contains(id)));
        found.truncate(limit);
        Ok(found)
    }

    /// Cards nearest in meaning to `query`, best first with their cosine distance (0 same, 2 opposite); only vectors
    /// made by the same embedding version are compared.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn find_by_meaning(&self, query: &Embedding, limit: usize) -> Result<Vec<(CardId, f32)>> {
        let hidden: HashSet<CardId> = self.overlay.lock().cards.keys().copied().collect();
        let found = index::cards_by_meaning(&self.tables, query, limit + hidden.len()).await?;
        Ok(found.into_iter().filter(|(id, _)| !hidden.contains(id)).take(limit).collect())
    }

    /// The reviews since `from`, each once, in no order.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn reviews_since(&self, from: UnixMillis) -> Result<Vec<ReviewLog>> {
        // The overlay first: what a flush moves meanwhile is then in both, never in neither.
        let waiting = self.overlay.lock().log(|log| log.reviewed_at >= from);
        let mut logs = index::reviews_since(&self.tables, from).await?;
        waiting.lay_over(&mut logs);
        Ok(logs)
    }

    /// Cards without a vector of the embedding `version`, some of them.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn cards_without_vector(&self, version: &str, limit: usize) -> Result<Vec<Card>> {
        self.flush().await?;
        index::cards_without_vector(&self.tables, version, limit).await
    }

    /// # Errors
    /// As [`Store::cards`].
    pub async fn messages_without_vector(&self, version: &str, limit: usize) -> Result<Vec<MessageCopy>> {
        index::messages_without_vector(&self.tables, version, limit).await
    }

    /// How many cards and messages have no vector of the embedding `version`.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn count_without_vector(&self, version: &str) -> Result<usize> {
        index::count_without_vector(&self.tables, version).await
    }

    /// Moves everything to Lance now.
    ///
    /// # Errors
    /// `DiskFull` or `Internal`; the journal then keeps it.
    pub async fn flush(&self) -> Result<()> {
        self.ask(Command::Flush).await
    }

    /// Adds many cards at once, past the journal; durable when it returns, all or none.
    ///
    /// # Errors
    /// As [`Store::flush`]; nothing was added then.
    pub async fn import(&self, cards: Vec<(Card, Schedule)>) -> Result<()> {
        self.ask(|reply| Command::Import(cards, reply)).await
    }

    /// Adds or replaces copies of messages, but those of a conversation that was forgotten; durable when it returns.
    ///
    /// # Errors
    /// As [`Store::flush`].
    pub async fn put_messages(&self, rows: Vec<MessageCopy>) -> Result<()> {
        self.ask(|reply| Command::PutMessages(rows, reply)).await
    }

    /// # Errors
    /// As [`Store::flush`].
    pub async fn set_card_vectors(&self, vectors: Vec<CardVector>) -> Result<()> {
        self.ask(|reply| Command::SetCardVectors(vectors, reply)).await
    }

    /// How many messages are copied here.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn count_messages(&self) -> Result<usize> {
        index::count_messages(&self.tables).await
    }

    /// # Errors
    /// As [`Store::flush`].
    pub async fn set_message_vectors(&self, vectors: Vec<(MessageId, Embedding)>) -> Result<()> {
        self.ask(|reply| Command::SetMessageVectors(vectors, reply)).await
    }

    /// Compacts and indexes now rather than after the usual number of commits.
    ///
    /// # Errors
    /// As [`Store::flush`].
    pub async fn maintain(&self) -> Result<()> {
        self.ask(Command::Maintain).await
    }

    /// Flushes and ends the writer; later writes fail.
    ///
    /// # Errors
    /// As [`Store::flush`]; closing again does nothing.
    pub async fn close(&self) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        if self.commands.send(Command::Close(reply)).is_err() {
            return Ok(());
        }
        answer.await.unwrap_or(Ok(()))
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<Result<T>>) -> Command) -> Result<T> {
        let closed = || Error::Internal(CLOSED.into());
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

/// What is durable, when the journal does not know: it is new, or not of one moment with the tables, or columns were
/// added. The tables then stand as they are, which is noted at once unless what is replayed may be in them already.
async fn agree(
    tables: &Tables,
    journal: &Journal,
    directory: &Path,
    durable: journal::Versions,
    Opened { replay, upgraded }: Opened,
    nothing_to_replay: bool,
) -> Result<(journal::Versions, Replay)> {
    let agreed = replay == Replay::Exact && durable.len() == rows::TABLES.len();
    if agreed && !upgraded {
        return Ok((durable, replay));
    }
    let versions = tables.versions().await?;
    // An upgrade adds no rows, so that what the journal holds is as new to the tables as it was before.
    if nothing_to_replay || agreed {
        tables::OnDisk::default().sync(tables, &rows::TABLES)?;
        durable::sync_directory(directory)?;
        journal.advance(0, &versions)?;
        return Ok((versions, Replay::Exact));
    }
    Ok((versions, Replay::Overlapping))
}

/// Whether a card holds a word of `query`, in any case and without accents, as the text index has it.
fn matches(card: &Card, query: &str) -> bool {
    let text = folded(&format!("{}\n{}", card.question, card.answer));
    folded(query).split(|c: char| !c.is_alphanumeric()).any(|word| !word.is_empty() && text.contains(word))
}

fn folded(text: &str) -> String {
    let plain = text.nfd().filter(|&c| !unicode_normalization::char::is_combining_mark(c)).collect::<String>();
    plain.to_lowercase()
}

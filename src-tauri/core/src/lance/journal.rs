//! The journal: a small transactional file beside the tables that every learning write goes to first.
//!
//! Lance neither fsyncs nor likes single-row commits. A write is acknowledged when it is durable here, and moves to
//! Lance in batches. The journal also holds, for each table, the last version that is known to be on disk: whatever
//! Lance committed after it has its entries still here, so that a recovery drops those versions and replays.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;
use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

use crate::{
    cards::Card,
    error::{Error, Result},
    ids::{CardId, ConversationId, MessageId},
    review::{ReviewLog, Schedule},
};

const ENTRIES: TableDefinition<u64, &[u8]> = TableDefinition::new("entries");
/// Table name to the last version known to be on disk.
const VERSIONS: TableDefinition<&str, u64> = TableDefinition::new("versions");
const COUNTERS: TableDefinition<&str, u64> = TableDefinition::new("counters");
/// Noted when entries leave: a number is never given twice, and while there are entries the last of them says it.
const LAST_SEQUENCE: &str = "last_sequence";

/// A few pages are all that is ever read; redb's default is 1 GiB.
const CACHE_BYTES: usize = 1024 * 1024;

/// One learning write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Entry {
    AddCard {
        card: Card,
        schedule: Schedule,
    },
    EditCard {
        card: Card,
    },
    DeleteCard {
        id: CardId,
    },
    /// A review, or a reset or rescheduling, which have no rating: the schedule becomes what it is after.
    Rate {
        log: ReviewLog,
    },
    /// A review that is in the log already is taken back (`undone`) or counts again; the schedule follows.
    Correct {
        log: ReviewLog,
    },
    /// Schedules changed by something that is no review: suspending, burying, new weights.
    SetSchedules {
        schedules: Vec<(CardId, Schedule)>,
    },
    /// The copies of its messages go.
    ForgetConversation {
        id: ConversationId,
    },
    /// The copies of these messages go.
    ForgetMessages {
        ids: Vec<MessageId>,
    },
}

impl Entry {
    /// Gives the schedules that this entry sets to `put`, none for a card that it deletes.
    pub fn schedules(&self, mut put: impl FnMut(CardId, Option<Schedule>)) {
        match self {
            Self::AddCard { card, schedule } => put(card.id, Some(*schedule)),
            Self::Rate { log } | Self::Correct { log } => put(log.card, Some(log.result())),
            Self::SetSchedules { schedules } => schedules.iter().for_each(|(id, schedule)| put(*id, Some(*schedule))),
            Self::DeleteCard { id } => put(*id, None),
            Self::EditCard { .. } | Self::ForgetConversation { .. } | Self::ForgetMessages { .. } => {}
        }
    }
}

/// Entries by sequence number, which never repeats.
pub type Entries = BTreeMap<u64, Entry>;

/// Table name to version.
pub type Versions = BTreeMap<String, u64>;

#[derive(Debug)]
pub struct Journal {
    /// redb refuses everything after an I/O error: it is closed then, and opened again by the next call.
    database: Mutex<Option<Database>>,
    path: PathBuf,
    /// The last sequence number that a caller was told of.
    acknowledged: AtomicU64,
}

impl Journal {
    /// Opens or creates the journal; redb repairs one that a crash left behind.
    ///
    /// # Errors
    /// `DataDirInUse` when another process has it open; `NotWritable`, `DiskFull`; `Internal` when it is not a journal.
    pub fn open(path: &Path) -> Result<Self> {
        let journal =
            Self { database: Mutex::default(), path: path.to_owned(), acknowledged: AtomicU64::new(u64::MAX) };
        // Later reads may then count on the tables being there.
        let last = journal.write(|transaction| {
            transaction.open_table(VERSIONS)?;
            let noted = transaction.open_table(COUNTERS)?.get(LAST_SEQUENCE)?.map_or(0, |n| n.value());
            let last = transaction.open_table(ENTRIES)?.last()?.map_or(0, |(sequence, _)| sequence.value());
            Ok(noted.max(last))
        })?;
        journal.acknowledged.store(last, Ordering::Release);
        Ok(journal)
    }

    /// Makes `entries` durable, all or none, and returns the sequence number of the last.
    ///
    /// # Errors
    /// `DiskFull`, `NotWritable` or `Internal`; nothing was written then.
    pub fn append(&self, entries: &[Entry]) -> Result<u64> {
        let encoded = entries.iter().map(serde_json::to_vec).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
        // One table and no more: each that a commit touches is further pages that the disk is waited for.
        self.write(|transaction| {
            let mut sequence = self.acknowledged.load(Ordering::Acquire);
            let mut table = transaction.open_table(ENTRIES)?;
            for entry in &encoded {
                sequence += 1;
                table.insert(sequence, entry.as_slice())?;
            }
            Ok(sequence)
        })
        .inspect(|&last| self.acknowledged.store(last, Ordering::Release))
    }

    /// All that has not moved to Lance yet, oldest first.
    ///
    /// # Errors
    /// `Internal` when an entry cannot be read: it was written by a newer program, or the disk is damaged.
    pub fn entries(&self) -> Result<Entries> {
        let rows: Vec<(u64, Vec<u8>)> = self.read(|transaction| {
            let table = transaction.open_table(ENTRIES)?;
            table
                .iter()?
                .map(|row| row.map(|(key, value)| (key.value(), value.value().to_vec())).map_err(Into::into))
                .collect()
        })?;
        rows.into_iter()
            .map(|(sequence, bytes)| {
                serde_json::from_slice(&bytes).map(|entry| (sequence, entry)).map_err(|e| {
                    Error::Internal(format!("entry {sequence} of {} cannot be read: {e}", self.path.display()))
                })
            })
            .collect()
    }

    /// Drops the entries up to `through` and notes `versions` as being on disk, in one transaction.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn advance(&self, through: u64, versions: &Versions) -> Result<()> {
        self.write(|transaction| {
            let mut table = transaction.open_table(ENTRIES)?;
            table.retain_in(..=through, |_, _| false)?;
            transaction.open_table(COUNTERS)?.insert(LAST_SEQUENCE, self.acknowledged.load(Ordering::Acquire))?;
            let mut noted = transaction.open_table(VERSIONS)?;
            for (name, version) in versions {
                noted.insert(name.as_str(), version)?;
            }
            Ok(())
        })
    }

    /// The versions noted last; empty for a new journal.
    ///
    /// # Errors
    /// `Internal` when it cannot be read.
    pub fn versions(&self) -> Result<Versions> {
        self.read(|transaction| {
            let table = transaction.open_table(VERSIONS)?;
            table.iter()?.map(|row| row.map(|(k, v)| (k.value().to_owned(), v.value())).map_err(Into::into)).collect()
        })
    }

    fn write<T>(&self, body: impl FnOnce(&redb::WriteTransaction) -> Result<T, redb::Error>) -> Result<T> {
        self.run(|database| {
            let transaction = database.begin_write()?;
            let value = body(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
    }

    fn read<T>(&self, body: impl FnOnce(&redb::ReadTransaction) -> Result<T, redb::Error>) -> Result<T> {
        self.run(|database| body(&database.begin_read()?))
    }

    fn run<T>(&self, body: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T> {
        let mut slot = self.database.lock();
        let database = match slot.take() {
            Some(database) => database,
            None => self.open_file()?,
        };
        let result = body(&database);
        // A database that failed to write is dropped: opening it again goes back to its last whole commit.
        if !matches!(result, Err(redb::Error::Io(_) | redb::Error::PreviousIo)) {
            *slot = Some(database);
        }
        result.map_err(|e| self.error(e))
    }

    fn open_file(&self) -> Result<Database> {
        let database = Builder::new().set_cache_size(CACHE_BYTES).create(&self.path).map_err(|e| match e {
            redb::DatabaseError::DatabaseAlreadyOpen => Error::DataDirInUse { path: self.path.clone() },
            redb::DatabaseError::Storage(storage) => storage_error(&self.path, storage),
            other => Error::Internal(format!("the journal {} cannot be opened: {other}", self.path.display())),
        })?;
        self.forget_unacknowledged(&database).map_err(|e| self.error(e))?;
        Ok(database)
    }

    /// A commit that failed may have reached the disk all the same. Its caller was told that nothing was written, and
    /// so it shall be.
    fn forget_unacknowledged(&self, database: &Database) -> Result<(), redb::Error> {
        let Some(first) = self.acknowledged.load(Ordering::Acquire).checked_add(1) else { return Ok(()) };
        let transaction = database.begin_write()?;
        transaction.open_table(ENTRIES)?.retain_in(first.., |_, _| false)?;
        transaction.commit()?;
        Ok(())
    }

    fn error(&self, error: redb::Error) -> Error {
        match error {
            redb::Error::Io(io) => Error::io(&self.path, &io),
            other => Error::Internal(format!("the journal {}: {other}", self.path.display())),
        }
    }
}

fn storage_error(path: &Path, error: redb::StorageError) -> Error {
    match error {
        redb::StorageError::Io(e) if e.kind() == io::ErrorKind::InvalidData => Error::Internal(format!(
            "{} is not a journal of MemoryLoop; move it away and start again (it holds reviews of the last minutes)",
            path.display()
        )),
        redb::StorageError::Io(e) => Error::io(path, &e),
        other => Error::Internal(format!("the journal {}: {other}", path.display())),
    }
}

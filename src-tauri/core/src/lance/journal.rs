//! The journal: a small transactional file beside the tables that every learning write goes to first.
//!
//! Lance neither fsyncs nor likes single-row commits. A write is acknowledged when it is durable here, and moves to
//! Lance in batches. The journal also holds, for each table, the last version that is known to be on disk: whatever
//! Lance committed after it has its entries still here, so that a recovery drops those versions and replays.

use std::{collections::BTreeMap, io, path::Path};

use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

use crate::{
    cards::Card,
    error::{Error, Result},
    ids::CardId,
    review::{ReviewLog, Schedule},
};

const ENTRIES: TableDefinition<u64, &[u8]> = TableDefinition::new("entries");
/// Table name to the last version known to be on disk.
const VERSIONS: TableDefinition<&str, u64> = TableDefinition::new("versions");
const COUNTERS: TableDefinition<&str, u64> = TableDefinition::new("counters");
const LAST_SEQUENCE: &str = "last_sequence";

/// A few pages are all that is ever read; redb's default is 1 GiB.
const CACHE_BYTES: usize = 1024 * 1024;

/// One learning write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Entry {
    AddCard { card: Card, schedule: Schedule },
    EditCard { card: Card },
    DeleteCard { id: CardId },
    Rate { log: ReviewLog },
}

/// Entries by sequence number, which never repeats.
pub type Entries = BTreeMap<u64, Entry>;

/// Table name to version.
pub type Versions = BTreeMap<String, u64>;

#[derive(Debug)]
pub struct Journal {
    database: Database,
    path: std::path::PathBuf,
}

impl Journal {
    /// Opens or creates the journal; redb repairs one that a crash left behind.
    ///
    /// # Errors
    /// `DataDirInUse` when another process has it open; `NotWritable`, `DiskFull`; `Internal` when it is not a journal.
    pub fn open(path: &Path) -> Result<Self> {
        let database = Builder::new().set_cache_size(CACHE_BYTES).create(path).map_err(|e| match e {
            redb::DatabaseError::DatabaseAlreadyOpen => Error::DataDirInUse { path: path.to_owned() },
            redb::DatabaseError::Storage(storage) => storage_error(path, storage),
            other => Error::Internal(format!("the journal {} cannot be opened: {other}", path.display())),
        })?;
        let journal = Self { database, path: path.to_owned() };
        // Later reads may then count on the tables being there.
        journal.write(|transaction| {
            transaction.open_table(ENTRIES)?;
            transaction.open_table(VERSIONS)?;
            transaction.open_table(COUNTERS)?;
            Ok(())
        })?;
        Ok(journal)
    }

    /// Makes `entries` durable, all or none, and returns the sequence number of the last.
    ///
    /// # Errors
    /// `DiskFull`, `NotWritable` or `Internal`; nothing was written then.
    pub fn append(&self, entries: &[Entry]) -> Result<u64> {
        let encoded = entries.iter().map(serde_json::to_vec).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
        self.write(|transaction| {
            let mut counters = transaction.open_table(COUNTERS)?;
            let mut sequence = counters.get(LAST_SEQUENCE)?.map_or(0, |n| n.value());
            let mut table = transaction.open_table(ENTRIES)?;
            for entry in &encoded {
                sequence += 1;
                table.insert(sequence, entry.as_slice())?;
            }
            counters.insert(LAST_SEQUENCE, sequence)?;
            Ok(sequence)
        })
    }

    /// All that has not moved to Lance yet, oldest first.
    ///
    /// # Errors
    /// `Internal` when an entry cannot be read: it was written by a newer program, or the disk is damaged.
    pub fn entries(&self) -> Result<Entries> {
        let read = || -> Result<Vec<(u64, Vec<u8>)>, redb::Error> {
            let transaction = self.database.begin_read()?;
            let table = transaction.open_table(ENTRIES)?;
            table.iter()?.map(|row| row.map(|(key, value)| (key.value(), value.value().to_vec())).map_err(Into::into)).collect()
        };
        let rows = read().map_err(|e| self.error(e))?;
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
        let read = || -> Result<Versions, redb::Error> {
            let transaction = self.database.begin_read()?;
            let table = transaction.open_table(VERSIONS)?;
            table.iter()?.map(|row| row.map(|(k, v)| (k.value().to_owned(), v.value())).map_err(Into::into)).collect()
        };
        read().map_err(|e| self.error(e))
    }

    fn write<T>(&self, body: impl FnOnce(&redb::WriteTransaction) -> Result<T, redb::Error>) -> Result<T> {
        let run = || -> Result<T, redb::Error> {
            let transaction = self.database.begin_write()?;
            let value = body(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|e| self.error(e))
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

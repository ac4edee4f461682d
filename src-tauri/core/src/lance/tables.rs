//! The four open tables: opening with recovery, and the commits of the one writer.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::{ArrowError, Schema};
use lancedb::{
    ObjectStoreRegistry, Session, Table,
    connection::Connection,
    table::{CompactionOptions, Duration, NewColumnTransform, OptimizeAction},
};

use super::{
    durable::{self, Rollback, Synced},
    index,
    journal::Versions,
    rows::{self, FLASHCARDS, MESSAGES, REVIEW_LOGS, SCHEDULES, TABLES},
};
use crate::error::{Error, Result};

/// Lance's own defaults are 6 GiB and 1 GiB.
const INDEX_CACHE_BYTES: usize = 256 * 1024 * 1024;
const METADATA_CACHE_BYTES: usize = 64 * 1024 * 1024;

/// The tables of one person. Clones share the handles, so that every reader sees what the writer committed.
#[derive(Clone)]
pub struct Tables {
    pub messages: Table,
    pub flashcards: Table,
    pub schedules: Table,
    pub review_logs: Table,
    directory: Arc<Path>,
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tables").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// Whether what is replayed from the journal may be in the tables already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// The tables hold exactly what had left the journal.
    Exact,
    /// They may hold more; rows are then matched by id.
    Overlapping,
}

/// How the tables were found.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    pub replay: Replay,
    /// Columns were added that a table from before them lacked: it has a version that is not durable yet. A crash before
    /// it is drops that version, and the next start adds them again.
    pub upgraded: bool,
}

impl Tables {
    /// Opens the tables in `directory` (absolute), creates those that are missing, and drops versions newer than the
    /// `durable` ones.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull`, or `Internal` when a table can be read in none of its versions.
    pub async fn open(directory: &Path, durable: &Versions) -> Result<(Self, Opened)> {
        let mut replay = Replay::Exact;
        for name in TABLES {
            let table = location(directory, name);
            if durable::roll_back(&table, durable.get(name).copied())? == Rollback::Unknown && table.exists() {
                replay = Replay::Overlapping;
            }
        }
        let connection = connect(directory).await?;
        let open = |name| open_or_create(&connection, directory, name);
        let searchable = async {
            let flashcards = open(FLASHCARDS).await?;
            let upgraded = add_missing_columns(&flashcards).await?;
            index::create_text_indexes(&flashcards).await?;
            Ok((flashcards, upgraded))
        };
        let (messages, (flashcards, upgraded), schedules, review_logs) =
            futures::try_join!(open(MESSAGES), searchable, open(SCHEDULES), open(REVIEW_LOGS))?;
        let tables = Self { messages, flashcards, schedules, review_logs, directory: directory.into() };
        Ok((tables, Opened { replay, upgraded }))
    }

    #[must_use]
    pub fn get(&self, name: &str) -> &Table {
        match name {
            MESSAGES => &self.messages,
            FLASHCARDS => &self.flashcards,
            SCHEDULES => &self.schedules,
            _ => &self.review_logs,
        }
    }

    #[must_use]
    pub fn location(&self, name: &str) -> PathBuf {
        location(&self.directory, name)
    }

    /// # Errors
    /// `Internal` when Lance cannot say.
    pub async fn versions(&self) -> Result<Versions> {
        let mut versions = Versions::new();
        for name in TABLES {
            versions.insert(name.to_owned(), self.get(name).version().await.map_err(lance_error)?);
        }
        Ok(versions)
    }

    /// Brings every table back to its durable version after a batch that failed halfway.
    ///
    /// # Errors
    /// As [`Tables::append`].
    pub async fn restore(&self, durable: &Versions) -> Result<()> {
        for name in TABLES {
            let table = self.get(name);
            let Some(&version) = durable.get(name) else { continue };
            table.checkout_latest().await.map_err(lance_error)?;
            if table.version().await.map_err(lance_error)? > version {
                table.checkout(version).await.map_err(lance_error)?;
                table.restore().await.map_err(lance_error)?;
            }
        }
        Ok(())
    }

    /// Adds rows; with [`Replay::Overlapping`] only those whose id is not there.
    ///
    /// # Errors
    /// `DiskFull` or `Internal`; the table stands as it was.
    pub async fn append(&self, name: &str, batch: RecordBatch, replay: Replay) -> Result<()> {
        match replay {
            _ if batch.num_rows() == 0 => Ok(()),
            Replay::Exact => self.get(name).add(batch).execute().await.map(drop).map_err(lance_error),
            Replay::Overlapping => self.upsert(name, batch).await,
        }
    }

    /// Adds rows in one commit, made batch by batch as they are written: many at once would not be in memory together.
    ///
    /// # Errors
    /// As [`Tables::append`].
    pub async fn append_all(
        &self,
        name: &str,
        batches: impl Iterator<Item = Result<RecordBatch>> + Send + 'static,
    ) -> Result<()> {
        let batches = batches.map(|batch| batch.map_err(|error| ArrowError::ExternalError(Box::new(error))));
        let reader: Box<dyn RecordBatchReader + Send> = Box::new(RecordBatchIterator::new(batches, rows::schema(name)));
        self.get(name).add(reader).execute().await.map(drop).map_err(lance_error)
    }

    /// Adds rows or replaces those with the same id, which must not repeat within the batch.
    ///
    /// # Errors
    /// As [`Tables::append`].
    pub async fn upsert(&self, name: &str, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let mut merge = self.get(name).merge_insert(&["id"]);
        merge.when_matched_update_all(None).when_not_matched_insert_all();
        let schema = batch.schema();
        let source = RecordBatchIterator::new([Ok(batch)], schema);
        merge.execute(Box::new(source)).await.map(drop).map_err(lance_error)
    }

    /// Deletes the rows that have one of `ids` in `column`.
    ///
    /// # Errors
    /// As [`Tables::append`].
    pub async fn delete<T: std::fmt::Display>(&self, name: &str, column: &str, ids: &[T]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.get(name).delete(in_list(column, ids).as_str()).await.map(drop).map_err(lance_error)
    }

    /// How many parts the table's rows lie in; compaction makes them few.
    ///
    /// # Errors
    /// As [`Tables::versions`].
    pub async fn count_fragments(&self, name: &str) -> Result<usize> {
        let Some(table) = self.get(name).as_native() else { return Ok(0) };
        table.count_fragments().await.map_err(lance_error)
    }

    /// Merges small files and brings the indexes up to date. The versions before stay until [`Tables::prune`].
    ///
    /// # Errors
    /// As [`Tables::append`].
    pub async fn compact(&self, name: &str) -> Result<()> {
        let table = self.get(name);
        let options = CompactionOptions::default();
        table.optimize(OptimizeAction::Compact { options, remap_options: None }).await.map_err(lance_error)?;
        table.optimize(OptimizeAction::Index(Default::default())).await.map_err(lance_error)?;
        Ok(())
    }

    /// Removes versions older than `keep`, and files that no version names: nobody else writes here.
    ///
    /// # Errors
    /// As [`Tables::append`].
    pub async fn prune(&self, name: &str, keep: std::time::Duration) -> Result<()> {
        let older_than = Duration::from_std(keep).unwrap_or_default();
        let action = OptimizeAction::Prune {
            older_than: Some(older_than),
            delete_unverified: Some(true),
            error_if_tagged_old_versions: Some(false),
        };
        self.get(name).optimize(action).await.map(drop).map_err(lance_error)
    }
}

/// The files of each table that are on disk.
#[derive(Debug, Default)]
pub struct OnDisk(HashMap<&'static str, Synced>);

impl OnDisk {
    /// # Errors
    /// As [`Synced::assume`].
    pub fn assume(tables: &Tables) -> Result<Self> {
        TABLES
            .into_iter()
            .map(|name| Ok((name, Synced::assume(&tables.location(name))?)))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// # Errors
    /// As [`Synced::sync`].
    pub fn sync(&mut self, tables: &Tables, names: &[&'static str]) -> Result<()> {
        names.iter().try_for_each(|&name| self.0.entry(name).or_default().sync(&tables.location(name)))
    }
}

/// `column IN ('…', …)`; ids hold nothing that could end the quotes.
#[must_use]
pub fn in_list<T: std::fmt::Display>(column: &str, ids: &[T]) -> String {
    let quoted: Vec<_> = ids.iter().map(|id| format!("'{id}'")).collect();
    format!("{column} IN ({})", quoted.join(","))
}

/// Lance's error as ours, with a full disk told apart wherever it is buried.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub fn lance_error(error: lancedb::Error) -> Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            let told_apart = Error::io("the learning data", io);
            if !matches!(told_apart, Error::Internal(_)) {
                return told_apart;
            }
        }
        source = inner.source();
    }
    Error::Internal(format!("LanceDB: {error}"))
}

fn location(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.lance"))
}

async fn connect(directory: &Path) -> Result<Connection> {
    let uri = directory.to_str().ok_or_else(|| Error::NotWritable {
        path: directory.to_owned(),
        reason: "its name is not valid Unicode".into(),
    })?;
    let session = Session::new(INDEX_CACHE_BYTES, METADATA_CACHE_BYTES, Arc::new(ObjectStoreRegistry::default()));
    lancedb::connect(uri).session(Arc::new(session)).execute().await.map_err(lance_error)
}

async fn open_or_create(connection: &Connection, directory: &Path, name: &str) -> Result<Table> {
    let path = location(directory, name);
    loop {
        let error = match connection.open_table(name).execute().await {
            Ok(table) => return Ok(table),
            Err(error) => error,
        };
        // Each turn drops one manifest, so this ends.
        if durable::drop_torn(&path)? {
            continue;
        }
        if holds_rows(&path) || !durable::is_unborn(&path)? {
            return Err(lance_error(error));
        }
        break;
    }
    // A creation that was cut off leaves files without a readable version.
    if path.exists() {
        std::fs::remove_dir_all(&path).map_err(|e| Error::io(&path, &e))?;
    }
    connection.create_empty_table(name, rows::schema(name)).execute().await.map_err(lance_error)
}

/// Adds the columns of cards that a table from before them lacks, empty; whether there were any. Costs a manifest,
/// whatever the number of cards.
async fn add_missing_columns(flashcards: &Table) -> Result<bool> {
    let there = flashcards.schema().await.map_err(lance_error)?;
    let wanted = rows::schema(FLASHCARDS);
    let missing: Vec<_> = rows::ADDED_TO_CARDS
        .into_iter()
        .filter(|name| there.field_with_name(name).is_err())
        .filter_map(|name| wanted.field_with_name(name).ok().cloned())
        .collect();
    if missing.is_empty() {
        return Ok(false);
    }
    let columns = NewColumnTransform::AllNulls(Arc::new(Schema::new(missing)));
    flashcards.add_columns().transform(columns).execute().await.map_err(lance_error)?;
    Ok(true)
}

/// Whether the table's directory holds data files: then it is never taken for new.
fn holds_rows(path: &Path) -> bool {
    std::fs::read_dir(path.join("data")).is_ok_and(|mut files| files.next().is_some())
}

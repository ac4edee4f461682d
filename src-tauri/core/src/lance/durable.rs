//! What Lance leaves out: its files are made durable after a flush, and versions that never became durable are dropped
//! when the database is opened.
//!
//! Lance does not fsync on a local disk. A crash of the process is harmless, but after a power cut the newest manifest
//! may be empty or point at data that is not there, and Lance opens the highest version without falling back.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// The files below one table's directory that are known to be on disk. Lance never changes a file it has written,
/// except for the hint of the latest version, which only saves it a listing.
#[derive(Debug, Default)]
pub struct Synced(HashSet<PathBuf>);

impl Synced {
    /// Counts everything that is there now as being on disk.
    ///
    /// # Errors
    /// `Internal` when the directory cannot be read.
    pub fn assume(directory: &Path) -> Result<Self> {
        let mut files = HashSet::new();
        walk(directory, &mut |file| files.extend([file])).map_err(|e| Error::io(directory, &e))?;
        Ok(Self(files))
    }

    /// Writes to disk what has come since the last time, contents first and directories after them.
    ///
    /// # Errors
    /// `DiskFull` or `Internal`; the files then count as not written.
    pub fn sync(&mut self, directory: &Path) -> Result<()> {
        let mut seen = HashSet::new();
        walk(directory, &mut |file| seen.extend([file])).map_err(|e| Error::io(directory, &e))?;
        let mut directories = HashSet::new();
        for file in seen.difference(&self.0) {
            // Windows flushes only what is open for writing.
            let opened = fs::OpenOptions::new().read(true).write(cfg!(windows)).open(file);
            opened.and_then(|f| f.sync_all()).map_err(|e| Error::io(file, &e))?;
            directories.extend(file.ancestors().skip(1).take_while(|d| d.starts_with(directory)).map(Path::to_owned));
        }
        for directory in directories {
            sync_directory(&directory)?;
        }
        self.0 = seen;
        Ok(())
    }
}

/// Makes the entries of a directory durable. Windows has no such call and needs none: NTFS journals them.
///
/// # Errors
/// `Internal` when it cannot be opened.
pub fn sync_directory(directory: &Path) -> Result<()> {
    if cfg!(unix) {
        fs::File::open(directory).and_then(|d| d.sync_all()).map_err(|e| Error::io(directory, &e))?;
    }
    Ok(())
}

fn walk(directory: &Path, found: &mut impl FnMut(PathBuf)) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), found)?;
        } else {
            found(entry.path());
        }
    }
    Ok(())
}

/// The manifests of a table, newest first: a V2 manifest is named by `u64::MAX - version` in 20 digits.
fn manifests(table: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let directory = table.join("_versions");
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io(&directory, &e)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| Error::io(&directory, &e))?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let number = name.strip_suffix(".manifest").filter(|digits| digits.len() == 20);
        if let Some(inverted) = number.and_then(|digits| digits.parse::<u64>().ok()) {
            found.push((u64::MAX - inverted, path));
        }
    }
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    Ok(found)
}

/// What [`roll_back`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollback {
    /// The newest version is the durable one.
    Clean,
    /// Newer versions were there and are dropped; the journal has what they held.
    Dropped,
    /// The durable version is not there (the journal and the tables are not of one moment, as after copying a part
    /// of the data directory back): the newest version stands, and what is replayed may be in it already.
    Unknown,
}

/// Drops the versions of a table that came after `durable`, so that opening it gives exactly that version.
///
/// # Errors
/// `NotWritable` or `Internal` when a manifest cannot be removed.
pub fn roll_back(table: &Path, durable: Option<u64>) -> Result<Rollback> {
    let manifests = manifests(table)?;
    let Some(durable) = durable.filter(|v| manifests.iter().any(|(version, _)| version == v)) else {
        return Ok(Rollback::Unknown);
    };
    let newer: Vec<_> = manifests.iter().take_while(|(version, _)| *version > durable).collect();
    if newer.is_empty() {
        return Ok(Rollback::Clean);
    }
    // Newest first: stopping halfway leaves a shorter list of versions, not a gap.
    for (version, path) in &newer {
        tracing::warn!(table = %table.display(), version, "dropping a version that never became durable");
        remove(path)?;
    }
    forget_hint(table)?;
    Ok(Rollback::Dropped)
}

/// Drops the newest manifest if a power cut left it torn and an older one is there; false when nothing was dropped.
/// A manifest that is whole is never touched, whatever else keeps Lance from opening the table.
///
/// # Errors
/// As [`roll_back`].
pub fn drop_torn(table: &Path) -> Result<bool> {
    let manifests = manifests(table)?;
    let [(version, newest), _, ..] = manifests.as_slice() else { return Ok(false) };
    if !is_torn(newest)? {
        return Ok(false);
    }
    tracing::warn!(table = %table.display(), version, "the newest version cannot be read; going back by one");
    remove(newest)?;
    forget_hint(table)?;
    Ok(true)
}

/// A manifest ends with Lance's magic, written last.
fn is_torn(manifest: &Path) -> Result<bool> {
    let bytes = fs::read(manifest).map_err(|e| Error::io(manifest, &e))?;
    Ok(!bytes.ends_with(b"LANC"))
}

/// Whether no version of the table was ever written whole: its creation was cut off.
///
/// # Errors
/// As [`roll_back`].
pub fn is_unborn(table: &Path) -> Result<bool> {
    for (_, manifest) in manifests(table)? {
        if !is_torn(&manifest)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn forget_hint(table: &Path) -> Result<()> {
    remove(&table.join("_versions/latest_version_hint.json"))?;
    sync_directory(&table.join("_versions"))
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io(path, &e)),
        _ => Ok(()),
    }
}

//! Where the journal's entries lie until they have moved to Lance: one file, written from its beginning again and again.
//!
//! A person waits for every entry. A commit of redb writes eight pages all over its file and waits until the disk has each
//! of them; here it is one write into space that the file has already, and one fdatasync, which takes half as long.
//! redb keeps what changes once for each batch: how far the tables are, and through which entry.
//!
//! A record is the entries of one write, all or none: payload length, first sequence number, checksum, payload. Sequence
//! numbers never repeat, and the records that count follow one another without a gap; what lies behind them is older.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::durable::sync_directory;
use crate::error::Result;

const HEADER: usize = 4 + 8 + CHECKSUM;
const CHECKSUM: usize = 16;
/// The file grows by so much at a time, and is written anew without its old records when these are more than that.
const CHUNK: u64 = 256 * 1024;

#[derive(Debug)]
struct Record {
    first: u64,
    /// Entries as they were given.
    entries: Vec<Vec<u8>>,
    bytes: u64,
}

impl Record {
    fn last(&self) -> u64 {
        self.first + self.entries.len() as u64 - 1
    }
}

/// Where a record that has not moved yet lies.
#[derive(Debug)]
struct Place {
    last: u64,
    start: u64,
}

#[derive(Debug)]
pub struct Tail {
    file: File,
    path: PathBuf,
    /// Of the journal that this belongs to: records of another one do not count.
    identity: u128,
    waiting: VecDeque<Place>,
    end: u64,
    capacity: u64,
    /// The last sequence number in the file.
    pub last: u64,
}

impl Tail {
    /// Opens or creates the file of the journal `identity`, of which the entries up to `through` have moved. Gives it with
    /// those that have not, by sequence number.
    ///
    /// # Errors
    /// When the file cannot be read or made.
    pub fn open(path: &Path, identity: u128, through: u64) -> io::Result<(Self, Vec<(u64, Vec<u8>)>)> {
        let mut file = fs::OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let capacity = bytes.len() as u64;
        let mut tail =
            Self { file, path: path.to_owned(), identity, waiting: VecDeque::new(), end: 0, capacity, last: through };
        let mut entries = Vec::new();
        let mut at = 0;
        let mut next = None;
        while let Some(record) = read_record(&bytes[at..], identity).filter(|r| next.is_none_or(|n| n == r.first)) {
            next = Some(record.last() + 1);
            tail.note(&record, at as u64, through);
            at += record.bytes as usize;
            let numbered = (record.first..).zip(record.entries);
            entries.extend(numbered.filter(|(sequence, _)| *sequence > through));
        }
        Ok((tail, entries))
    }

    fn note(&mut self, record: &Record, start: u64, through: u64) {
        self.last = self.last.max(record.last());
        if record.last() > through {
            self.waiting.push_back(Place { last: record.last(), start });
            self.end = start + record.bytes;
        }
    }

    /// Makes `entries`, the first of which gets the number after the last, durable, all or none.
    ///
    /// # Errors
    /// When the disk does not take them; the next ones are then written in their place.
    pub fn append(&mut self, entries: &[Vec<u8>]) -> io::Result<u64> {
        let first = self.last + 1;
        let bytes = record(first, entries, self.identity);
        let (start, end) = (self.end, self.end + bytes.len() as u64);
        self.reserve(end)?;
        let written = self.write(start, &bytes);
        if written.is_err() {
            // It may have reached the disk all the same, and whoever asked is told that it did not.
            let _ = self.write(start, &[0; HEADER]);
        }
        written?;
        self.last += entries.len() as u64;
        self.waiting.push_back(Place { last: self.last, start });
        self.end = end;
        Ok(self.last)
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }

    /// Makes the file longer beforehand: a write that changes its length costs the disk twice as much.
    fn reserve(&mut self, end: u64) -> io::Result<()> {
        if end <= self.capacity {
            return Ok(());
        }
        let (created, capacity) = (self.capacity == 0, end.next_multiple_of(CHUNK));
        self.file.seek(SeekFrom::Start(self.capacity))?;
        self.file.write_all(&vec![0; (capacity - self.capacity) as usize])?;
        self.file.sync_all()?;
        if created {
            sync_parent(&self.path)?;
        }
        self.capacity = capacity;
        Ok(())
    }

    /// The entries up to `through` have moved, which is noted durably elsewhere: their space is free.
    ///
    /// # Errors
    /// When the file cannot be written anew; it is then as it was.
    pub fn forget(&mut self, through: u64) -> io::Result<()> {
        while self.waiting.front().is_some_and(|place| place.last <= through) {
            self.waiting.pop_front();
        }
        match self.waiting.front() {
            None => {
                self.end = 0;
                Ok(())
            }
            // Windows does not replace a file that is open: there it is used from its beginning when all has moved.
            Some(place) if place.start > CHUNK && cfg!(unix) => self.rewrite(place.start),
            Some(_) => Ok(()),
        }
    }

    /// Moves what lies behind `start` to the beginning of a new file, which then takes this one's place.
    fn rewrite(&mut self, start: u64) -> io::Result<()> {
        let mut live = vec![0; (self.end - start) as usize];
        self.file.seek(SeekFrom::Start(start))?;
        self.file.read_exact(&mut live)?;
        let length = live.len() as u64;
        live.resize(length.next_multiple_of(CHUNK) as usize, 0);
        let aside = self.path.with_extension("tail.new");
        let mut file = fs::OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&aside)?;
        file.write_all(&live)?;
        file.sync_all()?;
        fs::rename(&aside, &self.path)?;
        sync_parent(&self.path)?;
        (self.file, self.end, self.capacity) = (file, length, live.len() as u64);
        self.waiting.iter_mut().for_each(|place| place.start -= start);
        Ok(())
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let synced: Result<()> = sync_directory(parent);
    synced.map_err(io::Error::other)
}

fn record(first: u64, entries: &[Vec<u8>], identity: u128) -> Vec<u8> {
    let mut payload = Vec::new();
    for entry in entries {
        payload.extend((entry.len() as u32).to_le_bytes());
        payload.extend(entry);
    }
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend((payload.len() as u32).to_le_bytes());
    bytes.extend(first.to_le_bytes());
    bytes.extend(checksum(identity, first, &payload));
    bytes.extend(payload);
    bytes
}

/// The record at the beginning of `bytes`; none when it was cut off, is of another journal, or never was one.
fn read_record(bytes: &[u8], identity: u128) -> Option<Record> {
    let length = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    let first = u64::from_le_bytes(bytes.get(4..12)?.try_into().ok()?);
    let payload = bytes.get(HEADER..HEADER.checked_add(length)?)?;
    if length == 0 || bytes.get(12..HEADER)? != checksum(identity, first, payload) {
        return None;
    }
    let (mut entries, mut rest) = (Vec::new(), payload);
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        entries.push(rest.get(4..4 + length)?.to_vec());
        rest = &rest[4 + length..];
    }
    Some(Record { first, entries, bytes: (HEADER + length) as u64 })
}

fn checksum(identity: u128, first: u64, payload: &[u8]) -> [u8; CHECKSUM] {
    let mut hash = Sha256::new();
    hash.update(identity.to_le_bytes());
    hash.update(first.to_le_bytes());
    hash.update(payload);
    let mut sum = [0; CHECKSUM];
    sum.copy_from_slice(&hash.finalize()[..CHECKSUM]);
    sum
}

#[cfg(test)]
#[path = "tail_tests.rs"]
mod tests;

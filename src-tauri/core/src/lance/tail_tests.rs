#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

const IDENTITY: u128 = 7;

fn entry(n: u64) -> Vec<u8> {
    format!("entry {n} {}", "x".repeat(n as usize % 900)).into_bytes()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.tail");
    (folder, path)
}

fn numbers(path: &Path, through: u64) -> Vec<u64> {
    let (_, entries) = Tail::open(path, IDENTITY, through).unwrap();
    entries.iter().for_each(|(n, bytes)| assert_eq!(*bytes, entry(*n)));
    entries.into_iter().map(|(n, _)| n).collect()
}

#[test]
fn what_was_appended_is_there_and_what_was_forgotten_is_not() {
    let (_folder, path) = folder();
    let (mut tail, entries) = Tail::open(&path, IDENTITY, 0).unwrap();
    assert!(entries.is_empty());
    assert_eq!(tail.append(&[entry(1), entry(2)]).unwrap(), 2);
    assert_eq!(tail.append(&[entry(3)]).unwrap(), 3);
    assert_eq!(numbers(&path, 0), [1, 2, 3]);
    assert_eq!(numbers(&path, 1), [2, 3], "half of a record has moved");
    tail.forget(3).unwrap();
    assert_eq!(tail.append(&[entry(4)]).unwrap(), 4);
    assert_eq!(numbers(&path, 3), [4], "an older record lies behind it");
    let (mut again, _) = Tail::open(&path, IDENTITY, 3).unwrap();
    assert_eq!(again.append(&[entry(5)]).unwrap(), 5);
    assert_eq!(numbers(&path, 3), [4, 5]);
}

#[test]
fn numbers_go_on_when_everything_has_moved() {
    let (_folder, path) = folder();
    let (mut tail, _) = Tail::open(&path, IDENTITY, 41).unwrap();
    assert_eq!(tail.append(&[entry(42)]).unwrap(), 42);
    tail.forget(42).unwrap();
    drop(tail);
    let (mut tail, entries) = Tail::open(&path, IDENTITY, 42).unwrap();
    assert!(entries.is_empty());
    assert_eq!(tail.append(&[entry(43)]).unwrap(), 43);
}

#[test]
fn a_record_that_was_torn_anywhere_ends_the_file_and_is_written_over() {
    let (_folder, path) = folder();
    let (mut tail, _) = Tail::open(&path, IDENTITY, 0).unwrap();
    tail.append(&[entry(1)]).unwrap();
    let start = tail.end as usize;
    tail.append(&[entry(2), entry(3)]).unwrap();
    let end = tail.end as usize;
    drop(tail);
    let whole = fs::read(&path).unwrap();
    for torn in start..end {
        let mut bytes = whole.clone();
        bytes[torn] ^= 0x55;
        fs::write(&path, bytes).unwrap();
        assert_eq!(numbers(&path, 0), [1], "byte {torn}");
    }
    let (mut tail, _) = Tail::open(&path, IDENTITY, 0).unwrap();
    assert_eq!(tail.append(&[entry(2)]).unwrap(), 2);
    assert_eq!(numbers(&path, 0), [1, 2]);
}

#[test]
fn records_of_another_journal_do_not_count() {
    let (_folder, path) = folder();
    let (mut tail, _) = Tail::open(&path, IDENTITY + 1, 0).unwrap();
    tail.append(&[entry(1)]).unwrap();
    assert_eq!(numbers(&path, 0), Vec::<u64>::new());
}

#[test]
fn the_file_stays_small_when_entries_never_stop() {
    let (_folder, path) = folder();
    let (mut tail, _) = Tail::open(&path, IDENTITY, 0).unwrap();
    for n in 1..=3_000 {
        tail.append(&[entry(n)]).unwrap();
        if n % 200 == 0 {
            // As when more came while a batch moved.
            tail.forget(n - 50).unwrap();
            assert_eq!(numbers(&path, n - 50), (n - 49..=n).collect::<Vec<_>>());
        }
    }
    assert!(fs::metadata(&path).unwrap().len() <= 3 * CHUNK);
}

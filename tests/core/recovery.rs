//! What is left after a power cut, or after files were put back: nothing acknowledged is lost, nothing counted twice.

use std::{
    fs,
    path::{Path, PathBuf},
};

use memoryloop_core::{lance, review::Rating, time::UnixMillis};
use support::learning::{Desk, shown};

/// The newest manifest of a table: V2 names sort the newest first.
fn newest_manifest(learning: &Path, table: &str) -> PathBuf {
    let directory = learning.join(format!("{table}.lance/_versions"));
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "manifest"));
    files.sort();
    files.remove(0)
}

/// The name of the manifest that the next commit would write.
fn next_manifest(newest: &Path) -> PathBuf {
    let number: u64 = newest.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    newest.with_file_name(format!("{:020}.manifest", number - 1))
}

async fn studied() -> Desk {
    let desk = Desk::new().await;
    desk.add(4).await;
    let card = desk.first().await;
    let card = shown(desk.rate(&card, Rating::Good).await);
    desk.learning.store().flush().await.unwrap();
    desk.rate(&card, Rating::Easy).await;
    desk
}

async fn check(desk: &Desk) {
    let logs = desk.learning.store().reviews_since(UnixMillis(0)).await.unwrap();
    assert_eq!(logs.len(), 2);
    let counts = desk.learning.counts();
    assert_eq!((counts.total, counts.new), (4, 2));
    assert_eq!(desk.learning.list_cards("", None, None, 10).await.unwrap().rows.len(), 4);
}

#[tokio::test]
async fn an_empty_newest_manifest_is_dropped() {
    let desk = studied().await;
    for table in lance::rows::TABLES {
        fs::write(next_manifest(&newest_manifest(&desk.path(), table)), b"").unwrap();
    }
    let desk = desk.reopen_without_closing().await;
    check(&desk).await;
    desk.learning.store().flush().await.unwrap();
    check(&desk.reopen().await).await;
}

#[tokio::test]
async fn a_batch_that_reached_lance_but_not_the_journal_counts_once() {
    let desk = studied().await;
    let journal = desk.path().join("journal.redb");
    // As if the power went between Lance's commit and the journal's: Lance is ahead.
    let before = fs::read(&journal).unwrap();
    let desk = desk.reopen().await;
    desk.learning.close().await.unwrap();
    let Desk { directory, clock, options, learning } = desk;
    drop(learning);
    fs::write(&journal, before).unwrap();
    let path = directory.path().join("learning");
    let learning = memoryloop_core::learning::Learning::open(&path, options.clone(), clock.clone()).await.unwrap();
    let desk = Desk { learning, directory, clock, options };
    check(&desk).await;
    desk.learning.store().flush().await.unwrap();
    check(&desk).await;
    check(&desk.reopen().await).await;
}

#[tokio::test]
async fn without_its_journal_the_tables_still_open_at_a_version_that_can_be_read() {
    let desk = studied().await.reopen().await;
    desk.learning.close().await.unwrap();
    let newest = newest_manifest(&desk.path(), "schedules");
    let Desk { directory, clock, options, learning } = desk;
    drop(learning);
    let path = directory.path().join("learning");
    fs::remove_file(path.join("journal.redb")).unwrap();
    fs::write(next_manifest(&newest), b"").unwrap();
    let learning = memoryloop_core::learning::Learning::open(&path, options.clone(), clock.clone()).await.unwrap();
    check(&Desk { learning, directory, clock, options }).await;
}

#[tokio::test]
async fn a_creation_that_was_cut_off_is_begun_again() {
    let desk = Desk::new().await;
    let directory = desk.directory.path().join("other");
    fs::create_dir_all(directory.join("schedules.lance/_versions")).unwrap();
    fs::write(directory.join("schedules.lance/_versions/18446744073709551614.manifest"), b"").unwrap();
    let opened = memoryloop_core::learning::Learning::open(&directory, desk.options.clone(), desk.clock.clone()).await;
    assert_eq!(opened.unwrap().counts().total, 0);
}

#[tokio::test]
async fn a_journal_that_is_none_is_refused_and_kept() {
    let desk = Desk::new().await;
    let directory = desk.directory.path().join("other");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("journal.redb"), b"this is no journal").unwrap();
    let opened = memoryloop_core::learning::Learning::open(&directory, desk.options.clone(), desk.clock.clone()).await;
    let sentence = opened.err().unwrap().to_string();
    assert!(sentence.contains("journal.redb"), "{sentence}");
    assert_eq!(fs::read(directory.join("journal.redb")).unwrap(), b"this is no journal");
}

fn eager() -> lance::Options {
    lance::Options {
        flush_entries: 1,
        compact_after: 5,
        keep_versions: std::time::Duration::ZERO,
        ..lance::Options::default()
    }
}

fn count_files(desk: &Desk) -> usize {
    let (mut files, mut folders) = (0, vec![desk.path()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files += 1 }
        }
    }
    files
}

#[tokio::test]
async fn short_sessions_are_compacted_too() {
    let mut desk = Desk::with(eager()).await;
    desk.add(10).await;
    // Fewer commits in each run than compaction waits for.
    for _ in 0..20 {
        let card = desk.first().await;
        desk.rate(&card, Rating::Again).await;
        desk = desk.reopen().await;
    }
    let files = count_files(&desk);
    assert!(files < 150, "{files} files");
    assert_eq!(desk.learning.store().reviews_since(UnixMillis(0)).await.unwrap().len(), 20);
}

#[tokio::test]
async fn many_flushes_leave_few_files() {
    let desk = Desk::with(eager()).await;
    desk.add(10).await;
    let mut card = desk.first().await;
    for _ in 0..60 {
        card = shown(desk.rate(&card, Rating::Again).await);
        desk.learning.store().flush().await.unwrap();
    }
    let files = count_files(&desk);
    // Without compaction each flush leaves at least four files in each of two tables: 480.
    assert!(files < 150, "{files} files");
    let desk = desk.reopen().await;
    assert_eq!(desk.learning.store().reviews_since(UnixMillis(0)).await.unwrap().len(), 60);
}

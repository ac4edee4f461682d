//! Cards and reviews on a disk that fills up or cannot be written to: said plainly, and nothing acknowledged is lost.

use std::{fs, path::Path};

use memoryloop_core::{Error, lance, learning::Learning, review::Rating, time::UnixMillis};
use support::{
    clock::TestClock,
    learning::{card, options, shown},
    mounted::Mounted,
    scratch::Scratch,
};

/// Writes until nothing more fits.
fn fill(folder: &Path) {
    let block = vec![1; 64 * 1024];
    for n in 0_u32.. {
        if fs::write(folder.join(format!("ballast-{n}")), &block).is_err() {
            // What is left of the last block goes to single pages.
            for m in 0_u32.. {
                if fs::write(folder.join(format!("ballast-{n}-{m}")), [1; 4096]).is_err() {
                    return;
                }
            }
        }
    }
}

fn make_room(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("ballast") {
            fs::remove_file(path).unwrap();
        }
    }
}

#[tokio::test]
async fn a_full_disk_refuses_in_plain_words_and_loses_and_doubles_nothing() {
    let scratch = Scratch::new("full");
    let Some(_mounted) = Mounted::new(scratch.path(), "size=24m,mode=755") else { return };
    let folder = scratch.join("learning");
    let clock = TestClock::at_noon();
    let learning = Learning::open(&folder, options(lance::Options::default()), clock.clone()).await.unwrap();
    learning.add_cards((0..5).map(|n| card(&format!("Q{n}"), "A")).collect()).await.unwrap();
    let first = shown(learning.start_study(None).await.unwrap().step);
    let second = shown(learning.rate_card(first.card.id, first.revision, Rating::Easy, 1).await.unwrap().step);

    fill(scratch.path());
    // The journal may have room left in its own pages for a few ratings; in the end it has none.
    let mut acknowledged = 1;
    let mut next = second;
    let refused = loop {
        match learning.rate_card(next.card.id, next.revision, Rating::Again, 1).await {
            Ok(step) => (acknowledged, next) = (acknowledged + 1, shown(step.step)),
            Err(error) => break error,
        }
        assert!(acknowledged < 100_000, "the disk never filled up");
    };
    assert!(matches!(refused, Error::DiskFull { .. }), "{refused:?}");
    assert!(learning.store().flush().await.is_err(), "a flush has no room either");
    let counts = learning.counts();
    assert_eq!(counts.total, 5);

    make_room(scratch.path());
    learning.rate_card(next.card.id, next.revision, Rating::Again, 1).await.expect("the same card can be rated now");
    learning.store().flush().await.expect("what the failed flush left half done is put right");
    let check = async |learning: &Learning| {
        let logs = learning.store().reviews_since(UnixMillis(0)).await.unwrap();
        assert_eq!(logs.len(), acknowledged + 1);
        assert_eq!(learning.list_cards("", None, None, 10).await.unwrap().rows.len(), 5);
    };
    check(&learning).await;
    learning.close().await.unwrap();
    drop(learning);
    let again = Learning::open(&folder, options(lance::Options::default()), clock).await.unwrap();
    check(&again).await;
    again.close().await.unwrap();
}

#[tokio::test]
async fn a_read_only_disk_is_named() {
    let scratch = Scratch::new("read only");
    let Some(_mounted) = Mounted::new(scratch.path(), "ro,size=1m") else { return };
    let folder = scratch.join("learning");
    let opened = Learning::open(&folder, options(lance::Options::default()), TestClock::at_noon()).await;
    let Some(Error::NotWritable { path, .. }) = opened.err() else { panic!("opened on a read-only disk") };
    assert!(path.starts_with(scratch.path()), "{}", path.display());
}

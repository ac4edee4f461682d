//! A crash between the two databases, and tables from before cards had kinds: nothing is lost and nothing doubled.

use std::{fs, path::Path};

use memoryloop_core::{
    Error,
    cards::{CardKind, NewCard, NoteKind},
    ids::CardId,
    lance::{journal::Journal, rows, tables::Tables},
    learning::Learning,
    review::{CardAction, Rating},
    time::UnixMillis,
};
use support::learning::{Desk as LearningDesk, card};

use crate::drafts::{Desk, ids, three};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_after_the_cards_were_made_leaves_no_draft_of_them() {
    let (desk, app) = Desk::new().await;
    let made = three(&app).await;
    app.keep_drafts(ids(&made), false).await.unwrap();
    app.close().await;
    // As it was before the end of the keeping was noted.
    assert_eq!(desk.execute("UPDATE drafts SET state = 'waiting'").await, 3);
    let app = desk.open();
    assert!(app.list_drafts().await.unwrap().is_empty());
    assert_eq!(app.study_counts().await.unwrap().total, 3);
    let kept = app.keep_drafts(ids(&made), true).await.unwrap();
    assert_eq!((kept.cards.len(), app.study_counts().await.unwrap().total), (0, 3));
    assert_eq!(app.restore_drafts(ids(&made)).await.unwrap().len(), 3, "and keeping can still be taken back");
    assert_eq!(app.study_counts().await.unwrap().total, 0);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_before_the_cards_were_made_leaves_the_drafts_waiting() {
    let (desk, app) = Desk::new().await;
    let made = three(&app).await;
    app.close().await;
    desk.execute("UPDATE drafts SET card_ids = ARRAY[gen_random_uuid()]").await;
    let app = desk.open();
    assert_eq!(app.list_drafts().await.unwrap(), made);
    let kept = app.keep_drafts(ids(&made), false).await.unwrap();
    assert_eq!((kept.cards.len(), app.study_counts().await.unwrap().total), (3, 3));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_while_keeping_is_taken_back_leaves_them_kept_or_waiting() {
    let (desk, app) = Desk::new().await;
    let made = three(&app).await;
    let kept = app.keep_drafts(ids(&made), false).await.unwrap().cards;
    // One card of three had been deleted, and the drafts wait again already.
    app.change_card(kept[0].id, CardAction::Delete).await.unwrap();
    app.close().await;
    desk.execute("UPDATE drafts SET state = 'waiting'").await;
    let app = desk.open();
    assert_eq!(ids(&app.list_drafts().await.unwrap()), [made[0].id]);
    assert_eq!(app.study_counts().await.unwrap().total, 2);
    app.close().await;
}

/// Makes the cards' table what it was before there were kinds, as the journal knows it.
async fn downgrade(path: &Path) {
    // The writer ends, and gives the journal back, when its last handle is gone.
    let journal = loop {
        match Journal::open(&path.join("journal.redb")) {
            Ok(journal) => break journal,
            Err(Error::DataDirInUse { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    };
    let (tables, _) = Tables::open(path, &journal.versions().unwrap()).await.unwrap();
    tables.flashcards.drop_columns(&rows::ADDED_TO_CARDS).await.unwrap();
    journal.advance(0, &tables.versions().await.unwrap()).unwrap();
}

/// A desk with three cards of which one was rated, which waits in the journal; its tables are from before.
async fn from_before() -> (LearningDesk, Vec<CardId>) {
    let desk = LearningDesk::new().await;
    let old = desk.add(3).await;
    let first = desk.first().await;
    desk.learning.store().flush().await.unwrap();
    desk.rate(&first, Rating::Good).await;
    let LearningDesk { directory, clock, options, learning } = desk;
    drop(learning);
    let path = directory.path().join("learning");
    downgrade(&path).await;
    let learning = Learning::open(&directory.path().join("elsewhere"), options.clone(), clock.clone()).await.unwrap();
    (LearningDesk { directory, clock, options, learning }, old)
}

async fn check(desk: &LearningDesk, old: &[CardId]) {
    let read = desk.learning.store().cards(old).await.unwrap();
    assert_eq!(read.len(), 3);
    assert!(read.iter().all(|card| card.kind == CardKind::Basic && card.note_id.is_none()));
    assert_eq!(desk.learning.today().await.unwrap().reviewed, 1);
    assert_eq!(desk.learning.store().reviews_since(UnixMillis(0)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_table_from_before_kinds_is_upgraded_with_all_its_cards() {
    let (desk, old) = from_before().await;
    let desk = desk.reopen().await;
    check(&desk, &old).await;
    let cloze = NewCard { kind: NoteKind::Cloze, ..card("{{c1::Oslo}} is in {{c2::Norway}}.", "") };
    let new = desk.learning.add_cards(vec![cloze]).await.unwrap();
    desk.learning.store().flush().await.unwrap();
    let desk = desk.reopen().await;
    let both = [new[0].id, new[1].id];
    assert_eq!(desk.learning.store().cards(&both).await.unwrap(), new);
    desk.learning.store().maintain().await.unwrap();
    let desk = desk.reopen_without_closing().await;
    assert_eq!(desk.learning.store().cards(&both).await.unwrap(), new);
    check(&desk, &old).await;
}

#[tokio::test]
async fn a_power_cut_in_the_middle_of_the_upgrade_costs_nothing() {
    for torn in [false, true] {
        let (desk, old) = from_before().await;
        // The columns were added and the journal was not told: that version never became durable, and may be half there.
        {
            let journal = Journal::open(&desk.path().join("journal.redb")).unwrap();
            let (_, opened) = Tables::open(&desk.path(), &journal.versions().unwrap()).await.unwrap();
            assert!(opened.upgraded);
        }
        if torn {
            let versions = desk.path().join("flashcards.lance/_versions");
            let mut manifests: Vec<_> = fs::read_dir(versions).unwrap().map(|entry| entry.unwrap().path()).collect();
            manifests.retain(|path| path.extension().is_some_and(|e| e == "manifest"));
            manifests.sort();
            fs::write(&manifests[0], b"").unwrap();
        }
        let desk = desk.reopen_without_closing().await;
        check(&desk, &old).await;
        let added = desk.learning.add_cards(vec![card("New?", "Yes.")]).await.unwrap();
        desk.learning.store().flush().await.unwrap();
        let desk = desk.reopen().await;
        assert_eq!(desk.learning.store().cards(&[added[0].id]).await.unwrap(), added);
        check(&desk, &old).await;
    }
}

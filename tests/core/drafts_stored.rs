//! The table of drafts by itself: stored once however often it is tried, and as it was given.

use memoryloop_core::{
    accounts,
    cards::{NewCard, NewDraft, NoteKind, Source},
    ids::{CardId, DraftId, MessageId},
    postgres::drafts,
    time::UnixMillis,
};
use support::{learning::card, postgres::fresh};

#[tokio::test]
async fn what_is_put_into_the_tray_twice_under_its_ids_is_there_once() {
    let test = fresh().await;
    let now = UnixMillis(1_800_000_000_000);
    let profile = accounts::create_profile(&test.db, "ada", &"correct horse".into(), now).await.unwrap();
    let user = profile.profile.id;
    let tags: Vec<String> = ["b \"x\"", "a, {c}", "\\"].map(Into::into).to_vec();
    let source = Source { message_id: MessageId::new(now), start: 3, end: 9, hash: Some("h".into()) };
    let whole = NewCard { tags, source: Some(source), kind: NoteKind::Reversed, ..card("q \u{1F393}?", "a") };
    let new = [
        NewDraft { card: whole, passage: Some("of it".into()), claimed: Some("made up".into()) },
        NewDraft { card: card("Where is Oslo?", "Norway"), passage: None, claimed: None },
    ];
    let ids = [DraftId::new(now), DraftId::new(now)];
    for _ in 0..2 {
        let stored = drafts::insert_as(&test.db, user, &ids, &new, now).await.unwrap();
        assert_eq!(stored.iter().map(|draft| draft.id).collect::<Vec<_>>(), ids);
        for (draft, new) in stored.iter().zip(&new) {
            assert_eq!((&draft.card, &draft.passage, draft.created_at), (&new.card, &new.passage, now));
            assert_eq!(draft.claimed, new.claimed);
        }
    }
    let first = drafts::insert_as(&test.db, user, &[], &[], now).await.unwrap();
    assert_eq!((first.len(), drafts::count(&test.db, user).await.unwrap()), (0, 2));
    // Keeping is noted for all or none, each with its own cards in their order.
    let cards: Vec<CardId> = (0..3).map(|_| CardId::new(now)).collect();
    let becoming = [(ids[0], vec![cards[2], cards[0]]), (ids[1], vec![cards[1]])];
    let unknown = [becoming[0].clone(), (DraftId::new(now), vec![cards[1]])];
    assert!(drafts::begin_keeping(&test.db, user, &unknown).await.is_err());
    assert!(drafts::unsettled(&test.db, user).await.unwrap().is_empty());
    drafts::begin_keeping(&test.db, user, &becoming).await.unwrap();
    let noted = drafts::unsettled(&test.db, user).await.unwrap();
    assert_eq!(noted.into_iter().map(|one| (one.draft.id, one.card_ids)).collect::<Vec<_>>(), becoming);
}

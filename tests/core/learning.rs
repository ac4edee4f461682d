//! Cards and reviews through `Learning`, on a real LanceDB on disk.

use memoryloop_core::{
    Error,
    cards::{LONGEST_SIDE, NewCard, Source},
    chat::Role,
    ids::{CardId, ConversationId, MessageId},
    lance::{CardVector, Embedding, MessageCopy},
    review::{CardAction, CardState, Rating, StudyStep},
    time::UnixMillis,
};
use support::{
    clock::TestClock,
    learning::{Desk, card, shown},
};

#[tokio::test]
async fn what_was_added_is_there_after_the_next_start() {
    let desk = Desk::new().await;
    let source = Source { message_id: MessageId::new(TestClock::NOON), start: 3, end: 14, hash: None };
    let new = NewCard {
        tags: vec![" b ".into(), "a".into(), "a".into(), " ".into()],
        source: Some(source),
        ..card(" Wo? ", "Überall 🦉\n\n$x^2$")
    };
    let added = desk.learning.add_cards(vec![new]).await.unwrap();
    assert_eq!(
        (added[0].question.as_str(), added[0].tags.as_slice()),
        ("Wo?", ["a".to_owned(), "b".into()].as_slice())
    );
    let desk = desk.reopen().await;
    let page = desk.learning.list_cards("", None, None, 10).await.unwrap();
    assert_eq!(page.rows.iter().map(|row| row.card.clone()).collect::<Vec<_>>(), added);
    assert_eq!((page.total, page.next), (1, None));
}

#[tokio::test]
async fn a_card_needs_both_sides_of_a_sensible_length() {
    let desk = Desk::new().await;
    for bad in [card("", "a"), card("q", " \n"), card("q", &"x".repeat(LONGEST_SIDE + 1))] {
        let refused = desk.learning.add_cards(vec![card("fine?", "yes"), bad]).await;
        assert!(matches!(refused, Err(Error::InvalidInput(_))), "{refused:?}");
    }
    assert_eq!(desk.learning.counts().total, 0, "all or none");
}

#[tokio::test]
async fn three_cards_are_studied_in_their_order_to_the_end() {
    let desk = Desk::new().await;
    let ids = desk.add(3).await;
    let mut step = desk.learning.start_study(None).await.unwrap().step;
    for (position, id) in (1..).zip(&ids) {
        let card = shown(step);
        assert_eq!((card.card.id, card.position, card.of), (*id, position, 3));
        step = desk.rate(&card, Rating::Easy).await;
    }
    let StudyStep::Finished { summary } = step else { panic!("{step:?}") };
    assert_eq!((summary.reviewed, summary.easy, summary.duration_ms, summary.due_tomorrow), (3, 3, 3_000, 0));
    assert!(summary.next_due.unwrap() > TestClock::NOON.plus(5 * UnixMillis::DAY));
    let today = desk.learning.today().await.unwrap();
    assert_eq!((today.reviewed, today.easy, today.added), (3, 3, 3));
}

#[tokio::test]
async fn a_failed_card_comes_back_within_the_session() {
    let desk = Desk::new().await;
    desk.add(1).await;
    let first = desk.first().await;
    let again = shown(desk.rate(&first, Rating::Again).await);
    assert_eq!((again.card.id, again.state, again.position, again.of), (first.card.id, CardState::Learning, 2, 2));
}

#[tokio::test]
async fn a_double_press_rates_once() {
    let desk = Desk::new().await;
    desk.add(2).await;
    let first = desk.first().await;
    let press = || desk.learning.rate_card(first.card.id, first.revision, Rating::Good, 500);
    let (one, two) = tokio::join!(press(), press());
    assert!(matches!((&one, &two), (Ok(_), Err(Error::StaleCard)) | (Err(Error::StaleCard), Ok(_))), "{one:?} {two:?}");
    assert_eq!(desk.learning.today().await.unwrap().reviewed, 1);
}

#[tokio::test]
async fn reviews_are_there_before_and_after_they_move_to_lance() {
    let desk = Desk::new().await;
    desk.add(5).await;
    let mut card = desk.first().await;
    for _ in 0..4 {
        card = shown(desk.rate(&card, Rating::Easy).await);
    }
    assert_eq!(desk.learning.today().await.unwrap().reviewed, 4);
    desk.learning.store().flush().await.unwrap();
    assert_eq!(desk.learning.today().await.unwrap().reviewed, 4);
    let counts = desk.learning.counts();
    let desk = desk.reopen_without_closing().await;
    assert_eq!((desk.learning.counts(), desk.learning.today().await.unwrap().reviewed), (counts, 4));
    assert_eq!(desk.first().await.card, card.card);
}

#[tokio::test]
async fn editing_keeps_the_schedule_and_deleting_takes_the_card_from_every_place() {
    let desk = Desk::new().await;
    let ids = desk.add(2).await;
    let first = desk.first().await;
    desk.rate(&first, Rating::Good).await;
    desk.learning.store().flush().await.unwrap();
    desk.learning.update_card(ids[0], "New?".into(), "New.".into(), vec!["t".into()]).await.unwrap();
    desk.learning.change_card(ids[1], CardAction::Delete).await.unwrap();
    assert!(matches!(desk.learning.change_card(ids[1], CardAction::Delete).await, Err(Error::NotFound { .. })));
    for desk in [desk.reopen_without_closing().await.reopen().await] {
        let page = desk.learning.list_cards("", None, None, 10).await.unwrap();
        assert_eq!(page.rows.len(), 1);
        assert_eq!((page.rows[0].card.question.as_str(), page.rows[0].state), ("New?", CardState::Learning));
        assert_eq!(desk.learning.counts().total, 1);
    }
}

#[tokio::test]
async fn pages_hold_every_card_once() {
    let desk = Desk::new().await;
    let ids = desk.add(25).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = desk.learning.list_cards("", None, after, 10).await.unwrap();
        seen.extend(page.rows.iter().map(|row| row.card.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    seen.sort_unstable();
    let mut expected = ids;
    expected.sort_unstable();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn words_are_found_wherever_the_card_is() {
    let desk = Desk::new().await;
    desk.learning
        .add_cards(vec![
            card("What is a mitochondrion?", "The powerhouse of the cell."),
            card("Größe?", "Élan vital"),
            card("日本の首都は？", "東京です"),
        ])
        .await
        .unwrap();
    for flushed in [false, true] {
        if flushed {
            desk.learning.store().flush().await.unwrap();
        }
        for (query, found) in [
            ("POWERHOUSE cell", 1),
            ("mitochondrion", 1),
            ("élan", 1),
            ("nowhere", 0),
            ("'; DROP", 0),
            ("?!", 0),
            ("東京", 1),
        ] {
            let page = desk.learning.list_cards(query, None, None, 10).await.unwrap();
            assert_eq!(page.rows.len(), found, "{query:?}, flushed: {flushed}");
        }
    }
}

fn direction(axis: usize) -> Vec<f32> {
    (0..768).map(|i| if i == axis { 1.0 } else { 0.0 }).collect()
}

#[tokio::test]
async fn cards_are_found_by_meaning_and_only_among_vectors_of_one_model() {
    let desk = Desk::new().await;
    desk.add(3).await;
    let cards = desk.learning.cards_without_vector("m1", 10).await.unwrap();
    assert_eq!(cards.len(), 3);
    let vector = |n: usize, version: &str| CardVector {
        id: cards[n].id,
        updated_at: cards[n].updated_at,
        embedding: Embedding { version: version.into(), vector: direction(n) },
    };
    desk.learning.set_card_vectors(vec![vector(0, "m1"), vector(1, "m1"), vector(2, "it's another")]).await.unwrap();
    let query = |version: &str| Embedding { version: version.into(), vector: direction(1) };
    let found = desk.learning.store().find_by_meaning(&query("m1"), 10).await.unwrap();
    assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [cards[1].id, cards[0].id]);
    assert!(found[0].1.abs() < 1e-6);
    let other = desk.learning.store().find_by_meaning(&query("it's another"), 10).await.unwrap();
    assert_eq!(other.len(), 1);
    assert_eq!(desk.learning.cards_without_vector("m1", 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_edit_takes_a_stale_vector_away_and_refuses_a_late_one() {
    let desk = Desk::new().await;
    let id = desk.add(1).await[0];
    let card = desk.learning.cards_without_vector("m1", 10).await.unwrap().remove(0);
    desk.learning.update_card(id, "Changed?".into(), "Yes.".into(), Vec::new()).await.unwrap();
    desk.learning.store().flush().await.unwrap();
    let late = CardVector {
        id,
        updated_at: card.updated_at,
        embedding: Embedding { version: "m1".into(), vector: direction(0) },
    };
    desk.learning.set_card_vectors(vec![late]).await.unwrap();
    assert_eq!(desk.learning.cards_without_vector("m1", 10).await.unwrap()[0].question, "Changed?");
}

#[tokio::test]
async fn a_deleted_conversation_leaves_no_copies_and_takes_none_that_come_late() {
    let desk = Desk::new().await;
    let conversations = [ConversationId::new(TestClock::NOON), ConversationId::new(TestClock::NOON)];
    let copy = |conversation_id| MessageCopy {
        id: MessageId::new(TestClock::NOON),
        conversation_id,
        role: Role::User,
        content: "What was said.".into(),
        created_at: TestClock::NOON,
        embedding: None,
    };
    desk.learning.put_messages(conversations.map(copy).to_vec()).await.unwrap();
    desk.learning.forget_conversation(conversations[0]).await.unwrap();
    desk.learning.put_messages(vec![copy(conversations[0])]).await.unwrap();
    let desk = desk.reopen().await;
    let left = desk.learning.messages_without_vector("m1", 10).await.unwrap();
    assert_eq!(left.iter().map(|m| m.conversation_id).collect::<Vec<_>>(), [conversations[1]]);
    assert_eq!(desk.learning.store().count_messages().await.unwrap(), 1);
}

#[tokio::test]
async fn an_empty_answer_waits_for_no_vector() {
    let desk = Desk::new().await;
    let empty = MessageCopy {
        id: MessageId::new(TestClock::NOON),
        conversation_id: ConversationId::new(TestClock::NOON),
        role: Role::Assistant,
        content: String::new(),
        created_at: TestClock::NOON,
        embedding: None,
    };
    desk.learning.put_messages(vec![empty]).await.unwrap();
    assert_eq!(desk.learning.messages_without_vector("m1", 10).await.unwrap(), []);
    assert_eq!(desk.learning.count_without_vector("m1").await.unwrap(), 0);
}

#[tokio::test]
async fn the_starter_deck_comes_once() {
    let desk = Desk::new().await;
    let added = desk.learning.add_starter_deck().await.unwrap();
    assert!(added >= 8);
    assert_eq!(desk.learning.add_starter_deck().await.unwrap(), 0);
    assert_eq!(desk.learning.counts().new, added);
}

#[tokio::test]
async fn a_clock_set_back_loses_no_review() {
    let desk = Desk::new().await;
    desk.add(1).await;
    let card = shown(desk.rate(&desk.first().await, Rating::Again).await);
    desk.clock.advance(-3 * UnixMillis::DAY);
    desk.learning.rate_card(card.card.id, card.revision, Rating::Easy, 1).await.unwrap();
    let mut logs = desk.learning.store().reviews_since(UnixMillis(0)).await.unwrap();
    logs.sort_by_key(|log| log.reviewed_at);
    assert_eq!(logs.iter().map(|log| log.rating.unwrap()).collect::<Vec<_>>(), [Rating::Again, Rating::Easy]);
}

#[tokio::test]
async fn many_cards_at_once_go_straight_to_the_tables() {
    let desk = Desk::new().await;
    desk.add(1_200).await;
    let desk = desk.reopen_without_closing().await;
    let counts = desk.learning.counts();
    assert_eq!((counts.new, counts.total), (20, 1_200));
    let shown = desk.first().await;
    assert_eq!(shown.card.question, "Question 0?");
}

#[tokio::test]
async fn a_second_program_is_refused_and_harms_nothing() {
    let desk = Desk::new().await;
    let second =
        memoryloop_core::learning::Learning::open(&desk.path(), desk.options.clone(), desk.clock.clone()).await;
    assert!(matches!(second.err(), Some(Error::DataDirInUse { .. })));
    desk.add(1).await;
    assert!(desk.learning.rate_card(CardId::new(TestClock::NOON), 0, Rating::Good, 0).await.is_err());
}

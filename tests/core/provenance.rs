//! Where cards come from, when the answer stays as it was, when it changes, and in a store of many cards.

use std::time::Instant;

use memoryloop_core::{
    Error,
    cards::{NewCard, Source, source},
    ids::{ConversationId, MessageId},
    review::{CardState, Rating, StudyStep},
    time::UnixMillis,
};
use support::learning::{Desk as LearningDesk, card};

use crate::{
    app::{answer, asked},
    drafts::Desk,
};

fn at(message_id: MessageId, start: u32, end: u32) -> Option<Source> {
    Some(Source { message_id, start, end, hash: None })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_knows_its_passage_by_heart_and_says_when_it_changed() {
    let (desk, app) = Desk::new().await;
    let conversation = asked(&app, "What is spaced repetition?").await;
    let whole = answer(&conversation).clone();
    let new = NewCard { source: at(whole.id, 3, 20), ..card("What is it about?", "Repetition") };
    let kept = app.save_cards(vec![new, card("By hand?", "Yes")]).await.unwrap();
    let passage = source::passage(&whole.content, 3..20).to_owned();
    assert_eq!(kept[0].source.as_ref().unwrap().hash.as_deref(), Some(source::hash(&passage).as_str()));
    let place = app.card_source(kept[0].id).await.unwrap();
    assert_eq!((place.passage.as_str(), place.changed), (passage.as_str(), false));

    // Something was put before it: it is found where it is now.
    desk.execute("UPDATE messages SET content = 'Well – ' || content WHERE role = 'assistant'").await;
    let place = app.card_source(kept[0].id).await.unwrap();
    assert_eq!((place.passage.as_str(), place.changed, place.source.start), (passage.as_str(), false, 10));
    // It says something else.
    desk.execute("UPDATE messages SET content = 'Another answer altogether' WHERE role = 'assistant'").await;
    let place = app.card_source(kept[0].id).await.unwrap();
    assert_eq!((place.passage.as_str(), place.changed), ("ther answer altog", true));
    desk.execute("UPDATE messages SET content = '' WHERE role = 'assistant'").await;
    let place = app.card_source(kept[0].id).await.unwrap();
    assert_eq!((place.passage.as_str(), place.changed), ("", true));

    let by_hand = app.card_source(kept[1].id).await.unwrap_err();
    assert!(matches!(by_hand, Error::NotFound { .. }), "{by_hand}");
    app.delete_conversation(conversation.summary.id).await.unwrap();
    desk.execute("DELETE FROM conversations").await;
    let gone = app.card_source(kept[0].id).await.unwrap_err();
    assert!(matches!(gone, Error::NotFound { .. }), "{gone}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_keeps_its_source_while_the_answer_can_be_restored() {
    let (desk, app) = Desk::new().await;
    let conversation = asked(&app, "What is spaced repetition?").await;
    let id = answer(&conversation).id;
    let new = NewCard { source: at(id, 3, 20), ..card("What is it about?", "Repetition") };
    let draft = app.add_drafts(vec![new]).await.unwrap().remove(0);
    app.delete_message(id).await.unwrap();
    let edited = NewCard { source: draft.card.source.clone(), ..card("What is it all about?", "Repetition") };
    let edited = app.update_draft(draft.id, edited).await.unwrap();
    assert_eq!(edited.card.source, draft.card.source);
    let kept = app.keep_drafts(vec![draft.id], true).await.unwrap().cards;
    assert_eq!(kept[0].source, draft.card.source);
    assert!(matches!(app.card_source(kept[0].id).await, Err(Error::NotFound { .. })));
    app.restore_message(id).await.unwrap();
    assert!(!app.card_source(kept[0].id).await.unwrap().changed);
    // Gone for good, it is no source any more.
    desk.execute("DELETE FROM conversations").await;
    let new = NewCard { source: at(id, 3, 20), ..card("And now?", "Nothing") };
    assert_eq!(app.add_drafts(vec![new]).await.unwrap()[0].card.source, None);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passages_are_marked_with_what_is_known_of_their_cards() {
    let (desk, app) = Desk::new().await;
    let conversation = asked(&app, "What is spaced repetition?").await;
    let id = answer(&conversation).id;
    assert_eq!(app.passage_marks(conversation.summary.id).await.unwrap(), []);
    let cards =
        [(0, 9), (3, 20)].map(|(start, end)| NewCard { source: at(id, start, end), ..card(&format!("{start}?"), "a") });
    let kept = app.save_cards(cards.to_vec()).await.unwrap();
    let StudyStep::Card { card: shown } = app.start_study(Some(Default::default())).await.unwrap().step else {
        panic!()
    };
    app.rate_card(shown.card.id, shown.revision, Rating::Easy, 1_000).await.unwrap();
    desk.clock.advance(10 * UnixMillis::DAY);
    let marks = app.passage_marks(conversation.summary.id).await.unwrap();
    assert_eq!(marks.len(), 2);
    let [seen, unseen] = [shown.card.id, kept.iter().find(|card| card.id != shown.card.id).unwrap().id]
        .map(|id| marks.iter().find(|mark| mark.card_id == id).unwrap());
    assert_eq!((unseen.state, unseen.retrievability), (CardState::New, None));
    let known = app.card_info(shown.card.id).await.unwrap().retrievability;
    assert!(
        seen.state == CardState::Review && seen.retrievability == known && known.is_some_and(|r| r < 1.0),
        "{seen:?}"
    );
    assert_eq!(Some(&seen.source), shown.card.source.as_ref());
    let nowhere = app.passage_marks(ConversationId::new(UnixMillis(0))).await.unwrap_err();
    assert!(matches!(nowhere, Error::NotFound { .. }), "{nowhere}");
    app.close().await;
}

#[tokio::test]
async fn the_marks_of_a_long_conversation_are_found_among_fifty_thousand_cards() {
    let desk = LearningDesk::new().await;
    let answers: Vec<MessageId> = (0..1_000).map(|n| MessageId::new(UnixMillis(n))).collect();
    let from = |n: usize| if n < 2_000 { at(answers[n % 1_000], 0, 5) } else { None };
    let cards = (0..50_000).map(|n| NewCard { source: from(n), ..card(&format!("Question {n}?"), "An answer") });
    desk.learning.add_cards(cards.collect()).await.unwrap();
    desk.learning.store().maintain().await.unwrap();
    let begun = Instant::now();
    let marks = desk.learning.marks(&answers).await.unwrap();
    println!("marks of 1,000 messages with 2,000 cards among 50,000: {:?}", begun.elapsed());
    assert_eq!(marks.len(), 2_000);
}

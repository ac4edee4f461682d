//! Cards of the kinds that are not a plain question: made together, studied apart, edited with care.

use memoryloop_core::{
    Error,
    cards::{Card, CardKind, NewCard, NoteKind},
    review::{Rating, StudyStep},
};
use support::learning::{Desk, card};

fn cloze(text: &str) -> NewCard {
    NewCard { kind: NoteKind::Cloze, ..card(text, "") }
}

async fn added(desk: &Desk, new: NewCard) -> Vec<Card> {
    desk.learning.add_cards(vec![new]).await.unwrap()
}

#[tokio::test]
async fn a_note_is_as_many_cards_as_it_asks_for_in_the_journal_and_in_lance() {
    let desk = Desk::new().await;
    let text = "{{c2::Oslo::a city}} and {{c2::Bergen}} are in {{c1::Norway}}.";
    let cards = added(&desk, NewCard { answer: "See a map.".into(), tags: vec!["geo".into()], ..cloze(text) }).await;
    let questions: Vec<&str> = cards.iter().map(|card| card.question.as_str()).collect();
    assert_eq!(
        questions,
        ["Oslo and Bergen are in {{c1::Norway}}.", "{{c1::Oslo::a city}} and {{c1::Bergen}} are in Norway."]
    );
    assert!(
        cards.iter().all(|card| card.kind == CardKind::Cloze && card.answer == "See a map." && card.tags == ["geo"])
    );
    assert!(cards[0].note_id.is_some() && cards[0].note_id == cards[1].note_id);
    let both = [cards[0].id, cards[1].id];
    assert_eq!(desk.learning.store().cards(&both).await.unwrap(), cards);
    let desk = desk.reopen().await;
    assert_eq!(desk.learning.store().cards(&both).await.unwrap(), cards);
    let alone = added(&desk, cloze("{{c1::One}} thing.")).await;
    assert_eq!((alone.len(), alone[0].note_id), (1, None));
    let found = desk.learning.list_cards("Bergen", None, None, 10).await.unwrap();
    assert!(found.rows.iter().all(|row| row.card.kind == CardKind::Cloze) && found.rows.len() == 2);
}

#[tokio::test]
async fn both_ways_of_a_note_are_kept_apart_also_after_a_restart() {
    let desk = Desk::new().await;
    let note = added(&desk, NewCard { kind: NoteKind::Reversed, ..card("das Haus", "house") }).await;
    desk.add(2).await;
    desk.learning.store().flush().await.unwrap();
    let desk = desk.reopen().await;
    let both: Vec<_> = note.iter().map(|card| card.id).collect();
    let mut step = desk.learning.start_study(Some(Default::default())).await.unwrap().step;
    let mut shown = Vec::new();
    while let StudyStep::Card { card } = step {
        shown.push(card.card.id);
        step = desk.rate(&card, Rating::Easy).await;
    }
    assert!(shown.len() >= 3 && shown.iter().any(|id| both.contains(id)), "{shown:?}");
    let beside = shown.windows(2).any(|two| two.iter().all(|id| both.contains(id)));
    assert!(!beside, "one stands beside the other: {shown:?} {both:?}");
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_a_sentence() {
    let desk = Desk::new().await;
    for (text, says) in [
        ("no deletion", "needs a deletion"),
        ("{{c1::open", "not closed"),
        ("{{c1::a {{c2::b}} c}}", "within another"),
        ("{{c1::}} x", "hides nothing"),
        ("{{c0::x}}", "numbered from 1"),
    ] {
        let error = desk.learning.add_cards(vec![card("fine?", "yes"), cloze(text)]).await.unwrap_err();
        assert!(matches!(&error, Error::InvalidInput(why) if why.contains(says)), "{text}: {error}");
    }
    assert_eq!(desk.learning.counts().total, 0, "all or none");
    let error = desk.learning.add_cards(vec![card("q?", "")]).await.unwrap_err();
    assert!(error.to_string().contains("needs an answer"), "{error}");
}

#[tokio::test]
async fn an_edit_keeps_the_kind_and_the_deletion() {
    let desk = Desk::new().await;
    let cloze = added(&desk, cloze("{{c1::Oslo}} is in Norway.")).await.remove(0);
    let update = |text: &str| desk.learning.update_card(cloze.id, text.into(), String::new(), vec![]);
    for (text, says) in
        [("Oslo is in Norway.", "needs a deletion"), ("{{c1::Oslo}} is in {{c2::Norway}}.", "one deletion")]
    {
        let error = update(text).await.unwrap_err();
        assert!(matches!(&error, Error::InvalidInput(why) if why.contains(says)), "{text}: {error}");
    }
    let after = update("{{c1::Oslo}} lies in Norway.").await.unwrap().card;
    assert_eq!((after.kind, after.question.as_str()), (CardKind::Cloze, "{{c1::Oslo}} lies in Norway."));
    let basic = added(&desk, card("q?", "a")).await.remove(0);
    let error = desk.learning.update_card(basic.id, "q?".into(), String::new(), vec![]).await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error}");
}

#[tokio::test]
async fn a_card_is_split_into_notes() {
    let desk = Desk::new().await;
    let old = added(&desk, card("All of it?", "Much.")).await.remove(0);
    desk.first().await;
    let parts = vec![cloze("{{c1::Oslo}} is in {{c2::Norway}}."), card("q?", "a")];
    let update = desk.learning.split_card(old.id, parts).await.unwrap();
    assert!(matches!(update.step, StudyStep::Card { .. }));
    assert_eq!(desk.learning.counts().total, 3);
    desk.learning.undo(None).await.unwrap();
    assert_eq!(desk.learning.counts().total, 1);
}

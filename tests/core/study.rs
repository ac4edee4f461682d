//! Sessions of study on a real LanceDB on disk: limits, scopes, cramming, what was left and is gone on with.

use memoryloop_core::{
    cards::{NewCard, Source},
    chat::Role,
    ids::{CardId, ConversationId, MessageId},
    lance::MessageCopy,
    learning::Learning,
    review::{
        CardAction, CardState, Rating, Scope, StudyChoice, StudyStep, StudyUpdate,
        options::{ReviewOptions, Siblings},
    },
    time::UnixMillis,
};
use support::{
    clock::TestClock,
    learning::{Desk, card, shown},
};

const DAY: i64 = UnixMillis::DAY;

async fn choose(learning: &Learning, scope: Scope, cram: bool) -> StudyUpdate {
    learning.start_study(Some(StudyChoice { scope, cram })).await.unwrap()
}

async fn set(learning: &Learning, change: impl FnOnce(&mut ReviewOptions)) {
    let mut options = learning.scheduling().options;
    change(&mut options);
    learning.set_review_options(options).await.unwrap();
}

/// Rates whatever comes with Easy until the end; the cards in their order.
async fn study_all(learning: &Learning, mut update: StudyUpdate) -> (Vec<CardId>, StudyUpdate) {
    let mut seen = Vec::new();
    while let StudyStep::Card { card } = update.step {
        seen.push(card.card.id);
        assert!(seen.len() < 1_000, "the session does not end");
        update = learning.rate_card(card.card.id, card.revision, Rating::Easy, 1_000).await.unwrap();
    }
    (seen, update)
}

fn of_answer(n: usize, message_id: MessageId) -> NewCard {
    NewCard {
        source: Some(Source { message_id, start: 0, end: 5, hash: None }),
        ..card(&format!("Question {n}?"), "A.")
    }
}

#[tokio::test]
async fn new_cards_stop_at_the_daily_limit_until_more_are_asked_for() {
    let desk = Desk::new().await;
    desk.add(25).await;
    assert_eq!((desk.learning.counts().new, desk.learning.counts().due), (20, 20));
    let start = choose(&desk.learning, Scope::All, false).await;
    let (seen, end) = study_all(&desk.learning, start).await;
    assert_eq!(seen.len(), 20);
    let StudyStep::Finished { summary } = end.step else { panic!("{end:?}") };
    assert_eq!((summary.reviewed, summary.new_held_back), (20, 5));
    let more = desk.learning.study_more(3, 0).await.unwrap();
    assert_eq!((more.counts.new, shown(more.step.clone()).position), (3, 21));
    // What was allowed today is still allowed after another start, and not tomorrow.
    let desk = desk.reopen().await;
    assert_eq!(desk.learning.counts().new, 3);
    let (seen, _) = study_all(&desk.learning, desk.learning.start_study(None).await.unwrap()).await;
    assert_eq!(seen.len(), 3);
    assert_eq!(desk.learning.counts().new, 0);
    desk.clock.advance(DAY);
    assert_eq!(desk.learning.counts().new, 2);
}

#[tokio::test]
async fn reviews_stop_at_their_own_limit() {
    let desk = Desk::new().await;
    set(&desk.learning, |options| (options.reviews_per_day, options.fuzz) = (2, false)).await;
    desk.add(5).await;
    let start = choose(&desk.learning, Scope::All, false).await;
    study_all(&desk.learning, start).await;
    desk.clock.advance(30 * DAY);
    assert_eq!(desk.learning.counts().review, 2);
    assert_eq!(desk.learning.due_cards().len(), 5);
    let start = choose(&desk.learning, Scope::All, false).await;
    let (seen, end) = study_all(&desk.learning, start).await;
    let StudyStep::Finished { summary } = end.step else { panic!("{end:?}") };
    assert_eq!((seen.len(), summary.reviews_held_back, summary.recalled_of, summary.recalled), (2, 3, 2, 2));
    let undone = desk.learning.undo(None).await.unwrap();
    assert_eq!((undone.counts.review, shown(undone.step).card.id), (1, seen[1]), "an undone review does not count");
}

#[tokio::test]
async fn a_session_that_was_left_goes_on() {
    let desk = Desk::new().await;
    let tagged = NewCard { tags: vec!["it's".into()], ..card("Tagged?", "Yes.") };
    desk.add(3).await;
    desk.learning.add_cards(vec![tagged.clone(), NewCard { question: "Too?".into(), ..tagged }]).await.unwrap();
    let tag = Scope::Tag { tag: "it's".into() };
    let first = shown(choose(&desk.learning, tag.clone(), false).await.step);
    let second = shown(desk.rate(&first, Rating::Easy).await);
    let back = desk.learning.start_study(None).await.unwrap();
    assert_eq!((&back.choice.scope, shown(back.step).card.id), (&tag, second.card.id));
    desk.learning.store().flush().await.unwrap();
    // Gone on with after another start too, but not on another day.
    let desk = desk.reopen().await;
    let back = desk.learning.start_study(None).await.unwrap();
    let card = shown(back.step);
    assert_eq!((back.choice.scope, card.card.id, card.position, card.of), (tag, second.card.id, 2, 2));
    desk.clock.advance(DAY);
    let tomorrow = desk.learning.start_study(None).await.unwrap();
    assert_eq!(tomorrow.choice, StudyChoice::default());
    assert_eq!(shown(tomorrow.step).position, 1);
}

#[tokio::test]
async fn a_session_that_ended_is_not_gone_on_with() {
    let desk = Desk::new().await;
    desk.add(1).await;
    let start = choose(&desk.learning, Scope::All, false).await;
    study_all(&desk.learning, start).await;
    let desk = desk.reopen().await;
    desk.add(1).await;
    assert_eq!(shown(desk.learning.start_study(None).await.unwrap().step).position, 1);
}

#[tokio::test]
async fn a_conversation_is_studied_by_its_answers() {
    let desk = Desk::new().await;
    let (conversation, other) = (ConversationId::new(TestClock::NOON), ConversationId::new(TestClock::NOON));
    let mut messages = Vec::new();
    for (n, conversation_id) in [(0, conversation), (1, conversation), (2, other)] {
        let id = MessageId::new(TestClock::NOON);
        desk.learning.add_cards(vec![of_answer(n, id)]).await.unwrap();
        let (content, created_at) = (format!("Answer {n}"), TestClock::NOON);
        messages.push(MessageCopy { id, conversation_id, role: Role::Assistant, content, created_at, embedding: None });
    }
    desk.add(1).await;
    desk.learning.put_messages(messages).await.unwrap();
    for desk in [desk.reopen().await] {
        let scope = Scope::Conversation { id: conversation };
        let start = choose(&desk.learning, scope, false).await;
        assert_eq!(start.counts.new, 2);
        let (seen, _) = study_all(&desk.learning, start).await;
        assert_eq!((seen.len(), desk.learning.counts().new), (2, 2));
    }
}

#[tokio::test]
async fn cards_added_this_week_are_those_of_seven_study_days() {
    let desk = Desk::new().await;
    desk.add(2).await;
    desk.clock.advance(6 * DAY);
    desk.add(1).await;
    assert_eq!(choose(&desk.learning, Scope::AddedThisWeek, false).await.counts.new, 3);
    desk.clock.advance(DAY);
    assert_eq!(choose(&desk.learning, Scope::AddedThisWeek, false).await.counts.new, 1);
}

#[tokio::test]
async fn cramming_shows_every_card_until_it_is_known_and_touches_no_schedule() {
    let desk = Desk::new().await;
    let ids = desk.add(3).await;
    let start = choose(&desk.learning, Scope::All, false).await;
    study_all(&desk.learning, start).await;
    let before = desk.learning.list_cards("", None, None, 10).await.unwrap();
    let first = shown(choose(&desk.learning, Scope::All, true).await.step);
    assert_eq!((first.position, first.of), (1, 3));
    let rate = async |id, revision, rating| desk.learning.rate_card(id, revision, rating, 500).await;
    let second = shown(rate(first.card.id, first.revision, Rating::Again).await.unwrap().step);
    assert!(rate(first.card.id, first.revision, Rating::Again).await.is_err(), "a double press");
    assert_eq!((second.position, second.of), (2, 4));
    let back = shown(desk.learning.undo(None).await.unwrap().step);
    assert_eq!((back.card.id, back.position, back.of), (first.card.id, 1, 3));
    desk.learning.redo().await.unwrap();
    let (seen, end) = study_all(&desk.learning, desk.learning.start_study(None).await.unwrap()).await;
    assert_eq!((seen.len(), *seen.last().unwrap()), (3, first.card.id), "the card not known comes last");
    let StudyStep::Finished { summary } = end.step else { panic!("{end:?}") };
    assert_eq!((summary.reviewed, summary.again, summary.recalled_of), (4, 1, 0));
    assert_eq!(desk.learning.list_cards("", None, None, 10).await.unwrap(), before);
    assert_eq!(desk.learning.today().await.unwrap().reviewed, 3, "the log knows nothing of it");
    assert!(ids.iter().all(|id| seen.contains(id)));
}

#[tokio::test]
async fn cards_from_one_answer_are_kept_apart_or_buried_as_the_person_says() {
    let desk = Desk::new().await;
    let (one, two) = (MessageId::new(TestClock::NOON), MessageId::new(TestClock::NOON));
    let cards = vec![of_answer(0, one), of_answer(1, one), of_answer(2, two), of_answer(3, two)];
    let ids: Vec<_> = desk.learning.add_cards(cards).await.unwrap().into_iter().map(|card| card.id).collect();
    let start = choose(&desk.learning, Scope::All, false).await;
    let first = shown(start.step);
    let second = shown(desk.rate(&first, Rating::Easy).await);
    assert_eq!((first.card.id, second.card.id), (ids[0], ids[2]), "apart");
    while desk.learning.undo(None).await.is_ok() {}
    // The journal and the tables know the same source.
    let desk = desk.reopen().await;
    set(&desk.learning, |options| options.siblings = Siblings::Bury).await;
    let start = choose(&desk.learning, Scope::All, false).await;
    let (seen, end) = study_all(&desk.learning, start).await;
    assert_eq!(seen, [ids[0], ids[2]]);
    let StudyStep::Finished { summary } = end.step else { panic!("{end:?}") };
    assert_eq!(summary.buried, 2);
    let undone = desk.learning.undo(None).await.unwrap();
    assert_eq!((undone.counts.new, shown(undone.step).card.id), (2, ids[2]), "the sibling is dug up with it");
    let desk = desk.reopen().await;
    assert_eq!(desk.learning.counts().new, 2);
    desk.clock.advance(DAY);
    assert_eq!(desk.learning.counts().new, 3);
    set(&desk.learning, |options| options.siblings = Siblings::AsTheyCome).await;
    let (seen, _) = study_all(&desk.learning, choose(&desk.learning, Scope::All, false).await).await;
    assert_eq!(seen, [ids[1], ids[2], ids[3]]);
}

#[tokio::test]
async fn a_leech_is_told_at_eight_lapses_and_every_four_after() {
    let desk = Desk::new().await;
    let id = desk.add(1).await[0];
    let mut told = Vec::new();
    let first = desk.first().await;
    desk.rate(&first, Rating::Easy).await;
    for lapses in 1..=16 {
        desk.clock.advance(40 * DAY);
        let card = desk.first().await;
        assert_eq!((card.state, card.lapses), (CardState::Review, lapses - 1));
        let update = desk.learning.rate_card(id, card.revision, Rating::Again, 1_000).await.unwrap();
        told.extend(update.leech.map(|leech| leech.lapses));
        desk.clock.advance(20 * UnixMillis::MINUTE);
        let relearnt = shown(desk.learning.start_study(None).await.unwrap().step);
        desk.rate(&relearnt, Rating::Good).await;
    }
    assert_eq!(told, [8, 12, 16]);
    assert_eq!(desk.learning.start_study(None).await.unwrap().leech, None, "told once");
    let info = desk.learning.card_info(id).await.unwrap();
    assert_eq!((info.is_leech, info.lapses, info.history.len(), info.reps), (true, 16, 33, 33));
    assert_eq!(choose(&desk.learning, Scope::Failing, true).await.counts.total, 1);
    let reset = desk.learning.change_card(id, CardAction::Reset).await.unwrap();
    assert_eq!(reset.leech, None);
    let info = desk.learning.card_info(id).await.unwrap();
    assert_eq!((info.is_leech, info.state, info.history[0].rating), (false, CardState::New, None));
}

#[tokio::test]
async fn options_out_of_range_are_refused_and_good_ones_outlive_the_run() {
    let desk = Desk::new().await;
    let bad = ReviewOptions { desired_retention: 0.5, ..ReviewOptions::default() };
    assert!(desk.learning.set_review_options(bad).await.is_err());
    assert_eq!(desk.learning.scheduling().options, ReviewOptions::default());
    set(&desk.learning, |options| (options.desired_retention, options.new_per_day) = (0.85, 7)).await;
    desk.add(10).await;
    let desk = desk.reopen().await;
    assert_eq!(desk.learning.scheduling().options.desired_retention, 0.85);
    assert_eq!(desk.learning.counts().new, 7);
    desk.learning.close().await.unwrap();
    std::fs::write(desk.path().join("review.json"), b"{ not json").unwrap();
    let desk = desk.reopen_without_closing().await;
    assert_eq!(desk.learning.scheduling().options, ReviewOptions::default());
    assert!(desk.path().join("review.damaged.json").exists(), "what could not be read is kept");
}

#[tokio::test]
async fn tags_are_counted_wherever_the_cards_are() {
    let desk = Desk::new().await;
    let tagged = |tags: &[&str]| NewCard { tags: tags.iter().map(|&t| t.to_owned()).collect(), ..card("Q?", "A.") };
    desk.learning.add_cards(vec![tagged(&["a", "b"]), tagged(&["b"]), tagged(&[])]).await.unwrap();
    desk.learning.store().flush().await.unwrap();
    let added = desk.learning.add_cards(vec![tagged(&["b", "c"])]).await.unwrap();
    let counted = async |expected: &[(&str, u32)]| {
        let tags = desk.learning.tags().await.unwrap();
        let tags: Vec<_> = tags.iter().map(|t| (t.tag.as_str(), t.cards)).collect();
        assert_eq!(tags, expected);
    };
    counted(&[("b", 3), ("a", 1), ("c", 1)]).await;
    desk.learning.change_card(added[0].id, CardAction::Delete).await.unwrap();
    counted(&[("b", 2), ("a", 1)]).await;
}

#[tokio::test]
async fn cramming_goes_on_whatever_is_done_to_its_cards() {
    let desk = Desk::new().await;
    desk.add(3).await;
    let first = shown(choose(&desk.learning, Scope::All, true).await.step);
    let parts = vec![card("Half?", "One."), card("Other half?", "Two.")];
    let split = desk.learning.split_card(first.card.id, parts).await.unwrap();
    let half = shown(split.step);
    assert_eq!((half.card.question.as_str(), half.of), ("Half?", 4));
    let back = shown(desk.learning.undo(None).await.unwrap().step);
    assert_eq!((back.card.id, back.of), (first.card.id, 3));
    for action in [CardAction::Delete, CardAction::Suspend, CardAction::Bury] {
        let next = shown(desk.learning.change_card(first.card.id, action).await.unwrap().step);
        assert_ne!(next.card.id, first.card.id);
        assert_eq!(shown(desk.learning.undo(None).await.unwrap().step).card.id, first.card.id, "{action:?}");
        desk.learning.redo().await.unwrap();
        assert_eq!(shown(desk.learning.undo(None).await.unwrap().step).card.id, first.card.id, "{action:?} again");
    }
    let (seen, _) = study_all(&desk.learning, desk.learning.start_study(None).await.unwrap()).await;
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn what_was_crammed_is_not_shown_as_a_review_by_undo() {
    let desk = Desk::new().await;
    desk.add(2).await;
    let crammed = shown(choose(&desk.learning, Scope::All, true).await.step);
    desk.rate(&crammed, Rating::Good).await;
    let first = shown(choose(&desk.learning, Scope::All, false).await.step);
    let after = shown(desk.learning.undo(None).await.unwrap().step);
    assert_eq!((after.card.id, after.position), (first.card.id, 1));
}

#[tokio::test]
async fn undoing_what_was_done_elsewhere_leaves_the_shown_card() {
    let desk = Desk::new().await;
    let ids = desk.add(3).await;
    let first = desk.first().await;
    assert_eq!(first.card.id, ids[0]);
    let suspended = desk.learning.change_card(ids[2], CardAction::Suspend).await.unwrap();
    assert_eq!(shown(suspended.step).card.id, ids[0]);
    assert_eq!(shown(desk.learning.undo(None).await.unwrap().step).card.id, ids[0]);
}

#[tokio::test]
async fn a_rating_past_the_rollover_counts_for_the_new_day() {
    let desk = Desk::new().await;
    set(&desk.learning, |options| options.new_per_day = 2).await;
    desk.add(6).await;
    let first = desk.first().await;
    desk.clock.advance(20 * 60 * UnixMillis::MINUTE);
    let update = desk.learning.rate_card(first.card.id, first.revision, Rating::Easy, 1_000).await.unwrap();
    assert_eq!(update.counts.new, 1);
    let more = desk.learning.study_more(1, 0).await.unwrap();
    assert_eq!(more.counts.new, 1, "asked for on a session of the day before: a new one begins");
}

#[tokio::test]
async fn a_clock_that_was_wrong_for_a_moment_gives_no_second_day() {
    let desk = Desk::new().await;
    desk.add(30).await;
    study_all(&desk.learning, choose(&desk.learning, Scope::All, false).await).await;
    assert_eq!(desk.learning.counts().new, 0);
    desk.clock.advance(3 * DAY);
    assert_eq!(desk.learning.counts().new, 10);
    desk.clock.advance(-3 * DAY);
    assert_eq!(desk.learning.counts().new, 0);
}

#[tokio::test]
async fn a_session_that_was_prolonged_is_gone_on_with_too() {
    let desk = Desk::new().await;
    let tagged = |n| NewCard { tags: vec!["t".into()], ..card(&format!("Tagged {n}?"), "Yes.") };
    set(&desk.learning, |options| options.new_per_day = 1).await;
    desk.learning.add_cards((0..3).map(tagged).collect()).await.unwrap();
    let scope = Scope::Tag { tag: "t".into() };
    study_all(&desk.learning, choose(&desk.learning, scope.clone(), false).await).await;
    desk.learning.study_more(2, 0).await.unwrap();
    let desk = desk.reopen().await;
    // Something done to a card before it is gone on with does not end it.
    let any = desk.learning.list_cards("", None, None, 1).await.unwrap().rows[0].card.id;
    desk.learning.change_card(any, CardAction::Mark).await.unwrap();
    let back = desk.learning.start_study(None).await.unwrap();
    assert_eq!((back.choice.scope, shown(back.step).position), (scope, 2));
}

#[tokio::test]
async fn parts_of_a_split_card_come_in_the_session_that_it_was_in() {
    let desk = Desk::new().await;
    let tagged = NewCard { tags: vec!["t".into()], ..card("Tagged?", "Yes.") };
    let id = desk.learning.add_cards(vec![tagged]).await.unwrap()[0].id;
    choose(&desk.learning, Scope::Tag { tag: "t".into() }, false).await;
    let split = desk.learning.split_card(id, vec![card("Half?", "One."), card("Other half?", "Two.")]).await.unwrap();
    assert_eq!((split.counts.new, shown(split.step).card.question.as_str()), (2, "Half?"));
}

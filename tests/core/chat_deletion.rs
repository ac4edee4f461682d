//! Exchanges deleted, restored and gone for good: what is shown meanwhile, and that what is said in between keeps its
//! place.

use memoryloop_core::{
    Error,
    chat::{Message, TurnRequest},
    postgres::messages,
};
use sqlx::ConnectOptions;
use support::ollama;

use crate::{
    chat::{NOW, Talk},
    chat_versions::{edit, given, ids, regenerate, texts},
};

#[tokio::test]
async fn a_deleted_exchange_is_not_shown_and_not_told_to_the_model() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    let before = talk.two_turns(&server).await;
    talk.said(&server, regenerate(&before[1]), "A1 again").await;
    talk.show(before[1].id).await.unwrap();
    messages::delete(&talk.db, talk.user, before[1].id, NOW).await.unwrap();
    let left = talk.stored().await;
    assert_eq!((texts(&left), left[0].parent_id), (vec!["Q2", "A2"], None), "what was said later stays");
    talk.said(&server, TurnRequest::question("Q3"), "A3").await;
    assert_eq!(given(&server), ["Q2", "A2", "Q3"]);
    for gone in [before[0].id, before[1].id] {
        assert!(matches!(messages::get(&talk.db, talk.user, gone).await, Err(Error::NotFound { .. })));
        assert!(matches!(talk.show(gone).await, Err(Error::NotFound { .. })));
        assert!(matches!(messages::delete(&talk.db, talk.user, gone, NOW).await, Err(Error::NotFound { .. })));
    }
    let waiting = messages::unindexed(&talk.db, talk.user, 10).await.unwrap();
    assert_eq!(waiting.len(), 4, "nor is it copied");
    for _ in 0..2 {
        messages::restore(&talk.db, talk.user, before[1].id).await.unwrap();
    }
    let whole = talk.stored().await;
    assert_eq!(texts(&whole), ["Q1", "A1", "Q2", "A2", "Q3", "A3"]);
    assert_eq!(whole[1].versions.len(), 2, "with its other answer");
}

#[tokio::test]
async fn the_last_exchange_deleted_and_restored_is_the_last_again() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    let before = talk.two_turns(&server).await;
    messages::delete(&talk.db, talk.user, before[2].id, NOW).await.unwrap();
    assert_eq!(texts(&talk.stored().await), ["Q1", "A1"]);
    messages::restore(&talk.db, talk.user, before[2].id).await.unwrap();
    assert_eq!(talk.stored().await, before);
    // What was asked meanwhile stays on the screen: restored, it stands before that and not in its place.
    messages::delete(&talk.db, talk.user, before[3].id, NOW).await.unwrap();
    talk.said(&server, TurnRequest::question("Q3"), "A3").await;
    assert_eq!(given(&server), ["Q1", "A1", "Q3"]);
    assert_eq!(texts(&talk.stored().await), ["Q1", "A1", "Q3", "A3"]);
    messages::restore(&talk.db, talk.user, before[3].id).await.unwrap();
    let shown = talk.stored().await;
    assert_eq!(texts(&shown), ["Q1", "A1", "Q2", "A2", "Q3", "A3"]);
    assert!(shown.iter().all(|message| message.versions.len() == 1));
    // All of it.
    for question in ["Q3", "Q1", "Q2"] {
        let shown = talk.stored().await;
        let found = shown.iter().find(|message| message.content == question).unwrap();
        messages::delete(&talk.db, talk.user, found.id, NOW).await.unwrap();
    }
    assert!(talk.stored().await.is_empty());
    talk.said(&server, TurnRequest::question("Q4"), "A4").await;
    assert_eq!(texts(&talk.stored().await), ["Q4", "A4"]);
    for id in ids(&shown) {
        messages::restore(&talk.db, talk.user, id).await.unwrap();
    }
    assert_eq!(texts(&talk.stored().await), ["Q1", "A1", "Q2", "A2", "Q3", "A3", "Q4", "A4"]);
}

#[tokio::test]
async fn a_question_follows_what_is_shown_when_another_version_was_deleted() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    let before = talk.two_turns(&server).await;
    talk.said(&server, edit(&before[2], "Q2 again"), "A2 again").await;
    let again = talk.stored().await;
    messages::delete(&talk.db, talk.user, again[2].id, NOW).await.unwrap();
    assert_eq!(texts(&talk.stored().await), ["Q1", "A1", "Q2", "A2"], "the other one is shown");
    talk.said(&server, TurnRequest::question("Q3"), "A3").await;
    assert_eq!(texts(&talk.stored().await), ["Q1", "A1", "Q2", "A2", "Q3", "A3"]);
    messages::restore(&talk.db, talk.user, again[2].id).await.unwrap();
    assert_eq!(ids(&talk.stored().await), ids(&again), "what is restored is shown");
    assert_eq!(texts(&talk.show(before[2].id).await.unwrap()), ["Q1", "A1", "Q2", "A2", "Q3", "A3"]);
    // Gone for good in the middle of what can be restored: the rest keeps its place.
    let shown = talk.stored().await;
    messages::delete(&talk.db, talk.user, shown[5].id, NOW).await.unwrap();
    messages::delete(&talk.db, talk.user, shown[2].id, NOW.plus(10)).await.unwrap();
    let doomed = messages::doomed(&talk.db, talk.user, NOW.plus(1)).await.unwrap();
    messages::purge(&talk.db, talk.user, &doomed).await.unwrap();
    messages::delete(&talk.db, talk.user, again[2].id, NOW.plus(10)).await.unwrap();
    assert_eq!(texts(&talk.stored().await), ["Q1", "A1"]);
    talk.said(&server, TurnRequest::question("Q4"), "A4").await;
    messages::restore(&talk.db, talk.user, shown[2].id).await.unwrap();
    assert_eq!(texts(&talk.stored().await), ["Q1", "A1", "Q2", "A2", "Q4", "A4"]);
}

#[tokio::test]
async fn what_is_gone_for_good_leaves_a_whole_conversation() {
    let (test, talk) = Talk::start().await;
    let server = ollama::start().await;
    let before = talk.two_turns(&server).await;
    talk.said(&server, TurnRequest::question("Q3"), "A3").await;
    // As if the first turn had not fitted.
    let mut owner = test.owner.connect().await.unwrap();
    let seen = sqlx::query("UPDATE messages SET seen_from = $1 WHERE content = 'A3'").bind(before[2].id);
    assert_eq!(seen.execute(&mut owner).await.unwrap().rows_affected(), 1);
    messages::delete(&talk.db, talk.user, before[2].id, NOW).await.unwrap();
    let next = |left: &[Message]| (left[3].seen_from, left[2].id);
    assert!(matches!(next(&talk.stored().await), (Some(from), question) if from == question));
    let early = messages::doomed(&talk.db, talk.user, NOW).await.unwrap();
    assert!(early.messages.is_empty() && early.conversations.is_empty(), "it can be restored still");
    let doomed = messages::doomed(&talk.db, talk.user, NOW.plus(1)).await.unwrap();
    assert_eq!(doomed.messages.len(), 2);
    for _ in 0..2 {
        messages::purge(&talk.db, talk.user, &doomed).await.unwrap();
    }
    let left = talk.stored().await;
    assert_eq!(texts(&left), ["Q1", "A1", "Q3", "A3"]);
    assert_eq!(left[2].parent_id, Some(before[1].id));
    assert!(matches!(next(&left), (Some(from), question) if from == question), "the line stays where it is shown");
    assert!(matches!(messages::restore(&talk.db, talk.user, before[2].id).await, Err(Error::NotFound { .. })));
    // The end of what is shown, and then everything.
    for (gone, rest) in [(left[3].id, vec!["Q1", "A1"]), (left[0].id, vec![])] {
        messages::delete(&talk.db, talk.user, gone, NOW).await.unwrap();
        let doomed = messages::doomed(&talk.db, talk.user, NOW.plus(1)).await.unwrap();
        messages::purge(&talk.db, talk.user, &doomed).await.unwrap();
        assert_eq!(texts(&talk.stored().await), rest);
    }
    // What was restored before it came to that stays.
    let kept = talk.two_turns(&server).await;
    messages::delete(&talk.db, talk.user, kept[0].id, NOW).await.unwrap();
    let doomed = messages::doomed(&talk.db, talk.user, NOW.plus(1)).await.unwrap();
    messages::restore(&talk.db, talk.user, kept[0].id).await.unwrap();
    messages::purge(&talk.db, talk.user, &doomed).await.unwrap();
    assert_eq!(talk.stored().await, kept);
}

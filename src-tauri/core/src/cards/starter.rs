//! The starter deck: a few cards about remembering well, so that a first run has something to study without a model.

use uuid::Uuid;

use super::Card;
use crate::{ids::CardId, time::UnixMillis};

/// The ids are fixed, so that adding the deck twice adds nothing.
const FIRST_ID: u128 = 0x0190_0000_0000_7000_8000_5747_4152_5400;

const CARDS: [(&str, &str); 10] = [
    (
        "Which is better for remembering: reading a text again, or trying to recall it?",
        "Trying to recall it (the *testing effect*).",
    ),
    (
        "What does spaced repetition space?",
        "The **reviews**: each comes later than the one before, just before you would forget.",
    ),
    (
        "What does the *forgetting curve* show?",
        "How the chance of recalling something falls with time since you last saw it.",
    ),
    ("Who first measured the forgetting curve, in 1885?", "Hermann Ebbinghaus."),
    ("How many facts should one flashcard ask for?", "One (the *minimum information principle*)."),
    (
        "In FSRS, what is the *stability* of a memory?",
        "The number of days after which the chance of recall has fallen to 90 %.",
    ),
    ("In FSRS, what is *retrievability*?", "The probability that you can recall the card right now."),
    ("When should you press **Again**?", "When you did not recall the answer, even if it feels familiar once shown."),
    (
        "Why is **Hard** the wrong button for a forgotten card?",
        "Hard counts as a success, so the card would come back too late.",
    ),
    (
        "Why understand something before making cards of it?",
        "What is understood connects to what you know, and is remembered with fewer reviews.",
    ),
];

/// The deck as it would be added at `now`.
#[must_use]
pub fn deck(now: UnixMillis) -> Vec<Card> {
    (FIRST_ID..)
        .zip(CARDS)
        .map(|(id, (question, answer))| Card {
            id: CardId(Uuid::from_u128(id)),
            kind: super::CardKind::Basic,
            note_id: None,
            question: question.into(),
            answer: answer.into(),
            tags: vec!["starter".into()],
            source: None,
            created_at: now,
            updated_at: now,
        })
        .collect()
}

//! From what a person keeps to the cards that it becomes: one, one for each direction, or one for each deletion.

use super::{Card, CardKind, NewCard, NoteKind, cloze};
use crate::{
    error::{Error, Result},
    ids::{CardId, NoteId},
    time::UnixMillis,
};

/// Longest question or answer, bytes: far beyond what a card should hold, small enough for every list.
pub const LONGEST_SIDE: usize = 100_000;
/// Longest tag, bytes.
const LONGEST_TAG: usize = 200;

/// How many cards `new` becomes.
///
/// # Errors
/// As [`cards`].
pub fn count(new: &NewCard) -> Result<usize> {
    Ok(match new.kind {
        NoteKind::Basic => 1,
        NoteKind::Reversed => 2,
        NoteKind::Cloze => cloze::numbers(&new.question).map_err(broken)?.len(),
    })
}

/// The cards that `new` becomes, as they may be stored: sides trimmed and present, tags trimmed, each once. Their ids
/// are taken from `ids`; those of one note share an id that follows from the first.
///
/// # Errors
/// `InvalidInput` that says what is missing, too long or broken.
pub fn cards(new: NewCard, mut ids: impl FnMut() -> CardId, now: UnixMillis) -> Result<Vec<Card>> {
    let tags = tags(&new.tags)?;
    let question = side(&new.question, "a question", true)?;
    let answer = side(&new.answer, "an answer", new.kind != NoteKind::Cloze)?;
    let written: Vec<(String, String)> = match new.kind {
        NoteKind::Basic => vec![(question, answer)],
        NoteKind::Reversed => vec![(question.clone(), answer.clone()), (answer, question)],
        NoteKind::Cloze => cloze::numbers(&question)
            .and_then(|numbers| numbers.into_iter().map(|number| cloze::only(&question, number)).collect())
            .map(|texts: Vec<String>| texts.into_iter().map(|text| (text, answer.clone())).collect())
            .map_err(broken)?,
    };
    let kind = if new.kind == NoteKind::Cloze { CardKind::Cloze } else { CardKind::Basic };
    let ids: Vec<CardId> = written.iter().map(|_| ids()).collect();
    let note_id = ids.first().filter(|_| ids.len() > 1).map(|id| NoteId(id.0));
    let card = |(id, (question, answer))| Card {
        id,
        kind,
        note_id,
        question,
        answer,
        tags: tags.clone(),
        source: new.source.clone(),
        created_at: now,
        updated_at: now,
    };
    Ok(ids.into_iter().zip(written).map(card).collect())
}

/// `new` as a draft may be stored: it can become cards, and is trimmed as they would be.
///
/// # Errors
/// As [`cards`].
pub fn checked(mut new: NewCard) -> Result<NewCard> {
    new.tags = tags(&new.tags)?;
    new.question = side(&new.question, "a question", true)?;
    new.answer = side(&new.answer, "an answer", new.kind != NoteKind::Cloze)?;
    count(&new)?;
    Ok(new)
}

/// `before` with other content, of the same kind.
///
/// # Errors
/// As [`cards`].
pub fn edited(before: &Card, question: &str, answer: &str, tags: &[String], now: UnixMillis) -> Result<Card> {
    let question = side(question, "a question", true)?;
    let answer = side(answer, "an answer", before.kind != CardKind::Cloze)?;
    if before.kind == CardKind::Cloze && cloze::numbers(&question).map_err(broken)?.len() > 1 {
        return Err(Error::InvalidInput(
            "This card asks for one deletion. Give what it asks for together the same number, or make a new card of \
             the rest."
                .into(),
        ));
    }
    Ok(Card { question, answer, tags: self::tags(tags)?, updated_at: now, ..before.clone() })
}

fn broken(broken: cloze::Broken) -> Error {
    Error::InvalidInput(broken.sentence().into())
}

fn side(text: &str, name: &str, needed: bool) -> Result<String> {
    match text.trim() {
        "" if needed => Err(Error::InvalidInput(format!("A card needs {name}. Write one, or drop the card."))),
        long if long.len() > LONGEST_SIDE => Err(Error::InvalidInput(format!(
            "This card has {name} of {} kB; at most {} kB fit. Split it into several cards.",
            long.len() / 1_000,
            LONGEST_SIDE / 1_000
        ))),
        trimmed => Ok(trimmed.to_owned()),
    }
}

fn tags(given: &[String]) -> Result<Vec<String>> {
    let mut tags: Vec<String> = given.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
    if tags.iter().any(|tag| tag.len() > LONGEST_TAG) {
        return Err(Error::InvalidInput(format!("A tag may have at most {LONGEST_TAG} letters. Shorten it.")));
    }
    tags.sort_unstable();
    tags.dedup();
    Ok(tags)
}

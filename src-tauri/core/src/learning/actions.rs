//! What is done to a card beside rating it: editing, suspending, burying, marking, resetting, deleting, splitting. Each is one
//! change that can be taken back.

use super::{Learning, state::State, study::MARKED, undo::Deed};
use crate::{
    cards::{self, Card, NewCard},
    error::{Error, Result},
    ids::{CardId, ReviewId},
    review::{CardAction, Edited, ReviewLog, Schedule, StudyUpdate},
    time::UnixMillis,
};

fn gone() -> Error {
    Error::NotFound { what: "This card" }
}

impl Learning {
    /// Changes a card's content; its schedule stays.
    ///
    /// # Errors
    /// `NotFound`; else as [`Learning::add_cards`].
    pub async fn update_card(&self, id: CardId, question: String, answer: String, tags: Vec<String>) -> Result<Edited> {
        let before = self.card(id).await?;
        let now = self.clock.now().max(before.updated_at.plus(1));
        let after = cards::note::edited(&before, &question, &answer, &tags, now)?;
        self.change(move |state, this| {
            state.deck.get(id).ok_or_else(gone)?;
            let before = this.store.newest(before);
            let after = Card { updated_at: after.updated_at.max(before.updated_at.plus(1)), ..after };
            let deed = Deed::Edit { before: Box::new(before), after: Box::new(after.clone()) };
            this.act(state, "the edit", id, vec![deed])?;
            Ok(Edited { card: after, undo: state.history.undo() })
        })
        .await
    }

    /// Does something to a card and gives the next step: the same card again, unless it was put away. Doing what is so
    /// already changes nothing.
    ///
    /// # Errors
    /// `NotFound` when it is gone; `DiskFull`, `NotWritable`, `Internal`, and then nothing has changed.
    pub async fn change_card(&self, id: CardId, action: CardAction) -> Result<StudyUpdate> {
        let now = self.clock.now();
        let card = self.card(id).await?;
        self.change(move |state, this| {
            state.advance(this.scheduler().days(), now);
            let schedule = *state.deck.get(id).ok_or_else(gone)?;
            let card = this.store.newest(card);
            let Some((what, deed)) = deed(state, &card, &schedule, action, now) else { return Ok(()) };
            this.act(state, what, id, vec![deed])?;
            if let Some(cram) = state.session.cram.as_mut().filter(|_| put_away(action)) {
                cram.forget(id);
            }
            // It stands behind the other new cards now.
            if action == CardAction::Reset && state.session.current == Some(id) {
                state.session.current = None;
            }
            Ok(())
        })
        .await?;
        self.step().await
    }

    /// Replaces a card by others, which are new and keep its source.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput`; else as [`Learning::change_card`].
    pub async fn split_card(&self, id: CardId, parts: Vec<NewCard>) -> Result<StudyUpdate> {
        if parts.is_empty() {
            return Err(Error::InvalidInput("Write at least one card to put in the place of this one.".into()));
        }
        let now = self.clock.now();
        let old = self.card(id).await?;
        let parts = parts.into_iter().map(|part| NewCard { source: part.source.or(old.source.clone()), ..part });
        let notes = parts.map(|part| cards::note::cards(part, || CardId::new(now), now)).collect::<Result<Vec<_>>>()?;
        let parts: Vec<Card> = notes.into_iter().flatten().collect();
        self.change(move |state, this| {
            let schedule = *state.deck.get(id).ok_or_else(gone)?;
            state.deck.admit_with(id, parts.iter().map(|part| part.id));
            if let Some(cram) = &mut state.session.cram {
                cram.forget(id);
                parts.iter().rev().for_each(|part| cram.put_back(part.id));
            }
            let mut deeds = vec![Deed::Delete { card: Box::new(this.store.newest(old)), schedule }];
            deeds.extend((0..).zip(parts).map(|(place, card)| Deed::Add {
                card: Box::new(card),
                schedule: Schedule::new(now, now.plus(place)),
            }));
            this.act(state, "splitting the card", id, deeds)
        })
        .await?;
        self.step().await
    }
}

/// Whether the card is not to be shown after this.
fn put_away(action: CardAction) -> bool {
    matches!(action, CardAction::Suspend | CardAction::Bury | CardAction::Delete)
}

/// What an action comes to, with what completes "Undo …"; none when it is so already.
fn deed(
    state: &State,
    card: &Card,
    before: &Schedule,
    action: CardAction,
    now: UnixMillis,
) -> Option<(&'static str, Deed)> {
    let schedule =
        |after: Schedule| (after != *before).then_some(Deed::Schedule { card: card.id, before: *before, after });
    let until = Some(state.today.end);
    Some(match action {
        CardAction::Suspend => ("suspending the card", schedule(Schedule { suspended: true, ..*before })?),
        CardAction::Unsuspend => ("taking the card back", schedule(Schedule { suspended: false, ..*before })?),
        CardAction::Bury => ("burying the card", schedule(Schedule { buried_until: until, ..*before })?),
        CardAction::Unbury => ("digging the card up", schedule(Schedule { buried_until: None, ..*before })?),
        CardAction::Mark => ("marking the card", tagged(card, true, now)?),
        CardAction::Unmark => ("unmarking the card", tagged(card, false, now)?),
        CardAction::Reset => ("resetting the card", reset(card.id, before, now)?),
        CardAction::Delete => ("deleting the card", Deed::Delete { card: Box::new(card.clone()), schedule: *before }),
    })
}

fn tagged(before: &Card, marked: bool, now: UnixMillis) -> Option<Deed> {
    let mut after = before.clone();
    after.tags.retain(|tag| tag != MARKED);
    if marked {
        after.tags.push(MARKED.to_owned());
        after.tags.sort_unstable();
    }
    if after.tags == before.tags {
        return None;
    }
    after.updated_at = now.max(before.updated_at.plus(1));
    Some(Deed::Edit { before: Box::new(before.clone()), after: Box::new(after) })
}

/// A reset stands in the log, without a rating, so that the schedule can be rebuilt from it.
fn reset(card: CardId, before: &Schedule, now: UnixMillis) -> Option<Deed> {
    let now = before.last_review.map_or(now, |last| now.max(last.plus(1)));
    // Behind the other new cards.
    let after = Schedule { suspended: before.suspended, ..Schedule::new(before.created_at, now) };
    if before.reps == 0 {
        return None;
    }
    Some(Deed::Review(Box::new(ReviewLog {
        id: ReviewId::new(now),
        card,
        rating: None,
        reviewed_at: now,
        elapsed_days: 0,
        duration_ms: 0,
        before: *before,
        after,
        undone: false,
    })))
}

//! Studying: the next card, and rating it.

use super::{Learning, State, ahead::DEPTH};
use crate::{
    cards::Card,
    error::{Error, Result},
    ids::{CardId, ReviewId},
    lance::journal::Entry,
    review::{Rating, ReviewLog, SessionSummary, StudyCard, StudyStep},
    time::UnixMillis,
};

/// A card that was left open overnight was not studied all night.
const LONGEST_ON_A_CARD_MS: u32 = 10 * 60 * 1_000;

/// What was done since the study page was opened.
#[derive(Clone, Debug, Default)]
pub struct Session {
    done: SessionSummary,
}

impl Session {
    fn count(&mut self, rating: Rating, duration_ms: u32) {
        self.done.reviewed += 1;
        self.done.duration_ms += i64::from(duration_ms);
        match rating {
            Rating::Again => self.done.again += 1,
            Rating::Hard => self.done.hard += 1,
            Rating::Good => self.done.good += 1,
            Rating::Easy => self.done.easy += 1,
        }
    }
}

impl Learning {
    /// Begins a session and gives its first card.
    ///
    /// # Errors
    /// `Internal` when the card cannot be read.
    pub async fn start_study(&self) -> Result<StudyStep> {
        self.state.lock().session = Session::default();
        self.step().await
    }

    /// Rates the card that was shown with `revision` and gives the next step. The rating is durable when this returns.
    ///
    /// # Errors
    /// `StaleCard` when it was rated since it was shown, `NotFound` when it was deleted; `DiskFull`, `NotWritable` or
    /// `Internal` when it could not be stored, and then nothing has changed.
    pub async fn rate_card(&self, id: CardId, revision: u32, rating: Rating, duration_ms: u32) -> Result<StudyStep> {
        let duration_ms = duration_ms.min(LONGEST_ON_A_CARD_MS);
        let now = self.clock.now();
        self.change(move |state, this| this.rate(state, id, revision, rating, duration_ms, now)).await?;
        self.step().await
    }

    /// The rating alone, without looking for the next card; blocks for the disk.
    fn rate(
        &self,
        state: &mut State,
        card: CardId,
        revision: u32,
        rating: Rating,
        duration_ms: u32,
        now: UnixMillis,
    ) -> Result<()> {
        let before = *state.deck.get(card).ok_or(Error::NotFound { what: "This card" })?;
        if before.reps != revision {
            return Err(Error::StaleCard);
        }
        let preview = self.scheduler.preview(card, &before, now)?;
        let after = *preview.get(rating);
        let log = ReviewLog {
            id: ReviewId::new(preview.now),
            card,
            rating: Some(rating),
            reviewed_at: preview.now,
            elapsed_days: preview.elapsed_days,
            duration_ms,
            before,
            after,
            undone: false,
        };
        self.store.append_blocking(vec![Entry::Rate { log }])?;
        state.deck.put(card, after);
        state.session.count(rating, duration_ms);
        Ok(())
    }

    /// What the study page shows now.
    async fn step(&self) -> Result<StudyStep> {
        loop {
            let now = self.clock.now();
            let (next, shown) = {
                let mut state = self.state.lock();
                let upcoming: Vec<_> = state.deck.upcoming(now).take(1 + DEPTH).collect();
                let Some(&card) = upcoming.first() else {
                    return Ok(StudyStep::Finished { summary: self.summary(&mut state, now) });
                };
                (upcoming, self.shown(&mut state, card, now)?)
            };
            let card = self.content(next[0]).await?;
            self.read_ahead(next);
            // Deleted between the two looks: look again.
            let Some(card) = card else {
                self.state.lock().deck.remove(shown.0);
                continue;
            };
            return Ok(StudyStep::Card { card: Box::new((shown.1)(card)) });
        }
    }

    /// All of a study card but its content.
    fn shown(
        &self,
        state: &mut State,
        id: CardId,
        now: UnixMillis,
    ) -> Result<(CardId, impl FnOnce(Card) -> StudyCard + use<>)> {
        let due = state.deck.counts(now).due;
        let schedule = *state.deck.get(id).ok_or(Error::NotFound { what: "This card" })?;
        let intervals = self.scheduler.preview(id, &schedule, now)?.intervals();
        let done = state.session.done.reviewed;
        Ok((id, move |card| StudyCard {
            card,
            state: schedule.state,
            revision: schedule.reps,
            intervals,
            position: done + 1,
            of: done + due,
            lapses: schedule.lapses,
            marked: false,
        }))
    }

    async fn content(&self, id: CardId) -> Result<Option<Card>> {
        if let Some(card) = self.ahead.get(id) {
            return Ok(Some(card));
        }
        Ok(self.store.cards(&[id]).await?.pop())
    }

    /// Fetches what is not held yet, beside what the person waits for.
    fn read_ahead(&self, coming: Vec<CardId>) {
        let missing = self.ahead.missing(&coming);
        // One read for many cards, not one for each that comes into view, unless it comes at once.
        let soon = coming.iter().take(3).any(|card| missing.contains(card));
        if (missing.len() <= DEPTH / 2 && !soon) || !self.ahead.begin() {
            return;
        }
        let this = self.clone();
        tokio::spawn(async move {
            match this.store.cards(&missing).await {
                Ok(cards) => this.ahead.fill(cards, &coming),
                Err(error) => tracing::warn!(%error, "reading cards ahead failed; they are read when they are shown"),
            }
            this.ahead.end();
        });
    }

    fn summary(&self, state: &mut State, now: UnixMillis) -> SessionSummary {
        let days = self.scheduler.days();
        let end_of_tomorrow = days.start(days.day(now).saturating_add(2));
        SessionSummary {
            next_due: state.deck.next_due(now),
            due_tomorrow: u32::try_from(state.deck.due_before(end_of_tomorrow)).unwrap_or(u32::MAX),
            ..state.session.done.clone()
        }
    }
}

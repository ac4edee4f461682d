//! All that is known of one card.

use super::{Learning, study::is_leech};
use crate::{
    cards::PassageMark,
    error::{Error, Result},
    ids::{CardId, MessageId},
    review::{CardInfo, CardState, Memory, PastReview, ReviewLog},
    time::UnixMillis,
};

impl Learning {
    /// # Errors
    /// `NotFound` when the card is gone; `Internal` when it cannot be read.
    pub async fn card_info(&self, id: CardId) -> Result<CardInfo> {
        let gone = || Error::NotFound { what: "This card" };
        let now = self.clock.now();
        let schedule = *self.state.lock().deck.get(id).ok_or_else(gone)?;
        let card = self.card(id).await?;
        let logs = self.store.reviews_of(id).await?;
        let reviews = || logs.iter().filter(|log| log.rating.is_some());
        let decay = self.decay();
        let scheduler = self.scheduler();
        let elapsed = |last| u32::try_from(scheduler.days().day(now) - scheduler.days().day(last)).unwrap_or(0);
        Ok(CardInfo {
            card,
            state: schedule.state,
            due: (schedule.state != CardState::New).then_some(schedule.due),
            suspended: schedule.suspended,
            buried: schedule.buried_until.is_some_and(|until| until > now),
            interval_days: schedule.interval_days,
            reps: schedule.reps,
            lapses: schedule.lapses,
            stability: schedule.memory.map(|memory| memory.stability),
            difficulty: schedule.memory.map(|memory| memory.difficulty),
            retrievability: schedule
                .memory
                .zip(schedule.last_review)
                .map(|(memory, last)| recall(memory, elapsed(last), decay)),
            first_review: reviews().next().map(|log| log.reviewed_at),
            last_review: schedule.last_review,
            total_ms: reviews().map(|log| i64::from(log.duration_ms)).sum(),
            is_leech: is_leech(schedule.lapses),
            history: logs.iter().rev().map(|log| past(log, decay)).collect(),
        })
    }
}

fn past(log: &ReviewLog, decay: f32) -> PastReview {
    PastReview {
        at: log.reviewed_at,
        rating: log.rating,
        state: log.before.state,
        interval_ms: match log.after.interval_days {
            0 => log.after.due.since(log.reviewed_at).max(0),
            days => i64::from(days) * UnixMillis::DAY,
        },
        stability: log.after.memory.map(|memory| memory.stability),
        difficulty: log.after.memory.map(|memory| memory.difficulty),
        retrievability: log.before.memory.map(|memory| recall(memory, log.elapsed_days, decay)),
        duration_ms: log.duration_ms,
    }
}

/// Cards read at a time.
const READ: usize = 500;

impl Learning {
    /// The cards that came from `answers`, with what is known of them now. Costs their number, whatever is stored.
    ///
    /// # Errors
    /// `Internal` when they cannot be read.
    pub async fn marks(&self, answers: &[MessageId]) -> Result<Vec<PassageMark>> {
        let ids: Vec<CardId> = {
            let state = self.state.lock();
            answers.iter().flat_map(|&answer| state.deck.cards_of(answer).iter().copied()).collect()
        };
        let mut cards = Vec::with_capacity(ids.len());
        for some in ids.chunks(READ) {
            cards.extend(self.store.cards(some).await?);
        }
        let (now, decay, scheduler) = (self.clock.now(), self.decay(), self.scheduler());
        let state = self.state.lock();
        let marks = cards.into_iter().filter_map(|card| {
            let schedule = state.deck.get(card.id)?;
            let elapsed = |last| u32::try_from(scheduler.days().day(now) - scheduler.days().day(last)).unwrap_or(0);
            let known = schedule.memory.zip(schedule.last_review);
            Some(PassageMark {
                source: card.source?,
                card_id: card.id,
                question: card.question,
                state: schedule.state,
                retrievability: known.map(|(memory, last)| recall(memory, elapsed(last), decay)),
            })
        });
        Ok(marks.collect())
    }
}

/// Probability of recall after so many days, by FSRS's forgetting curve.
fn recall(memory: Memory, elapsed_days: u32, decay: f32) -> f32 {
    let state = fsrs::MemoryState { stability: memory.stability, difficulty: memory.difficulty };
    fsrs::current_retrievability(state, elapsed_days as f32, decay)
}

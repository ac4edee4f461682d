//! Studying: beginning, the next card, rating it, the end.

use std::collections::HashSet;

use super::{
    Learning,
    ahead::DEPTH,
    session::{Cram, CramMove, Session},
    state::State,
    undo::Deed,
};
use crate::{
    cards::Card,
    error::{Error, Result},
    ids::{CardId, ReviewId},
    review::{
        Intervals, Leech, Rating, ReviewLog, Schedule, SessionSummary, StudyCard, StudyChoice, StudyStep, StudyUpdate,
        deck::{comes_today, is_studied},
        options::Siblings,
    },
    time::UnixMillis,
};

/// A card that was left open overnight was not studied all night.
const LONGEST_ON_A_CARD_MS: u32 = 10 * 60 * 1_000;
/// Lapses at which a card is a leech, and after how many more it is told again, as in Anki.
const LEECH: (u32, u32) = (8, 4);
/// The tag of a marked card, as in Anki.
pub const MARKED: &str = "marked";

/// Whether this many lapses make a card a leech that the person is told of.
#[must_use]
pub fn becomes_leech(lapses: u32) -> bool {
    lapses >= LEECH.0 && (lapses - LEECH.0).is_multiple_of(LEECH.1)
}

/// Whether a card has been a leech since it was last reset.
#[must_use]
pub fn is_leech(lapses: u32) -> bool {
    lapses >= LEECH.0
}

/// What the person answered.
#[derive(Clone, Copy)]
struct Answer {
    card: CardId,
    revision: u32,
    rating: Rating,
    duration_ms: u32,
    now: UnixMillis,
}

impl Learning {
    /// Begins a session and gives its first card. Without a choice the session that was left today goes on, and when there
    /// is none all cards are studied.
    ///
    /// # Errors
    /// `Internal` when the cards cannot be read; `NotWritable` or `DiskFull` when the choice cannot be kept.
    pub async fn start_study(&self, choice: Option<StudyChoice>) -> Result<StudyUpdate> {
        self.follow_zone().await?;
        let now = self.clock.now();
        let left = {
            let mut state = self.state.lock();
            state.advance(self.scheduler().days(), now);
            let session = &state.session;
            let goes_on = choice.is_none() && session.open && session.day == state.today.day.number;
            goes_on.then(|| (session.choice.clone(), session.left))
        };
        let (choice, left) = match left {
            Some((_, false)) => return self.step().await,
            Some((choice, true)) => (choice, true),
            None => (choice.unwrap_or_default(), false),
        };
        let members = self.members(&choice.scope).await?;
        let directory = self.directory.clone();
        self.change(move |state, this| {
            let day = state.today.day.number;
            if !left {
                Session::keep(&directory, &choice, now, day)?;
                state.session = Session::begin(choice, now, day);
            }
            state.session.left = false;
            this.put_into_session(state, members, now);
            Ok(())
        })
        .await?;
        self.step().await
    }

    fn put_into_session(&self, state: &mut State, members: Option<HashSet<CardId>>, now: UnixMillis) {
        if state.session.choice.cram {
            let studied = |schedule: &Schedule| is_studied(schedule, now);
            let cards = state.deck.iter().filter(|(_, schedule)| studied(schedule)).map(|(card, _)| card);
            let cards = cards.filter(|card| members.as_ref().is_none_or(|members| members.contains(card)));
            state.session.cram = Some(Cram::of(cards.collect(), state.today.day.number));
        }
        // What was shown meanwhile was of another choice.
        (state.session.current, state.session.recent) = (None, Default::default());
        match members {
            Some(members) => state.deck.study_only(members),
            None => state.deck.study_all(),
        }
        state.advance(self.scheduler().days(), now);
    }

    /// Raises today's limits by so many cards and goes on.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull`; the limits stay then.
    pub async fn study_more(&self, new: u32, reviews: u32) -> Result<StudyUpdate> {
        let now = self.clock.now();
        let another_day = self.change(move |state, this| {
            state.advance(this.scheduler().days(), now);
            let day = state.today.day.number;
            if state.session.day != day {
                return Ok(true);
            }
            let stored = this.options.change_blocking(|stored| {
                let more = &mut stored.more;
                if more.day != day {
                    *more = super::options::More { day, ..Default::default() };
                }
                more.new = more.new.saturating_add(new);
                more.reviews = more.reviews.saturating_add(reviews);
            })?;
            state.more = stored.more;
            Ok(false)
        });
        // What was asked for belonged to the day before.
        if another_day.await? { self.start_study(None).await } else { self.step().await }
    }

    /// Rates the card that was shown with `revision` and gives the next step. The rating is durable when this returns.
    ///
    /// # Errors
    /// `StaleCard` when it was rated since it was shown, `NotFound` when it was deleted; `DiskFull`, `NotWritable` or
    /// `Internal` when it could not be stored, and then nothing has changed.
    pub async fn rate_card(
        &self,
        card: CardId,
        revision: u32,
        rating: Rating,
        duration_ms: u32,
    ) -> Result<StudyUpdate> {
        let duration_ms = duration_ms.min(LONGEST_ON_A_CARD_MS);
        let answer = Answer { card, revision, rating, duration_ms, now: self.clock.now() };
        self.change(move |state, this| {
            // A day may have begun since the card was shown.
            state.advance(this.scheduler().days(), answer.now);
            if state.session.cram.is_some() { this.rate_crammed(state, answer) } else { this.rate(state, answer) }
        })
        .await?;
        self.step().await
    }

    fn rate(&self, state: &mut State, answer: Answer) -> Result<()> {
        let placed = state.deck.placed(answer.card).ok_or(Error::NotFound { what: "This card" })?;
        if placed.revision != answer.revision {
            return Err(Error::StaleCard);
        }
        let before = placed.schedule;
        let preview = self.scheduler().preview(answer.card, &before, answer.now)?;
        let log = ReviewLog {
            id: ReviewId::new(preview.now),
            card: answer.card,
            rating: Some(answer.rating),
            reviewed_at: preview.now,
            elapsed_days: preview.elapsed_days,
            duration_ms: answer.duration_ms,
            before,
            after: *preview.get(answer.rating),
            undone: false,
        };
        let lapses = log.after.lapses;
        let leech = lapses > before.lapses && becomes_leech(lapses);
        let mut deeds = vec![Deed::Review(Box::new(log))];
        if state.options.siblings == Siblings::Bury {
            deeds.extend(bury_siblings(state, answer.card, answer.now));
        }
        self.act(state, rating_name(answer.rating), answer.card, deeds)?;
        state.session.current = None;
        state.session.leech = leech.then_some(Leech { card_id: answer.card, lapses });
        Ok(())
    }

    fn rate_crammed(&self, state: &mut State, answer: Answer) -> Result<()> {
        let session = &mut state.session;
        let shown = session.cram.as_ref().and_then(|cram| cram.next(1).first().copied());
        if shown != Some(answer.card) || session.done.reviewed != answer.revision {
            return Err(Error::StaleCard);
        }
        if let Some(cram) = &mut session.cram {
            cram.rate(answer.card, answer.rating);
        }
        session.count(answer.rating, answer.duration_ms, None, true);
        session.leech = None;
        let step = CramMove { card: answer.card, rating: answer.rating, duration_ms: answer.duration_ms };
        self.remember(state, rating_name(answer.rating), answer.card, Vec::new(), Some(step));
        Ok(())
    }

    /// What the study page shows now.
    pub(super) async fn step(&self) -> Result<StudyUpdate> {
        loop {
            let now = self.clock.now();
            let (shown, coming) = {
                let mut state = self.state.lock();
                state.advance(self.scheduler().days(), now);
                let coming = upcoming(&mut state, now);
                let shown = coming.first().map(|&card| self.shown(&state, card, now)).transpose()?;
                (shown, coming)
            };
            let Some((id, schedule, intervals)) = shown else { return self.finish(now).await };
            self.go_on().await;
            let card = self.content(id).await?;
            self.read_ahead(coming);
            let mut state = self.state.lock();
            match card {
                Some(card) if state.deck.get(id) == Some(&schedule) => {
                    let card = study_card(&state, card, &schedule, intervals);
                    return Ok(update(&mut state, StudyStep::Card { card: Box::new(card) }));
                }
                // Changed between the two looks: look again.
                Some(_) => {}
                None => {
                    tracing::error!(card = %id, "a card that has a schedule has no content; it is left out");
                    state.deck.remove(id);
                    if let Some(cram) = &mut state.session.cram {
                        cram.forget(id);
                    }
                }
            }
        }
    }

    /// A session that had come to its end has something to study again: it is kept for the next run once more.
    async fn go_on(&self) {
        let reopened = {
            let session = &mut self.state.lock().session;
            let reopened = !session.open && session.started_at > UnixMillis(0);
            session.open |= reopened;
            reopened.then(|| (session.choice.clone(), session.started_at, session.day))
        };
        let Some((choice, started_at, day)) = reopened else { return };
        let directory = self.directory.clone();
        let keep = move || Session::keep(&directory, &choice, started_at, day);
        if let Err(error) = tokio::task::spawn_blocking(keep).await.map_err(Error::internal).flatten() {
            tracing::warn!(%error, "this session cannot be gone on with after the next start");
        }
    }

    fn shown(&self, state: &State, card: CardId, now: UnixMillis) -> Result<(CardId, Schedule, Intervals)> {
        let schedule = *state.deck.get(card).ok_or(Error::NotFound { what: "This card" })?;
        let intervals = match state.session.cram {
            Some(_) => Intervals { again: 0, hard: 0, good: 0, easy: 0 },
            None => self.scheduler().preview(card, &schedule, now)?.intervals(),
        };
        Ok((card, schedule, intervals))
    }

    /// The end of the session. There is nothing to go on with then, until there is more to study.
    async fn finish(&self, now: UnixMillis) -> Result<StudyUpdate> {
        let (finished, was_open) = {
            let mut state = self.state.lock();
            let summary = self.summary(&state, now);
            // One that was left in an earlier run has not come to its end: it was not gone on with yet.
            let was_open = !state.session.left && std::mem::take(&mut state.session.open);
            (update(&mut state, StudyStep::Finished { summary }), was_open)
        };
        if was_open {
            let directory = self.directory.clone();
            let forgotten = tokio::task::spawn_blocking(move || Session::forget(&directory)).await;
            if let Err(error) = forgotten.map_err(Error::internal)? {
                tracing::warn!(%error, "the session is over, but is still kept as one to go on with");
            }
        }
        Ok(finished)
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

    fn summary(&self, state: &State, now: UnixMillis) -> SessionSummary {
        let scheduler = self.scheduler();
        let days = scheduler.days();
        let end_of_tomorrow = days.start(days.day(now).saturating_add(2));
        let (queue, quota) = (state.deck.studied(), state.quota());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        SessionSummary {
            next_due: queue.next_due(),
            due_tomorrow: count(queue.due_before(end_of_tomorrow)),
            new_held_back: count(queue.ready().new).saturating_sub(quota.new_left),
            reviews_held_back: count(queue.ready().review).saturating_sub(quota.reviews_left),
            buried: count(queue.ready().buried),
            ..state.session.done.clone()
        }
    }
}

/// The card that is shown and those after it. A card stays until it is rated or put away.
fn upcoming(state: &mut State, now: UnixMillis) -> Vec<CardId> {
    let most = 1 + DEPTH;
    if let Some(cram) = &mut state.session.cram {
        cram.drop_hidden(|card| state.deck.get(card).is_some_and(|schedule| is_studied(schedule, now)));
        return cram.next(most);
    }
    let kept = state.session.current.filter(|&card| state.may_be_shown(card, now));
    let recent = (state.options.siblings != Siblings::AsTheyCome).then_some(&state.session.recent);
    let mut coming = state.deck.upcoming(most, state.quota(), recent);
    if let Some(card) = kept {
        coming.retain(|&other| other != card);
        coming.insert(0, card);
    } else if let Some(&card) = coming.first() {
        state.session.current = Some(card);
        let origin = state.deck.origin(card);
        state.session.recent.note(origin);
    }
    coming
}

fn study_card(state: &State, card: Card, schedule: &Schedule, intervals: Intervals) -> StudyCard {
    let done = state.session.done.reviewed;
    let (revision, left) = match &state.session.cram {
        Some(cram) => (done, u32::try_from(cram.len()).unwrap_or(u32::MAX)),
        None => {
            let revision = state.deck.placed(card.id).map_or(0, |placed| placed.revision);
            (revision, state.counts(state.deck.studied()).due)
        }
    };
    StudyCard {
        state: schedule.state,
        revision,
        intervals,
        position: done + 1,
        of: done + left.max(1),
        lapses: schedule.lapses,
        marked: card.tags.iter().any(|tag| tag == MARKED),
        card,
    }
}

fn update(state: &mut State, step: StudyStep) -> StudyUpdate {
    StudyUpdate {
        choice: state.session.choice.clone(),
        step,
        counts: state.counts(state.deck.studied()),
        undo: state.history.undo(),
        redo: state.history.redo(),
        leech: state.session.leech.take(),
    }
}

/// The cards from the same answer that would come today wait until tomorrow.
fn bury_siblings(state: &State, card: CardId, now: UnixMillis) -> Vec<Deed> {
    let until = state.today.end;
    let siblings = state.deck.siblings(card).into_iter().filter_map(|card| {
        let before = *state.deck.get(card)?;
        let after = Schedule { buried_until: Some(until), ..before };
        comes_today(&before, now, until).then_some(Deed::Schedule { card, before, after })
    });
    siblings.collect()
}

/// Completes "Undo …".
fn rating_name(rating: Rating) -> &'static str {
    match rating {
        Rating::Again => "rating Again",
        Rating::Hard => "rating Hard",
        Rating::Good => "rating Good",
        Rating::Easy => "rating Easy",
    }
}

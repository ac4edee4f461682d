//! All schedules at once: from the log alone, or by the present weights and retention.

use std::collections::HashMap;

use super::{Learning, reschedule::Replacement};
use crate::{
    error::{Error, Result},
    ids::CardId,
    review::{
        CardState, Progress, Rebuilt, ReviewLog, Schedule,
        day::StudyDays,
        optimise::{ReschedulePreview, RescheduledDay},
        replay::Replay,
        schedule::Scheduler,
    },
    time::UnixMillis,
};

/// Schedules between two tellings of how far it is.
const STEP: usize = 1_000;
/// Looks for cards that were rated while the others were worked on: each finds fewer.
const MOST_LOOKS: u32 = 10;
const PREVIEWED_DAYS: usize = 30;
/// Before every review. Lance takes no filter with the least i64.
const BEGINNING: UnixMillis = UnixMillis(i64::MIN / 2);

impl Learning {
    /// Sets every schedule to what the review log says, with the memory states of the weights in use. What no review
    /// decides (suspended, buried) stays, and so do cards without reviews.
    ///
    /// # Errors
    /// `Busy` while a fitting or the like runs; `DiskFull`, `NotWritable` or `Internal`, and doing it again goes on then.
    pub async fn rebuild_schedules(&self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Result<Rebuilt> {
        let _alone = self.alone()?;
        let (mut cards, mut changed) = (0, 0);
        for look in 0..MOST_LOOKS {
            let found = self.unlike_the_log().await?;
            if look == 0 {
                cards = found.cards;
            }
            let (wrong, mut righted) = (count(found.wrong.len()), 0);
            for step in found.wrong.chunks(STEP) {
                // A later look is at a few cards again.
                if look == 0 {
                    tell(Progress { done: cards - wrong + righted, of: cards });
                }
                righted += self.replace_schedules(step.to_vec(), false).await?;
            }
            changed += righted;
            if righted == wrong {
                tell(Progress { done: cards, of: cards });
                return Ok(Rebuilt { cards, changed });
            }
        }
        Err(Error::Internal("some cards were reviewed all the while; rebuild the schedules once more".into()))
    }

    async fn unlike_the_log(&self) -> Result<Unlike> {
        let (weights, days) = (self.options.read().weights(), self.scheduler().days().clone());
        // The schedules first: a review that comes between the two is then in the log, and its card is left alone.
        let schedules = self.schedules();
        let logs = self.store.reviews_since(BEGINNING).await?;
        tokio::task::spawn_blocking(move || unlike(&schedules, logs, &weights, &days)).await.map_err(Error::internal)?
    }

    /// What [`Learning::reschedule`] would do to the days to come.
    ///
    /// # Errors
    /// `Internal` when the work on it fails.
    pub async fn preview_reschedule(&self) -> Result<ReschedulePreview> {
        let (schedules, scheduler, now) = (self.schedules(), self.scheduler(), self.clock.now());
        tokio::task::spawn_blocking(move || preview(&schedules, &scheduler, now)).await.map_err(Error::internal)
    }

    /// Gives every card in review the interval that its memory asks for by the present weights and retention; how many
    /// cards that changed. It stands in the review log.
    ///
    /// # Errors
    /// As [`Learning::rebuild_schedules`].
    pub async fn reschedule(&self) -> Result<u32> {
        let _alone = self.alone()?;
        let (schedules, scheduler) = (self.schedules(), self.scheduler());
        let find = move || respaced(&schedules, &scheduler).collect::<Vec<_>>();
        let replacements = tokio::task::spawn_blocking(find).await.map_err(Error::internal)?;
        self.replace_schedules(replacements, true).await
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

struct Unlike {
    /// Cards with reviews.
    cards: u32,
    wrong: Vec<Replacement>,
}

fn unlike(
    schedules: &HashMap<CardId, Schedule>,
    mut logs: Vec<ReviewLog>,
    weights: &[f32],
    days: &StudyDays,
) -> Result<Unlike> {
    let replay = Replay::new(weights)?;
    logs.sort_unstable_by_key(|log| log.card);
    let mut unlike = Unlike { cards: 0, wrong: Vec::new() };
    for rows in logs.chunk_by_mut(|a, b| a.card == b.card) {
        let card = rows[0].card;
        // The reviews of a deleted card stay in the log.
        let Some(&before) = schedules.get(&card) else { continue };
        let Some(rebuilt) = replay.rebuild(rows, &before)? else { continue };
        unlike.cards += 1;
        // The log has the due of the zone in which the card was rated.
        let after = Schedule { due: days.due_in_zone(&rebuilt), ..rebuilt };
        if after != before {
            unlike.wrong.push(Replacement { card, before, after });
        }
    }
    Ok(unlike)
}

/// The cards that rescheduling would change.
fn respaced<'a>(
    schedules: &'a HashMap<CardId, Schedule>,
    scheduler: &'a Scheduler,
) -> impl Iterator<Item = Replacement> + 'a {
    schedules.iter().filter_map(|(&card, before)| {
        let after = scheduler.respaced(card, before)?;
        (after != *before).then_some(Replacement { card, before: *before, after })
    })
}

fn preview(schedules: &HashMap<CardId, Schedule>, scheduler: &Scheduler, now: UnixMillis) -> ReschedulePreview {
    let days = scheduler.days();
    let today = days.day(now);
    let coming = (0..).take(PREVIEWED_DAYS).map(|n| RescheduledDay { day: today + n, now: 0, after: 0 });
    let mut preview = ReschedulePreview { cards: 0, due_now: 0, due_after: 0, days: coming.collect() };
    // What is overdue comes today.
    let place = |schedule: &Schedule| usize::try_from((days.day(schedule.due) - today).max(0)).unwrap_or(usize::MAX);
    for (&card, schedule) in schedules.iter().filter(|(_, schedule)| schedule.state == CardState::Review) {
        let respaced = scheduler.respaced(card, schedule).unwrap_or(*schedule);
        preview.cards += u32::from(respaced != *schedule);
        if schedule.suspended {
            continue;
        }
        if let Some(day) = preview.days.get_mut(place(schedule)) {
            day.now += 1;
        }
        if let Some(day) = preview.days.get_mut(place(&respaced)) {
            day.after += 1;
        }
    }
    if let Some(first) = preview.days.first() {
        (preview.due_now, preview.due_after) = (first.now, first.after);
    }
    preview
}

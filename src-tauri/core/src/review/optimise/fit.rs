//! One fitting, from the history to a verdict.
//!
//! **Enough to hold some out**: the latest fifth of the reviews is held out, the weights are fitted to what was before, and
//! both the old and the new weights are measured on the fifth. The weights that were measured are the ones that are used.
//!
//! **Not enough** (fewer than 64 usable reviews would be left to fit to): the weights are fitted to all reviews, and it is
//! cross-validated whether fitting helps: the cards are dealt into five parts, each part is predicted by weights fitted to
//! the other four, and the new weights are used when the parts together are predicted better than by the old weights.
//! Those are not the weights that are used, so no figures are shown.
//!
//! The same history gives the same weights, to the bit: the crate's training has a fixed seed and runs on one thread.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use fsrs::{CombinedProgressState, ComputeParametersInput, FSRSError, compute_parameters};
use tokio_util::sync::CancellationToken;

use super::{
    Meter, OptimiseOutcome, OptimiseReport, OptimiseStage,
    evaluate::Score,
    items::{Items, Place, Usable},
};
use crate::{
    error::{Error, Result},
    review::history::History,
};

/// Usable reviews below which fsrs keeps its defaults, and below which it fits the first intervals only.
const LEAST: usize = 8;
const FULL: usize = 64;
/// One in so many reviews is held out.
const HELD_OUT: usize = 5;
const PARTS: usize = 5;
/// How often it is looked how far the training is, and whether it is to end.
const LOOK: Duration = Duration::from_millis(25);

/// What is fitted to what.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub history: History,
    /// Those in use; empty for the defaults.
    pub weights: Vec<f32>,
    pub relearning_steps: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    pub report: OptimiseReport,
    /// Set when they are better than the old ones.
    pub weights: Option<Vec<f32>>,
}

/// Fits and compares. Blocks for as long as it takes: seconds for 100,000 reviews.
///
/// # Errors
/// `Cancelled`; `Internal` when the training fails.
pub fn fit(request: Request, meter: &mut Meter, cancel: &CancellationToken) -> Result<Fitted> {
    if cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let items = Items::of(request.history);
    let all = items.usable(&items.places);
    if all.all < LEAST {
        return Ok(Fitted { report: report(OptimiseOutcome::TooFew, all, 0), weights: None });
    }
    let run = Run { items: &items, old: &request.weights, relearning_steps: request.relearning_steps, cancel };
    // With only just enough for a full fitting, fewer are held out: what is used must be what was measured.
    let most = items.places.len() / HELD_OUT;
    let splits = (1..=most).rev().map(|held_out| items.places.split_at(items.places.len() - held_out));
    match splits.into_iter().find(|(before, _)| items.usable(before).all >= FULL) {
        Some((before, held_out)) => run.hold_out(before, held_out, meter),
        None => run.cross_validate(meter),
    }
}

fn report(outcome: OptimiseOutcome, usable: Usable, held_out: usize) -> OptimiseReport {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    OptimiseReport {
        outcome,
        training_reviews: count(usable.all),
        held_out_reviews: count(held_out),
        only_initial: usable.only_initial(),
        before: None,
        after: None,
    }
}

fn outcome(better: bool) -> OptimiseOutcome {
    if better { OptimiseOutcome::Improved } else { OptimiseOutcome::Kept }
}

impl Usable {
    /// Whether fsrs would fit no more than the first intervals.
    fn only_initial(self) -> bool {
        self.all < FULL || self.all == self.firsts
    }
}

struct Run<'a> {
    items: &'a Items,
    old: &'a [f32],
    relearning_steps: usize,
    cancel: &'a CancellationToken,
}

impl Run<'_> {
    fn hold_out(&self, before: &[Place], held_out: &[Place], meter: &mut Meter) -> Result<Fitted> {
        let new = self.train(before, |done, of| meter.reach(OptimiseStage::Training, done, of))?;
        meter.reach(OptimiseStage::Evaluating, 0, 2);
        let old_score = self.score(self.old, held_out)?;
        meter.reach(OptimiseStage::Evaluating, 1, 2);
        let new_score = self.score(&new, held_out)?;
        meter.reach(OptimiseStage::Evaluating, 2, 2);
        let better = new_score.loss() < old_score.loss();
        let report = OptimiseReport {
            before: Some(old_score.fit()),
            after: Some(new_score.fit()),
            ..report(outcome(better), self.items.usable(before), held_out.len())
        };
        Ok(Fitted { report, weights: better.then_some(new) })
    }

    fn cross_validate(&self, meter: &mut Meter) -> Result<Fitted> {
        let places = &self.items.places;
        let new = self.train(places, |_, _| {})?;
        meter.reach(OptimiseStage::Training, 1, 1);
        let (mut old_score, mut new_score) = (Score::default(), Score::default());
        for part in 0..PARTS {
            meter.reach(OptimiseStage::Evaluating, part, PARTS);
            // All reviews of a card go together: a later one tells of the earlier ones.
            let (held_out, rest): (Vec<_>, Vec<_>) = places.iter().partition(|place| place.life % PARTS == part);
            let old = self.score(self.old, &held_out)?;
            // Too few to fit to: such weights would be no better than the old ones.
            new_score.add_all(if self.items.usable(&rest).all < LEAST {
                old.clone()
            } else {
                self.score(&self.train(&rest, |_, _| {})?, &held_out)?
            });
            old_score.add_all(old);
        }
        meter.reach(OptimiseStage::Evaluating, PARTS, PARTS);
        let better = new_score.loss() < old_score.loss();
        let report = report(outcome(better), self.items.usable(places), 0);
        Ok(Fitted { report, weights: better.then_some(new) })
    }

    fn score(&self, weights: &[f32], places: &[Place]) -> Result<Score> {
        Score::of(weights, self.items, places, self.cancel)
    }

    /// Trains on a thread of its own, because the crate tells how far it is through a lock and nothing else.
    fn train(&self, places: &[Place], mut tell: impl FnMut(usize, usize)) -> Result<Vec<f32>> {
        let (train_set, card_ids) = self.items.training(places);
        let progress = CombinedProgressState::new_shared();
        let input = ComputeParametersInput {
            train_set,
            card_ids: Some(card_ids),
            progress: Some(progress.clone()),
            num_relearning_steps: Some(self.relearning_steps),
            ..ComputeParametersInput::default()
        };
        let trained = std::thread::scope(|scope| {
            let waiting = std::thread::current();
            let training = scope.spawn(move || {
                let weights = compute_parameters(input);
                waiting.unpark();
                weights
            });
            while !training.is_finished() {
                self.look(&progress, &mut tell);
                std::thread::park_timeout(LOOK);
            }
            training.join()
        });
        if self.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        match trained {
            Ok(Ok(weights)) => Ok(weights),
            Ok(Err(FSRSError::Interrupted)) => Err(Error::Cancelled),
            Ok(Err(error)) => Err(Error::Internal(format!("fitting the weights failed: {error}"))),
            Err(_) => Err(Error::Internal("fitting the weights failed".into())),
        }
    }

    fn look(&self, progress: &Arc<Mutex<CombinedProgressState>>, tell: &mut impl FnMut(usize, usize)) {
        let (done, of) = {
            let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.want_abort |= self.cancel.is_cancelled();
            (progress.current(), progress.total())
        };
        if of > 0 {
            tell(done, of);
        }
    }
}

//! How well weights predict reviews. Plain means over the reviews, where the crate's own evaluation gives recent ones
//! more weight: what the person is shown should be what it is called.

use std::collections::BTreeMap;

use fsrs::{FSRS, FSRSItem, MemoryState, check_and_fill_parameters, current_retrievability};
use tokio_util::sync::CancellationToken;

use super::{
    Fit,
    items::{Items, Place, bin},
};
use crate::error::{Error, Result};

/// What weights make of some reviews. Sums, so that the parts of a cross-validation add up.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// Negative log-likelihood, nats.
    loss: f64,
    reviews: u32,
    bins: BTreeMap<(u32, u32, u32), Bin>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    predicted: f64,
    recalled: f64,
    reviews: f64,
}

impl Score {
    /// # Errors
    /// `Cancelled`; `Internal` when the weights cannot be used.
    pub fn of(weights: &[f32], items: &Items, places: &[Place], cancel: &CancellationToken) -> Result<Self> {
        let model = Model::new(weights)?;
        let mut places = places.to_vec();
        // Card by card, so that each card's past is gone through once.
        places.sort_unstable_by_key(|place| (place.life, place.review));
        let mut score = Self::default();
        for of_life in places.chunk_by(|a, b| a.life == b.life) {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let reviews = &items.lives[of_life[0].life].reviews;
            let last = of_life[of_life.len() - 1].review;
            let states = model.states(FSRSItem { reviews: reviews[..last].to_vec() })?;
            for place in of_life {
                let (past, review) = (&reviews[..place.review], reviews[place.review]);
                let predicted = model.recall(states[place.review - 1], review.delta_t);
                score.add(predicted, review.rating > 1, bin(past, review.delta_t));
            }
        }
        Ok(score)
    }

    pub fn add_all(&mut self, other: Self) {
        self.loss += other.loss;
        self.reviews += other.reviews;
        for (key, value) in other.bins {
            let bin = self.bins.entry(key).or_default();
            bin.predicted += value.predicted;
            bin.recalled += value.recalled;
            bin.reviews += value.reviews;
        }
    }

    fn add(&mut self, predicted: f64, recalled: bool, key: (u32, u32, u32)) {
        self.loss -= if recalled { predicted.ln() } else { (1.0 - predicted).ln() };
        self.reviews += 1;
        let bin = self.bins.entry(key).or_default();
        bin.predicted += predicted;
        bin.recalled += f64::from(u8::from(recalled));
        bin.reviews += 1.0;
    }

    /// Negative log-likelihood over all reviews: the lower, the better.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    pub fn fit(&self) -> Fit {
        let reviews = f64::from(self.reviews.max(1));
        // The difference of means, weighted by the reviews in the bin.
        let squares = self.bins.values().map(|bin| (bin.predicted - bin.recalled).powi(2) / bin.reviews);
        Fit { log_loss: (self.loss / reviews) as f32, rmse: (squares.sum::<f64>() / reviews).sqrt() as f32 }
    }
}

/// FSRS with weights, and the decay among them, which the crate does not give back.
struct Model {
    fsrs: FSRS,
    decay: f32,
}

impl Model {
    fn new(weights: &[f32]) -> Result<Self> {
        let filled = check_and_fill_parameters(weights).map_err(unusable)?;
        let fsrs = FSRS::new(weights).map_err(unusable)?;
        // Kept within the bounds that FSRS::new keeps it in.
        let decay = filled.last().copied().unwrap_or(fsrs::FSRS6_DEFAULT_DECAY).clamp(0.1, 0.8);
        Ok(Self { fsrs, decay })
    }

    fn states(&self, item: FSRSItem) -> Result<Vec<MemoryState>> {
        self.fsrs.historical_memory_states(item, None).map_err(unusable)
    }

    /// Probability of recall, kept off 0 and 1, of which the logarithm is infinite.
    fn recall(&self, state: MemoryState, days: u32) -> f64 {
        let recall = current_retrievability(state, days as f32, self.decay);
        f64::from(recall).clamp(1e-6, 1.0 - 1e-6)
    }
}

fn unusable(error: fsrs::FSRSError) -> Error {
    Error::Internal(format!("the weights of the scheduler cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use fsrs::FSRSReview;

    use super::*;
    use crate::{review::replay::Life, time::UnixMillis};

    /// The crate weights reviews by how recent they are, but a single one is a single one.
    #[test]
    fn a_single_review_is_scored_as_the_crate_scores_it() {
        for (rating, delta_t) in [(1, 3), (3, 3), (2, 40), (4, 1)] {
            let history = [(3, 0), (3, 0), (1, 7), (3, 0), (3, 2), (rating, delta_t)];
            let reviews: Vec<_> = history.map(|(rating, delta_t)| FSRSReview { rating, delta_t }).into_iter().collect();
            let life = Life { at: vec![UnixMillis(0); reviews.len()], reviews: reviews.clone(), whole: true };
            let items = Items { lives: vec![life], places: Vec::new() };
            let place = Place { at: UnixMillis(0), life: 0, review: 5 };
            let ours = Score::of(&[], &items, &[place], &CancellationToken::new()).expect("scored").fit();
            let theirs = FSRS::default().evaluate(vec![FSRSItem { reviews }], |_| true).expect("evaluated");
            assert!((ours.log_loss - theirs.log_loss).abs() < 1e-5, "{ours:?} {theirs:?}");
            assert!((ours.rmse - theirs.rmse_bins).abs() < 1e-5, "{ours:?} {theirs:?}");
        }
    }
}

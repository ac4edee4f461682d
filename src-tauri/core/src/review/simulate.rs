//! What a desired retention would cost and give: the crate's simulation, begun with the person's own cards as they are
//! today, with the time that they take for a card and the buttons that they press.
//!
//! It is run in stretches of ten days, each beginning where the one before it ended. A newer request then need not wait for
//! an older one, which the crate cannot cancel; and a stretch goes through the cards that can come up in it and no others,
//! which keeps a year of 50,000 cards near a second, with a backlog too. Nothing is sampled.

use std::sync::Arc;

use fsrs::{
    Card, PostSchedulingContext, PostSchedulingFn, ReviewPriorityFn, RevlogEntry, RevlogReviewKind, SimulatorConfig,
    check_and_fill_parameters, extract_simulator_config,
};
use tokio_util::sync::CancellationToken;

use super::{
    CardState, Schedule,
    day::StudyDays,
    history::{History, Past},
    optimise::{Simulation, SimulationRequest},
    options::{ReviewOptions, ReviewOrder},
    schedule::fuzz_bounds,
};
use crate::{
    error::{Error, Result},
    time::UnixMillis,
};

/// The same request gives the same picture.
const SEED: u64 = 42;
/// Days.
const STRETCH: u32 = 10;
/// Newest reviews that habits are taken from, and the longest time on one that counts, ms (Anki's cap). The crate adds
/// times up in 32 bits: these two bounds keep it from overflowing.
const HABIT_REVIEWS: usize = 50_000;
const LONGEST_REVIEW_MS: u32 = 60_000;
const LONGEST: u32 = 1_825;
const MOST_A_DAY: u32 = 9_999;

impl SimulationRequest {
    /// # Errors
    /// `InvalidInput` that says what is out of range and what the range is.
    pub fn check(&self) -> Result<()> {
        let invalid = |text: &str| Err(Error::InvalidInput(text.to_owned()));
        if !(0.70..=0.97).contains(&self.desired_retention) {
            return invalid("Desired retention must lie between 70 % and 97 %.");
        }
        if !(1..=LONGEST).contains(&self.days) {
            return invalid("Between 1 and 1,825 days can be simulated.");
        }
        if self.new_per_day > MOST_A_DAY || self.reviews_per_day > MOST_A_DAY {
            return invalid("At most 9,999 cards a day can be asked for.");
        }
        Ok(())
    }
}

/// How long a person takes for a card and which buttons they press.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    first_rating: [f32; 4],
    passing_rating: [f32; 3],
    learning: [[f32; 4]; 3],
    relearning: [[f32; 4]; 3],
    /// Seconds.
    costs: [[f32; 4]; 3],
}

impl Habits {
    /// From the person's reviews; where there are few, the crate's averages over many people count for more.
    #[must_use]
    pub fn of(history: &History, end_of_today: UnixMillis) -> Self {
        let mut rows: Vec<&Past> = history.rows.iter().filter(|row| row.rating.is_some()).collect();
        if rows.len() > HABIT_REVIEWS {
            let older = rows.len() - HABIT_REVIEWS;
            rows.select_nth_unstable_by_key(older, |row| (row.at, row.card));
            rows.drain(..older);
        }
        rows.sort_unstable_by_key(|row| (row.at, row.card));
        let mut cards: Vec<_> = rows.iter().map(|row| row.card).collect();
        cards.sort_unstable();
        cards.dedup();
        let number = |row: &Past| cards.binary_search(&row.card).unwrap_or_default() as i64;
        let entries = rows.into_iter().map(|row| entry(row, number(row))).collect();
        Self::from(&extract_simulator_config(entries, end_of_today.0.div_euclid(1_000), true))
    }
}

impl From<&SimulatorConfig> for Habits {
    fn from(config: &SimulatorConfig) -> Self {
        Self {
            first_rating: config.first_rating_prob,
            passing_rating: config.review_rating_prob,
            learning: config.learning_step_transitions,
            relearning: config.relearning_step_transitions,
            costs: config.state_rating_costs,
        }
    }
}

fn entry(row: &Past, card: i64) -> RevlogEntry {
    RevlogEntry {
        id: row.at.0,
        cid: card,
        button_chosen: row.rating.map_or(0, |rating| rating.number()),
        taken_millis: row.duration_ms.min(LONGEST_REVIEW_MS),
        review_kind: match row.before_state {
            CardState::New | CardState::Learning => RevlogReviewKind::Learning,
            CardState::Review => RevlogReviewKind::Review,
            CardState::Relearning => RevlogReviewKind::Relearning,
        },
        ..RevlogEntry::default()
    }
}

/// A person's cards and how they study, today.
#[derive(Clone, Debug)]
pub struct Start {
    cards: Vec<Card>,
    new: usize,
    options: ReviewOptions,
    weights: Arc<Vec<f32>>,
    habits: Habits,
}

impl Start {
    /// Suspended cards stay out. Empty `weights` are FSRS's defaults.
    ///
    /// # Errors
    /// `InvalidInput` when the weights are not those of an FSRS version.
    pub fn new<'a>(
        schedules: impl IntoIterator<Item = &'a Schedule>,
        now: UnixMillis,
        days: &StudyDays,
        options: ReviewOptions,
        weights: &[f32],
        habits: Habits,
    ) -> Result<Self> {
        let weights = check_and_fill_parameters(weights)
            .map_err(|_| Error::InvalidInput("These are not the weights of a known FSRS version.".into()))?;
        let weights = Arc::new(weights);
        let today = days.day(now);
        let (mut cards, mut new) = (Vec::new(), 0);
        for schedule in schedules.into_iter().filter(|schedule| !schedule.suspended) {
            match known(schedule, today, days, &weights) {
                Some(card) => cards.push(card),
                None => new += 1,
            }
        }
        // The order of a hash map must not show in the picture.
        cards.sort_by(|a, b| {
            [a.due, a.last_date, a.stability, a.difficulty]
                .partial_cmp(&[b.due, b.last_date, b.stability, b.difficulty])
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        Ok(Self { cards, new, options, weights, habits })
    }

    /// Blocks for as long as it takes.
    ///
    /// # Errors
    /// `InvalidInput`, `Cancelled`; `Internal` when the crate refuses.
    pub fn simulate(mut self, request: &SimulationRequest, cancel: &CancellationToken) -> Result<Simulation> {
        request.check()?;
        for card in &mut self.cards {
            card.desired_retention = request.desired_retention;
        }
        let mut config = config(request, &self.options, &self.habits);
        let mut simulation = Simulation::default();
        for (seed, first_day) in (SEED..).zip((0..request.days).step_by(STRETCH as usize)) {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            config.learn_span = STRETCH.min(request.days - first_day) as usize;
            let coming = self.take_coming(&config);
            let mut stretch = Simulation::of_nothing(config.learn_span);
            remember(&self.cards, self.weights[20], &mut stretch.memorised);
            self.go_through(coming, &mut config, request.desired_retention, seed, &mut stretch)?;
            simulation.append(stretch);
            for card in &mut self.cards {
                card.last_date -= config.learn_span as f32;
                // What stays overdue is looked at on each day anew.
                card.due = (card.due - config.learn_span as f32).max(0.0);
            }
        }
        Ok(simulation)
    }

    /// Takes out the cards that can come up in a stretch: due in it, and not beyond what the limits let through, in the
    /// order in which they are reviewed.
    fn take_coming(&mut self, config: &SimulatorConfig) -> Vec<Card> {
        let end = config.learn_span as f32;
        let (mut coming, later) = std::mem::take(&mut self.cards).into_iter().partition(|card| card.due < end);
        self.cards = later;
        let most = config.review_limit.saturating_mul(config.learn_span);
        if coming.len() > most {
            let urgency = |card: &Card| match self.options.review_order {
                ReviewOrder::RelativeOverdueness => card.last_date / card.stability,
                ReviewOrder::Due => card.scheduled_due(),
            };
            coming.sort_by(|a, b| urgency(a).total_cmp(&urgency(b)));
            self.cards.extend(coming.drain(most..));
        }
        coming
    }

    fn go_through(
        &mut self,
        cards: Vec<Card>,
        config: &mut SimulatorConfig,
        retention: f32,
        seed: u64,
        stretch: &mut Simulation,
    ) -> Result<()> {
        config.deck_size = cards.len() + self.new;
        if cards.is_empty() && (self.new == 0 || config.learn_limit == 0) {
            return Ok(());
        }
        let result = fsrs::simulate(config, &self.weights, retention, Some(seed), Some(cards))
            .map_err(|e| Error::Internal(format!("the simulation failed: {e}")))?;
        self.new -= result.learn_cnt_per_day.iter().sum::<usize>();
        // Cards that are still new have no date.
        self.cards.extend(result.cards.into_iter().filter(|card| card.last_date.is_finite()));
        for day in 0..config.learn_span {
            stretch.reviews[day] += result.review_cnt_per_day[day] as f32;
            stretch.memorised[day] += result.memorized_cnt_per_day[day];
            stretch.minutes[day] += result.cost_per_day[day] / 60.0;
        }
        Ok(())
    }
}

impl Simulation {
    fn of_nothing(days: usize) -> Self {
        Self { reviews: vec![0.0; days], memorised: vec![0.0; days], minutes: vec![0.0; days] }
    }

    fn append(&mut self, mut later: Self) {
        self.reviews.append(&mut later.reviews);
        self.memorised.append(&mut later.memorised);
        self.minutes.append(&mut later.minutes);
    }
}

/// Adds the probability of recalling each of the cards, which are not reviewed meanwhile, to each day.
/// R = (1 + F t / S)^-w20, F = 0.9^(-1/w20) - 1
fn remember(cards: &[Card], w20: f32, days: &mut [f32]) {
    let factor = 0.9_f32.powf(-1.0 / w20) - 1.0;
    for card in cards {
        for (day, sum) in (0_u16..).zip(days.iter_mut()) {
            *sum += (1.0 + factor * (f32::from(day) - card.last_date) / card.stability).powf(-w20);
        }
    }
}

/// None for a card that was never rated.
fn known(schedule: &Schedule, today: i32, days: &StudyDays, weights: &Arc<Vec<f32>>) -> Option<Card> {
    let (memory, last) = (schedule.memory?, schedule.last_review?);
    let day = |at| days.day(at).saturating_sub(today) as f32;
    Some(Card {
        id: 0,
        // Outside of their bounds the crate would draw from probabilities that are none.
        difficulty: memory.difficulty.clamp(1.0, 10.0),
        stability: memory.stability.clamp(0.001, 36_500.0),
        last_date: day(last).min(0.0),
        due: day(schedule.due).max(0.0),
        interval: schedule.interval_days as f32,
        lapses: schedule.lapses,
        parameters: weights.clone(),
        ..Card::default()
    })
}

fn config(request: &SimulationRequest, options: &ReviewOptions, habits: &Habits) -> SimulatorConfig {
    let fuzz = options.fuzz.then(|| {
        PostSchedulingFn::new(|mut context: PostSchedulingContext<'_>| {
            let (lower, upper) = fuzz_bounds(context.card.interval, 1, context.max_interval as u32);
            lower as f32 + (context.random_f32() * (upper - lower + 1) as f32).floor()
        })
    });
    let order = match options.review_order {
        // What is nearest to being forgotten first.
        ReviewOrder::RelativeOverdueness => {
            ReviewPriorityFn::new(|card| ((card.last_date - card.due) / card.stability * 1_000.0) as i32)
        }
        ReviewOrder::Due => ReviewPriorityFn::new(|card| card.scheduled_due() as i32),
    };
    SimulatorConfig {
        max_cost_perday: f32::INFINITY,
        max_ivl: options.maximum_interval_days as f32,
        first_rating_prob: habits.first_rating,
        review_rating_prob: habits.passing_rating,
        learn_limit: request.new_per_day as usize,
        review_limit: request.reviews_per_day as usize,
        new_cards_ignore_review_limit: true,
        post_scheduling_fn: fuzz,
        review_priority_fn: Some(order),
        learning_step_transitions: habits.learning,
        relearning_step_transitions: habits.relearning,
        state_rating_costs: habits.costs,
        learning_step_count: options.learning_steps.len(),
        relearning_step_count: options.relearning_steps.len(),
        ..SimulatorConfig::default()
    }
}

//! Statistics over the review log and the schedules: pure, computed in one pass.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::TodayStats;

mod accumulate;
mod calibration;
mod cards;
mod compute;
mod forgetting;
mod histogram;

pub use compute::{View, compute};
pub use forgetting::ForgettingCurve;

/// Which reviews the statistics look back on. Days are study days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StatsRange {
    #[default]
    Month,
    Quarter,
    Year,
    All,
}

/// A card is young below this interval, mature from it on, as in Anki; days.
pub const MATURE_DAYS: u32 = 21;

/// All figures of the page. A `day` is a study day, counted in days since 1970-01-01 in the person's zone; lists by day
/// leave out days without anything. A review or card that is later than today (the clock was set back) is today's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// The study day of now.
    pub day: i32,
    /// First day of the range; for `All` that of the first review or card.
    pub from_day: i32,
    pub today: TodayStats,
    pub streak: Streak,
    /// Reviews on each day, all days whatever the range: the calendar pages through years.
    pub calendar: Vec<DayCount>,
    /// Within the range, oldest first.
    pub reviews: Vec<ReviewsDay>,
    /// Within the range, oldest first: cards created on each day that still exist.
    pub added: Vec<DayCount>,
    /// Cards due on each day from today on, within as many days as the range looks back (all for `All`); without suspended
    /// ones, and without buried ones that would be due today.
    pub future: Vec<FutureDay>,
    /// Cards that were due before today, those in learning steps too.
    pub backlog: u32,
    pub states: StateCounts,
    /// Of cards in review; days.
    pub intervals: Histogram,
    /// Days.
    pub stability: Histogram,
    /// 1 to 10.
    pub difficulty: Histogram,
    /// Probability of recall now, 0 to 1, of cards that were reviewed.
    pub retrievability: Histogram,
    /// Sum of the retrievabilities: how many cards would be remembered now.
    pub remembered: f32,
    /// Desired retention, 0 to 1.
    pub desired_retention: f32,
    pub retention: Vec<Retention>,
    /// 24 hours of the local day, of reviews of cards in review within the range.
    pub hours: Vec<Recall>,
    /// Within the range.
    pub buttons: Buttons,
    /// Within the range.
    pub calibration: Calibration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Streak {
    /// Days in a row with a review, up to today (or yesterday, when nothing was done today yet).
    pub current: u32,
    pub longest: u32,
    /// Days with a review.
    pub studied: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DayCount {
    pub day: i32,
    pub count: u32,
}

/// By what the card was before its review: learning is new cards and those in learning steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Kinds {
    pub learning: u32,
    pub relearning: u32,
    pub young: u32,
    pub mature: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReviewsDay {
    pub day: i32,
    pub count: Kinds,
    /// Time spent, seconds.
    pub seconds: Kinds,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FutureDay {
    pub day: i32,
    pub learning: u32,
    pub young: u32,
    pub mature: u32,
}

/// Suspended and buried cards are counted only as such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StateCounts {
    pub new: u32,
    pub learning: u32,
    pub relearning: u32,
    pub young: u32,
    pub mature: u32,
    pub suspended: u32,
    pub buried: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Histogram {
    /// Ascending, without gaps.
    pub bins: Vec<Bin>,
    pub median: Option<f32>,
    pub mean: Option<f32>,
}

/// `from` inclusive, `to` exclusive (inclusive in the last bin).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Bin {
    pub from: f32,
    pub to: f32,
    pub count: u32,
}

/// Reviews and how many of them were remembered (not Again).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Recall {
    pub reviews: u32,
    pub passed: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Today,
    Yesterday,
    Week,
    Month,
    Year,
    All,
}

/// True retention: of reviews of cards in review (not in steps), whatever the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Retention {
    pub period: Period,
    pub young: Recall,
    pub mature: Recall,
}

/// How often each button was pressed: again, hard, good, easy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Buttons {
    /// New cards, and cards in learning or relearning steps.
    pub learning: [u32; 4],
    pub young: [u32; 4],
    pub mature: [u32; 4],
}

/// Predicted recall against actual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Calibration {
    /// By predicted recall, ascending; empty bins are left out.
    pub bins: Vec<CalibrationBin>,
    /// Root of the mean squared difference between the two over the bins, weighted by reviews; none without reviews.
    pub rmse: Option<f32>,
    /// Mean negative log-likelihood, nats.
    pub log_loss: Option<f32>,
    pub reviews: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CalibrationBin {
    /// Mean predicted recall in the bin, 0 to 1.
    pub predicted: f32,
    /// Share that was remembered, 0 to 1.
    pub actual: f32,
    pub reviews: u32,
}

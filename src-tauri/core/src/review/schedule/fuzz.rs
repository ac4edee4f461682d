//! How far an interval is moved so that cards learned together do not stay together, as Anki does it.

use crate::ids::CardId;

/// Below this many days an interval is left alone.
const SHORTEST: f32 = 2.5;

/// Ranges in days with the share of an interval in each by which it may be moved (Anki's table).
const FUZZ: [(f32, f32, f32); 3] = [(SHORTEST, 7.0, 0.15), (7.0, 20.0, 0.10), (20.0, f32::INFINITY, 0.05)];

/// The days between which an interval (in days) may fall, both included and both within `minimum` and `maximum`; no
/// spread below 2.5 days, and at least two days to choose from where `minimum` has lifted the interval above that.
#[must_use]
pub fn fuzz_bounds(interval: f32, minimum: u32, maximum: u32) -> (u32, u32) {
    let minimum = minimum.min(maximum);
    let interval = interval.clamp(minimum as f32, maximum as f32);
    let delta = match interval {
        SHORTEST.. => {
            FUZZ.iter().fold(1.0, |delta, &(start, end, share)| delta + share * (interval.min(end) - start).max(0.0))
        }
        _ => 0.0,
    };
    let lower = whole_days(interval - delta).clamp(minimum, maximum);
    let upper = whole_days(interval + delta).clamp(minimum, maximum);
    if lower == upper && upper > 2 && upper < maximum { (lower, upper + 1) } else { (lower, upper) }
}

/// Rounded; `as` saturates, and takes what is not a number for 0.
pub(super) fn whole_days(interval: f32) -> u32 {
    interval.round() as u32
}

/// A number in [0, 1) that depends on nothing but the card and how often it was rated, so that the interval on the
/// button is the one that the card gets. SplitMix64 (Steele, Lea, Flood 2014) over the id.
pub(super) fn fuzz_factor(card: CardId, reps: u32) -> f64 {
    let id = card.0.as_u128();
    let mut z = (id as u64) ^ ((id >> 64) as u64).rotate_left(32) ^ u64::from(reps).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    // The top 53 bits are a double's mantissa.
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

//! How recall fades by FSRS-6, for many cards at once.

/// R = (1 + F t / S)^-d with F = 0.9^(-1/d) - 1, so that recall is 90 % after S days. Source: the crate `fsrs`,
/// `current_retrievability`, which derives F anew for each card.
#[derive(Clone, Copy, Debug)]
pub struct ForgettingCurve {
    decay: f32,
    factor: f32,
}

impl ForgettingCurve {
    /// `decay` is the last of the weights, w20.
    #[must_use]
    pub fn new(decay: f32) -> Self {
        Self { decay, factor: 0.9_f32.powf(-1.0 / decay) - 1.0 }
    }

    /// Probability of recall after `days`, 0 to 1. Nobody forgets before they have learned: days below 0 count as 0.
    #[must_use]
    pub fn recall(&self, days: f32, stability: f32) -> f32 {
        (1.0 + self.factor * days.max(0.0) / stability).powf(-self.decay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_is_ninety_percent_after_stability_days_whatever_the_decay() {
        for decay in [0.1, 0.1542, 0.5, 0.8] {
            let curve = ForgettingCurve::new(decay);
            assert!((curve.recall(12.5, 12.5) - 0.9).abs() < 1e-6);
            assert!((curve.recall(0.0, 3.0) - 1.0).abs() < f32::EPSILON);
            assert!((curve.recall(-4.0, 3.0) - 1.0).abs() < f32::EPSILON);
        }
    }

    #[test]
    fn with_a_decay_of_one_half_the_numbers_are_those_of_fsrs_5() {
        // F = 0.9^-2 - 1 = 19/81; after 10 stabilities (1 + 190/81)^-0.5 = 9/sqrt(271).
        assert!((ForgettingCurve::new(0.5).recall(30.0, 3.0) - 0.546_711_1).abs() < 1e-6);
    }
}

//! Whether predictions come true: predicted recall against actual, in bins.
//!
//! Bins, RMSE and log-loss are those by which FSRS is measured (the crate `fsrs`: `get_bin` with 20 bins,
//! `measure_a_by_b`), so that the figures can be set beside published ones.

use super::{Calibration, CalibrationBin};

const BINS: usize = 20;
/// A prediction is never taken for certain: one that fails would cost without end.
const LEAST_DOUBT: f32 = 1e-6;

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    predicted: f64,
    passed: u32,
    reviews: u32,
}

#[derive(Debug)]
pub struct Comparison {
    bins: [Sums; BINS],
    /// Lower edge of each bin.
    edges: [f32; BINS],
    log_loss: f64,
}

impl Comparison {
    /// Bin n begins where 21^p reaches n + 1: narrow near 1, where nearly all predictions lie.
    pub fn new() -> Self {
        let whole = (BINS as f32 + 1.0).ln();
        let edges = std::array::from_fn(|n| (n as f32 + 1.0).ln() / whole);
        Self { bins: [Sums::default(); BINS], edges, log_loss: 0.0 }
    }

    /// A review whose recall was `predicted`, 0 to 1.
    pub fn add(&mut self, predicted: f32, passed: bool) {
        // The first edge is 0.
        let bin = self.edges.partition_point(|&edge| edge <= predicted).saturating_sub(1);
        let sums = &mut self.bins[bin];
        sums.predicted += f64::from(predicted);
        sums.passed += u32::from(passed);
        sums.reviews += 1;
        let likely = if passed { predicted } else { 1.0 - predicted };
        self.log_loss -= f64::from(likely.clamp(LEAST_DOUBT, 1.0 - LEAST_DOUBT).ln());
    }

    pub fn finish(&self) -> Calibration {
        let reviews: u32 = self.bins.iter().map(|bin| bin.reviews).sum();
        if reviews == 0 {
            return Calibration::default();
        }
        let mut squares = 0.0;
        let mut bins = Vec::new();
        for bin in self.bins.iter().filter(|bin| bin.reviews > 0) {
            let count = f64::from(bin.reviews);
            let (predicted, actual) = (bin.predicted / count, f64::from(bin.passed) / count);
            squares += count * (predicted - actual).powi(2);
            bins.push(CalibrationBin { predicted: predicted as f32, actual: actual as f32, reviews: bin.reviews });
        }
        let all = f64::from(reviews);
        let (rmse, log_loss) = (Some((squares / all).sqrt() as f32), Some((self.log_loss / all) as f32));
        Calibration { bins, rmse, log_loss, reviews }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `fsrs` 6.6.2 asserts of its own `get_bin` for 0.00, 0.01, … 1.00.
    const REFERENCE: [usize; 101] = [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 7, 7, 7, 7, 8,
        8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 11, 12, 12, 13, 13, 14, 14, 14, 15, 15, 16, 17, 17, 18, 18, 19, 19,
    ];

    #[test]
    fn the_bins_are_those_of_the_reference_implementation() {
        for (percent, &expected) in REFERENCE.iter().enumerate() {
            let mut comparison = Comparison::new();
            comparison.add(percent as f32 / 100.0, true);
            let bin = comparison.bins.iter().position(|bin| bin.reviews == 1);
            assert_eq!(bin, Some(expected), "{percent} %");
        }
    }

    #[test]
    fn error_and_loss_are_those_worked_out_by_hand() {
        let mut comparison = Comparison::new();
        // 0.81 and 0.80 share a bin, 0.5 has its own.
        comparison.add(0.81, true);
        comparison.add(0.80, false);
        comparison.add(0.50, true);
        comparison.add(0.50, true);
        let found = comparison.finish();
        let bins: Vec<_> = found.bins.iter().map(|bin| (bin.predicted, bin.actual, bin.reviews)).collect();
        assert_eq!(bins, [(0.5, 1.0, 2), (0.805, 0.5, 2)]);
        // sqrt((2 * 0.5^2 + 2 * 0.305^2) / 4)
        assert!((found.rmse.unwrap_or_default() - 0.414_140_1).abs() < 1e-6, "{found:?}");
        // -(ln 0.81 + ln 0.20 + 2 ln 0.50) / 4
        assert!((found.log_loss.unwrap_or_default() - 0.801_613_4).abs() < 1e-6, "{found:?}");
        assert_eq!(found.reviews, 4);
    }

    #[test]
    fn a_certainty_that_fails_costs_much_but_not_everything() {
        let mut comparison = Comparison::new();
        comparison.add(1.0, false);
        let loss = comparison.finish().log_loss.unwrap_or_default();
        // -ln 1e-6
        assert!((loss - 13.815_511).abs() < 1e-4, "{loss}");
    }
}

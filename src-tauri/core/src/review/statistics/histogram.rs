//! How values are spread: bins that are readable, median and mean that are exact.

use super::{Bin, Histogram};

/// Widths of bins of days, the first that needs no more bins than this for all but the longest intervals.
const DAYS_A_BIN: [u16; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
const BINS_OF_DAYS: f32 = 40.0;
/// The longest twentieth shares the last bin, as in Anki, where a graph leaves it out at first: one card with an interval
/// of ten years would press all others into the first bin.
const SHARE_DRAWN: f64 = 0.95;

/// The values of one histogram; what is not a number is no value.
#[derive(Debug, Default)]
pub struct Values(Vec<f32>);

impl Values {
    pub fn push(&mut self, value: f32) {
        if value.is_finite() {
            self.0.push(value);
        }
    }

    /// Sum of all values.
    pub fn sum(&self) -> f64 {
        self.0.iter().copied().map(f64::from).sum()
    }

    /// `bins` of the same width from `from` to `to`; values outside count in the nearest one.
    pub fn between(mut self, from: f32, to: f32, bins: u16) -> Histogram {
        // One division for each edge, so that 0.15 is 0.15 and not three times 0.05.
        let edge = |n: u16| from + f32::from(n) * (to - from) / f32::from(bins);
        let edges: Vec<f32> = (0..=bins).map(edge).collect();
        self.histogram(&edges)
    }

    /// Days from 0 on, the longest in one bin.
    pub fn days(mut self) -> Histogram {
        let longest = self.0.iter().copied().fold(0.0, f32::max);
        let drawn = self.quantile(SHARE_DRAWN).unwrap_or_default().max(0.0);
        let [.., widest] = DAYS_A_BIN;
        let width = DAYS_A_BIN.into_iter().find(|&width| drawn < f32::from(width) * BINS_OF_DAYS).unwrap_or(widest);
        let width = f32::from(width);
        let bins = (drawn / width).floor().min(BINS_OF_DAYS - 1.0) as u16 + 1;
        let mut edges: Vec<f32> = (0..=bins).map(|n| f32::from(n) * width).collect();
        let end = f32::from(bins) * width;
        if longest >= end {
            edges.push(longest.ceil().max(end + width));
        }
        self.histogram(&edges)
    }

    fn histogram(&mut self, edges: &[f32]) -> Histogram {
        if self.0.is_empty() {
            return Histogram::default();
        }
        let mut bins: Vec<Bin> = edges.windows(2).map(|edge| Bin { from: edge[0], to: edge[1], count: 0 }).collect();
        let last = bins.len() - 1;
        for value in &self.0 {
            let bin = edges.partition_point(|edge| edge <= value).saturating_sub(1).min(last);
            bins[bin].count += 1;
        }
        let mean = Some((self.sum() / self.0.len() as f64) as f32);
        Histogram { bins, median: self.median(), mean }
    }

    /// The least value that is not exceeded by this share of all values.
    fn quantile(&mut self, share: f64) -> Option<f32> {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        let place = rank.checked_sub(1)?;
        Some(*self.0.select_nth_unstable_by(place, f32::total_cmp).1)
    }

    /// Of an even number of values the middle between the two in the middle.
    fn median(&mut self) -> Option<f32> {
        let count = self.0.len();
        if count == 0 {
            return None;
        }
        let (below, &mut upper, _) = self.0.select_nth_unstable_by(count / 2, f32::total_cmp);
        if count % 2 == 1 {
            return Some(upper);
        }
        let lower = below.iter().copied().max_by(f32::total_cmp)?;
        Some(f32::midpoint(lower, upper))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[f32]) -> Values {
        let mut all = Values::default();
        values.iter().for_each(|&value| all.push(value));
        all
    }

    fn occupied(histogram: &Histogram) -> Vec<(f32, f32, u32)> {
        let bins = histogram.bins.iter().filter(|bin| bin.count > 0);
        bins.map(|bin| (bin.from, bin.to, bin.count)).collect()
    }

    #[test]
    fn edges_belong_to_the_bin_that_they_begin_but_the_last() {
        let found = values(&[0.0, 0.05, 0.15, 0.149, 0.95, 1.0, 0.999]).between(0.0, 1.0, 20);
        assert_eq!(occupied(&found), [(0.0, 0.05, 1), (0.05, 0.1, 1), (0.1, 0.15, 1), (0.15, 0.2, 1), (0.95, 1.0, 3)]);
        assert_eq!(found.bins.len(), 20);
        assert!(found.bins.windows(2).all(|pair| pair[0].to == pair[1].from), "{found:?}");
        assert_eq!(found.median, Some(0.15));
    }

    #[test]
    fn values_outside_count_in_the_nearest_bin_and_no_number_in_none() {
        let found = values(&[0.5, 11.0, f32::NAN, f32::INFINITY]).between(1.0, 10.0, 18);
        assert_eq!(occupied(&found), [(1.0, 1.5, 1), (9.5, 10.0, 1)]);
        assert_eq!((found.median, found.mean), (Some(5.75), Some(5.75)));
    }

    #[test]
    fn without_values_there_is_nothing() {
        assert_eq!(values(&[]).between(0.0, 1.0, 20), Histogram::default());
        assert_eq!(values(&[]).days(), Histogram::default());
    }

    #[test]
    fn up_to_a_month_each_day_has_its_bin() {
        let found = values(&[1.0, 1.0, 4.0, 30.0]).days();
        assert_eq!(found.bins.len(), 31);
        assert_eq!(occupied(&found), [(1.0, 2.0, 2), (4.0, 5.0, 1), (30.0, 31.0, 1)]);
        assert_eq!((found.median, found.mean), (Some(2.5), Some(9.0)));
    }

    #[test]
    fn the_longest_share_the_last_bin() {
        // 95 of 100 cards below 95 days: 5 days a bin, and 3,650 does not press them together.
        let mut all: Vec<f32> = (0..95_u16).map(f32::from).collect();
        all.extend([100.0, 200.0, 300.0, 400.0, 3_650.0]);
        let found = values(&all).days();
        assert_eq!(found.bins.len(), 20);
        assert_eq!(found.bins[0], Bin { from: 0.0, to: 5.0, count: 5 });
        assert_eq!(found.bins[18], Bin { from: 90.0, to: 95.0, count: 5 });
        assert_eq!(found.bins[19], Bin { from: 95.0, to: 3_650.0, count: 5 });
    }

    #[test]
    fn a_longest_value_on_an_edge_has_a_bin_of_some_width() {
        let mut all = vec![3.0; 99];
        all.push(4.0);
        let found = values(&all).days();
        assert_eq!(occupied(&found), [(3.0, 4.0, 99), (4.0, 5.0, 1)]);
        let found = values(&[36_500.0]).days();
        assert_eq!(occupied(&found), [(36_000.0, 37_000.0, 1)]);
    }
}

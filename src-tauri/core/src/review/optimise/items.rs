//! The reviews that weights are fitted to and compared on. A review counts when days have passed since the one before it
//! and all that came before it is known; what is remembered within a day says little about forgetting.

use fsrs::{FSRSItem, FSRSReview, filter_outlier};

use crate::{
    review::{
        history::History,
        replay::{Event, Life, lives},
    },
    time::UnixMillis,
};

/// One review that counts: where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// First, so that places sort by time.
    pub at: UnixMillis,
    pub life: usize,
    pub review: usize,
}

/// All that was ever learned, card by card, and the reviews that count.
#[derive(Debug, Default)]
pub struct Items {
    pub lives: Vec<Life>,
    /// Oldest first.
    pub places: Vec<Place>,
}

impl Items {
    pub fn of(mut history: History) -> Self {
        history.sort_by_card();
        let cards = history.rows.chunk_by(|a, b| a.card == b.card);
        let lives: Vec<_> =
            cards.flat_map(|rows| lives(rows.iter().map(Event::from))).filter(|life| life.whole).collect();
        let mut places: Vec<_> = (0..).zip(&lives).flat_map(|(life, of)| counting(life, of)).collect();
        places.sort_unstable();
        Self { lives, places }
    }

    /// As fsrs wants it: a review with all that came before it.
    fn item(&self, place: Place) -> FSRSItem {
        FSRSItem { reviews: self.lives[place.life].reviews[..=place.review].to_vec() }
    }

    /// What fsrs trains on, and which items belong to one card (it then goes through each card once).
    pub fn training(&self, places: &[Place]) -> (Vec<FSRSItem>, Vec<i64>) {
        // No machine holds more cards than i64 has numbers.
        places.iter().map(|&place| (self.item(place), place.life as i64)).unzip()
    }

    /// How many of them are left when fsrs has dropped what lies apart: it does so before it counts.
    pub fn usable(&self, places: &[Place]) -> Usable {
        let outline: Vec<_> = places.iter().map(|&place| self.outline(place)).collect();
        let firsts = outline.iter().filter(|(_, first)| *first).map(|(item, _)| item.clone()).collect();
        let (firsts, all) = filter_outlier(firsts, outline.into_iter().map(|(item, _)| item).collect());
        Usable { all: all.len(), firsts: firsts.len() }
    }

    /// All of an item that the dropping looks at (the first rating and the first interval of days), and whether that
    /// interval is its only one.
    fn outline(&self, place: Place) -> (FSRSItem, bool) {
        let reviews = &self.lives[place.life].reviews[..=place.review];
        let mut of_days = reviews.iter().filter(|review| review.delta_t > 0);
        let first_of_days = of_days.next().copied();
        let item = FSRSItem { reviews: reviews.first().copied().into_iter().chain(first_of_days).collect() };
        (item, of_days.next().is_none())
    }
}

fn counting(life: usize, of: &Life) -> impl Iterator<Item = Place> {
    let reviews = (0..).zip(&of.reviews).zip(&of.at);
    reviews.filter(|((_, review), _)| review.delta_t > 0).map(move |((review, _), &at)| Place { at, life, review })
}

/// Reviews that fsrs would fit to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usable {
    pub all: usize,
    /// Those of them that are the first after a first interval of days.
    pub firsts: usize,
}

/// The bin of RMSE that a review falls into, by interval, number of reviews and lapses, as in the crate fsrs
/// (`FSRSItem::r_matrix_index`) and in the FSRS benchmark.
pub fn bin(before: &[FSRSReview], delta_t: u32) -> (u32, u32, u32) {
    let of = |value: f64, factor: f64, base: f64| factor * base.powf(value.log(base).floor());
    let long_term = before.iter().filter(|review| review.delta_t > 0);
    let lapses = long_term.clone().filter(|review| review.rating == 1).count();
    let interval = (of(f64::from(delta_t), 2.48, 3.62) * 100.0).round() as u32;
    // The review itself is one, and the first another.
    let length = of(long_term.count() as f64 + 2.0, 1.99, 1.89).round() as u32;
    let lapses = if lapses == 0 { 0 } else { of(lapses as f64, 1.65, 1.73).round() as u32 };
    (interval, length, lapses)
}

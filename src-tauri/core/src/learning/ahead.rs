//! Reading ahead: the content of the next few cards is in memory before they are asked for.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
};

use parking_lot::Mutex;

use crate::{cards::Card, ids::CardId};

/// How many cards are read ahead of the one on screen: half of them last while the other half is read.
pub const DEPTH: usize = 32;
/// More than this are never held: those that are not coming up go.
const MOST: usize = 4 * DEPTH;

#[derive(Debug, Default)]
pub struct ReadAhead {
    cards: Mutex<HashMap<CardId, Card>>,
    reading: AtomicBool,
}

impl ReadAhead {
    #[must_use]
    pub fn get(&self, card: CardId) -> Option<Card> {
        self.cards.lock().get(&card).cloned()
    }

    /// Whether to read now: false while another reading is under way.
    #[must_use]
    pub fn begin(&self) -> bool {
        !self.reading.swap(true, Ordering::AcqRel)
    }

    pub fn end(&self) {
        self.reading.store(false, Ordering::Release);
    }

    /// Those of `cards` that are not held.
    #[must_use]
    pub fn missing(&self, cards: &[CardId]) -> Vec<CardId> {
        let held = self.cards.lock();
        cards.iter().copied().filter(|card| !held.contains_key(card)).collect()
    }

    /// Holds `cards` where nothing newer is held; `coming` stay whatever else has to go.
    pub fn fill(&self, cards: Vec<Card>, coming: &[CardId]) {
        let mut held = self.cards.lock();
        if held.len() + cards.len() > MOST {
            held.retain(|card, _| coming.contains(card));
        }
        for card in cards {
            let newer = held.get(&card.id).is_some_and(|other| other.updated_at > card.updated_at);
            if !newer {
                held.insert(card.id, card);
            }
        }
    }

    /// Holds a card that was edited, so that an older reading of it that is under way does not count.
    pub fn put(&self, card: Card) {
        self.cards.lock().insert(card.id, card);
    }

    pub fn forget(&self, card: CardId) {
        self.cards.lock().remove(&card);
    }
}

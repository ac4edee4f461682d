//! Reading ahead: the content of the next few cards is in memory before they are asked for.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::{cards::Card, ids::CardId};

/// How many cards are read ahead of the one on screen.
pub const DEPTH: usize = 6;
/// More than this are never held: the ones left over from other sessions go.
const MOST: usize = 64;

#[derive(Debug, Default)]
pub struct ReadAhead(Mutex<HashMap<CardId, Card>>);

impl ReadAhead {
    #[must_use]
    pub fn get(&self, card: CardId) -> Option<Card> {
        self.0.lock().get(&card).cloned()
    }

    /// Those of `cards` that are not held.
    #[must_use]
    pub fn missing(&self, cards: &[CardId]) -> Vec<CardId> {
        let held = self.0.lock();
        cards.iter().copied().filter(|card| !held.contains_key(card)).collect()
    }

    /// Holds `cards` where nothing newer is held.
    pub fn fill(&self, cards: Vec<Card>) {
        let mut held = self.0.lock();
        if held.len() + cards.len() > MOST {
            held.clear();
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
        self.0.lock().insert(card.id, card);
    }

    pub fn forget(&self, card: CardId) {
        self.0.lock().remove(&card);
    }
}

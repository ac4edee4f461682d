//! Cards that may ask the same as another, found without looking at all of them.

use super::Learning;
use crate::{cards::Card, error::Result, lance::Embedding};

impl Learning {
    /// Cards that share words with `text`, some of which may have little in common with it.
    ///
    /// # Errors
    /// `Internal` when they cannot be read.
    pub async fn cards_like(&self, text: &str, most: usize) -> Result<Vec<Card>> {
        self.store.cards_like(text, most).await
    }

    /// Cards nearest in meaning, with the cosine of theirs and `meaning`, the nearest first.
    ///
    /// # Errors
    /// As [`Learning::cards_like`].
    pub async fn cards_meaning(&self, meaning: &Embedding, most: usize) -> Result<Vec<(Card, f32)>> {
        let near = self.store.find_by_meaning(meaning, most).await?;
        let ids: Vec<_> = near.iter().map(|(id, _)| *id).collect();
        let cards = self.store.cards(&ids).await?;
        let cosine = |card: &Card| near.iter().find(|(id, _)| *id == card.id).map_or(0.0, |(_, far)| 1.0 - far);
        Ok(cards.into_iter().map(|card| (cosine(&card), card)).map(|(near, card)| (card, near)).collect())
    }
}

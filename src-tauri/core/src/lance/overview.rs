//! Reading a little of every card: where it came from, its tags; and which cards or messages have something.

use std::collections::{HashMap, HashSet};

use lancedb::query::{QueryBase, Select};

use super::{
    Store,
    index::{self, rows_of},
    rows,
    tables::Tables,
};
use crate::{
    cards::Card,
    error::Result,
    ids::{CardId, ConversationId, MessageId},
    review::queue::Origin,
};

pub(super) async fn origins(tables: &Tables) -> Result<HashMap<CardId, Origin>> {
    let columns = Select::columns(&["id", "source_message", "note_id"]);
    let query = tables.flashcards.query().only_if("source_message IS NOT NULL OR note_id IS NOT NULL").select(columns);
    Ok(rows_of(query, rows::read_origins).await?.into_iter().collect())
}

impl Store {
    /// The card as the journal has it, when that is newer than `card`. Touches no disk.
    #[must_use]
    pub fn newest(&self, card: Card) -> Card {
        match self.overlay.lock().cards.get(&card.id) {
            Some((_, Some(newer))) if newer.updated_at > card.updated_at => newer.clone(),
            _ => card,
        }
    }

    /// Cards that share words with `query`: the best `most` of those in Lance, and all that the journal has.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn cards_like(&self, query: &str, most: usize) -> Result<Vec<Card>> {
        let (hidden, mut found) = self.waiting(|card| Some(card.clone()));
        let stored = index::cards_like(&self.tables, query, most + hidden.len().min(most)).await?;
        found.extend(stored.into_iter().filter(|card| !hidden.contains(&card.id)).take(most));
        Ok(found)
    }

    /// The cards that have a tag.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn cards_with_tag(&self, tag: &str) -> Result<Vec<CardId>> {
        let (hidden, mut found) = self.waiting(|card| card.tags.iter().any(|other| other == tag).then_some(card.id));
        let filter = format!("array_has(tags, '{}')", tag.replace('\'', "''"));
        let query = self.tables.flashcards.query().only_if(filter).select(Select::columns(&["id"]));
        let stored = rows_of(query, |batch| rows::read_ids::<CardId>(batch, "id")).await?;
        found.extend(stored.into_iter().filter(|id| !hidden.contains(id)));
        Ok(found)
    }

    /// The tags of each card that has any.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn tags(&self) -> Result<Vec<Vec<String>>> {
        let (hidden, mut found) = self.waiting(|card| Some(card.tags.clone()).filter(|tags| !tags.is_empty()));
        let columns = Select::columns(&["id", "tags"]);
        let query = self.tables.flashcards.query().only_if("array_length(tags) > 0").select(columns);
        let read =
            |batch: &_| Ok(rows::read_ids::<CardId>(batch, "id")?.into_iter().zip(rows::read_tags(batch)?).collect());
        let stored = rows_of(query, read).await?.into_iter();
        found.extend(stored.filter(|(id, _)| !hidden.contains(id)).map(|(_, tags)| tags));
        Ok(found)
    }

    /// The messages of a conversation that were copied here.
    ///
    /// # Errors
    /// As [`Store::cards`].
    pub async fn messages_of(&self, conversation: ConversationId) -> Result<Vec<MessageId>> {
        let filter = format!("conversation_id = '{conversation}'");
        let query = self.tables.messages.query().only_if(filter).select(Select::columns(&["id"]));
        rows_of(query, |batch| rows::read_ids(batch, "id")).await
    }

    /// The cards that the journal knows better than the table, and what `of` makes of those that are there.
    fn waiting<T>(&self, of: impl Fn(&Card) -> Option<T>) -> (HashSet<CardId>, Vec<T>) {
        let overlay = self.overlay.lock();
        let there = overlay.cards.values().filter_map(|(_, card)| card.as_ref());
        (overlay.cards.keys().copied().collect(), there.filter_map(of).collect())
    }
}

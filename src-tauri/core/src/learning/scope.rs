//! Which cards a scope means, and the tags that there are to choose from.

use std::collections::{BTreeMap, HashSet};

use super::Learning;
use crate::{
    error::Result,
    ids::CardId,
    review::{Scope, TagCount},
};

/// A card that was forgotten this often keeps being forgotten.
const FAILING_LAPSES: u32 = 3;
const WEEK: i32 = 7;

impl Learning {
    /// The cards of a scope as it is now; none for all cards.
    ///
    /// # Errors
    /// `Internal` when they cannot be read.
    pub async fn members(&self, scope: &Scope) -> Result<Option<HashSet<CardId>>> {
        Ok(Some(match scope {
            Scope::All => return Ok(None),
            Scope::Tag { tag } => self.store.cards_with_tag(tag).await?.into_iter().collect(),
            Scope::Conversation { id } => {
                let answers: HashSet<_> = self.store.messages_of(*id).await?.into_iter().collect();
                let state = self.state.lock();
                let of = |card: &CardId| state.deck.answer(*card).is_some_and(|answer| answers.contains(&answer));
                state.deck.iter().map(|(card, _)| card).filter(of).collect()
            }
            Scope::Failing => {
                let state = self.state.lock();
                let failing = state.deck.iter().filter(|(_, schedule)| schedule.lapses >= FAILING_LAPSES);
                failing.map(|(card, _)| card).collect()
            }
            Scope::AddedThisWeek => {
                let scheduler = self.scheduler();
                let days = scheduler.days();
                let from = days.start(days.day(self.clock.now()).saturating_sub(WEEK - 1));
                self.state.lock().deck.created_since(from).collect()
            }
        }))
    }

    /// All tags in use, most used first.
    ///
    /// # Errors
    /// `Internal` when they cannot be read.
    pub async fn tags(&self) -> Result<Vec<TagCount>> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for tags in self.store.tags().await? {
            for tag in tags {
                *counts.entry(tag).or_default() += 1;
            }
        }
        let mut tags: Vec<_> = counts.into_iter().map(|(tag, cards)| TagCount { tag, cards }).collect();
        tags.sort_by(|a, b| b.cards.cmp(&a.cards).then_with(|| a.tag.cmp(&b.tag)));
        Ok(tags)
    }
}

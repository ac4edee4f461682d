//! Cards: adding, changing, deleting, listing.

use std::collections::HashMap;

use super::{Learning, State};
use crate::{
    cards::{self, Card, CardPage, CardRow, NewCard},
    error::{Error, Result},
    ids::CardId,
    lance::{Embedding, journal::Entry},
    review::Schedule,
    time::UnixMillis,
};

/// From this many on, new cards go straight to the tables in one commit: the journal is for what comes card by card.
const BULK: usize = 500;
/// A page of the list is never longer.
const LONGEST_PAGE: u32 = 200;
/// Reciprocal rank fusion's constant (Cormack, Clarke, Büttcher 2009).
const FUSION_K: f32 = 60.0;

impl Learning {
    /// Adds cards, all or none; they are durable when this returns and can be studied at once.
    ///
    /// # Errors
    /// `InvalidInput` when a card lacks a question or an answer, is too long or a broken cloze; `DiskFull`, `NotWritable`, `Internal`.
    pub async fn add_cards(&self, new: Vec<NewCard>) -> Result<Vec<Card>> {
        let now = self.clock.now();
        let notes: Vec<_> =
            new.into_iter().map(|new| cards::note::cards(new, || CardId::new(now), now)).collect::<Result<_>>()?;
        self.add(notes.into_iter().flatten().collect(), now).await
    }

    /// Adds cards that have their ids, as [`Learning::add_cards`] does; one whose id is there already is left as it is.
    ///
    /// # Errors
    /// `DiskFull`, `NotWritable`, `Internal`; none was added then.
    pub async fn add_made(&self, cards: Vec<Card>) -> Result<Vec<Card>> {
        self.add(cards, self.clock.now()).await
    }

    /// Whether a card is there. Touches no disk.
    #[must_use]
    pub fn has_card(&self, id: CardId) -> bool {
        self.state.lock().deck.get(id).is_some()
    }

    /// Deletes those of `cards` that were never reviewed or edited, as if they had not been added: undoing knows nothing
    /// of it. Durable when it returns, all or none.
    ///
    /// # Errors
    /// `DiskFull`, `NotWritable`, `Internal`; none is deleted then.
    pub async fn take_back(&self, cards: Vec<CardId>) -> Result<()> {
        let cards = self.store.cards(&cards).await?;
        self.change(move |state, this| {
            let unseen = |id: CardId| state.deck.get(id).is_some_and(|schedule| schedule.reps == 0);
            // What the person wrote into a card is nowhere else.
            let unedited = |card: &Card| card.updated_at <= card.created_at;
            let newest = cards.into_iter().map(|card| this.store.newest(card));
            let cards: Vec<CardId> =
                newest.filter(|card| unseen(card.id) && unedited(card)).map(|card| card.id).collect();
            this.carry_out(state, cards.iter().map(|&id| Entry::DeleteCard { id }).collect())?;
            state.history.forget(&cards);
            for id in cards {
                if let Some(cram) = &mut state.session.cram {
                    cram.forget(id);
                }
                if state.session.current == Some(id) {
                    state.session.current = None;
                }
            }
            Ok(())
        })
        .await
    }

    /// Adds the starter deck's cards that are not there yet, and says how many that were.
    ///
    /// # Errors
    /// As [`Learning::add_cards`].
    pub async fn add_starter_deck(&self) -> Result<u32> {
        let now = self.clock.now();
        let missing: Vec<_> = {
            let state = self.state.lock();
            cards::starter::deck(now).into_iter().filter(|card| state.deck.get(card.id).is_none()).collect()
        };
        let added = self.add(missing, now).await?;
        Ok(u32::try_from(added.len()).unwrap_or(u32::MAX))
    }

    async fn add(&self, cards: Vec<Card>, now: UnixMillis) -> Result<Vec<Card>> {
        // The place keeps cards that came together in their order.
        let rows: Vec<(Card, Schedule)> =
            (0..).zip(cards).map(|(place, card)| (card, Schedule::new(now, now.plus(place)))).collect();
        if rows.len() >= BULK {
            // Apart from the caller, who may go away between the two.
            let this = self.clone();
            let import = tokio::spawn(async move {
                this.store.import(rows.clone()).await?;
                Ok(put_all(&mut this.state.lock(), rows))
            });
            return import.await.map_err(Error::internal)?;
        }
        self.change(move |state, this| {
            // Whoever asked twice at once finds the card there the second time.
            let rows: Vec<_> = rows.into_iter().filter(|(card, _)| state.deck.get(card.id).is_none()).collect();
            let entries =
                rows.iter().map(|(card, schedule)| Entry::AddCard { card: card.clone(), schedule: *schedule });
            this.carry_out(state, entries.collect())?;
            Ok(rows.into_iter().map(|(card, _)| card).collect())
        })
        .await
    }

    /// # Errors
    /// `NotFound` when the card is gone; `Internal` when it cannot be read.
    pub async fn card(&self, id: CardId) -> Result<Card> {
        self.store.cards(&[id]).await?.pop().ok_or(Error::NotFound { what: "This card" })
    }

    /// A page of cards, newest first; with a query the best matches by words and, when `meaning` is given, by meaning.
    ///
    /// # Errors
    /// `Internal` when they cannot be read.
    pub async fn list_cards(
        &self,
        query: &str,
        meaning: Option<Embedding>,
        after: Option<CardId>,
        limit: u32,
    ) -> Result<CardPage> {
        let limit = limit.clamp(1, LONGEST_PAGE) as usize;
        let query = query.trim();
        let (ids, more) = if query.is_empty() {
            let mut ids = self.state.lock().deck.newest(after, limit + 1);
            let more = ids.len() > limit;
            ids.truncate(limit);
            (ids, more)
        } else {
            (self.find(query, meaning, limit).await?, false)
        };
        let cards = self.store.cards(&ids).await?;
        let state = self.state.lock();
        let next = if more { ids.last().copied() } else { None };
        let rows = cards.into_iter().filter_map(|card| {
            let schedule = state.deck.get(card.id)?;
            Some(CardRow {
                state: schedule.state,
                due: schedule.due,
                suspended: schedule.suspended,
                buried_until: schedule.buried_until,
                card,
            })
        });
        Ok(CardPage { rows: rows.collect(), total: u32::try_from(state.deck.len()).unwrap_or(u32::MAX), next })
    }

    /// Words and meaning together, by reciprocal rank fusion.
    async fn find(&self, query: &str, meaning: Option<Embedding>, limit: usize) -> Result<Vec<CardId>> {
        let by_text = self.store.find_by_text(query, limit).await?;
        let Some(meaning) = meaning else { return Ok(by_text) };
        let by_meaning = self.store.find_by_meaning(&meaning, limit).await?;
        let mut scores: HashMap<CardId, f32> = HashMap::new();
        for list in [by_text, by_meaning.into_iter().map(|(id, _)| id).collect()] {
            for (rank, id) in (1_u16..).zip(list) {
                *scores.entry(id).or_default() += 1.0 / (FUSION_K + f32::from(rank));
            }
        }
        let mut ranked: Vec<_> = scores.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        Ok(ranked.into_iter().take(limit).map(|(id, _)| id).collect())
    }
}

fn put_all(state: &mut State, rows: Vec<(Card, Schedule)>) -> Vec<Card> {
    rows.into_iter()
        .map(|(card, schedule)| {
            state.add(&card, schedule);
            card
        })
        .collect()
}

//! Cards and study: what a person waits for touches the learning store alone, so it works while the database starts.

use std::collections::BTreeSet;

use super::{App, Session};
use crate::{
    Error, Result,
    cards::{Card, CardPage, NewCard},
    ids::{CardId, MessageId},
    postgres::messages,
    review::{Rating, StudyCounts, StudyStep, TodayStats},
};

impl App {
    /// Keeps cards. Those from an answer get it flagged; a source that is gone is dropped, the card is kept.
    ///
    /// # Errors
    /// `InvalidInput` for an empty card, `DiskFull`; nothing is kept then.
    pub async fn save_cards(&self, cards: Vec<NewCard>) -> Result<Vec<Card>> {
        let session = self.session()?;
        let learning = session.learning().await?;
        let cards = self.with_known_sources(&session, cards).await?;
        let sources = sources(cards.iter().filter_map(|card| card.source.as_ref().map(|source| source.message_id)));
        if sources.is_empty() {
            let kept = learning.add_cards(cards).await?;
            self.cards_changed(&session);
            return Ok(kept);
        }
        let saving = session.flags.begin()?;
        let kept = learning.add_cards(cards).await?;
        match self.flag(&session, &sources).await {
            Ok(()) => saving.noted(),
            // The cards are kept; the index derives the flags from them when the database is back.
            Err(error) => tracing::info!(%error, "the answer will be flagged later"),
        }
        self.cards_changed(&session);
        Ok(kept)
    }

    /// Drops sources that are not messages of this person. While the database is away they are taken as they are: they
    /// came from a message that was shown a moment ago.
    async fn with_known_sources(&self, session: &Session, mut cards: Vec<NewCard>) -> Result<Vec<NewCard>> {
        let named = sources(cards.iter().filter_map(|card| card.source.as_ref().map(|source| source.message_id)));
        let Some(db) = self.database_now(session).filter(|_| !named.is_empty()) else { return Ok(cards) };
        let mut gone = BTreeSet::new();
        for id in named {
            match messages::get(&db, session.profile.id, id).await {
                Ok(_) => {}
                Err(Error::NotFound { .. }) => {
                    gone.insert(id);
                }
                Err(Error::DatabaseUnavailable(_)) => break,
                Err(error) => return Err(error),
            }
        }
        for card in &mut cards {
            card.source.take_if(|source| gone.contains(&source.message_id));
        }
        Ok(cards)
    }

    async fn flag(&self, session: &Session, sources: &[MessageId]) -> Result<()> {
        let db = self.database_now(session).ok_or_else(|| Error::DatabaseUnavailable("it is not up".into()))?;
        messages::mark_flashcards(&db, session.profile.id, sources).await
    }

    /// Cards, newest first; with a query, the best match first, by words and by meaning when the meaning is to be had.
    ///
    /// # Errors
    /// `NotSignedIn`
    pub async fn list_cards(&self, query: &str, after: Option<CardId>, limit: u32) -> Result<CardPage> {
        let session = self.session()?;
        let learning = session.learning().await?;
        let query = query.trim();
        let vector = if query.is_empty() { None } else { self.query_vector(query).await };
        learning.list_cards(query, vector, after, limit).await
    }

    /// # Errors
    /// `NotFound`, `InvalidInput`
    pub async fn update_card(&self, id: CardId, question: String, answer: String, tags: Vec<String>) -> Result<Card> {
        let session = self.session()?;
        let card = session.learning().await?.update_card(id, question, answer, tags).await?;
        // Its vector no longer fits.
        session.nudge.notify_one();
        Ok(card)
    }

    /// # Errors
    /// `NotFound`
    pub async fn delete_card(&self, id: CardId) -> Result<()> {
        let session = self.session()?;
        session.learning().await?.delete_card(id).await?;
        session.tell_counts();
        Ok(())
    }

    /// Adds the cards about remembering well that a first run offers; how many. A second time adds none.
    ///
    /// # Errors
    /// `NotSignedIn`, `DiskFull`
    pub async fn add_starter_deck(&self) -> Result<u32> {
        let session = self.session()?;
        let added = session.learning().await?.add_starter_deck().await?;
        self.cards_changed(&session);
        Ok(added)
    }

    /// # Errors
    /// `NotSignedIn`
    pub async fn study_counts(&self) -> Result<StudyCounts> {
        Ok(self.session()?.learning().await?.counts())
    }

    /// # Errors
    /// `NotSignedIn`
    pub async fn start_study(&self) -> Result<StudyStep> {
        let session = self.session()?;
        let step = session.learning().await?.start_study().await?;
        session.tell_counts();
        Ok(step)
    }

    /// Rates a card, durable when this returns, and gives the next step.
    ///
    /// # Errors
    /// `StaleCard` when it was rated or changed since it was shown.
    pub async fn rate_card(&self, id: CardId, revision: u32, rating: Rating, duration_ms: u32) -> Result<StudyStep> {
        let session = self.session()?;
        let step = session.learning().await?.rate_card(id, revision, rating, duration_ms).await?;
        session.tell_counts();
        Ok(step)
    }

    /// # Errors
    /// `NotSignedIn`
    pub async fn today_stats(&self) -> Result<TodayStats> {
        self.session()?.learning().await?.today().await
    }

    fn cards_changed(&self, session: &Session) {
        session.tell_counts();
        session.nudge.notify_one();
    }
}

/// Each once, in a fixed order.
fn sources(ids: impl Iterator<Item = MessageId>) -> Vec<MessageId> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

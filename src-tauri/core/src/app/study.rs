//! Cards and study: what a person waits for touches the learning store alone, so it works while the database starts.

use std::collections::BTreeSet;

use super::{App, Session};
use crate::{
    Error, Result,
    cards::{Card, CardPage, NewCard},
    ids::{CardId, MessageId},
    postgres::messages,
    review::{CardAction, CardInfo, Rating, Scope, SourcePlace, StudyChoice, StudyCounts, StudyUpdate, TagCount, TodayStats, statistics::{StatsRange, Statistics}},
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

    pub async fn start_study(&self, _choice: Option<StudyChoice>) -> Result<StudyUpdate> { todo() }
    pub async fn study_more(&self, _new: u32, _reviews: u32) -> Result<StudyUpdate> { todo() }
    pub async fn rate_card(&self, _id: CardId, _revision: u32, _rating: Rating, _duration_ms: u32) -> Result<StudyUpdate> { todo() }
    pub async fn change_card(&self, _id: CardId, _action: CardAction) -> Result<StudyUpdate> { todo() }
    pub async fn split_card(&self, _id: CardId, _parts: Vec<NewCard>) -> Result<StudyUpdate> { todo() }
    pub async fn undo(&self, _id: Option<u32>) -> Result<StudyUpdate> { todo() }
    pub async fn redo(&self) -> Result<StudyUpdate> { todo() }
    pub async fn card_info(&self, _id: CardId) -> Result<CardInfo> { todo() }
    pub async fn card_source(&self, _id: CardId) -> Result<SourcePlace> { todo() }
    pub async fn list_tags(&self) -> Result<Vec<TagCount>> { todo() }
    pub async fn statistics(&self, _range: StatsRange, _scope: Scope) -> Result<Statistics> { todo() }

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

pub(super) fn todo<T>() -> Result<T> { Err(Error::Internal("not built yet".into())) }

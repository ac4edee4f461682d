//! Cards and study: what a person waits for touches the learning store alone, so it works while the database starts.

use super::{App, Session, provenance::sources};
use crate::{
    Error, Result,
    cards::{Card, CardPage, NewCard, note},
    ids::{CardId, MessageId},
    learning::Learning,
    postgres::messages,
    review::{
        CardAction, CardInfo, Edited, Rating, Scope, StudyChoice, StudyCounts, StudyUpdate, TagCount, TodayStats,
        statistics::{Statistics, StatsRange},
    },
};

impl App {
    /// Keeps cards. Those from an answer get it flagged; a source that is gone is dropped, the card is kept.
    ///
    /// # Errors
    /// `InvalidInput` for an empty card, `DiskFull`; nothing is kept then.
    pub async fn save_cards(&self, cards: Vec<NewCard>) -> Result<Vec<Card>> {
        let session = self.session()?;
        let now = self.now();
        let new = self.with_passages(&session, cards).await?;
        let notes = new.into_iter().map(|new| note::cards(new.card, || CardId::new(now), now));
        let notes = notes.collect::<Result<Vec<_>>>()?;
        self.add_made(&session, notes.into_iter().flatten().collect()).await
    }

    /// Adds cards that are made, and flags their answers.
    pub(super) async fn add_made(&self, session: &Session, cards: Vec<Card>) -> Result<Vec<Card>> {
        let learning = session.learning().await?;
        let sources = sources(cards.iter().filter_map(|card| card.source.as_ref().map(|source| source.message_id)));
        if sources.is_empty() {
            let kept = learning.add_made(cards).await?;
            self.cards_changed(session);
            return Ok(kept);
        }
        let saving = session.flags.begin()?;
        let kept = learning.add_made(cards).await?;
        match self.flag(session, &sources).await {
            Ok(()) => saving.noted(),
            // The cards are kept; the index derives the flags from them when the database is back.
            Err(error) => tracing::info!(%error, "the answer will be flagged later"),
        }
        self.cards_changed(session);
        Ok(kept)
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
    pub async fn update_card(&self, id: CardId, question: String, answer: String, tags: Vec<String>) -> Result<Edited> {
        let session = self.session()?;
        let edited = session.learning().await?.update_card(id, question, answer, tags).await?;
        // Its vector no longer fits.
        session.nudge.notify_one();
        Ok(edited)
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

    /// Begins studying; without a choice the session that was left goes on.
    ///
    /// # Errors
    /// `NotSignedIn`; else as [`Learning::start_study`].
    pub async fn start_study(&self, choice: Option<StudyChoice>) -> Result<StudyUpdate> {
        self.study(async |learning| learning.start_study(choice).await).await
    }

    /// Raises today's limits and goes on.
    ///
    /// # Errors
    /// As [`Learning::study_more`].
    pub async fn study_more(&self, new: u32, reviews: u32) -> Result<StudyUpdate> {
        self.study(async |learning| learning.study_more(new, reviews).await).await
    }

    /// Rates a card, durable when this returns, and gives the next step.
    ///
    /// # Errors
    /// `StaleCard` when it was rated or changed since it was shown.
    pub async fn rate_card(&self, id: CardId, revision: u32, rating: Rating, duration_ms: u32) -> Result<StudyUpdate> {
        self.study(async |learning| learning.rate_card(id, revision, rating, duration_ms).await).await
    }

    /// # Errors
    /// `NotFound`, `DiskFull`
    pub async fn change_card(&self, id: CardId, action: CardAction) -> Result<StudyUpdate> {
        let update = self.study(async |learning| learning.change_card(id, action).await).await?;
        // A card that was marked lacks its vector, as after every edit.
        if matches!(action, CardAction::Mark | CardAction::Unmark) {
            self.session()?.nudge.notify_one();
        }
        Ok(update)
    }

    /// # Errors
    /// `NotFound`, `InvalidInput`, `DiskFull`
    pub async fn split_card(&self, id: CardId, parts: Vec<NewCard>) -> Result<StudyUpdate> {
        let update = self.study(async |learning| learning.split_card(id, parts).await).await?;
        self.session()?.nudge.notify_one();
        Ok(update)
    }

    /// # Errors
    /// `NothingToUndo`, `DiskFull`
    pub async fn undo(&self, id: Option<u32>) -> Result<StudyUpdate> {
        let update = self.study(async |learning| learning.undo(id).await).await?;
        self.session()?.nudge.notify_one();
        Ok(update)
    }

    /// # Errors
    /// As [`App::undo`].
    pub async fn redo(&self) -> Result<StudyUpdate> {
        let update = self.study(async |learning| learning.redo().await).await?;
        self.session()?.nudge.notify_one();
        Ok(update)
    }

    /// Something that may change what there is to study.
    async fn study(&self, work: impl AsyncFnOnce(&Learning) -> Result<StudyUpdate>) -> Result<StudyUpdate> {
        let session = self.session()?;
        let update = work(session.learning().await?).await?;
        session.tell_counts();
        Ok(update)
    }

    /// # Errors
    /// `NotFound`
    pub async fn card_info(&self, id: CardId) -> Result<CardInfo> {
        self.session()?.learning().await?.card_info(id).await
    }

    /// # Errors
    /// `NotSignedIn`
    pub async fn list_tags(&self) -> Result<Vec<TagCount>> {
        self.session()?.learning().await?.tags().await
    }

    /// # Errors
    /// `NotSignedIn`
    pub async fn statistics(&self, range: StatsRange, scope: Scope) -> Result<Statistics> {
        let session = self.session()?;
        let learning = session.learning().await?;
        let members = learning.members(&scope).await?;
        learning.statistics(range, members).await
    }

    /// # Errors
    /// `NotSignedIn`
    pub async fn today_stats(&self) -> Result<TodayStats> {
        self.session()?.learning().await?.today().await
    }

    pub(super) fn cards_changed(&self, session: &Session) {
        session.tell_counts();
        session.nudge.notify_one();
    }
}

//! Where cards come from: kept when they are made, found again when the answer has changed, shown in the conversation.

use std::collections::{BTreeSet, HashMap};

use super::{App, Session};
use crate::{
    Error, Result,
    cards::{NewCard, NewDraft, PassageMark, Source, source},
    ids::{CardId, ConversationId, MessageId},
    postgres::messages,
    review::SourcePlace,
};

impl App {
    /// Cards with the passages that their sources name, and the hashes of those. Sources that are no messages of this
    /// person are dropped. While the database is away they are taken as they are: they came from a message that was
    /// shown a moment ago.
    pub(super) async fn with_passages(&self, session: &Session, cards: Vec<NewCard>) -> Result<Vec<NewDraft>> {
        let named = sources(cards.iter().filter_map(|card| card.source.as_ref().map(|source| source.message_id)));
        let known = self.contents(session, named).await?;
        Ok(cards.into_iter().map(|card| with_passage(card, &known)).collect())
    }

    /// What messages say, none for those that are gone for good: a deleted one can come back, and a source that was
    /// dropped cannot. Nothing when they cannot be looked for.
    async fn contents(&self, session: &Session, named: Vec<MessageId>) -> Result<HashMap<MessageId, Option<String>>> {
        let Some(db) = self.database_now(session).filter(|_| !named.is_empty()) else { return Ok(HashMap::new()) };
        let found = match messages::contents(&db, session.profile.id, &named).await {
            Ok(found) => found,
            Err(Error::DatabaseUnavailable(_)) => return Ok(HashMap::new()),
            Err(error) => return Err(error),
        };
        let mut known: HashMap<_, _> = named.into_iter().map(|id| (id, None)).collect();
        known.extend(found.into_iter().map(|(id, content)| (id, Some(content))));
        Ok(known)
    }

    /// Where a card came from, as the answer stands now.
    ///
    /// # Errors
    /// `NotFound` when it was written by hand or its answer is gone; `DatabaseUnavailable`.
    pub async fn card_source(&self, id: CardId) -> Result<SourcePlace> {
        let session = self.session()?;
        let card = session.learning().await?.card(id).await?;
        let noted = card.source.ok_or(Error::NotFound { what: "The answer that this card came from" })?;
        let (session, db) = self.signed_in().await?;
        let message = messages::get(&db, session.profile.id, noted.message_id).await?;
        // A passage that moved is searched for through the whole answer.
        let found = move || {
            let content = message.content;
            let place = source::find(&noted, &content);
            let range = place.clone().unwrap_or(noted.start as usize..noted.end.max(noted.start) as usize);
            let passage = source::passage(&content, range.clone()).to_owned();
            let place_of = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let source = Source { start: place_of(range.start), end: place_of(range.end), ..noted };
            SourcePlace { conversation_id: message.conversation_id, source, passage, changed: place.is_none() }
        };
        tokio::task::spawn_blocking(found).await.map_err(Error::internal)
    }

    /// The passages of a conversation that have cards.
    ///
    /// # Errors
    /// `NotFound`
    pub async fn passage_marks(&self, conversation: ConversationId) -> Result<Vec<PassageMark>> {
        let (session, db) = self.signed_in().await?;
        let messages = messages::ids_with_flashcards(&db, session.profile.id, conversation).await?;
        session.learning().await?.marks(&messages).await
    }
}

/// Each once, in a fixed order.
pub(super) fn sources(ids: impl Iterator<Item = MessageId>) -> Vec<MessageId> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

fn with_passage(mut card: NewCard, known: &HashMap<MessageId, Option<String>>) -> NewDraft {
    let mut passage = None;
    if let Some(noted) = &mut card.source {
        match known.get(&noted.message_id) {
            Some(Some(content)) => {
                let text = source::passage(content, noted.start as usize..noted.end as usize);
                // The hash of a draft is of when it was made, and says what has changed since.
                noted.hash.get_or_insert_with(|| source::hash(text));
                passage = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
            Some(None) => card.source = None,
            None => {}
        }
    }
    NewDraft { card, passage, claimed: None }
}

//! The tray of drafts: looking through them, changing, keeping and dropping them.
//!
//! A draft is a row of PostgreSQL and a card one of LanceDB. So that a crash between the two neither loses nor doubles,
//! the ids of the cards are noted with the draft before the cards are made; whether they were is then seen by looking
//! for them.

use std::{collections::HashSet, sync::Arc};

use super::{
    App, AppEvent, Session,
    drafting::{PersonsTray, Work},
};
use crate::{
    Error, Result,
    cards::{self, Card, Draft, Finding, Kept, NewCard, NewDraft, Pasted, Rule, UnfitDraft, lint, note, paste, repair},
    ids::{CardId, DraftId, JobId},
    llm::ModelRef,
    postgres::{
        Database,
        drafts::{self, Stored},
    },
    time::UnixMillis,
};

/// How long what was kept or dropped can be restored.
const RESTORABLE: i64 = UnixMillis::DAY;
/// More than this at once is not dealt with by hand.
const MOST_AT_ONCE: usize = 5_000;

impl App {
    /// What waits in the tray, oldest first.
    ///
    /// # Errors
    /// `DatabaseUnavailable`
    pub async fn list_drafts(&self) -> Result<Vec<Draft>> {
        let (session, db) = self.signed_in().await?;
        let waiting = {
            let _one_at_a_time = session.tray.lock().await;
            self.settle_drafts(&session, &db).await?;
            drafts::list(&db, session.profile.id).await?
        };
        all_linted(waiting.into_iter().map(|stored| stored.draft).collect()).await
    }

    /// Puts cards into the tray.
    ///
    /// # Errors
    /// `InvalidInput`
    pub async fn add_drafts(&self, cards: Vec<NewCard>) -> Result<Vec<Draft>> {
        at_most(cards.len())?;
        let (session, db) = self.signed_in().await?;
        let new = self.checked(&session, cards).await?;
        let stored = drafts::insert(&db, session.profile.id, &new, self.now()).await?;
        self.tell_waiting(&session).await;
        all_linted(stored).await
    }

    /// Changes what a draft says.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput`
    pub async fn update_draft(&self, id: DraftId, card: NewCard) -> Result<Draft> {
        let (session, db) = self.signed_in().await?;
        let card = self.checked(&session, vec![card]).await?.remove(0).card;
        let _one_at_a_time = session.tray.lock().await;
        self.settle_drafts(&session, &db).await?;
        Ok(linted(drafts::update(&db, session.profile.id, id, &card, self.now()).await?))
    }

    /// Asks a model to mend what `lint` finds in a draft; gives what it proposes (several when it should be split) and
    /// changes nothing. Cancelled by `cancel_drafts`, and by the next repair of the same draft.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput` when there is nothing to mend, `Cancelled`, and how a model fails.
    pub async fn repair_draft(&self, job: JobId, id: DraftId, model: Option<ModelRef>) -> Result<Vec<NewCard>> {
        let session = self.session()?;
        let claim = self.inner.jobs.claim(job, Work::Repair(id), &session.over)?;
        tokio::select! {
            biased;
            () = session.over.cancelled() => Err(Error::NotSignedIn),
            () = claim.cancelled.cancelled() => Err(Error::Cancelled),
            mended = self.mended(id, model) => mended,
        }
    }

    async fn mended(&self, id: DraftId, model: Option<ModelRef>) -> Result<Vec<NewCard>> {
        let (session, db) = self.signed_in().await?;
        let found = drafts::waiting(&db, session.profile.id, &[id]).await?.pop();
        let draft = linted(found.ok_or(Error::NotFound { what: "This draft" })?.draft);
        let message = draft.card.source.as_ref().map(|source| source.message_id);
        let conversation = self.conversation_of(&session, &db, message).await?;
        let model = self.model_for(&session, &db, model, conversation).await?;
        let _waiting = super::chats::Waiting::begin(self, &session);
        let tray = PersonsTray { app: self.clone(), session: Arc::clone(&session), on_event: Box::new(|_| {}) };
        repair::repair(model.as_ref(), &draft, &tray).await
    }

    /// Puts others in the place of a draft, all or none.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput`
    pub async fn replace_draft(&self, id: DraftId, cards: Vec<NewCard>) -> Result<Vec<Draft>> {
        if cards.is_empty() {
            return Err(Error::InvalidInput("Write at least one card to put in the place of this one.".into()));
        }
        at_most(cards.len())?;
        let (session, db) = self.signed_in().await?;
        let mut new = self.checked(&session, cards).await?;
        let user = session.profile.id;
        let one_at_a_time = session.tray.lock().await;
        self.settle_drafts(&session, &db).await?;
        let old = drafts::waiting(&db, user, &[id]).await?.pop().ok_or(Error::NotFound { what: "This draft" })?;
        // They rest on what it rested on, unless they say another place.
        for draft in &mut new {
            if draft.passage.is_none() || draft.card.source == old.draft.card.source {
                draft.passage.clone_from(&old.draft.passage);
            }
            // Of other words it is no matter what the model claimed.
            if (&draft.card.question, &draft.card.answer) == (&old.draft.card.question, &old.draft.card.answer) {
                draft.claimed.clone_from(&old.draft.claimed);
            }
        }
        let stored = drafts::replace(&db, user, id, &new, self.now()).await?;
        drop(one_at_a_time);
        self.tell_waiting(&session).await;
        all_linted(stored).await
    }

    /// Makes cards of drafts. Those that cannot be cards as they are stay in the tray and are given; so do likely
    /// duplicates, unless `duplicates_too`.
    ///
    /// # Errors
    /// `DatabaseUnavailable`
    pub async fn keep_drafts(&self, ids: Vec<DraftId>, duplicates_too: bool) -> Result<Kept> {
        let (session, _) = self.signed_in().await?;
        // Apart from the caller, who may go away between the two databases.
        let app = self.clone();
        let keeping = session.tasks.spawn(async move { app.keep(ids, duplicates_too).await });
        keeping.await.map_err(Error::internal)?
    }

    async fn keep(&self, ids: Vec<DraftId>, duplicates_too: bool) -> Result<Kept> {
        let (session, db) = self.signed_in().await?;
        let user = session.profile.id;
        let _one_at_a_time = session.tray.lock().await;
        self.settle_drafts(&session, &db).await?;
        let mut waiting: Vec<Draft> =
            drafts::waiting(&db, user, &ids).await?.into_iter().map(|stored| stored.draft).collect();
        let unfit: Vec<UnfitDraft> = waiting.iter().filter_map(unfit).collect();
        waiting.retain(|draft| unfit.iter().all(|one| one.draft_id != draft.id));
        let duplicates = if duplicates_too { Vec::new() } else { self.duplicates_of(&session, &waiting).await? };
        let staying: HashSet<DraftId> = duplicates.iter().map(|duplicate| duplicate.draft_id).collect();
        waiting.retain(|draft| !staying.contains(&draft.id));
        let cards = self.make_cards(&session, &db, waiting).await?;
        self.tell_waiting(&session).await;
        Ok(Kept { cards, duplicates, unfit })
    }

    /// Makes the cards of waiting drafts, all or none.
    async fn make_cards(&self, session: &Arc<Session>, db: &Database, waiting: Vec<Draft>) -> Result<Vec<Card>> {
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let (user, now) = (session.profile.id, self.now());
        let ids: Vec<DraftId> = waiting.iter().map(|draft| draft.id).collect();
        let new = self.with_passages(session, waiting.into_iter().map(|draft| draft.card).collect()).await?;
        let notes = new.into_iter().map(|new| note::cards(new.card, || CardId::new(now), now));
        let notes = notes.collect::<Result<Vec<Vec<Card>>>>()?;
        let becoming = notes.iter().map(|cards| cards.iter().map(|card| card.id).collect());
        let becoming: Vec<(DraftId, Vec<CardId>)> = ids.iter().copied().zip(becoming).collect();
        drafts::begin_keeping(db, user, &becoming).await?;
        match self.add_made(session, notes.into_iter().flatten().collect()).await {
            Ok(cards) => {
                if let Err(error) = drafts::end_keeping(db, user, &ids, true, now).await {
                    // The cards are there, which is seen when the tray is looked at next.
                    tracing::info!(%error, "the drafts will be noted as kept later");
                }
                Ok(cards)
            }
            Err(error) => {
                if let Err(error) = drafts::end_keeping(db, user, &ids, false, now).await {
                    tracing::info!(%error, "the drafts will be noted as waiting later");
                }
                Err(error)
            }
        }
    }

    /// Takes drafts out of the tray; they can be restored for a day.
    ///
    /// # Errors
    /// `DatabaseUnavailable`
    pub async fn drop_drafts(&self, ids: Vec<DraftId>) -> Result<()> {
        let (session, db) = self.signed_in().await?;
        let _one_at_a_time = session.tray.lock().await;
        self.settle_drafts(&session, &db).await?;
        drafts::discard(&db, session.profile.id, &ids, self.now()).await?;
        self.tell_waiting(&session).await;
        Ok(())
    }

    /// Takes [`App::drop_drafts`] or [`App::keep_drafts`] back: the drafts wait again, and cards that were made of them
    /// and neither reviewed nor edited since are deleted.
    ///
    /// # Errors
    /// `NotFound` when it is too late.
    pub async fn restore_drafts(&self, ids: Vec<DraftId>) -> Result<Vec<Draft>> {
        let (session, db) = self.signed_in().await?;
        let user = session.profile.id;
        let one_at_a_time = session.tray.lock().await;
        self.settle_drafts(&session, &db).await?;
        drafts::purge(&db, user, self.now().plus(-RESTORABLE)).await?;
        let dealt_with = drafts::dealt_with(&db, user, &ids).await?;
        let there = drafts::waiting(&db, user, &ids).await?.len() + dealt_with.len();
        if there < ids.iter().collect::<HashSet<_>>().len() {
            return Err(Error::NotFound { what: "What was in the tray" });
        }
        let back: Vec<DraftId> = dealt_with.iter().map(|stored| stored.draft.id).collect();
        drafts::restore(&db, user, &back, self.now()).await?;
        let cards: Vec<CardId> = dealt_with.into_iter().flat_map(|stored| stored.card_ids).collect();
        if !cards.is_empty() {
            session.learning().await?.take_back(cards).await?;
            self.cards_changed(&session);
        }
        drafts::end_keeping(&db, user, &back, false, self.now()).await?;
        self.tell_waiting(&session).await;
        let waiting = drafts::waiting(&db, user, &ids).await?;
        drop(one_at_a_time);
        all_linted(waiting.into_iter().map(|stored| stored.draft).collect()).await
    }

    /// What an expert would object to in a card as it stands.
    ///
    /// # Errors
    /// `NotSignedIn`
    pub async fn check_card(&self, card: NewCard) -> Result<Vec<Finding>> {
        self.session()?;
        Ok(lint::lint(&card, None))
    }

    /// Cards in a text of `Q:`/`A:` pairs or of two columns with a tab between.
    ///
    /// # Errors
    /// `NotSignedIn`
    pub async fn read_pasted(&self, text: &str) -> Result<Pasted> {
        self.session()?;
        Ok(paste::read(text))
    }

    /// As they may be stored, with the passages that their sources name.
    async fn checked(&self, session: &Session, cards: Vec<NewCard>) -> Result<Vec<NewDraft>> {
        let cards = cards.into_iter().map(note::checked).collect::<Result<Vec<_>>>()?;
        self.with_passages(session, cards).await
    }

    /// Ends keepings that a crash cut short, as far as they had come. To be called with the tray locked: no keeping is
    /// under way then.
    async fn settle_drafts(&self, session: &Session, db: &Database) -> Result<()> {
        let user = session.profile.id;
        let unsettled = drafts::unsettled(db, user).await?;
        if unsettled.is_empty() {
            return Ok(());
        }
        let learning = session.learning().await?;
        let made = |stored: &Stored| stored.card_ids.iter().any(|&id| learning.has_card(id));
        let (kept, waiting): (Vec<_>, Vec<_>) = unsettled.into_iter().partition(made);
        let ids = |of: Vec<Stored>| of.into_iter().map(|stored| stored.draft.id).collect::<Vec<_>>();
        drafts::end_keeping(db, user, &ids(kept), true, self.now()).await?;
        drafts::end_keeping(db, user, &ids(waiting), false, self.now()).await
    }

    /// Forgets what was dealt with more than a day ago, and tells how many drafts wait: for the background.
    pub(super) async fn tidy_tray(&self, session: &Session, db: &Database) -> Result<()> {
        {
            let _one_at_a_time = session.tray.lock().await;
            self.settle_drafts(session, db).await?;
            drafts::purge(db, session.profile.id, self.now().plus(-RESTORABLE)).await?;
        }
        self.tell_waiting(session).await;
        Ok(())
    }

    /// Tells the window how many drafts wait, now.
    pub(super) async fn tell_waiting(&self, session: &Session) {
        let Some(db) = self.database_now(session) else { return };
        match drafts::count(&db, session.profile.id).await {
            Ok(waiting) => self.tell(AppEvent::DraftsChanged { waiting }),
            Err(error) => tracing::info!(%error, "it is not known how many drafts wait"),
        }
    }
}

/// Drafts with what an expert would object to. Looking through thousands takes a while, and nothing else waits for it.
pub(super) async fn all_linted(drafts: Vec<Draft>) -> Result<Vec<Draft>> {
    let lint = move || drafts.into_iter().map(linted).collect();
    tokio::task::spawn_blocking(lint).await.map_err(Error::internal)
}

fn linted(draft: Draft) -> Draft {
    let mut findings = lint::lint(&draft.card, draft.passage.as_deref());
    if let Some(claimed) = &draft.claimed
        && findings.iter().all(|finding| finding.rule != Rule::Ungrounded)
    {
        findings.push(Finding { rule: Rule::Ungrounded, message: made_up(claimed) });
        findings.sort_by_key(|finding| finding.rule);
    }
    cards::Draft { findings, ..draft }
}

/// Of a quote that the text does not hold.
fn made_up(claimed: &str) -> String {
    const LONGEST: usize = 120;
    if claimed.is_empty() {
        return "The model did not say on which words this card rests. Check it against the text.".into();
    }
    let more = if claimed.chars().nth(LONGEST).is_some() { "…" } else { "" };
    let claimed: String = claimed.chars().take(LONGEST).collect();
    format!("The model rests this card on “{claimed}{more}”, which the text does not say. Check it against the text.")
}

/// Why a draft cannot be a card as it is; none when it can.
fn unfit(draft: &Draft) -> Option<UnfitDraft> {
    let error = note::checked(draft.card.clone()).err()?;
    Some(UnfitDraft { draft_id: draft.id, message: error.to_string() })
}

fn at_most(cards: usize) -> Result<()> {
    if cards > MOST_AT_ONCE {
        return Err(Error::InvalidInput(format!(
            "These are too many cards at once; {MOST_AT_ONCE} fit. Take a part of them."
        )));
    }
    Ok(())
}

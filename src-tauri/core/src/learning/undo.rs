//! Taking changes back and doing them again. A change is a few deeds that stand or fall together; each knows the journal
//! entry that reverses it, so that undoing is as durable as doing.

use super::{Learning, session::CramMove, state::State};
use crate::{
    cards::Card,
    error::{Error, Result},
    ids::CardId,
    lance::journal::Entry,
    review::{ReviewLog, Schedule, StudyUpdate, Undoable},
    time::UnixMillis,
};

/// More changes than anybody takes back; what is older is forgotten.
const MOST: usize = 1_000;

/// One thing done to one card.
#[derive(Clone, Debug)]
pub enum Deed {
    Review(Box<ReviewLog>),
    Schedule { card: CardId, before: Schedule, after: Schedule },
    Edit { before: Box<Card>, after: Box<Card> },
    Delete { card: Box<Card>, schedule: Schedule },
    Add { card: Box<Card>, schedule: Schedule },
}

impl Deed {
    fn card(&self) -> CardId {
        match self {
            Self::Review(log) => log.card,
            Self::Schedule { card, .. } => *card,
            Self::Edit { after, .. } => after.id,
            Self::Delete { card, .. } | Self::Add { card, .. } => card.id,
        }
    }

    /// The entry that does it for the first time.
    fn entry(&self) -> Entry {
        match self {
            Self::Review(log) => Entry::Rate { log: (**log).clone() },
            Self::Schedule { card, after, .. } => Entry::SetSchedules { schedules: vec![(*card, *after)] },
            Self::Edit { after, .. } => Entry::EditCard { card: (**after).clone() },
            Self::Delete { card, .. } => Entry::DeleteCard { id: card.id },
            Self::Add { card, schedule } => Entry::AddCard { card: (**card).clone(), schedule: *schedule },
        }
    }

    /// The entry that takes it back, or does it again.
    fn turned(&mut self, back: bool, now: UnixMillis) -> Entry {
        match self {
            Self::Review(log) => Entry::Correct { log: ReviewLog { undone: back, ..(**log).clone() } },
            Self::Schedule { card, before, after } => {
                Entry::SetSchedules { schedules: vec![(*card, if back { *before } else { *after })] }
            }
            Self::Edit { before, after } => {
                // Later than both, or an older reading of the card would count for newer.
                let at = now.max(before.updated_at.max(after.updated_at).plus(1));
                let card = if back { before } else { after };
                card.updated_at = at;
                Entry::EditCard { card: (**card).clone() }
            }
            Self::Delete { card, schedule } if back => add(card, *schedule),
            Self::Add { card, schedule } if !back => add(card, *schedule),
            Self::Delete { card, .. } | Self::Add { card, .. } => Entry::DeleteCard { id: card.id },
        }
    }
}

fn add(card: &Card, schedule: Schedule) -> Entry {
    Entry::AddCard { card: card.clone(), schedule }
}

/// What a person did with one key.
#[derive(Clone, Debug)]
pub struct Change {
    id: u32,
    /// Completes "Undo …".
    what: String,
    /// Shown again when it is taken back.
    card: CardId,
    deeds: Vec<Deed>,
    cram: Option<CramMove>,
    /// The card was on screen, and is again when it is taken back.
    shown: bool,
    /// The session that it counts for.
    session: UnixMillis,
}

impl Change {
    fn touches(&self, card: CardId) -> bool {
        self.card == card || self.deeds.iter().any(|deed| deed.card() == card)
    }

    fn undoable(&self) -> Undoable {
        Undoable { id: self.id, what: self.what.clone() }
    }
}

/// What can be taken back, and what was.
#[derive(Debug, Default)]
pub struct History {
    done: Vec<Change>,
    undone: Vec<Change>,
    last_id: u32,
}

impl History {
    fn push(&mut self, change: Change) {
        self.undone.clear();
        self.done.push(change);
        if self.done.len() > MOST {
            self.done.remove(0);
        }
    }

    /// Forgets what was done to cards that are gone for good.
    pub fn forget(&mut self, cards: &[CardId]) {
        for changes in [&mut self.done, &mut self.undone] {
            changes.retain(|change| !cards.iter().any(|&card| change.touches(card)));
        }
    }

    pub fn clear(&mut self) {
        self.done.clear();
        self.undone.clear();
    }

    #[must_use]
    pub fn undo(&self) -> Option<Undoable> {
        self.done.last().map(Change::undoable)
    }

    #[must_use]
    pub fn redo(&self) -> Option<Undoable> {
        self.undone.last().map(Change::undoable)
    }

    /// The place of the change with this id, or of the last one.
    fn place(&self, id: Option<u32>) -> Result<usize> {
        let nothing = || Error::NothingToUndo("There is nothing to undo.".into());
        let Some(id) = id else { return self.done.len().checked_sub(1).ok_or_else(nothing) };
        let place = self.done.iter().rposition(|change| change.id == id).ok_or_else(nothing)?;
        let later = &self.done[place + 1..];
        let touched = self.done[place].deeds.iter().any(|deed| later.iter().any(|change| change.touches(deed.card())));
        if touched {
            let why = "The card was changed again since. Undo the later change first.";
            return Err(Error::NothingToUndo(why.into()));
        }
        Ok(place)
    }
}

impl Learning {
    /// Does `deeds`, durably and all or none, so that they can be taken back as one. Blocks for the disk.
    ///
    /// # Errors
    /// `DiskFull`, `NotWritable` or `Internal`; nothing has changed then.
    pub(super) fn act(&self, state: &mut State, what: &str, card: CardId, deeds: Vec<Deed>) -> Result<()> {
        self.carry_out(state, deeds.iter().map(Deed::entry).collect())?;
        self.remember(state, what, card, deeds, None);
        Ok(())
    }

    pub(super) fn remember(
        &self,
        state: &mut State,
        what: &str,
        card: CardId,
        deeds: Vec<Deed>,
        cram: Option<CramMove>,
    ) {
        for deed in &deeds {
            count(state, deed, true);
        }
        state.history.last_id = state.history.last_id.wrapping_add(1);
        let (id, session) = (state.history.last_id, state.session.started_at);
        let shown = cram.is_none() && state.session.current == Some(card);
        state.history.push(Change { id, what: what.to_owned(), card, deeds, cram, shown, session });
    }

    /// Takes the last change back, or the one with this id when nothing later has touched its card. Durable when this
    /// returns.
    ///
    /// # Errors
    /// `NothingToUndo`; `DiskFull`, `NotWritable` or `Internal`, and then nothing has changed.
    pub async fn undo(&self, id: Option<u32>) -> Result<StudyUpdate> {
        let now = self.clock.now();
        self.change(move |state, this| {
            let place = state.history.place(id)?;
            let change = state.history.done[place].clone();
            let change = this.turn(state, change, true, now)?;
            state.history.done.remove(place);
            state.history.undone.push(change);
            Ok(())
        })
        .await?;
        self.step().await
    }

    /// Does again what was taken back last. Durable when this returns.
    ///
    /// # Errors
    /// As [`Learning::undo`].
    pub async fn redo(&self) -> Result<StudyUpdate> {
        let now = self.clock.now();
        self.change(move |state, this| {
            let nothing = || Error::NothingToUndo("There is nothing to redo.".into());
            let change = state.history.undone.last().cloned().ok_or_else(nothing)?;
            let change = this.turn(state, change, false, now)?;
            state.history.undone.pop();
            state.history.done.push(change);
            Ok(())
        })
        .await?;
        self.step().await
    }

    fn turn(&self, state: &mut State, mut change: Change, back: bool, now: UnixMillis) -> Result<Change> {
        let entries: Vec<_> = if back {
            change.deeds.iter_mut().rev().map(|deed| deed.turned(true, now)).collect()
        } else {
            change.deeds.iter_mut().map(|deed| deed.turned(false, now)).collect()
        };
        self.carry_out(state, entries)?;
        let same_session = change.session == state.session.started_at;
        if same_session {
            change.deeds.iter().for_each(|deed| count(state, deed, !back));
        }
        if let Some(step) = change.cram.filter(|_| same_session) {
            state.session.count(step.rating, step.duration_ms, None, !back);
            if let Some(cram) = &mut state.session.cram {
                if back { cram.put_back(step.card) } else { cram.rate(step.card, step.rating) }
            }
        }
        self.follow(state, &change, now);
        state.session.leech = None;
        // What was taken back is looked at again; what is done again is done with.
        if change.shown && back {
            state.session.current = Some(change.card);
        } else if !back && state.session.current == Some(change.card) {
            state.session.current = None;
        }
        Ok(change)
    }

    /// Puts cards that came back where they belong by now: due in the zone of now, and in what is crammed.
    fn follow(&self, state: &mut State, change: &Change, now: UnixMillis) {
        let scheduler = self.scheduler();
        for deed in &change.deeds {
            let card = deed.card();
            if let Some(&schedule) = state.deck.get(card) {
                let due = scheduler.days().due_in_zone(&schedule);
                if due != schedule.due {
                    state.deck.set(card, Schedule { due, ..schedule });
                }
            }
            let may_be_shown = state.may_be_shown(card, now);
            let comes_and_goes = !matches!(deed, Deed::Review(_) | Deed::Edit { .. });
            if let Some(cram) = state.session.cram.as_mut().filter(|_| comes_and_goes) {
                if may_be_shown { cram.put_back(card) } else { cram.forget(card) }
            }
        }
    }
}

fn count(state: &mut State, deed: &Deed, counts: bool) {
    if let Deed::Review(log) = deed {
        state.session.count_log(log, counts);
    }
}

//! The turns that run now: one a conversation, each able to be stopped, all of them when the window closes.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{ChatEvent, TurnRequest, turn::Turn};
use crate::{
    Error, Result,
    ids::{ConversationId, UserId},
    llm::SharedModel,
    postgres::Database,
    time::SharedClock,
};

/// How long an ended turn is waited for that still stores. One that takes longer waits for the database to come back.
const LAST_SAVING: Duration = Duration::from_millis(500);

/// Takes the events of a turn. Whether anybody still listens makes no difference to the turn.
pub type OnEvent = Box<dyn Fn(ChatEvent) + Send + Sync>;

/// How often and how long things are tried in a turn.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two savings of a growing answer.
    pub keep: Duration,
    /// How long one saving may take before the database counts as away.
    pub database: Duration,
    /// The pause before saving is tried again, doubled each time up to 2 s.
    pub retry: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { keep: Duration::from_millis(700), database: Duration::from_secs(3), retry: Duration::from_millis(250) }
    }
}

/// Clones share the running turns.
#[derive(Clone)]
pub struct Turns {
    running: Arc<Mutex<HashMap<ConversationId, Running>>>,
    begun: Arc<Notify>,
    clock: SharedClock,
    pace: Pace,
}

/// Who asks, and where their answers are kept.
#[derive(Clone, Debug)]
pub struct Asker {
    pub db: Database,
    pub user: UserId,
    /// Their session has ended when this is cancelled: no turn begins any more, and one that runs is stopped.
    pub over: CancellationToken,
}

#[derive(Clone)]
struct Running {
    stop: CancellationToken,
    ended: CancellationToken,
}

/// The place of a running turn in the table. Given back when the turn has ended, however it does, and all that it stores
/// is stored.
pub struct Claim {
    turns: Turns,
    conversation: ConversationId,
    running: Running,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.turns.running.lock().remove(&self.conversation);
        self.running.ended.cancel();
    }
}

impl Claim {
    /// Cancelled when the person stops the turn, or their session ends.
    #[must_use]
    pub fn stopped(&self) -> CancellationToken {
        self.running.stop.clone()
    }
}

impl Turns {
    #[must_use]
    pub fn new(clock: SharedClock, pace: Pace) -> Self {
        Self { running: Arc::default(), begun: Arc::default(), clock, pace }
    }

    /// Asks `model` in the conversation that was claimed, and stores what becomes of it. Returns when the turn has ended.
    /// The turn goes on when the caller goes away: [`Turns::stop`] is how to end it.
    ///
    /// # Errors
    /// Only when nothing was stored: `InvalidInput` for an empty question or one that cannot be asked there,
    /// `NotSignedIn` when the session has ended, `Cancelled` when it was stopped before it began, `NotFound`,
    /// `DatabaseUnavailable`, or `Llm` when the model cannot be asked at all (it is not there, or cannot read so much).
    /// What fails later is told in the answer that `Finished` brings. One exception: `NotFound` when the conversation goes
    /// for good while the answer comes.
    pub async fn send(
        &self,
        claim: Claim,
        asker: &Asker,
        request: TurnRequest,
        model: SharedModel,
        on_event: OnEvent,
    ) -> Result<()> {
        let conversation = claim.conversation;
        let claim = Arc::new(claim);
        // Looked at after the claim: whoever ends the session cancels first, then waits for the turns that are claimed.
        if asker.over.is_cancelled() {
            return Err(Error::NotSignedIn);
        }
        let turn = Turn {
            asker: asker.clone(),
            conversation,
            request,
            model,
            on_event,
            stop: claim.running.stop.clone(),
            clock: self.clock.clone(),
            pace: self.pace,
            claim,
        };
        let ended = turn.claim.running.ended.clone();
        // A task of its own: a caller that goes away (a window that is closed) does not take the turn with it.
        let outcome = tokio::spawn(turn.run()).await.unwrap_or_else(|error| Err(Error::internal(error)));
        // A saving that was on its way may hold the conversation yet: who asks next is not to be refused for that.
        let _ = timeout(LAST_SAVING, ended.cancelled()).await;
        outcome
    }

    /// Stops the turn of a conversation, if one runs; what came is kept. Twice is the same as once.
    pub fn stop(&self, conversation: ConversationId) {
        if let Some(running) = self.running.lock().get(&conversation) {
            running.stop.cancel();
        }
    }

    /// Stops it too, and waits until what came is stored, at most `within`.
    pub async fn stop_and_wait(&self, conversation: ConversationId, within: Duration) {
        let running = self.running.lock().get(&conversation).cloned();
        let Some(running) = running else { return };
        running.stop.cancel();
        if timeout(within, running.ended.cancelled()).await.is_err() {
            tracing::warn!("a stopped turn did not end in time");
        }
    }

    /// Whether an answer of this conversation is being written.
    #[must_use]
    pub fn is_running(&self, conversation: ConversationId) -> bool {
        self.running.lock().contains_key(&conversation)
    }

    /// Stops all turns and waits until what came of each is stored, at most `within`. False if that was not enough:
    /// then at most the last second of an answer is lost.
    pub async fn stop_all(&self, within: Duration) -> bool {
        let running: Vec<Running> = self.running.lock().values().cloned().collect();
        for turn in &running {
            turn.stop.cancel();
        }
        let ended = async {
            for turn in &running {
                turn.ended.cancelled().await;
            }
        };
        timeout(within, ended).await.is_ok()
    }

    /// The next turn that begins, in whichever conversation.
    pub async fn next_begins(&self) {
        self.begun.notified().await;
    }

    /// Takes a conversation for a turn, which can be stopped from now on.
    ///
    /// # Errors
    /// `Busy` while another one has it.
    pub fn claim(&self, conversation: ConversationId, over: &CancellationToken) -> Result<Claim> {
        let mut table = self.running.lock();
        if table.contains_key(&conversation) {
            return Err(Error::Busy(
                "The answer to your last question is still coming. Wait for it, or stop it first.".into(),
            ));
        }
        let running = Running { stop: over.child_token(), ended: CancellationToken::new() };
        table.insert(conversation, running.clone());
        self.begun.notify_waiters();
        Ok(Claim { turns: self.clone(), conversation, running })
    }
}

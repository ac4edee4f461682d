//! What the program tells the interface unasked, each a type of its own for the bindings.

use memoryloop_core::{accounts::Profile, app::AppEvent, llm, postgres, review};
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::AppHandle;
use tauri_specta::Event;

#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub struct DatabaseChanged(pub postgres::DatabaseState);

/// Who is signed in has changed without being asked for: a remembered session turned out to be over.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub struct ProfileChanged(pub Option<Profile>);

#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub struct StudyCountsChanged(pub review::StudyCounts);

/// A conversation was added, named, answered or deleted; the list is to be read again.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub struct ConversationsChanged;

/// A pull of a model began, went on or ended.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub struct PullChanged(pub llm::Pull);

/// How many drafts wait in the tray now.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub struct DraftsChanged {
    pub waiting: u32,
}

/// Messages and cards that have been given vectors in this round, of how many.
#[derive(Clone, Debug, Serialize, Deserialize, Type, Event)]
pub struct EmbeddingProgress {
    pub done: u32,
    pub total: u32,
}

/// Hands an event of the core to the window. A window that is gone misses nothing: it reads everything when it opens.
pub fn tell(app: &AppHandle, event: AppEvent) {
    let told = match event {
        AppEvent::DatabaseChanged(state) => DatabaseChanged(state).emit(app),
        AppEvent::ProfileChanged(profile) => ProfileChanged(profile).emit(app),
        AppEvent::StudyCountsChanged(counts) => StudyCountsChanged(counts).emit(app),
        AppEvent::ConversationsChanged => ConversationsChanged.emit(app),
        AppEvent::PullChanged(pull) => PullChanged(pull).emit(app),
        AppEvent::DraftsChanged { waiting } => DraftsChanged { waiting }.emit(app),
        AppEvent::EmbeddingProgress { done, total } => EmbeddingProgress { done, total }.emit(app),
    };
    if let Err(error) = told {
        tracing::debug!(%error, "an event did not reach the window");
    }
}

//! Drafts of cards, and the tray in which they wait.

use memoryloop_core::{
    cards::{Draft, DraftEvent, DraftOutcome, DraftRequest, Duplicate, Kept, NewCard},
    ids::{DraftId, JobId},
    llm::ModelRef,
};
use tauri::{State, ipc::Channel};

use super::answer;
use crate::{error::IpcError, state::Opened};

/// Resolves when all parts are done; fails only when no draft was made.
#[tauri::command]
#[specta::specta]
pub async fn generate_drafts(
    opened: State<'_, Opened>,
    job: JobId,
    request: DraftRequest,
    model: Option<ModelRef>,
    on_event: Channel<DraftEvent>,
) -> Result<DraftOutcome, IpcError> {
    let tell = move |event| drop(on_event.send(event));
    answer(opened.app()?.generate_drafts(job, request, model, tell)).await
}

#[tauri::command]
#[specta::specta]
pub async fn cancel_drafts(opened: State<'_, Opened>, job: JobId) -> Result<(), IpcError> {
    answer(opened.app()?.cancel_drafts(job)).await
}

#[tauri::command]
#[specta::specta]
pub async fn list_drafts(opened: State<'_, Opened>) -> Result<Vec<Draft>, IpcError> {
    answer(opened.app()?.list_drafts()).await
}

#[tauri::command]
#[specta::specta]
pub async fn add_drafts(opened: State<'_, Opened>, cards: Vec<NewCard>) -> Result<Vec<Draft>, IpcError> {
    answer(opened.app()?.add_drafts(cards)).await
}

#[tauri::command]
#[specta::specta]
pub async fn update_draft(opened: State<'_, Opened>, id: DraftId, card: NewCard) -> Result<Draft, IpcError> {
    answer(opened.app()?.update_draft(id, card)).await
}

/// `cancel_drafts` ends it.
#[tauri::command]
#[specta::specta]
pub async fn repair_draft(
    opened: State<'_, Opened>,
    job: JobId,
    id: DraftId,
    model: Option<ModelRef>,
) -> Result<Vec<NewCard>, IpcError> {
    answer(opened.app()?.repair_draft(job, id, model)).await
}

#[tauri::command]
#[specta::specta]
pub async fn replace_draft(
    opened: State<'_, Opened>,
    id: DraftId,
    cards: Vec<NewCard>,
) -> Result<Vec<Draft>, IpcError> {
    answer(opened.app()?.replace_draft(id, cards)).await
}

#[tauri::command]
#[specta::specta]
pub async fn find_duplicates(opened: State<'_, Opened>, ids: Vec<DraftId>) -> Result<Vec<Duplicate>, IpcError> {
    answer(opened.app()?.find_duplicates(ids)).await
}

#[tauri::command]
#[specta::specta]
pub async fn keep_drafts(opened: State<'_, Opened>, ids: Vec<DraftId>, duplicates_too: bool) -> Result<Kept, IpcError> {
    answer(opened.app()?.keep_drafts(ids, duplicates_too)).await
}

#[tauri::command]
#[specta::specta]
pub async fn drop_drafts(opened: State<'_, Opened>, ids: Vec<DraftId>) -> Result<(), IpcError> {
    answer(opened.app()?.drop_drafts(ids)).await
}

#[tauri::command]
#[specta::specta]
pub async fn restore_drafts(opened: State<'_, Opened>, ids: Vec<DraftId>) -> Result<Vec<Draft>, IpcError> {
    answer(opened.app()?.restore_drafts(ids)).await
}

//! Flashcards: drafts from an answer, saving, browsing, editing.

use memoryloop_core::{
    cards::{Card, CardPage, Draft, DraftProgress, NewCard},
    ids::{CardId, MessageId},
};
use tauri::{State, ipc::Channel};

use super::answer;
use crate::{error::IpcError, state::Opened};

#[tauri::command]
#[specta::specta]
pub async fn generate_drafts(
    opened: State<'_, Opened>,
    message_id: MessageId,
    on_progress: Channel<DraftProgress>,
) -> Result<Vec<Draft>, IpcError> {
    let tell = move |progress| drop(on_progress.send(progress));
    answer(opened.app()?.generate_drafts(message_id, tell)).await
}

#[tauri::command]
#[specta::specta]
pub async fn cancel_drafts(opened: State<'_, Opened>, message_id: MessageId) -> Result<(), IpcError> {
    answer(opened.app()?.cancel_drafts(message_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn save_cards(opened: State<'_, Opened>, cards: Vec<NewCard>) -> Result<Vec<Card>, IpcError> {
    answer(opened.app()?.save_cards(cards)).await
}

#[tauri::command]
#[specta::specta]
pub async fn list_cards(
    opened: State<'_, Opened>,
    query: String,
    after: Option<CardId>,
    limit: u32,
) -> Result<CardPage, IpcError> {
    answer(opened.app()?.list_cards(&query, after, limit)).await
}

#[tauri::command]
#[specta::specta]
pub async fn update_card(
    opened: State<'_, Opened>,
    id: CardId,
    question: String,
    answer: String,
    tags: Vec<String>,
) -> Result<Card, IpcError> {
    super::answer(opened.app()?.update_card(id, question, answer, tags)).await
}

/// How many cards were added; a second time adds none.
#[tauri::command]
#[specta::specta]
pub async fn add_starter_deck(opened: State<'_, Opened>) -> Result<u32, IpcError> {
    answer(opened.app()?.add_starter_deck()).await
}

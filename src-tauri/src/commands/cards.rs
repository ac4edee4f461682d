//! Flashcards: writing, browsing, editing.

use memoryloop_core::{
    cards::{Card, CardPage, Finding, NewCard, PassageMark, Pasted},
    ids::{CardId, ConversationId},
    review::Edited,
};
use tauri::State;

use super::answer;
use crate::{error::IpcError, state::Opened};

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
) -> Result<Edited, IpcError> {
    super::answer(opened.app()?.update_card(id, question, answer, tags)).await
}

/// How many cards were added; a second time adds none.
#[tauri::command]
#[specta::specta]
pub async fn add_starter_deck(opened: State<'_, Opened>) -> Result<u32, IpcError> {
    answer(opened.app()?.add_starter_deck()).await
}

/// What an expert would object to in it.
#[tauri::command]
#[specta::specta]
pub async fn check_card(opened: State<'_, Opened>, card: NewCard) -> Result<Vec<Finding>, IpcError> {
    answer(opened.app()?.check_card(card)).await
}

#[tauri::command]
#[specta::specta]
pub async fn read_pasted(opened: State<'_, Opened>, text: String) -> Result<Pasted, IpcError> {
    answer(opened.app()?.read_pasted(&text)).await
}

#[tauri::command]
#[specta::specta]
pub async fn passage_marks(
    opened: State<'_, Opened>,
    conversation_id: ConversationId,
) -> Result<Vec<PassageMark>, IpcError> {
    answer(opened.app()?.passage_marks(conversation_id)).await
}

//! Conversations and turns.

use memoryloop_core::{
    chat::{ChatEvent, Conversation, ConversationSummary},
    ids::ConversationId,
    llm::ModelRef,
    time::UnixMillis,
};
use tauri::{State, ipc::Channel};

use super::answer;
use crate::{error::IpcError, state::Opened};

#[tauri::command]
#[specta::specta]
pub async fn list_conversations(
    opened: State<'_, Opened>,
    limit: u32,
    before: Option<UnixMillis>,
) -> Result<Vec<ConversationSummary>, IpcError> {
    answer(opened.app()?.list_conversations(limit, before)).await
}

#[tauri::command]
#[specta::specta]
pub async fn create_conversation(opened: State<'_, Opened>, model: ModelRef) -> Result<ConversationSummary, IpcError> {
    answer(opened.app()?.create_conversation(model)).await
}

#[tauri::command]
#[specta::specta]
pub async fn open_conversation(opened: State<'_, Opened>, id: ConversationId) -> Result<Conversation, IpcError> {
    answer(opened.app()?.open_conversation(id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn rename_conversation(opened: State<'_, Opened>, id: ConversationId, title: String) -> Result<(), IpcError> {
    answer(opened.app()?.rename_conversation(id, &title)).await
}

#[tauri::command]
#[specta::specta]
pub async fn delete_conversation(opened: State<'_, Opened>, id: ConversationId) -> Result<(), IpcError> {
    answer(opened.app()?.delete_conversation(id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_conversation_model(
    opened: State<'_, Opened>,
    id: ConversationId,
    model: ModelRef,
) -> Result<(), IpcError> {
    answer(opened.app()?.set_conversation_model(id, model)).await
}

/// Resolves when the turn has ended; fails only when nothing was started.
#[tauri::command]
#[specta::specta]
pub async fn send_message(
    opened: State<'_, Opened>,
    conversation_id: ConversationId,
    content: String,
    on_event: Channel<ChatEvent>,
) -> Result<(), IpcError> {
    // A page that is gone hears nothing more; the turn goes on and is stored.
    let tell = move |event| drop(on_event.send(event));
    answer(opened.app()?.send_message(conversation_id, &content, tell)).await
}

#[tauri::command]
#[specta::specta]
pub async fn stop_answer(opened: State<'_, Opened>, conversation_id: ConversationId) -> Result<(), IpcError> {
    answer(opened.app()?.stop_answer(conversation_id)).await
}

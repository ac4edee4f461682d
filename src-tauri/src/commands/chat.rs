//! Conversations and turns.

use memoryloop_core::{
    chat::{ChatEvent, Conversation, ConversationSummary, TurnRequest},
    ids::{ConversationId, MessageId},
    llm::ModelRef,
    time::UnixMillis,
};
use tauri::{AppHandle, State, ipc::Channel};

use super::answer;
use crate::{documents, error::IpcError, state::Opened};

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
    request: TurnRequest,
    on_event: Channel<ChatEvent>,
) -> Result<(), IpcError> {
    // A page that is gone hears nothing more; the turn goes on and is stored.
    let tell = move |event| drop(on_event.send(event));
    answer(opened.app()?.send_message(conversation_id, request, tell)).await
}

#[tauri::command]
#[specta::specta]
pub async fn stop_answer(opened: State<'_, Opened>, conversation_id: ConversationId) -> Result<(), IpcError> {
    answer(opened.app()?.stop_answer(conversation_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_conversation_thinking(
    opened: State<'_, Opened>,
    id: ConversationId,
    thinking: bool,
) -> Result<(), IpcError> {
    answer(opened.app()?.set_conversation_thinking(id, thinking)).await
}

#[tauri::command]
#[specta::specta]
pub async fn show_version(opened: State<'_, Opened>, message_id: MessageId) -> Result<Conversation, IpcError> {
    answer(opened.app()?.show_version(message_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn branch_conversation(
    opened: State<'_, Opened>,
    message_id: MessageId,
) -> Result<ConversationSummary, IpcError> {
    answer(opened.app()?.branch_conversation(message_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn delete_message(opened: State<'_, Opened>, message_id: MessageId) -> Result<Conversation, IpcError> {
    answer(opened.app()?.delete_message(message_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn restore_message(opened: State<'_, Opened>, message_id: MessageId) -> Result<Conversation, IpcError> {
    answer(opened.app()?.restore_message(message_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn restore_conversation(
    opened: State<'_, Opened>,
    id: ConversationId,
) -> Result<ConversationSummary, IpcError> {
    answer(opened.app()?.restore_conversation(id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn conversation_markdown(opened: State<'_, Opened>, id: ConversationId) -> Result<String, IpcError> {
    let core = opened.app()?;
    answer(async { Ok(core.conversation_markdown(id).await?.1) }).await
}

/// Writes it into the person's folder for downloads, and says where. Never over another file.
#[tauri::command]
#[specta::specta]
pub async fn export_conversation(
    app: AppHandle,
    opened: State<'_, Opened>,
    id: ConversationId,
) -> Result<String, IpcError> {
    let core = opened.app()?;
    answer(async { documents::save(&app, core.data_dir(), core.conversation_markdown(id).await?) }).await
}

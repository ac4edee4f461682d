//! Ollama's models, and pictures that an answer names.

use tauri::State;

use super::answer;
use crate::{error::IpcError, state::Opened};

/// Resolves when the pull has ended.
#[tauri::command]
#[specta::specta]
pub async fn pull_model(opened: State<'_, Opened>, name: String) -> Result<(), IpcError> {
    answer(opened.app()?.pull_model(&name)).await
}

#[tauri::command]
#[specta::specta]
pub async fn cancel_pull(opened: State<'_, Opened>, name: String) -> Result<(), IpcError> {
    answer(opened.app()?.cancel_pull(&name)).await
}

#[tauri::command]
#[specta::specta]
pub async fn delete_model(opened: State<'_, Opened>, name: String) -> Result<(), IpcError> {
    answer(opened.app()?.delete_model(&name)).await
}

/// A remote picture as a `data:` address, once the person has asked for it.
#[tauri::command]
#[specta::specta]
pub async fn load_image(opened: State<'_, Opened>, url: String) -> Result<String, IpcError> {
    answer(opened.app()?.load_image(&url)).await
}

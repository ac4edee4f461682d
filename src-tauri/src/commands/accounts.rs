//! Profiles, sessions, models and their keys.

use memoryloop_core::{
    accounts::Profile,
    app::AppStatus,
    llm::{Models, Provider},
};
use secrecy::SecretString;
use serde::Deserialize;
use specta::Type;
use tauri::State;

use super::answer;
use crate::{error::IpcError, state::Opened};

/// A password or a key as it was typed: from here on it cannot be printed.
#[derive(Deserialize, Type)]
#[serde(transparent)]
#[specta(transparent)]
pub struct Typed(#[specta(type = String)] SecretString);

#[tauri::command]
#[specta::specta]
pub async fn app_status(opened: State<'_, Opened>) -> Result<AppStatus, IpcError> {
    answer(async { Ok(opened.status()) }).await
}

#[tauri::command]
#[specta::specta]
pub async fn create_profile(opened: State<'_, Opened>, email: String, password: Typed) -> Result<Profile, IpcError> {
    answer(opened.app()?.create_profile(&email, password.0)).await
}

#[tauri::command]
#[specta::specta]
pub async fn sign_in(opened: State<'_, Opened>, email: String, password: Typed) -> Result<Profile, IpcError> {
    answer(opened.app()?.sign_in(&email, password.0)).await
}

#[tauri::command]
#[specta::specta]
pub async fn sign_out(opened: State<'_, Opened>) -> Result<(), IpcError> {
    answer(opened.app()?.sign_out()).await
}

#[tauri::command]
#[specta::specta]
pub async fn list_models(opened: State<'_, Opened>) -> Result<Models, IpcError> {
    answer(opened.app()?.list_models()).await
}

#[tauri::command]
#[specta::specta]
pub async fn save_api_key(opened: State<'_, Opened>, provider: Provider, key: Typed) -> Result<(), IpcError> {
    answer(opened.app()?.save_api_key(provider, key.0)).await
}

#[tauri::command]
#[specta::specta]
pub async fn delete_api_key(opened: State<'_, Opened>, provider: Provider) -> Result<(), IpcError> {
    answer(opened.app()?.delete_api_key(provider)).await
}

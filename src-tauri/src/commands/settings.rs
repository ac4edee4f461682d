//! Settings, and links out of the program.

use tauri::{AppHandle, State};

use super::answer;
use crate::{
    error::IpcError,
    external,
    settings::{self, Settings},
    state::Opened,
};

#[tauri::command]
#[specta::specta]
pub async fn get_settings(app: AppHandle, opened: State<'_, Opened>) -> Result<Settings, IpcError> {
    let core = opened.app()?;
    answer(async { settings::read(&app, core.data_dir(), core.profile().as_ref()) }).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_settings(app: AppHandle, opened: State<'_, Opened>, settings: Settings) -> Result<(), IpcError> {
    let core = opened.app()?;
    answer(async { settings::write(&app, core.data_dir(), core.profile().as_ref(), &settings) }).await
}

#[tauri::command]
#[specta::specta]
pub async fn open_external(url: String) -> Result<(), IpcError> {
    answer(async { external::open(&url) }).await
}

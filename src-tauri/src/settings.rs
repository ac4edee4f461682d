//! Choices that outlive a run and are no secret, for each profile, in one file in the data directory.

use std::{path::Path, sync::Arc};

use memoryloop_core::{Error, Result, accounts::Profile, llm::ModelRef};
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::{AppHandle, Wry};
use tauri_plugin_store::{Store, StoreExt};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// What new conversations start with.
    pub model: Option<ModelRef>,
    pub theme: Theme,
}

/// The settings of a profile; the defaults when there are none yet, and while nobody is signed in.
///
/// # Errors
/// `Internal` when the store cannot be opened.
pub fn read(app: &AppHandle, data_dir: &Path, profile: Option<&Profile>) -> Result<Settings> {
    let Some(profile) = profile else { return Ok(Settings::default()) };
    let Some(value) = store(app, data_dir)?.get(profile.id.to_string()) else { return Ok(Settings::default()) };
    Ok(serde_json::from_value(value).unwrap_or_else(|error| {
        // Written by hand or by another version. Nothing in it is worth refusing to start for.
        tracing::warn!(%error, "the settings of this profile are unreadable; the defaults are used");
        Settings::default()
    }))
}

/// The theme of whoever is signed in; the system's when it cannot be read, which is told where settings are asked for.
#[must_use]
pub fn theme(app: &AppHandle, data_dir: &Path, profile: Option<&Profile>) -> Theme {
    read(app, data_dir, profile).map(|settings| settings.theme).unwrap_or_default()
}

/// Keeps the settings of a profile; they are on the disk when this returns.
///
/// # Errors
/// `NotSignedIn`, `NotWritable`, `DiskFull`.
pub fn write(app: &AppHandle, data_dir: &Path, profile: Option<&Profile>, settings: &Settings) -> Result<()> {
    let profile = profile.ok_or(Error::NotSignedIn)?;
    let store = store(app, data_dir)?;
    store.set(profile.id.to_string(), serde_json::to_value(settings).map_err(Error::internal)?);
    store.save().map_err(|error| match error {
        tauri_plugin_store::Error::Io(e) => Error::io(file(data_dir), &e),
        other => Error::internal(other),
    })
}

fn store(app: &AppHandle, data_dir: &Path) -> Result<Arc<Store<Wry>>> {
    // An absolute path: the plugin's own place would not follow MEMORYLOOP_DATA_DIR. Saved by `write` alone.
    app.store_builder(file(data_dir)).disable_auto_save().build().map_err(Error::internal)
}

fn file(data_dir: &Path) -> std::path::PathBuf {
    data_dir.join("settings.json")
}

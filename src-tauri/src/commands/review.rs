//! Study.

use memoryloop_core::{
    ids::CardId,
    review::{Rating, StudyCounts, StudyStep, TodayStats},
};
use tauri::State;

use super::answer;
use crate::{error::IpcError, state::Opened};

#[tauri::command]
#[specta::specta]
pub async fn study_counts(opened: State<'_, Opened>) -> Result<StudyCounts, IpcError> {
    answer(opened.app()?.study_counts()).await
}

#[tauri::command]
#[specta::specta]
pub async fn start_study(opened: State<'_, Opened>) -> Result<StudyStep, IpcError> {
    answer(opened.app()?.start_study()).await
}

/// Rates the card and gives the next step at once.
#[tauri::command]
#[specta::specta]
pub async fn rate_card(
    opened: State<'_, Opened>,
    id: CardId,
    revision: u32,
    rating: Rating,
    duration_ms: u32,
) -> Result<StudyStep, IpcError> {
    answer(opened.app()?.rate_card(id, revision, rating, duration_ms)).await
}

#[tauri::command]
#[specta::specta]
pub async fn today_stats(opened: State<'_, Opened>) -> Result<TodayStats, IpcError> {
    answer(opened.app()?.today_stats()).await
}

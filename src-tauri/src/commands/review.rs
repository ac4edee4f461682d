//! Study.

use memoryloop_core::{
    cards::NewCard,
    ids::CardId,
    review::{
        CardAction, CardInfo, Rating, Scope, SourcePlace, StudyChoice, StudyCounts, StudyUpdate, TagCount, TodayStats,
        statistics::{Statistics, StatsRange},
    },
};
use tauri::State;

use super::answer;
use crate::{error::IpcError, state::Opened};

#[tauri::command]
#[specta::specta]
pub async fn study_counts(opened: State<'_, Opened>) -> Result<StudyCounts, IpcError> {
    answer(opened.app()?.study_counts()).await
}

/// Without a choice the session that was left today goes on, or all is studied.
#[tauri::command]
#[specta::specta]
pub async fn start_study(opened: State<'_, Opened>, choice: Option<StudyChoice>) -> Result<StudyUpdate, IpcError> {
    answer(opened.app()?.start_study(choice)).await
}

/// Raises today's limits by so many cards and goes on.
#[tauri::command]
#[specta::specta]
pub async fn study_more(opened: State<'_, Opened>, new_cards: u32, reviews: u32) -> Result<StudyUpdate, IpcError> {
    answer(opened.app()?.study_more(new_cards, reviews)).await
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
) -> Result<StudyUpdate, IpcError> {
    answer(opened.app()?.rate_card(id, revision, rating, duration_ms)).await
}

#[tauri::command]
#[specta::specta]
pub async fn change_card(opened: State<'_, Opened>, id: CardId, action: CardAction) -> Result<StudyUpdate, IpcError> {
    answer(opened.app()?.change_card(id, action)).await
}

/// Replaces a card by several; one change, to be undone as one.
#[tauri::command]
#[specta::specta]
pub async fn split_card(opened: State<'_, Opened>, id: CardId, parts: Vec<NewCard>) -> Result<StudyUpdate, IpcError> {
    answer(opened.app()?.split_card(id, parts)).await
}

/// Takes back the last change, or the one with this id.
#[tauri::command]
#[specta::specta]
pub async fn undo(opened: State<'_, Opened>, id: Option<u32>) -> Result<StudyUpdate, IpcError> {
    answer(opened.app()?.undo(id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn redo(opened: State<'_, Opened>) -> Result<StudyUpdate, IpcError> {
    answer(opened.app()?.redo()).await
}

#[tauri::command]
#[specta::specta]
pub async fn card_info(opened: State<'_, Opened>, id: CardId) -> Result<CardInfo, IpcError> {
    answer(opened.app()?.card_info(id)).await
}

/// Where the card came from; `not_found` when it was written by hand, or its answer was deleted.
#[tauri::command]
#[specta::specta]
pub async fn card_source(opened: State<'_, Opened>, id: CardId) -> Result<SourcePlace, IpcError> {
    answer(opened.app()?.card_source(id)).await
}

/// All tags in use, most used first.
#[tauri::command]
#[specta::specta]
pub async fn list_tags(opened: State<'_, Opened>) -> Result<Vec<TagCount>, IpcError> {
    answer(opened.app()?.list_tags()).await
}

#[tauri::command]
#[specta::specta]
pub async fn today_stats(opened: State<'_, Opened>) -> Result<TodayStats, IpcError> {
    answer(opened.app()?.today_stats()).await
}

#[tauri::command]
#[specta::specta]
pub async fn statistics(opened: State<'_, Opened>, range: StatsRange, scope: Scope) -> Result<Statistics, IpcError> {
    answer(opened.app()?.statistics(range, scope)).await
}

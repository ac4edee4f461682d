//! How reviews are scheduled: options, fitting, simulating, rebuilding.

use memoryloop_core::review::{
    Progress, Rebuilt,
    optimise::{OptimiseProgress, OptimiseReport, ReschedulePreview, Simulation, SimulationRequest},
    options::{ReviewOptions, Scheduling},
};
use tauri::{State, ipc::Channel};

use super::answer;
use crate::{error::IpcError, state::Opened};

#[tauri::command]
#[specta::specta]
pub async fn get_scheduling(opened: State<'_, Opened>) -> Result<Scheduling, IpcError> {
    answer(opened.app()?.scheduling()).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_review_options(opened: State<'_, Opened>, options: ReviewOptions) -> Result<Scheduling, IpcError> {
    answer(opened.app()?.set_review_options(options)).await
}

/// Fits the weights to the person's own reviews; `busy` while another fitting runs.
#[tauri::command]
#[specta::specta]
pub async fn optimise(
    opened: State<'_, Opened>,
    on_progress: Channel<OptimiseProgress>,
) -> Result<OptimiseReport, IpcError> {
    let tell = move |progress| drop(on_progress.send(progress));
    answer(opened.app()?.optimise(tell)).await
}

/// The fitting that runs ends as `cancelled`; nothing has changed then.
#[tauri::command]
#[specta::specta]
pub async fn cancel_optimise(opened: State<'_, Opened>) -> Result<(), IpcError> {
    answer(opened.app()?.cancel_optimise()).await
}

/// Brings the weights before the last fitting back.
#[tauri::command]
#[specta::specta]
pub async fn undo_optimise(opened: State<'_, Opened>) -> Result<Scheduling, IpcError> {
    answer(opened.app()?.undo_optimise()).await
}

#[tauri::command]
#[specta::specta]
pub async fn preview_reschedule(opened: State<'_, Opened>) -> Result<ReschedulePreview, IpcError> {
    answer(opened.app()?.preview_reschedule()).await
}

/// Gives every card in review the interval that it would have by the present weights and retention; how many changed.
#[tauri::command]
#[specta::specta]
pub async fn reschedule(opened: State<'_, Opened>) -> Result<u32, IpcError> {
    answer(opened.app()?.reschedule()).await
}

#[tauri::command]
#[specta::specta]
pub async fn simulate(opened: State<'_, Opened>, request: SimulationRequest) -> Result<Simulation, IpcError> {
    answer(opened.app()?.simulate(request)).await
}

/// Sets every schedule to what the review log says.
#[tauri::command]
#[specta::specta]
pub async fn rebuild_schedules(opened: State<'_, Opened>, on_progress: Channel<Progress>) -> Result<Rebuilt, IpcError> {
    let tell = move |progress| drop(on_progress.send(progress));
    answer(opened.app()?.rebuild_schedules(tell)).await
}

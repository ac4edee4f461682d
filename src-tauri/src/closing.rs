//! The one way out, whether by the window, a signal or the system: partial answers and reviews are stored and
//! PostgreSQL is stopped before the program ends, within a bound.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tauri::{AppHandle, Manager};

use crate::state::Opened;

/// Longer than a fast stop of PostgreSQL and a flush take on a slow disk. What is not done by then is done at the next
/// start: the journal and PostgreSQL's log hold everything acknowledged.
const BOUND: Duration = Duration::from_secs(15);

#[derive(Default)]
pub struct Closing(AtomicBool);

/// Whether the program is on its way out.
pub fn has_begun(app: &AppHandle) -> bool {
    app.state::<Closing>().0.load(Ordering::Acquire)
}

/// Begins to close, once; returns at once.
pub fn begin(app: &AppHandle) {
    if app.state::<Closing>().0.swap(true, Ordering::AcqRel) {
        return;
    }
    // To the person it is closed already.
    for window in app.webview_windows().values() {
        if let Err(error) = window.hide() {
            tracing::debug!(%error, "the window could not be hidden");
        }
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        close_core(&app).await;
        app.exit(0);
    });
}

async fn close_core(app: &AppHandle) {
    let Ok(core) = app.state::<Opened>().app().cloned() else { return };
    // A task of its own, so that not even a panic in it keeps the program from ending.
    let closed = tokio::time::timeout(BOUND, tokio::spawn(async move { core.close().await })).await;
    match closed {
        Ok(Ok(())) => tracing::info!("closed"),
        Ok(Err(error)) => tracing::error!(%error, "closing failed; the next start repairs what is left"),
        Err(_) => tracing::error!("closing took too long; the next start repairs what is left"),
    }
}

/// Closes when the system asks: Ctrl-C, `kill`, the end of the session.
#[cfg(unix)]
pub fn on_signals(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            match signal(kind) {
                Ok(mut signals) => {
                    if signals.recv().await.is_some() {
                        begin(&app);
                    }
                }
                Err(error) => tracing::warn!(%error, ?kind, "this signal will end the program without closing it"),
            }
        });
    }
}

#[cfg(not(unix))]
pub fn on_signals(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            begin(&app);
        }
    });
}

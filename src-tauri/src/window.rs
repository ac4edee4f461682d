//! The one window: shown when it is painted, in the colours that the person chose, and unable to go anywhere else.

use std::{path::Path, time::Duration};

use tauri::{
    AppHandle, Manager, Theme, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    utils::config::Color,
    webview::{NewWindowResponse, PageLoadEvent},
};

use crate::settings::Theme as Chosen;

/// The label that the capability in `tauri.conf.json` names.
pub const MAIN: &str = "main";

/// `--bg` of the interface's two themes (ui/src/app.css), so that nothing flashes before its first paint.
const LIGHT: Color = Color(0xfb, 0xfa, 0xf8, 0xff);
const DARK: Color = Color(0x17, 0x19, 0x1b, 0xff);

/// A page that never finishes loading is shown all the same: a person can do nothing with a window that is not there.
const SHOW_ANYWAY: Duration = Duration::from_secs(2);

/// Opens the window, in the colours of `chosen` before anything is painted. What the web view keeps goes into `web_data`;
/// without one it keeps nothing.
///
/// # Errors
/// When the system cannot make a window.
pub fn open(app: &AppHandle, chosen: Chosen, web_data: Option<&Path>) -> tauri::Result<WebviewWindow> {
    let builder = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("MemoryLoop")
        .inner_size(1120.0, 760.0)
        .min_inner_size(640.0, 480.0)
        .center()
        .visible(false)
        .background_color(if chosen == Chosen::Dark { DARK } else { LIGHT })
        // Links in answers are opened by `open_external`; nothing else may take the interface's place.
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Finished {
                show(&window);
            }
        });
    let window = match web_data {
        Some(dir) => builder.data_directory(dir.to_owned()).build()?,
        None => builder.incognito(true).build()?,
    };
    // What the system's theme is, only a window knows.
    if chosen == Chosen::System && matches!(window.theme(), Ok(Theme::Dark)) {
        window.set_background_color(Some(DARK))?;
    }
    let late = window.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(SHOW_ANYWAY).await;
        show(&late);
    });
    Ok(window)
}

/// Brings the window to the front. False when there is none.
pub fn raise(app: &AppHandle) -> bool {
    let Some(window) = app.get_webview_window(MAIN) else { return false };
    let raised = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = raised {
        tracing::warn!(%error, "the window could not be raised");
    }
    true
}

fn show(window: &WebviewWindow) {
    // Not once the program is closing: a slow page must not bring back what was closed.
    if crate::closing::has_begun(window.app_handle()) {
        return;
    }
    if let Err(error) = window.show() {
        tracing::warn!(%error, "the window could not be shown");
    }
}

/// The interface's own pages: `tauri://localhost`, on Windows `http(s)://tauri.localhost`.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => true,
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

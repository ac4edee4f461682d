//! Links that leave the program: opened by the system's browser or mail program, never in the window.

use memoryloop_core::{Error, Result};
use tauri::Url;

/// The address as it may be handed to the system, or why not. Only the web and mail: `file:`, `javascript:` and the
/// schemes of other programs could be made to do something by a link in an answer.
///
/// # Errors
/// `InvalidInput`, in a sentence.
pub fn checked(url: &str) -> Result<Url> {
    let unusable =
        || Error::InvalidInput("That link does not lead to a web page, so MemoryLoop does not open it.".into());
    let url = Url::parse(url.trim()).map_err(|_| unusable())?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        "mailto" => Ok(url),
        _ => Err(unusable()),
    }
}

/// Opens `url` outside the program.
///
/// # Errors
/// `InvalidInput` when it is no web or mail address, or when this system has nothing that opens it.
pub fn open(url: &str) -> Result<()> {
    let url = checked(url)?;
    tauri_plugin_opener::open_url(url.as_str(), None::<&str>).map_err(|error| {
        tracing::warn!(%error, "a link could not be opened");
        Error::InvalidInput(format!("No browser could be started. The link is: {url}"))
    })
}

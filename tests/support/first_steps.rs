//! What every journey with a model begins with.

use anyhow::Result;

use crate::window::{Role, Window};

/// As the stand-in's first model is called in the list.
pub const LLAMA: &str = "llama3.2 (3.2B)";

/// A new profile, and the model to learn with.
///
/// # Errors
/// When the window does not offer them.
pub async fn begin(window: &Window<'_>) -> Result<()> {
    make_profile(window).await?;
    window.click(Role::Button, LLAMA).await?;
    window.find(Role::Textbox, "Message").await.map(drop)
}

/// # Errors
/// As [`begin`].
pub async fn make_profile(window: &Window<'_>) -> Result<()> {
    window.find(Role::Button, "Create profile").await?;
    // As people type it: with a space and capitals.
    window.fill("Email", " Ada@Example.org").await?;
    window.fill("Password", "correct horse battery").await?;
    window.click(Role::Button, "Create profile").await?;
    window.find(Role::Heading, "Choose a model to learn with").await.map(drop)
}

/// Asks, and waits until `ending` of the answer is shown and the next question can be sent.
///
/// # Errors
/// When it does not come.
pub async fn ask(window: &Window<'_>, question: &str, ending: &str) -> Result<()> {
    window.fill("Message", question).await?;
    window.click(Role::Button, "Send").await?;
    window.reads(ending).await?;
    window.find(Role::Button, "Send").await.map(drop)
}

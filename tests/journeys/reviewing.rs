//! Reviewing by keyboard in the real window: the keys that people bring from Anki, taking back, and what the program knows of
//! it afterwards.

use std::time::Duration;

use anyhow::{Result, ensure};
use support::{
    home::Home,
    window::{Role, Window, journey},
};

/// WebDriver's code for the key.
const ESCAPE: char = '\u{e00c}';
const BETWEEN_KEYS: Duration = Duration::from_millis(300);
/// Nothing listens there: reviewing needs no model.
const NO_MODEL: &str = "http://127.0.0.1:9";

/// Of the starter deck, in its order.
const FIRST: &str = "Which is better for remembering";
const SECOND: &str = "What does spaced repetition space?";
const THIRD: &str = "What does the forgetting curve show?";
const FOURTH: &str = "Who first measured the forgetting curve";
const EDITED: &str = "Who measured the forgetting curve before anybody else?";

#[tokio::test(flavor = "multi_thread")]
async fn reviewing_with_the_keys_of_anki() -> Result<()> {
    let home = Home::new(NO_MODEL)?;
    let window = Window::open(&home).await?;
    journey(&home, &window, async |window| {
        begin(window).await?;
        rate_and_take_back(window).await?;
        put_away(window).await?;
        look_closer(window).await?;
        look_back(window).await
    })
    .await?;
    window.close().await
}

async fn begin(window: &Window<'_>) -> Result<()> {
    window.fill("Email", "grace@example.org").await?;
    window.fill("Password", "correct horse battery").await?;
    window.click(Role::Button, "Create profile").await?;
    window.click(Role::Link, "Study").await?;
    window.find(Role::Heading, "No cards to study yet").await?;
    window.screenshot("reviewing-01-no-cards").await?;
    window.click(Role::Button, "Add the starter deck").await?;
    window.reads(FIRST).await?;
    window.reads("Card 1 of 10").await
}

async fn rate_and_take_back(window: &Window<'_>) -> Result<()> {
    answer(window, '4').await?;
    window.reads(SECOND).await?;
    press(window, 'u').await?;
    window.reads(FIRST).await?;
    window.reads("Card 1 of 10").await?;
    ensure!(!window.text().await?.contains(SECOND), "the card after it is gone again");
    answer(window, '4').await?;
    window.reads("Card 2 of 10").await?;
    window.screenshot("reviewing-02-second-card").await
}

async fn put_away(window: &Window<'_>) -> Result<()> {
    press(window, '-').await?;
    window.reads(THIRD).await?;
    press(window, '@').await?;
    window.reads(FOURTH).await?;
    window.screenshot("reviewing-03-suspended").await?;
    // Both come back, the last first.
    press(window, 'u').await?;
    window.reads(THIRD).await?;
    press(window, 'u').await?;
    window.reads(SECOND).await?;
    for (key, next) in [('-', THIRD), ('@', FOURTH)] {
        press(window, key).await?;
        window.reads(next).await?;
    }
    Ok(())
}

async fn look_closer(window: &Window<'_>) -> Result<()> {
    press(window, '?').await?;
    window.find(Role::Heading, "Keys").await?;
    window.screenshot("reviewing-04-keys").await?;
    press(window, ESCAPE).await?;
    press(window, 'e').await?;
    window.find(Role::Heading, "Edit card").await?;
    window.fill("Question", EDITED).await?;
    window.screenshot("reviewing-05-edit").await?;
    window.click(Role::Button, "Save changes").await?;
    window.reads(EDITED).await?;
    answer(window, '3').await?;
    press(window, 'u').await?;
    window.reads(EDITED).await?;
    press(window, 'i').await?;
    window.find(Role::Heading, "Card info").await?;
    window.screenshot("reviewing-06-info").await?;
    press(window, ESCAPE).await
}

async fn look_back(window: &Window<'_>) -> Result<()> {
    window.click(Role::Link, "Cards").await?;
    window.fill("Search cards", "anybody else").await?;
    window.reads(EDITED).await?;
    window.fill("Search cards", "curve show").await?;
    window.reads("Suspended").await?;
    window.screenshot("reviewing-07-cards").await?;
    window.click(Role::Link, "Stats").await?;
    window.find(Role::Heading, "Coming up").await?;
    window.screenshot("reviewing-08-stats").await?;
    window.click(Role::Link, "Settings").await?;
    window.find(Role::Heading, "Reviews").await?;
    window.screenshot("reviewing-09-settings").await?;
    // The session that was left goes on.
    window.click(Role::Link, "Study").await?;
    window.reads(EDITED).await?;
    window.reads("Card 2 of").await
}

/// As quickly as people press: what follows within a quarter of a second is taken for a press that bounced.
async fn press(window: &Window<'_>, key: char) -> Result<()> {
    tokio::time::sleep(BETWEEN_KEYS).await;
    window.press(key).await
}

async fn answer(window: &Window<'_>, key: char) -> Result<()> {
    press(window, ' ').await?;
    window.find(Role::Button, "Good").await?;
    press(window, key).await
}

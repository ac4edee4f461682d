//! Started a second time with the same data, the program shows the window that is there and ends.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Result, ensure};
use support::{
    home::{Home, program},
    window::{Role, Window, journey},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_raises_the_first() -> Result<()> {
    // Nobody listens there: a machine without Ollama is one where everything else works.
    let home = Home::new("http://127.0.0.1:9")?;
    let window = Window::open(&home).await?;
    journey(&home, &window, async |window| {
        window.find(Role::Button, "Create profile").await?;
        second_start(&home, window).await?;
        // The first is as it was, and answers.
        window.fill("Email", "ada").await?;
        Ok(())
    })
    .await?;
    window.close().await
}

async fn second_start(home: &Home, window: &Window<'_>) -> Result<()> {
    let mut again = Command::new(program()?);
    home.settle(&mut again)?.env("DISPLAY", window.display()).stdin(Stdio::null());
    let again = tokio::process::Command::from(again).kill_on_drop(true).output();
    let ended = tokio::time::timeout(Duration::from_secs(20), again).await??;
    let said = String::from_utf8_lossy(&ended.stdout);
    ensure!(ended.status.success(), "the second start ended with {}: {said}", ended.status);
    ensure!(said.contains("MemoryLoop is running already"), "the second start does not say why it ends: {said:?}");
    Ok(())
}

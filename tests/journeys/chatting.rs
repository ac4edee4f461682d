//! Talking in the real window: answers that are stopped, gone on with and asked for again, a model that has to be pulled
//! first, and what a closed window leaves behind: half an answer, and drafts in the tray.

use anyhow::{Result, ensure};
use support::{
    first_steps::{ask, begin},
    home::Home,
    http::{Outcome, Reply, Server, Step},
    ollama,
    window::{Name, Role, Window, journey},
};

const QUESTION: &str = "What keeps a memory alive?";
const IN_OTHER_WORDS: &str = "What makes a memory last?";
const ENDING: &str = "A review is most useful when the fact is almost forgotten.";
const HALF: &str = "Half of what there is to say";
const SECOND: &str = "Another answer altogether.";

#[tokio::test(flavor = "multi_thread")]
async fn stopping_going_on_and_asking_again() -> Result<()> {
    let server = ollama::start_with(ollama::Options { models: vec![ollama::LLAMA], ..Default::default() }).await;
    let home = Home::new(server.url())?;
    let first = Window::open(&home).await?;
    journey(&home, &first, async |window| {
        begin(window).await?;
        stop(window, &server).await?;
        other_versions(window, &server).await?;
        drafts_are_made(window).await?;
        left_in_the_middle(window, &server).await
    })
    .await?;
    first.close().await?;

    let second = Window::open(&home).await?;
    journey(&home, &second, async |window| what_was_left_is_there(window).await).await?;
    second.close().await
}

/// Half an answer, and then nothing more.
fn hanging() -> Reply {
    let half = ollama::line(&format!("{HALF} "));
    ollama::stream(&[half.as_bytes()]).then(Step::Silence)
}

/// The connection of the newest question that was asked.
fn newest(server: &Server) -> Outcome {
    server.asked("/api/chat").last().map_or(Outcome::Sending, |asked| asked.outcome())
}

async fn stop(window: &Window<'_>, server: &Server) -> Result<()> {
    server.script("/api/chat", hanging());
    window.fill("Message", QUESTION).await?;
    window.click(Role::Button, "Send").await?;
    window.reads(HALF).await?;
    ensure!(newest(server) == Outcome::Sending, "the answer is still on its way");
    window.click(Role::Button, "Stop").await?;
    window.find(Role::Button, "Continue").await?;
    window.screenshot("chatting-01-stopped").await?;
    window
        .eventually("that the server sees it", async || Ok((newest(server) == Outcome::ClosedByClient).then_some(())))
        .await?;
    window.reads(HALF).await?;
    // The person wants the rest, and gets it behind what is there.
    window.click(Role::Button, "Continue").await?;
    window.reads(ENDING).await?;
    let text = window.text().await?;
    ensure!(text.contains(HALF), "what was there before stays: {text}");
    window.screenshot("chatting-02-continued").await
}

async fn other_versions(window: &Window<'_>, server: &Server) -> Result<()> {
    let second = [ollama::line(SECOND), ollama::last_line("stop")].concat();
    server.script("/api/chat", Reply::new(200, "application/x-ndjson", second));
    window.click(Role::Button, "Regenerate").await?;
    window.reads(SECOND).await?;
    window.reads("2/2").await?;
    ensure!(!window.text().await?.contains(HALF), "the earlier answer is a version");
    window.click(Role::Button, "Previous version").await?;
    window.reads(HALF).await?;
    window.screenshot("chatting-03-versions").await?;

    window.click(Role::Button, "Edit the question").await?;
    window.fill("Edit the question", IN_OTHER_WORDS).await?;
    window.click(Role::Button, "Send anew").await?;
    window.reads(&format!("About: {IN_OTHER_WORDS}")).await?;
    window.find(Role::Button, "Send").await?;
    window.reads("2/2").await?;
    window.screenshot("chatting-04-edited").await
}

async fn drafts_are_made(window: &Window<'_>) -> Result<()> {
    window.click(Role::Button, "Make cards").await?;
    window.find(Role::Button, "Keep all 4").await?;
    window.screenshot("chatting-05-drafts").await
}

/// The window is closed while the answer is being written.
async fn left_in_the_middle(window: &Window<'_>, server: &Server) -> Result<()> {
    server.script("/api/chat", hanging());
    window.fill("Message", "And then?").await?;
    window.click(Role::Button, "Send").await?;
    window.reads(HALF).await
}

async fn what_was_left_is_there(window: &Window<'_>) -> Result<()> {
    window.click(Role::Link, "Drafts").await?;
    window.find(Role::Button, "Keep all 4").await?;
    window.screenshot("chatting-06-tray-again").await?;
    window.click(Role::Link, "Study").await?;
    window.find(Role::Heading, "No cards to study yet").await?;

    window.click(Role::Link, "Chat").await?;
    window.click(Role::Link, Name::Beginning("What ")).await?;
    window.reads("And then?").await?;
    window.reads(HALF).await?;
    window.find(Role::Button, "Continue").await?;
    window.screenshot("chatting-07-there-again").await?;

    window.click(Role::Link, "Drafts").await?;
    window.click(Role::Button, "Keep all 4").await?;
    window.reads("4 cards kept").await?;
    window.click(Role::Link, "Study").await?;
    window.reads("Card 1 of 4").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_gone_is_pulled_where_it_is_missed() -> Result<()> {
    let server = ollama::start_with(ollama::Options { models: vec![ollama::LLAMA], ..Default::default() }).await;
    let home = Home::new(server.url())?;
    let window = Window::open(&home).await?;
    journey(&home, &window, async |window| {
        begin(window).await?;
        ask(window, QUESTION, ENDING).await?;
        server.script("/api/chat", Reply::json(404, &serde_json::json!({ "error": "model 'llama3.2' not found" })));
        window.fill("Message", "And then?").await?;
        window.click(Role::Button, "Send").await?;
        window.find(Role::Button, Name::Beginning("Pull ")).await?;
        window.screenshot("chatting-08-not-pulled").await?;
        window.click(Role::Button, Name::Beginning("Pull ")).await?;
        // Once it is there, the question is asked again.
        window.reads("About: And then?").await?;
        ensure!(!server.asked("/api/pull").is_empty(), "it was pulled");
        window.screenshot("chatting-09-pulled").await
    })
    .await?;
    window.close().await
}

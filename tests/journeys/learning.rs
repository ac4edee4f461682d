//! The whole way once, as a person goes it: from a new profile to reviewed cards, and the next day's start.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use support::{
    first_steps,
    home::Home,
    http::{Reply, Step},
    http_answers::{answer_to, pieces},
    ollama,
    window::{Name, Role, Window, journey},
};

const QUESTION: &str = "What keeps a memory alive?";
/// Of the model's answer.
const BEGINNING: &str = "Spaced repetition is a way of learning";
const ENDING: &str = "A review is most useful when the fact is almost forgotten.";
const EDITED: &str = "What do growing intervals between reviews have to do with memory?";

#[tokio::test(flavor = "multi_thread")]
async fn from_a_question_to_reviewed_cards() -> Result<()> {
    let models = vec![ollama::LLAMA, ollama::NOMIC];
    let server = ollama::start_with(ollama::Options { models, ..Default::default() }).await;
    server.script("/api/chat", an_answer_that_hesitates());
    let home = Home::new(server.url())?;

    let first = Window::open(&home).await?;
    let rated = journey(&home, &first, async |window| {
        make_profile(window).await?;
        choose_model(window).await?;
        ask(window).await?;
        make_cards(window).await?;
        study(window).await
    })
    .await?;
    first.close().await.context("closing the first time")?;

    let second = Window::open(&home).await?;
    journey(&home, &second, async |window| everything_is_there(window, rated).await).await?;
    second.close().await.context("closing the second time")
}

/// In the middle the model takes its time, so that what is shown until then was streamed.
fn an_answer_that_hesitates() -> Reply {
    let answer = answer_to(QUESTION);
    let lines: Vec<String> = pieces(&answer).iter().map(|piece| ollama::line(piece)).collect();
    let (before, after) = lines.split_at(lines.len() / 2);
    let mut reply = ollama::stream(&before.iter().map(String::as_bytes).collect::<Vec<_>>());
    reply.steps.push(Step::Pause(Duration::from_secs(4)));
    reply.steps.extend(after.iter().map(|line| Step::Send(line.clone().into_bytes())));
    reply.then(Step::Send(ollama::last_line("stop").into_bytes()))
}

async fn make_profile(window: &Window<'_>) -> Result<()> {
    window.find(Role::Button, "Create profile").await?;
    window.screenshot("01-welcome").await?;
    first_steps::make_profile(window).await?;
    window.screenshot("02-signed-in").await
}

async fn choose_model(window: &Window<'_>) -> Result<()> {
    window.click(Role::Button, first_steps::LLAMA).await?;
    window.find(Role::Textbox, "Message").await?;
    window.screenshot("03-model-chosen").await
}

async fn ask(window: &Window<'_>) -> Result<()> {
    window.fill("Message", QUESTION).await?;
    window.click(Role::Button, "Send").await?;
    window.reads(BEGINNING).await?;
    window.find(Role::Button, "Stop").await?;
    ensure!(!window.text().await?.contains(ENDING), "the whole answer was shown at once");
    window.screenshot("04-streaming").await?;
    window.reads(ENDING).await?;
    window.find(Role::Button, "Send").await?;
    window.screenshot("05-answered").await
}

async fn make_cards(window: &Window<'_>) -> Result<()> {
    window.click(Role::Button, "Make cards").await?;
    window.find(Role::Button, "Edit draft 4").await?;
    window.screenshot("06-drafts").await?;
    window.click(Role::Button, "Edit draft 1").await?;
    window.fill("Question", EDITED).await?;
    window.click(Role::Button, "Done").await?;
    window.click(Role::Button, "Drop draft 4").await?;
    window.find(Role::Button, "Keep all 3").await?;
    window.screenshot("07-draft-edited").await?;
    window.click(Role::Button, "Keep all 3").await?;
    window.reads("3 cards kept").await?;
    window.find(Role::Button, "Has 3 cards").await?;
    window.screenshot("08-cards-saved").await
}

/// Studies until nothing is due, by keyboard only; returns how many ratings that took.
async fn study(window: &Window<'_>) -> Result<usize> {
    window.click(Role::Link, "Study").await?;
    window.reads("Card 1 of 3").await?;
    window.screenshot("09-question").await?;
    let mut rated = 0;
    // Easy is done for today; Good comes again after ten minutes, which are not waited for when nothing else is left.
    for key in ['4', '3', '4', '4', '4', '4'] {
        window.press(' ').await?;
        window.find(Role::Button, "Good").await?;
        if rated == 0 {
            window.find(Role::Button, "Again").await?;
            window.screenshot("10-answer").await?;
        }
        window.press(key).await?;
        rated += 1;
        if next_card_or_end(window).await? == Next::End {
            break;
        }
    }
    ensure!(rated >= 3, "only {rated} of 3 cards came");
    window.reads("reviewed in").await?;
    window.screenshot("11-studied").await?;
    Ok(rated)
}

#[derive(PartialEq)]
enum Next {
    Card,
    End,
}

async fn next_card_or_end(window: &Window<'_>) -> Result<Next> {
    window
        .eventually("the next card, or the end", async || {
            if !window.find_all(Role::Button, "Show answer").await?.is_empty() {
                return Ok(Some(Next::Card));
            }
            Ok((!window.find_all(Role::Heading, "Done for now").await?.is_empty()).then_some(Next::End))
        })
        .await
}

async fn everything_is_there(window: &Window<'_>, rated: usize) -> Result<()> {
    // Signed in still: the sidebar is there and nobody asks for a password.
    window.find(Role::Link, "Chat").await?;
    ensure!(window.find_all(Role::Textbox, "Password").await?.is_empty(), "it asks to sign in again");
    window.screenshot("12-started-again").await?;

    conversation_is_there(window).await?;

    window.click(Role::Link, "Cards").await?;
    window.reads(EDITED).await?;
    window.reads("Cards 3").await?;
    window.screenshot("14-cards").await?;

    window.click(Role::Link, "Study").await?;
    window.find(Role::Heading, "Nothing due").await?;
    window.screenshot("15-nothing-due").await?;

    window.click(Role::Link, "Stats").await?;
    window.reads(&format!("{rated} reviewed")).await?;
    window.reads("3 cards added").await?;
    window.screenshot("16-stats").await?;

    window.click(Role::Link, "Settings").await?;
    window.reads("Signed in as ada@example.org").await?;
    window.screenshot("17-settings").await
}

async fn conversation_is_there(window: &Window<'_>) -> Result<()> {
    window.reads(QUESTION).await?;
    window.click(Role::Link, Name::Beginning(QUESTION)).await?;
    window.reads(ENDING).await?;
    window.find(Role::Button, "Has 3 cards").await?;
    window.screenshot("13-conversation").await
}

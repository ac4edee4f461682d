//! `cargo xtask cards-eval`: how good the cards are that are made of the answers in this folder; the last line is the whole
//! as one JSON object.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use support::eval::{Desk, Figures, cases};

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let live = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => None,
        ["--live", model] => Some(model.strip_prefix("ollama:").context("--live takes ollama:MODEL")?.to_owned()),
        _ => bail!("cards-eval takes nothing, or --live ollama:MODEL"),
    };
    let address = std::env::var("OLLAMA_HOST").unwrap_or_else(|_| "http://127.0.0.1:11434".into());
    let desk = Desk::open(live.is_some().then_some(address)).await?;
    let mut all = Vec::new();
    for folder in cases()? {
        let figures = match &live {
            None => desk.replay(&folder).await?,
            Some(model) => desk.live(&folder, model).await.with_context(|| folder.display().to_string())?,
        };
        println!("{}", told(&figures, live.is_some()));
        all.push(figures);
    }
    desk.close().await;
    let sum = Figures::sum(&all);
    println!("{}", told(&sum, live.is_some()));
    let all = all.iter().map(|figures| known(figures, live.is_some())).collect::<Result<Vec<_>>>()?;
    println!("{}", serde_json::json!({ "live": live, "all": known(&sum, live.is_some())?, "answers": all }));
    Ok(if sum.drafts_lost == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What can be known only of a recording: of a live model's cards nobody wrote down what they should be.
const OF_RECORDINGS: [&str; 8] = [
    "duplicates_planted",
    "duplicates_right",
    "duplicate_precision",
    "duplicate_recall",
    "schema_failures",
    "schema_failures_recovered",
    "lost",
    "wrong_duplicates",
];

/// The figures, those that were not measured as null.
fn known(figures: &Figures, live: bool) -> Result<serde_json::Value> {
    let mut known = serde_json::to_value(figures)?;
    for name in OF_RECORDINGS.into_iter().filter(|_| live) {
        known[name] = serde_json::Value::Null;
    }
    Ok(known)
}

fn told(figures: &Figures, live: bool) -> String {
    let mut line = format!(
        "{:<16} {:>5} words {:>3} cards {:>6.2} per 100 words, lint-clean {:>5} %, grounded {:>5} %, ",
        figures.name,
        figures.words,
        figures.cards,
        figures.cards_per_100_words,
        figures.lint_clean_percent,
        figures.grounded_percent,
    );
    line += &if live {
        format!("duplicates found {}, ", figures.duplicates_found)
    } else {
        format!(
            "duplicates {}/{} (precision {}, recall {}), schema failures recovered {}/{}, ",
            figures.duplicates_right,
            figures.duplicates_planted,
            figures.duplicate_precision,
            figures.duplicate_recall,
            figures.schema_failures_recovered,
            figures.schema_failures,
        )
    };
    line += &format!("parts failed {}, drafts lost {}", figures.parts_failed, figures.drafts_lost);
    for lost in &figures.lost {
        line += &format!("\n    lost: {lost}");
    }
    for wrong in &figures.wrong_duplicates {
        line += &format!("\n    no duplicate: {wrong}");
    }
    line
}

//! `cargo xtask cards-eval`: how good the cards are that are made of the answers in this folder; the last line is the whole
//! as one JSON object, whatever fails on the way.

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
    let mut all = Vec::new();
    let error = measure(live.as_deref(), &mut all).await.err().map(|error| format!("{error:#}"));
    if let Some(error) = &error {
        eprintln!("{error}");
    }
    let sum = Figures::sum(&all);
    println!("{}", told(&sum, live.is_some()));
    // A weak model that finds nothing in one answer was measured all the same; a recording must give its cards.
    let failed = all.iter().filter(|figures| figures.error.is_some()).count();
    let measured = failed == 0 || (live.is_some() && failed < all.len());
    let good = error.is_none() && measured && sum.drafts_lost == 0;
    let all = all.iter().map(|figures| known(figures, live.is_some())).collect::<Result<Vec<_>>>()?;
    let sum = known(&sum, live.is_some())?;
    println!("{}", serde_json::json!({ "live": live, "error": error, "all": sum, "answers": all }));
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Puts the figures of each answer into `all`, those of one that fails too.
async fn measure(live: Option<&str>, all: &mut Vec<Figures>) -> Result<()> {
    let address = std::env::var("OLLAMA_HOST").unwrap_or_else(|_| "http://127.0.0.1:11434".into());
    let address = live.map(|_| address);
    let mut desk = Desk::open(address.clone()).await?;
    for folder in cases()? {
        let figures = match live {
            None => desk.replay(&folder).await,
            Some(model) => desk.live(&folder, model).await,
        };
        let broken = figures.is_err();
        let figures = figures.unwrap_or_else(|error| Figures::failed(&folder, &error));
        println!("{}", told(&figures, live.is_some()));
        all.push(figures);
        if broken {
            // What this answer left half done would go into the next.
            desk.close().await;
            desk = Desk::open(address.clone()).await?;
        }
    }
    desk.close().await;
    Ok(())
}

/// What can be known only of a recording: of a live model's cards nobody wrote down what they should be.
const OF_RECORDINGS: [&str; 12] = [
    "duplicates_planted",
    "duplicates_right",
    "duplicate_precision",
    "duplicate_recall",
    "near_misses_planted",
    "near_misses_found",
    "schema_failures",
    "schema_failures_recovered",
    "lost",
    "unexpected",
    "wrong_duplicates",
    "missed_duplicates",
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
    let shown = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| share.to_string());
    let mut line = format!(
        "{:<16} {:>5} words {:>3} cards {:>6.2} per 100 words, lint-clean {:>5} %, grounded {:>5} %, ",
        figures.name,
        figures.words,
        figures.cards,
        figures.cards_per_100_words,
        shown(figures.lint_clean_percent),
        shown(figures.grounded_percent),
    );
    line += &if live {
        format!("duplicates found {}, ", figures.duplicates_found)
    } else {
        format!(
            "duplicates {}/{} (precision {}, recall {}, near misses {}/{}), schema failures recovered {}/{}, ",
            figures.duplicates_right,
            figures.duplicates_planted,
            shown(figures.duplicate_precision),
            shown(figures.duplicate_recall),
            figures.near_misses_found,
            figures.near_misses_planted,
            figures.schema_failures_recovered,
            figures.schema_failures,
        )
    };
    line += &format!("parts failed {}, drafts lost {}", figures.parts_failed, figures.drafts_lost);
    for (what, all) in [
        ("lost", &figures.lost),
        ("of no recording", &figures.unexpected),
        ("no duplicate", &figures.wrong_duplicates),
        ("missed duplicate", &figures.missed_duplicates),
    ] {
        for one in all {
            line += &format!("\n    {what}: {one}");
        }
    }
    if let Some(error) = &figures.error {
        line += &format!("\n    failed: {error}");
    }
    line
}

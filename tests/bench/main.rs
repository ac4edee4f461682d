//! The figures that the program is held to, one JSON object a line: name, of whom, unit, median, p99, n. Beside them, for
//! the jobs that Anki does too, {"name", "ours", "anki", "ratio", "target", "met"}.
//!
//! Each side of each job runs in a process of its own while the other is idle, so that the peak memory is that of the job,
//! and on a fresh copy of the prepared data. CONTRIBUTING.md says how to run it.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop where it is")]

mod alone;
mod compare;
mod data;
mod history;
mod jobs;
mod measure;
mod optimise;
#[cfg(target_os = "linux")]
mod scrolling;
#[cfg(target_os = "linux")]
mod streaming;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use data::Amount;

/// What was asked for.
#[derive(Default)]
struct Wanted {
    small: bool,
    /// Only what streams into the window.
    streaming: bool,
    /// A Python that has Anki's library; without one our side runs alone.
    anki: Option<PathBuf>,
    /// A Python that has py-fsrs with its optimiser.
    py_fsrs: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let amount = |small: bool| if small { Amount::SMALL } else { Amount::FULL };
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--job", name, of, rest @ ..] => job(name, &amount(*of == "small"), rest).await,
        rest => match wanted(rest) {
            Some(wanted) => compare::run(&wanted, &amount(wanted.small)),
            None => {
                eprintln!("The bench takes --small, --streaming, --anki PYTHON and --py-fsrs PYTHON.");
                ExitCode::from(2)
            }
        },
    }
}

fn wanted(mut arguments: &[&str]) -> Option<Wanted> {
    let mut wanted = Wanted::default();
    loop {
        arguments = match arguments {
            [] => return Some(wanted),
            ["--small", rest @ ..] => {
                wanted.small = true;
                rest
            }
            ["--streaming", rest @ ..] => {
                wanted.streaming = true;
                rest
            }
            ["--anki", python, rest @ ..] => {
                wanted.anki = Some(python.into());
                rest
            }
            ["--py-fsrs", python, rest @ ..] => {
                wanted.py_fsrs = Some(python.into());
                rest
            }
            _ => return None,
        };
    }
}

/// One job of ours, in the process that was started for it.
async fn job(name: &str, amount: &Amount, arguments: &[&str]) -> ExitCode {
    match (name, arguments) {
        ("import", [directory]) => jobs::import(Path::new(directory), amount.cards).await,
        ("vectors", [directory]) => jobs::vectors(Path::new(directory)).await,
        ("history", [directory, reviews, states, log]) => {
            history::write(Path::new(directory), reviews.parse().unwrap(), Path::new(states), Path::new(log)).await;
        }
        ("open", [directory]) => jobs::open_to_first_card(Path::new(directory)).await,
        ("study", [directory]) => jobs::study(Path::new(directory), amount.answers).await,
        ("alone", [directory]) => alone::run(Path::new(directory), amount).await,
        ("files", [directory]) => {
            return if alone::files(Path::new(directory), amount).await {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
        }
        #[cfg(target_os = "linux")]
        ("streaming", []) => streaming::run().await.unwrap(),
        ("optimise", [log]) => optimise::run(Path::new(log)),
        _ => panic!("there is no job {name} of {arguments:?}"),
    }
    ExitCode::SUCCESS
}

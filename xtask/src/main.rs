//! The one entry point for people: `cargo xtask app` on a fresh machine is all that is needed to see the program.
//!
//! It prepares what is missing, builds and runs. Everything it does is idempotent, and nothing at all when nothing changed.

mod app;
mod bench;
mod cards_eval;
mod conformance;
mod display;
mod fuzz;
mod interface;
mod packages;
mod postgres;
mod run;
mod tally;
mod test;
mod venv;

use std::process::ExitCode;

use anyhow::Result;

const HELP: &str = "\
cargo xtask COMMAND

  app                  Prepare what is missing, build, and open MemoryLoop.
  test [-- FILTER]     Run every check and test; with a FILTER, only the Rust tests whose names contain it.
  bindings             Write ui/src/lib/bindings.ts anew from the commands in Rust.
  bench [-- --py-fsrs] Measure beside Anki's library, one JSON object a line; with --py-fsrs also FSRS's optimiser in
                       Python (5.5 GB of disk); with --streaming only how answers stream into the window.
  conformance          Compare the scheduler with py-fsrs and ts-fsrs, one JSON object a line.
  cards-eval [-- --live ollama:MODEL]
                       How good the cards are that are made of the answers in tests/eval; the last line is JSON.
  fuzz [-- SECONDS]    Feed the parsers of streams and drafts what no model sends, so many seconds each (600); needs the
                       nightly toolchain.
  lint                 Formatting, clippy and the interface's types; changes nothing.
  setup                Only prepare: system packages, npm packages, the PostgreSQL runtime, what the bench
                       measures against.

What each needs and leaves behind is in README.md.";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.skip_while(|arg| arg == "--").collect();
    let outcome = match command.as_str() {
        "app" => app::run(&rest),
        "test" => test::run(&rest),
        "bindings" => bindings(),
        "bench" => bench::run(&rest),
        "conformance" => conformance::run(&rest),
        "cards-eval" => cards_eval::run(&rest),
        "fuzz" => fuzz::run(&rest),
        "lint" => lint(),
        "setup" => setup(),
        "" | "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        unknown => {
            eprintln!("There is no command {unknown}.\n\n{HELP}");
            Ok(ExitCode::from(2))
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("\n{error:#}");
        ExitCode::FAILURE
    })
}

/// Everything that any command needs, so that one can go offline afterwards.
fn setup() -> Result<ExitCode> {
    packages::prepare(packages::Need::Everything)?;
    postgres::prepare()?;
    interface::install("ui")?;
    interface::install("tests/clients")?;
    bench::prepare()?;
    conformance::prepare()?;
    println!("Ready.");
    Ok(ExitCode::SUCCESS)
}

fn bindings() -> Result<ExitCode> {
    packages::prepare(packages::Need::App)?;
    run::step("Writing ui/src/lib/bindings.ts", || {
        let mut cargo = run::cargo(&["test", "--workspace", "--exclude", "xtask", "--test", "journeys"]);
        run::check(cargo.args(["--", "bindings"]).env("UPDATE_BINDINGS", "1"))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn lint() -> Result<ExitCode> {
    packages::prepare(packages::Need::App)?;
    run::step("cargo fmt --check", || run::check(&mut run::cargo(&["fmt", "--all", "--check"])))?;
    run::step("cargo clippy", || {
        let targets = ["clippy", "--workspace", "--lib", "--bins", "--tests", "--examples", "--", "-D", "warnings"];
        run::check(&mut run::cargo(&targets))
    })?;
    interface::install("ui")?;
    interface::check()?;
    Ok(ExitCode::SUCCESS)
}

//! `cargo xtask cards-eval`: answers in the protocols of models through the whole pipeline, and how good the cards are.

use std::process::ExitCode;

use anyhow::Result;

use crate::{packages, postgres, run};

pub fn run(args: &[String]) -> Result<ExitCode> {
    packages::prepare(packages::Need::Bench)?;
    let runtime = postgres::prepare()?;
    run::step("Building the evaluation", || {
        run::check(&mut run::cargo(&["build", "--workspace", "--exclude", "xtask", "--example", "cards-eval"]))
    })?;
    let mut eval = run::built("examples/cards-eval")?;
    Ok(run::exit_code(runtime.point(&mut eval).args(args).status()?))
}

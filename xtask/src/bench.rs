//! `cargo xtask bench`: our figures, and Anki's own library doing the same work.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;

use crate::{interface, packages, postgres, run, venv};

const PY_FSRS: &str = "--py-fsrs";

/// What it measures against, but for py-fsrs's optimiser; gives the Python that has it.
pub fn prepare() -> Result<PathBuf> {
    packages::prepare(packages::Need::Bench)?;
    venv::prepare("bench-anki", "bench_requirements.txt")
}

pub fn run(args: &[String]) -> Result<ExitCode> {
    let anki = prepare()?;
    let runtime = postgres::prepare()?;
    interface::build()?;
    run::step("Building the bench", || {
        // The program too: the bench opens its window.
        run::check(&mut run::cargo(&["build", "--workspace", "--exclude", "xtask", "--bins", "--example", "bench"]))
    })?;
    let mut bench = run::built("examples/bench")?;
    bench.arg("--anki").arg(anki);
    if args.iter().any(|arg| arg == PY_FSRS) {
        bench.arg(PY_FSRS).arg(venv::prepare("bench-py-fsrs", "bench_py_fsrs_requirements.txt")?);
    }
    let status = runtime.point(&mut bench).args(args.iter().filter(|arg| *arg != PY_FSRS)).status()?;
    Ok(run::exit_code(status))
}

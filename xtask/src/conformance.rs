//! `cargo xtask conformance`: the same reviews through our scheduler, py-fsrs and ts-fsrs, and where they differ.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};

use crate::{interface, packages, run, venv};

/// In the target directory: the environment of py-fsrs, and the npm folder of ts-fsrs.
const PY_FSRS: &str = "conformance-py-fsrs";
const TS_FSRS: &str = "conformance-ts-fsrs";

/// What it compares with; gives the Python that has py-fsrs, and the folder of ts-fsrs.
pub fn prepare() -> Result<(PathBuf, PathBuf)> {
    packages::prepare(packages::Need::Bench)?;
    Ok((venv::prepare(PY_FSRS, "conformance_requirements.txt")?, npm_folder()?))
}

pub fn run(args: &[String]) -> Result<ExitCode> {
    let (python, folder) = prepare()?;
    run::step("Building the comparison", || {
        run::check(&mut run::cargo(&["build", "--workspace", "--exclude", "xtask", "--example", "conformance"]))
    })?;
    let status = run::built("examples/conformance")?.arg(python).arg(folder).args(args).status()?;
    Ok(run::exit_code(status))
}

/// ts-fsrs, installed from the lock file of tests/conformance.
fn npm_folder() -> Result<PathBuf> {
    let folder = venv::target()?.join(TS_FSRS);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        let from = run::root().join("tests/conformance").join(file);
        fs::copy(&from, folder.join(file)).with_context(|| from.display().to_string())?;
    }
    // A path that is absolute already stays as it is when it is joined to the repository's.
    interface::install(&folder.to_string_lossy())?;
    Ok(folder)
}

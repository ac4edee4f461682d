//! Python packages in an environment of their own under the target directory: what we measure and check against, of which
//! nothing is part of the program.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::run;

/// The environment `name` with what the requirements file in xtask/ names, made anew when that has changed.
///
/// # Errors
/// When there is no Python that can make one, or a package cannot be had.
pub fn prepare(name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = target()?.join(name);
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let file = run::root().join("xtask").join(requirements);
    let wanted = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let stamp = folder.join("memoryloop-requirements.txt");
    if run::read_if_there(&stamp)?.as_deref() == Some(wanted.as_str()) && python.exists() {
        return Ok(python);
    }
    run::step(&format!("Installing {} to {}", packages(&wanted), folder.display()), || {
        make(&folder)?;
        let quiet = ["--quiet", "--disable-pip-version-check", "--progress-bar", "off"];
        run::check(
            run::command(&python.to_string_lossy()).args(["-m", "pip", "install"]).args(quiet).arg("-r").arg(file),
        )?;
        fs::write(&stamp, &wanted).with_context(|| stamp.display().to_string())
    })?;
    Ok(python)
}

/// Whether a Python is here that can make environments; Debian has that part in a package of its own.
pub fn can_be_made() -> bool {
    python().is_some()
}

fn make(folder: &Path) -> Result<()> {
    let Some(python) = python() else {
        bail!("Python 3.10 or later with venv is needed. On Debian: apt-get install python3-venv");
    };
    run::check(run::command(python).args(["-m", "venv", "--clear"]).arg(folder))
}

fn python() -> Option<&'static str> {
    let check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
    ["python3", "python", "py"].into_iter().find(|name| run::output(Command::new(name).args(["-c", check])).is_some())
}

/// What the file names, without its comments.
fn packages(requirements: &str) -> String {
    let named = requirements.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    named.collect::<Vec<_>>().join(", ")
}

/// The target directory, wherever it is: this program lies in a profile's folder of it.
pub fn target() -> Result<PathBuf> {
    let here = env::current_exe().context("where xtask was built is unknown")?;
    here.ancestors().nth(2).map(Path::to_owned).context("xtask lies in no target directory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned() {
        for file in ["bench_requirements.txt", "bench_py_fsrs_requirements.txt", "conformance_requirements.txt"] {
            let text = fs::read_to_string(run::root().join("xtask").join(file)).expect("it is there");
            let packages = packages(&text);
            assert!(packages.split(", ").all(|package| package.contains("==")), "{file}: {packages}");
        }
    }
}

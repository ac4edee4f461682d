//! The interface's npm packages, its checks and its build; each only when what it depends on has changed.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::run;

/// `npm ci` in `folder`, unless the installed packages are those of its package-lock.json. A folder without one is none
/// of ours to install.
pub fn install(folder: &str) -> Result<()> {
    let folder_path = run::root().join(folder);
    let Some(lock) = run::read_if_there(&folder_path.join("package-lock.json"))? else { return Ok(()) };
    let stamp = folder_path.join("node_modules/.memoryloop-lock");
    if run::read_if_there(&stamp)?.as_deref() == Some(lock.as_str()) {
        return Ok(());
    }
    node_is_recent()?;
    run::step(&format!("Installing the npm packages of {folder}/"), || {
        run::check(npm(folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
        fs::create_dir_all(folder_path.join("node_modules"))?;
        fs::write(&stamp, &lock).with_context(|| stamp.display().to_string())
    })
}

/// Builds ui/dist, which is then part of the program. Nothing is touched, not even npm, when no source has changed.
pub fn build() -> Result<()> {
    let ui = run::root().join("ui");
    let stamp = ui.join("node_modules/.memoryloop-build");
    let sources = fingerprint(&ui)?;
    if ui.join("dist/index.html").exists() && run::read_if_there(&stamp)?.as_deref() == Some(sources.as_str()) {
        return Ok(());
    }
    install("ui")?;
    run::step("Building the interface", || run::check(npm("ui").args(["run", "--silent", "build"])))?;
    fs::write(&stamp, sources).with_context(|| stamp.display().to_string())
}

/// Types, and what Svelte's compiler warns of.
pub fn check() -> Result<()> {
    run::step("Checking the interface's types", || run::check(npm("ui").args(["run", "--silent", "check"])))
}

/// Its unit tests, to be run by whoever counts them.
pub fn tests() -> Command {
    let mut tests = npm("ui");
    tests.args(["run", "--silent", "test"]).env("NO_COLOR", "1").env("CI", "1");
    tests
}

fn npm(folder: &str) -> Command {
    let mut npm = run::command("npm");
    npm.current_dir(run::root().join(folder));
    npm
}

fn node_is_recent() -> Result<()> {
    let version = run::output(Command::new("node").arg("--version")).unwrap_or_default();
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= (20, 19) => Ok(()),
        (Some(Ok(_)), _) => bail!("Node.js {version} is too old. Install version 20.19 or later and try again."),
        _ => bail!("Node.js was not found. Install version 20.19 or later and try again."),
    }
}

/// Names and contents of everything that the build reads.
fn fingerprint(ui: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(ui, &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(ui)?.hash(&mut hasher);
        fs::read(&file).with_context(|| file.display().to_string())?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            // What the build makes, what npm brings, and what only tests read.
            if !["dist", "node_modules", "tests", ".svelte-kit"].iter().any(|other| name == *other) {
                collect(&entry.path(), files)?;
            }
        } else if !name.to_string_lossy().contains(".test.") {
            files.push(entry.path());
        }
    }
    Ok(())
}

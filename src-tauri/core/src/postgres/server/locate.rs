//! Finds a PostgreSQL installation: the one that was named, the bundled one, the system's.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Error, Result};

const OLDEST: u32 = 15;

/// A usable installation.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Where `postgres` and `initdb` are.
    pub bin: PathBuf,
    pub major: u32,
}

impl Installation {
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}

/// The installation to use. A data directory that exists already needs the same major version (`wanted`).
///
/// # Errors
/// `PostgresMissing`, naming all that was tried and what each lacks.
pub fn locate(named: Option<&Path>, bundled: Option<&Path>, wanted: Option<u32>) -> Result<Installation> {
    let mut tried = Vec::new();
    // What a person named is used or complained about, never silently passed over.
    let folders = match named {
        Some(folder) => vec![folder.to_path_buf()],
        None => bundled.map(Path::to_path_buf).into_iter().chain(system()).collect(),
    };
    for folder in folders {
        match examine(&folder, wanted) {
            Ok(installation) => return Ok(installation),
            Err(lack) => tried.push(format!("{}: {lack}", folder.display())),
        }
    }
    let tried = if tried.is_empty() { "none found".to_owned() } else { tried.join("; ") };
    Err(Error::PostgresMissing(format!(
        "MemoryLoop needs PostgreSQL {} with the extension pgcrypto. Run `cargo xtask app`, which fetches it, or set \
         MEMORYLOOP_POSTGRES_DIR to an installation. Tried: {tried}.",
        wanted.map_or(format!("{OLDEST} or later"), |major| format!("{major} (which made the data)"))
    )))
}

fn examine(folder: &Path, wanted: Option<u32>) -> Result<Installation, String> {
    let bin = if folder.join("bin").is_dir() { folder.join("bin") } else { folder.to_path_buf() };
    let mut installation = Installation { bin, major: 0 };
    for program in ["postgres", "initdb"] {
        if !installation.program(program).is_file() {
            return Err(format!("has no {program}"));
        }
    }
    installation.major = version(&installation.program("postgres"))?;
    if installation.major < OLDEST {
        return Err(format!("is version {}", installation.major));
    }
    if let Some(major) = wanted.filter(|&major| major != installation.major) {
        return Err(format!("is version {}, not {major}", installation.major));
    }
    if !extension_folders(&installation).iter().any(|folder| folder.join("pgcrypto.control").is_file()) {
        return Err("has no pgcrypto (on Debian it is in the package postgresql-contrib)".into());
    }
    Ok(installation)
}

/// `postgres (PostgreSQL) 18.6 (Debian …)`
fn version(postgres: &Path) -> Result<u32, String> {
    let output = Command::new(postgres)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("postgres cannot be run: {error}"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(format!("postgres does not run: {}", text.trim().lines().next().unwrap_or("no reason given")));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace()
        .nth(2)
        .and_then(|version| version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
        .ok_or_else(|| format!("has a version that cannot be read: {}", text.trim()))
}

/// Where an installation keeps its extensions' control files. Distributions move them about.
fn extension_folders(installation: &Installation) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    // A program that is linked into /usr/bin lives elsewhere.
    let real = fs::canonicalize(installation.program("postgres")).unwrap_or_default();
    for bin in [Some(installation.bin.as_path()), real.parent()].into_iter().flatten() {
        let Some(root) = bin.parent() else { continue };
        folders.push(root.join("share/extension"));
        folders.push(root.join("share/postgresql/extension"));
        folders.push(PathBuf::from(format!("/usr/share/postgresql/{}/extension", installation.major)));
    }
    let config = installation.program("pg_config");
    if let Ok(output) = Command::new(config).arg("--sharedir").stdin(Stdio::null()).output() {
        folders.push(Path::new(String::from_utf8_lossy(&output.stdout).trim()).join("extension"));
    }
    folders
}

/// Where systems put PostgreSQL, the newest version first, then what PATH offers.
fn system() -> Vec<PathBuf> {
    const PLACES: &[(&str, &str)] = &[
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql@"),
        ("/usr/local/opt", "postgresql@"),
        ("/Library/PostgreSQL", ""),
        (r"C:\Program Files\PostgreSQL", ""),
    ];
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, prefix) in PLACES {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let version = name.to_str().and_then(|name| name.strip_prefix(prefix)?.parse().ok());
            if let Some(version) = version {
                found.push((version, entry.path()));
            }
        }
    }
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program = format!("postgres{}", std::env::consts::EXE_SUFFIX);
    let on_path = std::env::split_paths(&path).filter(|folder| folder.join(&program).is_file()).collect::<Vec<_>>();
    found.into_iter().map(|(_, folder)| folder).chain(on_path).collect()
}

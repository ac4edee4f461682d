//! Where things are: the data directory and the endpoints, from the environment or their defaults.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use secrecy::SecretString;

use crate::{Error, Result, keys::KeyStoreKind};

/// What lies in the data directory and is nobody else's to read. PostgreSQL keeps its own part to itself.
const PRIVATE: [&str; 3] = ["learning", "logs", "webview"];

#[derive(Clone, Debug)]
pub struct Config {
    /// Everything the program stores. Absolute.
    pub data_dir: PathBuf,
    /// `OLLAMA_HOST` as written; the Ollama client reads it in all the forms that Ollama itself accepts.
    pub ollama_host: Option<String>,
    pub anthropic_base_url: Option<String>,
    /// A server to use instead of the embedded one. It may hold a password.
    pub database_url: Option<SecretString>,
    /// A PostgreSQL installation (`bin/`, `lib/`, `share/`) to use. Absolute.
    pub postgres_dir: Option<PathBuf>,
    /// The installation that came with the program; whoever runs it knows where that is.
    pub bundled_postgres_dir: Option<PathBuf>,
    /// Where the master key of saved API keys must be kept; unset, the keychain, or a file where there is none.
    pub keyring: Option<KeyStoreKind>,
}

impl Config {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// `InvalidInput` when a variable cannot be understood or when no data directory can be determined.
    pub fn from_env() -> Result<Self> {
        let current = env::current_dir().map_err(|e| Error::io(".", &e))?;
        Self::read(|name| env::var_os(name), platform_data_dir(), &current)
    }

    /// The same from any source: `lookup` finds a variable, `platform_dir` is the data directory when none is named,
    /// `current` is what relative paths start from.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn read(
        lookup: impl Fn(&str) -> Option<OsString>,
        platform_dir: Option<PathBuf>,
        current: &Path,
    ) -> Result<Self> {
        // `VARIABLE=` in a shell means "not set" to the person who types it.
        let path = |name: &str| lookup(name).filter(|v| !v.is_empty()).map(|v| current.join(v));
        let text = |name: &str| text(name, lookup(name));
        let data_dir = path("MEMORYLOOP_DATA_DIR").or(platform_dir).ok_or_else(|| {
            Error::InvalidInput(
                "MemoryLoop found no folder for its data, because this system names no home folder. \
                 Set MEMORYLOOP_DATA_DIR to a folder that you may write to."
                    .into(),
            )
        })?;
        Ok(Self {
            data_dir,
            ollama_host: text("OLLAMA_HOST")?,
            anthropic_base_url: text("ANTHROPIC_BASE_URL")?,
            database_url: text("DATABASE_URL")?.map(SecretString::from),
            postgres_dir: path("MEMORYLOOP_POSTGRES_DIR"),
            bundled_postgres_dir: None,
            keyring: text("MEMORYLOOP_KEYRING")?.map(|name| name.parse()).transpose()?,
        })
    }

    /// Creates the data directory when it is not there, and finds out now, not at the first save, whether it can be
    /// written to.
    ///
    /// # Errors
    /// `NotWritable` or `DiskFull`.
    pub fn prepare_data_dir(&self) -> Result<()> {
        let dir = &self.data_dir;
        // As root, PostgreSQL's user must be able to pass through to its own part.
        let mode = if cfg!(unix) && is_root() { 0o711 } else { 0o700 };
        create_dir(dir, mode).map_err(|e| unusable(dir, &e))?;
        for name in PRIVATE {
            let dir = dir.join(name);
            create_dir(&dir, 0o700).map_err(|e| unusable(&dir, &e))?;
            narrow(&dir);
        }
        let probe = dir.join(format!(".probe-{}", std::process::id()));
        let written = fs::write(&probe, [0_u8; 4096]);
        // Removed even when the write failed half-way: a full disk must not be left fuller.
        let removed = fs::remove_file(&probe);
        written.and(removed).map_err(|e| unusable(dir, &e))
    }

    /// Where the program's log files go.
    #[must_use]
    pub fn logs_dir(&self) -> PathBuf {
        self.data_dir.join("logs")
    }
}

fn text(name: &str, value: Option<OsString>) -> Result<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    // The value is not shown: DATABASE_URL holds a password.
    let value = value
        .into_string()
        .map_err(|_| Error::InvalidInput(format!("{name} is not readable text (UTF-8). Correct it or unset it.")))?;
    let value = value.trim();
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

/// The platform's folder for data that stays on this machine.
fn platform_data_dir() -> Option<PathBuf> {
    // PostgreSQL refuses to run as root, and the user it runs as instead cannot reach into root's home.
    if cfg!(unix) && is_root() {
        return Some(PathBuf::from("/var/lib/memoryloop"));
    }
    let name = if cfg!(any(windows, target_os = "macos")) { "MemoryLoop" } else { "memoryloop" };
    dirs::data_local_dir().map(|dir| dir.join(name))
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg_attr(not(unix), allow(unused_variables, reason = "there, a folder of the person's home is theirs alone"))]
fn create_dir(dir: &Path, mode: u32) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    builder.create(dir)
}

/// Closes a folder that an earlier version, or the person, left open to others.
#[cfg_attr(not(unix), allow(unused_variables, reason = "there, a folder of the person's home is theirs alone"))]
fn narrow(dir: &Path) {
    #[cfg(unix)]
    {
        // A file system without modes refuses; it protects nothing either way.
        let _ = fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700));
    }
}

/// At this point every failure is about the folder: the person can only choose another or make room.
fn unusable(dir: &Path, error: &io::Error) -> Error {
    match Error::io(dir, error) {
        Error::Internal(_) => Error::NotWritable { path: dir.to_owned(), reason: error.to_string() },
        known => known,
    }
}

//! A person's home of a test's own: what the program keeps there outlives a start, and nothing of it the test.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// What the program writes to stdout and stderr, start after start.
const OUTPUT: &str = "output.log";

pub struct Home {
    folder: TempDir,
    /// Ollama's address for this person.
    ollama: String,
}

impl Home {
    pub fn new(ollama: impl Into<String>) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("memoryloop-").tempdir()?;
        // Run by root, PostgreSQL is another user, who must get through to its data.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        Ok(Self { folder, ollama: ollama.into() })
    }

    /// Named as a person might: with a space, and letters that are not ASCII.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("Lernen für später")
    }

    #[must_use]
    pub fn output(&self) -> PathBuf {
        self.folder.path().join(OUTPUT)
    }

    /// Makes `program`, and what it starts, live here.
    pub fn settle<'a>(&self, program: &'a mut Command) -> Result<&'a mut Command> {
        for (name, folder) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_CACHE_HOME", "home/.cache"),
            ("XDG_DATA_HOME", "home/.local/share"),
            ("XDG_STATE_HOME", "home/.local/state"),
        ] {
            let folder = self.folder.path().join(folder);
            fs::create_dir_all(&folder)?;
            program.env(name, folder);
        }
        program
            .env("MEMORYLOOP_DATA_DIR", self.data_dir())
            .env("MEMORYLOOP_KEYRING", "file")
            .env("OLLAMA_HOST", &self.ollama)
            .env("LC_ALL", "C.UTF-8")
            .env_remove("DATABASE_URL")
            .env_remove("WAYLAND_DISPLAY")
            .env("GDK_BACKEND", "x11");
        Ok(program)
    }

    /// Everything that runs with this home, found by its environment: also what has outlived whoever started it.
    #[must_use]
    pub fn processes(&self) -> Vec<i32> {
        let mark = self.data_dir();
        let lives_here = |pid: &i32| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let mut variables = environment.split(|byte| *byte == 0);
            variables.any(|variable| {
                variable.strip_prefix(b"MEMORYLOOP_DATA_DIR=") == Some(mark.as_os_str().as_encoded_bytes())
            })
        };
        let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
        let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(lives_here).collect()
    }

    /// Waits until nothing runs here any more except `driver`.
    ///
    /// # Errors
    /// When something still does after `patience`, with its name.
    pub async fn wait_until_quiet(&self, driver: Option<u32>, patience: Duration) -> Result<()> {
        let end = Instant::now() + patience;
        loop {
            let left: Vec<i32> =
                self.processes().into_iter().filter(|pid| u32::try_from(*pid).ok() != driver).collect();
            if left.is_empty() {
                return Ok(());
            }
            if Instant::now() > end {
                let names: Vec<String> = left.iter().map(|pid| name_of(*pid)).collect();
                bail!("still running {patience:?} after the window was closed: {}", names.join(", "));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn kill_all(&self) {
        for pid in self.processes().into_iter().filter_map(Pid::from_raw) {
            // It may have ended since it was listed.
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// The server's pid files that are left; none when it was stopped in peace.
    #[must_use]
    pub fn postmaster_files(&self) -> Vec<PathBuf> {
        files(&self.data_dir())
            .into_iter()
            .filter(|path| path.file_name() == Some(OsStr::new("postmaster.pid")))
            .collect()
    }

    /// The ends of what the program printed and of its log files, for a failure's message.
    #[must_use]
    pub fn logs(&self) -> String {
        let mut logs: Vec<PathBuf> = files(&self.data_dir());
        logs.retain(|path| path.extension() == Some(OsStr::new("log")));
        logs.push(self.output());
        let tails = logs.iter().map(|path| format!("--- {}\n{}", path.display(), tail(path, 60)));
        tails.collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.kill_all();
    }
}

/// The program as cargo built it, two folders above the test that asks.
pub fn program() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.ancestors().nth(2).context("the test lies in no folder of cargo's")?;
    let program = folder.join("memoryloop");
    anyhow::ensure!(program.exists(), "{} is not built; `cargo xtask test` builds it", program.display());
    Ok(program)
}

fn name_of(pid: i32) -> String {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    format!("{} ({pid})", name.trim())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let below = |entry: fs::DirEntry| {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) { files(&path) } else { vec![path] }
    };
    entries.flatten().flat_map(below).collect()
}

fn tail(path: &Path, lines: usize) -> String {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

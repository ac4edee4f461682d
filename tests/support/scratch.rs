//! Folders for tests. All lie in one folder of the tests' process, which a small guard removes when that process has
//! ended, even by SIGKILL, after stopping every PostgreSQL that runs on data in it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// Waits for the end of its input, which the tests' process holds open as long as it lives. In postmaster.pid, line 1
/// is the process and line 5 the folder of its socket.
#[cfg(unix)]
const GUARD: &str = r#"
cat > /dev/null
find "$0" -name postmaster.pid -exec sh -c '
    socket=$(sed -n 5p "$0")
    kill -QUIT "$(sed -n 1p "$0")"
    sleep 0.5
    case "$socket" in */memoryloop-*) rm -rf "$socket" ;; esac
' {} \;
for attempt in 1 2 3 4 5; do rm -rf "$0" && break; sleep 1; done
"#;

struct Root {
    folder: PathBuf,
    /// Never written: closing it, which the end of the process does, is the signal.
    #[allow(dead_code, reason = "held open")]
    guard: Option<ChildStdin>,
}

fn root() -> &'static Root {
    static ROOT: OnceLock<Root> = OnceLock::new();
    ROOT.get_or_init(|| {
        let name = format!("memoryloop-tests-{}-{}", std::process::id(), uuid::Uuid::now_v7().simple());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        // The server runs as somebody else when the tests run as root, and must get through.
        #[cfg(unix)]
        fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let guard = start_guard(&folder);
        Root { folder, guard }
    })
}

#[cfg(unix)]
fn start_guard(folder: &Path) -> Option<ChildStdin> {
    let mut command = Command::new("sh");
    command.args(["-c", GUARD]).arg(folder).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C is for the tests, not for who cleans up after them.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().unwrap().stdin.take()
}

#[cfg(not(unix))]
fn start_guard(_folder: &Path) -> Option<ChildStdin> {
    None
}

/// A folder of a test's own, gone with the value.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new empty folder whose name ends in `name`, which may hold any characters.
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = root().folder.join(format!("{number}-{name}"));
        fs::create_dir(&folder).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A server that a failed test left is stopped by the guard, which needs the folder until then.
        let server = self.0.join("postgres/cluster/postmaster.pid");
        if !server.exists() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

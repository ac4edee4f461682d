//! A server that an earlier run of the program left behind, and the lock file of one that is gone.
//!
//! Whoever calls this holds the data directory (`instance`), so that no living MemoryLoop owns that server.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// How a server is stopped: `Fast` ends connections and writes everything; `Immediate` leaves that to recovery.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    Fast,
    Immediate,
    Kill,
}

const PATIENCE: [(Stop, Duration); 3] = [
    (Stop::Fast, Duration::from_secs(10)),
    (Stop::Immediate, Duration::from_secs(5)),
    (Stop::Kill, Duration::from_secs(5)),
];

/// Stops a server that runs on `data` still; takes the lock file of one that does not run away.
pub async fn clear(data: &Path) -> io::Result<()> {
    let lock = data.join("postmaster.pid");
    let Some(pid) = read_pid(&lock)? else { return Ok(()) };
    for (stop, patience) in PATIENCE {
        if !is_server_of(pid, data) {
            break;
        }
        tracing::info!(pid, ?stop, "stopping a PostgreSQL that an earlier run left behind");
        signal(pid, stop);
        let start = Instant::now();
        while is_server_of(pid, data) && start.elapsed() < patience {
            sleep(Duration::from_millis(20)).await;
        }
    }
    if is_server_of(pid, data) {
        return Err(io::Error::other(format!("the PostgreSQL of an earlier run (process {pid}) does not end")));
    }
    // PostgreSQL would take any process of the same number and user for its own, after a restart of the machine say.
    match fs::remove_file(&lock) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The first line of the lock file; a torn or empty file names nobody.
fn read_pid(lock: &Path) -> io::Result<Option<u32>> {
    match fs::read(lock) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            Ok(Some(text.lines().next().and_then(|line| line.trim().parse().ok()).unwrap_or(0)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the process is a PostgreSQL whose data is here, and no other that got the same number.
#[cfg(target_os = "linux")]
fn is_server_of(pid: u32, data: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{pid}"));
    // The server's working directory is its data; a zombie has none.
    let here = fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == real(data));
    here && fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim() == "postgres")
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_server_of(pid: u32, data: &Path) -> bool {
    if pid == 0 {
        return false;
    }
    let command =
        std::process::Command::new("ps").args(["-ww", "-o", "stat=,command=", "-p", &pid.to_string()]).output();
    command.is_ok_and(|output| {
        let text = String::from_utf8_lossy(&output.stdout);
        !text.trim_start().starts_with('Z')
            && text.contains("postgres")
            && text.contains(&*real(data).to_string_lossy())
    })
}

#[cfg(not(unix))]
fn is_server_of(pid: u32, _data: &Path) -> bool {
    let filter = format!("PID eq {pid}");
    let tasks = std::process::Command::new("tasklist").args(["/FI", &filter, "/FO", "CSV", "/NH"]).output();
    pid != 0 && tasks.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("postgres.exe"))
}

#[cfg(unix)]
fn real(data: &Path) -> PathBuf {
    fs::canonicalize(data).unwrap_or_else(|_| data.to_path_buf())
}

#[cfg(unix)]
pub fn signal(pid: u32, stop: Stop) {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = match stop {
        Stop::Fast => Signal::INT,
        Stop::Immediate => Signal::QUIT,
        Stop::Kill => Signal::KILL,
    };
    // Number 0 and 1 would be whole groups; a process that is gone is fine.
    if let Some(pid) = i32::try_from(pid).ok().filter(|&pid| pid > 1).and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Windows has no signals; ending the process leaves the rest to recovery, as `Immediate` does.
#[cfg(not(unix))]
pub fn signal(pid: u32, _stop: Stop) {
    let _ = std::process::Command::new("taskkill").args(["/F", "/T", "/PID", &pid.to_string()]).output();
}

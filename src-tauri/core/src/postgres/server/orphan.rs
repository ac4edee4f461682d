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

/// Stops a server that runs on `data` still, and takes away a lock file that would keep a new one from starting.
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
    // The lock of a process that is gone stays: a new server finds by it what the dead one's last processes hold still,
    // and waits. Only a lock that names a stranger (numbers come round again after the machine's restart) or nobody
    // would stop it for good.
    if is_gone(pid) {
        return Ok(());
    }
    let start = Instant::now();
    while has_servants(data) {
        if start.elapsed() > Duration::from_secs(10) {
            return Err(io::Error::other("processes of an earlier PostgreSQL do not end"));
        }
        sleep(Duration::from_millis(20)).await;
    }
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

/// Whether any process of a server works on the data: they all have it as their working directory.
#[cfg(target_os = "linux")]
fn has_servants(data: &Path) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.any(|pid| is_server_of(pid, data))
}

#[cfg(not(target_os = "linux"))]
fn has_servants(_data: &Path) -> bool {
    false
}

/// Whether no process has this number. A number that the lock file did not tell is not gone.
#[cfg(unix)]
fn is_gone(pid: u32) -> bool {
    use rustix::{io::Errno, process::test_kill_process};
    number(pid).is_some_and(|pid| test_kill_process(pid) == Err(Errno::SRCH))
}

#[cfg(not(unix))]
fn is_gone(_pid: u32) -> bool {
    false
}

/// Numbers 0 and 1 are no server, and a signal to them would go to others.
#[cfg(unix)]
pub fn number(pid: u32) -> Option<rustix::process::Pid> {
    i32::try_from(pid).ok().filter(|&pid| pid > 1).and_then(rustix::process::Pid::from_raw)
}

#[cfg(unix)]
fn real(data: &Path) -> PathBuf {
    fs::canonicalize(data).unwrap_or_else(|_| data.to_path_buf())
}

#[cfg(unix)]
pub fn signal(pid: u32, stop: Stop) {
    use rustix::process::{Signal, kill_process};
    let signal = match stop {
        Stop::Fast => Signal::INT,
        Stop::Immediate => Signal::QUIT,
        Stop::Kill => Signal::KILL,
    };
    // A process that is gone is fine.
    if let Some(pid) = number(pid) {
        let _ = kill_process(pid, signal);
    }
}

/// Windows has no signals; ending the process leaves the rest to recovery, as `Immediate` does.
#[cfg(not(unix))]
pub fn signal(pid: u32, _stop: Stop) {
    let _ = std::process::Command::new("taskkill").args(["/F", "/T", "/PID", &pid.to_string()]).output();
}

//! Logs: to stderr and to files in the data directory, a day each, a week of them. `RUST_LOG` filters.

use std::{
    io::{self, IsTerminal},
    panic,
    path::Path,
};

use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// The libraries are quiet unless something is wrong: what they do at `info` is not the person's business.
const DEFAULT_FILTER: &str = "warn,memoryloop=info,memoryloop_core=info";

/// Writes out what is left when dropped, so it lives as long as the program.
#[must_use]
pub struct Logging {
    _flush: Option<WorkerGuard>,
}

/// Starts logging; without a directory that can be written to, to stderr only.
pub fn start(logs_dir: Option<&Path>) -> Logging {
    let file = logs_dir.and_then(|dir| {
        // The appender makes the folder too, but complains before it does.
        let _ = std::fs::create_dir_all(dir);
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("memoryloop")
            .filename_suffix("log")
            .max_log_files(7)
            .build(dir)
            .inspect_err(|error| eprintln!("No log file can be written in {}: {error}", dir.display()))
            .ok()
    });
    let (writer, flush) = file.map(tracing_appender::non_blocking).unzip();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr))
        .with(writer.map(|writer| fmt::layer().with_ansi(false).with_writer(writer)))
        .init();
    log_panics();
    Logging { _flush: flush }
}

/// A panic in a task ends only that task; this is where it is seen.
fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let thread = std::thread::current();
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        let message = info.payload_as_str().unwrap_or("no message");
        tracing::error!(thread = thread.name().unwrap_or("unnamed"), location, "panic: {message}");
    }));
}

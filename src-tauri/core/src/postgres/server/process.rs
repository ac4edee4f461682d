//! One run of the server's process: start, wait until it answers, stop.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};
use tokio::{
    process::Child,
    time::{Instant, sleep, timeout},
};

use super::{
    cluster::{Cluster, explain},
    orphan,
    socket::Meeting,
};
use crate::{Error, Result};

/// A server that neither answers nor ends. One that says that it is recovering is given `RECOVERY`.
const ANSWER: Duration = Duration::from_secs(60);
const RECOVERY: Duration = Duration::from_secs(600);

/// How long each way of stopping is given before the next, harder one.
const FAST_STOP: Duration = Duration::from_secs(10);
const HARD_STOP: Duration = Duration::from_secs(5);

/// The log starts anew when it is longer than this.
const LONGEST_LOG: u64 = 1024 * 1024;

/// A server's process. Dropped without `stop`, it is told to stop and left to it.
pub struct Running {
    child: Child,
    log_start: u64,
}

impl Running {
    /// Starts the server. It does not answer yet.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull`, `PostgresMissing`
    pub fn spawn(cluster: &Cluster, meeting: &Meeting) -> Result<Self> {
        let (log, log_start) = open_log(cluster)?;
        let errors = log.try_clone().map_err(Error::internal)?;
        let mut command = cluster.command("postgres");
        command.arg("-D").arg(&cluster.data);
        for setting in settings(cluster.installation.major).into_iter().chain(meeting.settings()) {
            command.arg("-c").arg(setting);
        }
        command.stdin(Stdio::null()).stdout(log).stderr(errors).kill_on_drop(false);
        // Ctrl-C in a terminal is for the program, which then stops the server in its own order.
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn().map_err(|error| {
            Error::PostgresMissing(format!(
                "{} cannot be run: {error}.",
                cluster.installation.program("postgres").display()
            ))
        })?;
        Ok(Self { child, log_start })
    }

    /// Waits until the server answers a real query.
    ///
    /// # Errors
    /// What it said when it ended instead.
    pub async fn answers(&mut self, cluster: &Cluster, options: &PgConnectOptions) -> Result<()> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(10);
        loop {
            if let Some(status) = self.child.try_wait().map_err(Error::internal)? {
                return Err(self.ended(cluster, status));
            }
            let patience = match ask(options).await {
                Ok(()) => return Ok(()),
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("57P03") => RECOVERY,
                // It answers, and the answer is no: waiting changes nothing.
                Err(sqlx::Error::Database(error)) => return Err(super::super::failure(sqlx::Error::Database(error))),
                Err(_) => ANSWER,
            };
            if start.elapsed() > patience {
                return Err(Error::Internal(format!(
                    "PostgreSQL did not answer within {} seconds; its log ends: {}",
                    patience.as_secs(),
                    self.last_words(cluster)
                )));
            }
            sleep(pause).await;
            pause = (pause * 3 / 2).min(Duration::from_millis(250));
        }
    }

    /// Waits for the end of the process, which nobody asked for.
    pub async fn end(&mut self, cluster: &Cluster) -> Error {
        match self.child.wait().await {
            Ok(status) => self.ended(cluster, status),
            Err(error) => Error::internal(error),
        }
    }

    /// Stops the server: fast at first, so that all is on disk, then harder.
    pub async fn stop(mut self) {
        let Some(pid) = self.child.id() else { return };
        // Told again and again: a server that has only just begun does not hear it when whoever started us ignores SIGINT,
        // as a shell does for what it runs in the background.
        for _ in 0..FAST_STOP.as_secs() {
            orphan::signal(pid, orphan::Stop::Fast);
            if timeout(Duration::from_secs(1), self.child.wait()).await.is_ok() {
                return;
            }
        }
        tracing::warn!("PostgreSQL does not stop; stopping it at once");
        orphan::signal(pid, orphan::Stop::Immediate);
        if timeout(HARD_STOP, self.child.wait()).await.is_ok() {
            return;
        }
        if let Err(error) = self.child.kill().await {
            tracing::error!(%error, "PostgreSQL could not be killed");
        }
    }

    fn ended(&self, cluster: &Cluster, status: ExitStatus) -> Error {
        let said = self.last_words(cluster);
        explain(&said, &cluster.data, &format!("PostgreSQL ended ({status})"))
    }

    /// The end of what this run wrote to the log. It holds no values: see `settings`.
    fn last_words(&self, cluster: &Cluster) -> String {
        let mut text = Vec::new();
        let read = File::open(&cluster.log).and_then(|mut log| {
            let length = log.metadata()?.len();
            log.seek(SeekFrom::Start(self.log_start.max(length.saturating_sub(4096))))?;
            log.read_to_end(&mut text)
        });
        match read {
            Ok(_) => String::from_utf8_lossy(&text).into_owned(),
            Err(error) => format!("(its log cannot be read: {error})"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let (Ok(None), Some(pid)) = (self.child.try_wait(), self.child.id()) {
            orphan::signal(pid, orphan::Stop::Fast);
        }
    }
}

async fn ask(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let attempt = async {
        let mut connection = options.connect().await?;
        sqlx::query("SELECT 1").execute(&mut connection).await?;
        connection.close().await
    };
    timeout(Duration::from_secs(10), attempt).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

fn open_log(cluster: &Cluster) -> Result<(File, u64)> {
    let failed = |error: std::io::Error| Error::io(&cluster.log, &error);
    if fs::metadata(&cluster.log).is_ok_and(|log| log.len() > LONGEST_LOG) {
        fs::rename(&cluster.log, cluster.log.with_extension("log.old")).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let log = options.open(&cluster.log).map_err(failed)?;
    let length = log.metadata().map_err(failed)?.len();
    Ok((log, length))
}

/// On the command line, so that a new version of the program brings its own: small, safe, and silent about values.
fn settings(major: u32) -> Vec<String> {
    let mut settings: Vec<String> = [
        "timezone=UTC",
        "log_timezone=UTC",
        // What was acknowledged survives a power cut.
        "fsync=on",
        "synchronous_commit=on",
        "full_page_writes=on",
        // One person's conversations.
        "max_connections=24",
        "shared_buffers=24MB",
        "work_mem=4MB",
        "maintenance_work_mem=32MB",
        "min_wal_size=32MB",
        "max_wal_size=128MB",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_replication_slots=0",
        "max_logical_replication_workers=0",
        "max_worker_processes=2",
        "max_parallel_workers=0",
        "max_parallel_workers_per_gather=0",
        "max_parallel_maintenance_workers=0",
        "autovacuum_max_workers=1",
        "autovacuum_naptime=5min",
        "huge_pages=off",
        "jit=off",
        // Neither statements nor values reach the log: they are people's words and keys.
        "logging_collector=off",
        "log_destination=stderr",
        "log_statement=none",
        "log_min_duration_statement=-1",
        "log_min_error_statement=panic",
        "log_parameter_max_length=0",
        "log_parameter_max_length_on_error=0",
        "log_error_verbosity=terse",
        "log_checkpoints=off",
    ]
    .map(str::to_owned)
    .into();
    if major >= 18 {
        // Three worker processes for reading ahead are of no use to a database that fits in memory.
        settings.push("io_method=sync".into());
        settings.push("autovacuum_worker_slots=1".into());
    }
    settings
}

//! Runs the embedded server: starts it, makes the database in it, starts it again when it dies, stops it.

use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::time::{Instant, sleep};

use super::{
    Embedded, Shared,
    cluster::{Cluster, OWNER},
    orphan,
    process::Running,
    socket::Meeting,
};
use crate::{
    Error, Result,
    postgres::{Database, DatabaseState, failure, migrate::LOGIN},
};

const DATABASE: &str = "memoryloop";

/// Right after a server was killed, its last processes may hold its memory: the first attempts may fail.
const ATTEMPTS: u32 = 6;

/// A server that dies this often without having lived for `QUIET` is given up.
const DEATHS: u32 = 5;
const QUIET: Duration = Duration::from_secs(60);

/// Everything, from the installation to the end of the process. Returns when it was stopped.
pub async fn run(shared: &Shared, embedded: &Embedded) -> Result<()> {
    let stop = shared.stop.clone();
    let opening = Cluster::open(&embedded.data_dir, embedded.postgres_dir.as_deref(), embedded.bundled_dir.as_deref());
    let mut cluster = tokio::select! {
        cluster = opening => cluster?,
        () = stop.cancelled() => return Ok(()),
    };
    let meeting = Meeting::prepare(&cluster.data, cluster.user)?;
    let result = live(shared, &mut cluster, &meeting).await;
    if let Some(database) = shared.reached() {
        database.close().await;
    }
    meeting.clear();
    result
}

async fn live(shared: &Shared, cluster: &mut Cluster, meeting: &Meeting) -> Result<()> {
    let mut deaths = 0;
    loop {
        let Some(mut running) = start(shared, cluster, meeting).await? else { return Ok(()) };
        if shared.reached().is_none() {
            let ready = tokio::select! {
                ready = open_database(cluster, meeting) => Some(ready),
                () = shared.stop.cancelled() => None,
            };
            match ready {
                Some(Ok((database, owner))) => shared.reach(database, owner),
                Some(Err(error)) => {
                    running.stop().await;
                    return Err(error);
                }
                None => {
                    running.stop().await;
                    return Ok(());
                }
            }
        } else {
            shared.ready();
        }
        let alive_since = Instant::now();
        let death = tokio::select! {
            death = running.end(cluster) => death,
            () = shared.stop.cancelled() => {
                if let Some(database) = shared.reached() {
                    // Connections that are in the middle of something are ended by the stop itself.
                    let _ = tokio::time::timeout(Duration::from_secs(2), database.close()).await;
                }
                running.stop().await;
                return Ok(());
            }
        };
        tracing::error!(error = %death, "PostgreSQL died");
        deaths = if alive_since.elapsed() > QUIET { 1 } else { deaths + 1 };
        if deaths >= DEATHS {
            return Err(Error::Internal(format!(
                "the database was restarted {} times and dies each time: {death}",
                deaths - 1
            )));
        }
        shared.publish(DatabaseState::Restarting);
        if pause(shared, Duration::from_millis(50) * 4_u32.pow(deaths - 1)).await {
            return Ok(());
        }
    }
}

/// Starts until the server answers. None when it was stopped meanwhile.
async fn start(shared: &Shared, cluster: &Cluster, meeting: &Meeting) -> Result<Option<Running>> {
    let options = owner_options(cluster, meeting).database("postgres");
    let mut attempt = 0;
    loop {
        attempt += 1;
        orphan::clear(&cluster.data).await.map_err(|error| Error::io(&cluster.data, &error))?;
        let mut running = Running::spawn(cluster, meeting)?;
        let answer = tokio::select! {
            answer = running.answers(cluster, &options) => answer,
            () = shared.stop.cancelled() => {
                running.stop().await;
                return Ok(None);
            }
        };
        match answer {
            Ok(()) => return Ok(Some(running)),
            Err(error @ (Error::DiskFull { .. } | Error::NotWritable { .. })) => {
                running.stop().await;
                return Err(error);
            }
            Err(error) if attempt == ATTEMPTS => {
                running.stop().await;
                return Err(error);
            }
            Err(error) => {
                tracing::warn!(%error, attempt, "PostgreSQL did not start; trying again");
                running.stop().await;
            }
        }
        if pause(shared, Duration::from_millis(150) * 2_u32.pow(attempt - 1)).await {
            return Ok(None);
        }
    }
}

/// Waits; true when it was stopped meanwhile.
async fn pause(shared: &Shared, time: Duration) -> bool {
    tokio::select! {
        () = sleep(time) => false,
        () = shared.stop.cancelled() => true,
    }
}

/// The database, its roles and its tables; all there already but on the first start.
async fn open_database(cluster: &mut Cluster, meeting: &Meeting) -> Result<(Database, PgConnectOptions)> {
    let owner = owner_options(cluster, meeting);
    let mut connection = owner.clone().database("postgres").connect().await.map_err(failure)?;
    let made = make_database(&mut connection, cluster).await;
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "the first connection did not close cleanly");
    }
    made?;
    if cluster.credentials.renewed {
        cluster.confirm_credentials()?;
    }
    let owner = owner.database(DATABASE);
    let login = meeting
        .options()
        .application_name("memoryloop")
        .database(DATABASE)
        .username(LOGIN)
        .password(cluster.credentials.login.expose_secret());
    let database = Database::connect(&owner, login).await?;
    Ok((database, owner))
}

async fn make_database(connection: &mut PgConnection, cluster: &Cluster) -> Result<()> {
    let (role, database): (bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1), EXISTS (SELECT FROM pg_database WHERE datname = $2)",
    )
    .bind(LOGIN)
    .bind(DATABASE)
    .fetch_one(&mut *connection)
    .await
    .map_err(failure)?;
    // The password is hexadecimal, and this connection logs no statements.
    let password = cluster.credentials.login.expose_secret();
    let attributes = "LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS";
    if !role {
        execute(connection, format!("CREATE ROLE {LOGIN} {attributes} PASSWORD '{password}'")).await?;
    } else if cluster.credentials.renewed {
        execute(connection, format!("ALTER ROLE {LOGIN} PASSWORD '{password}'")).await?;
    }
    if !database {
        execute(connection, format!("CREATE DATABASE {DATABASE} OWNER {OWNER}")).await?;
    }
    Ok(())
}

async fn execute(connection: &mut PgConnection, statement: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.map(drop).map_err(failure)
}

fn owner_options(cluster: &Cluster, meeting: &Meeting) -> PgConnectOptions {
    meeting
        .options()
        .application_name("memoryloop")
        .username(OWNER)
        .password(cluster.credentials.owner.expose_secret())
        .disable_statement_logging()
}

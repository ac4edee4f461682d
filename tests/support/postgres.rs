//! One embedded PostgreSQL for all tests of the process, started when the first asks; a fresh database for each.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use memoryloop_core::postgres::{
    Database,
    server::{Embedded, Server, Source},
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, postgres::PgConnectOptions};
use tokio::runtime::Runtime;

use crate::scratch::Scratch;

const TEMPLATE: &str = "memoryloop_template";

/// A migrated database of one test's own. Dropped with the value.
pub struct TestDatabase {
    pub db: Database,
    /// Whoever owns the tables; row-level security does not bind it.
    pub owner: PgConnectOptions,
    /// The role that the program's pool connects as.
    pub login: PgConnectOptions,
    name: String,
}

struct Shared {
    runtime: Runtime,
    owner: PgConnectOptions,
    login: PgConnectOptions,
    folder: Scratch,
    /// Never dropped: the guard of `scratch` ends it with the process.
    #[allow(dead_code, reason = "held")]
    server: Server,
}

/// The PostgreSQL installation that tests use, as `cargo xtask test` sets it.
pub fn installation() -> Option<PathBuf> {
    std::env::var_os("MEMORYLOOP_POSTGRES_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// A server of its own for `data_dir`, starting in the present runtime.
pub fn start(data_dir: &Path) -> Server {
    Server::start(Source::Embedded(Embedded {
        data_dir: data_dir.to_path_buf(),
        postgres_dir: installation(),
        bundled_dir: None,
    }))
}

/// The log of the shared server.
pub fn shared_log() -> PathBuf {
    shared().folder.join("postgres/server.log")
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    // On a thread of its own, since a test is in a runtime already, and its runtime ends with it.
    SHARED.get_or_init(|| std::thread::spawn(start_shared).join().unwrap())
}

fn start_shared() -> Shared {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let folder = Scratch::new("shared");
    let (server, owner, login) = runtime.block_on(async {
        let server = start(folder.path());
        let owner = server.owner().await.unwrap();
        let login = server.database().await.unwrap().pool().connect_options().as_ref().clone();
        let mut connection = owner.connect().await.unwrap();
        let create = format!("CREATE DATABASE {TEMPLATE}");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let template = owner.clone().database(TEMPLATE);
        Database::connect(&template, login.clone().database(TEMPLATE)).await.unwrap().close().await;
        (server, owner, login)
    });
    Shared { runtime, owner, login, folder, server }
}

/// A copy of the migrated template, and the pool on it.
pub async fn fresh() -> TestDatabase {
    let (owner, login, name) = create(Some(TEMPLATE)).await;
    let db = Database::connect(&owner, login.clone()).await.unwrap();
    TestDatabase { db, owner, login, name }
}

/// An empty database, that nothing has been done to yet: its owner, its login and what drops it.
pub async fn empty() -> (PgConnectOptions, PgConnectOptions, Dropped) {
    let (owner, login, name) = create(None).await;
    (owner, login, Dropped(name))
}

async fn create(template: Option<&str>) -> (PgConnectOptions, PgConnectOptions, String) {
    let shared = shared();
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    let template = template.unwrap_or("template1");
    let mut connection = shared.owner.connect().await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
    sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    (shared.owner.clone().database(&name), shared.login.clone().database(&name), name)
}

/// Drops the database of this name when the test is over.
pub struct Dropped(String);

impl Drop for Dropped {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.0);
        let shared = shared();
        shared.runtime.spawn(async move {
            if let Ok(mut connection) = shared.owner.connect().await {
                let _ = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await;
            }
        });
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        drop(Dropped(std::mem::take(&mut self.name)));
    }
}

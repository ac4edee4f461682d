//! The schema: migrated once, refused when it is not ours, and the same on a server elsewhere.

use memoryloop_core::{
    Error, accounts,
    postgres::{
        Database,
        server::{Server, Source},
    },
    time::UnixMillis,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use support::postgres::{empty, fresh};

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

async fn add_profile(db: &Database, name: &str) {
    accounts::create_profile(db, name, &"correct horse".into(), NOW).await.unwrap();
}

async fn has_profile(db: &Database, name: &str) -> bool {
    accounts::sign_in(db, name, &"correct horse".into(), NOW).await.is_ok()
}

#[tokio::test]
async fn migrations_run_once_and_the_extensions_are_there() {
    let (owner, login, _dropped) = empty().await;
    for _ in 0..3 {
        Database::connect(&owner, login.clone()).await.unwrap().close().await;
    }
    let mut connection = owner.connect().await.unwrap();
    let steps: Vec<i64> =
        sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY 1").fetch_all(&mut connection).await.unwrap();
    assert_eq!(steps, (1..=i64::try_from(steps.len()).unwrap()).collect::<Vec<_>>());
    let extensions: Vec<String> = sqlx::query_scalar("SELECT extname::text FROM pg_extension ORDER BY 1")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert!(extensions.contains(&"pgcrypto".to_owned()), "{extensions:?}");
    println!("extensions: {extensions:?}");
}

#[tokio::test]
async fn a_newer_database_and_another_builds_are_refused() {
    let test = fresh().await;
    add_profile(&test.db, "ada").await;
    let mut owner = test.owner.connect().await.unwrap();
    sqlx::query("INSERT INTO _sqlx_migrations VALUES (9999, 'the future', now(), true, '\\x00', 0)")
        .execute(&mut owner)
        .await
        .unwrap();
    let refused = Database::connect(&test.owner, test.login.clone()).await;
    let Err(error @ Error::DatabaseNewer(_)) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains("9999") && error.to_string().contains("Install the newest version"), "{error}");
    sqlx::raw_sql("DELETE FROM _sqlx_migrations WHERE version = 9999; UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 2")
        .execute(&mut owner)
        .await
        .unwrap();
    let refused = Database::connect(&test.owner, test.login.clone()).await;
    let Err(error) = refused else { panic!("a changed step was accepted") };
    assert!(error.to_string().contains("step 2"), "{error}");
    assert!(has_profile(&test.db, "ada").await, "what is there is untouched");
}

/// The shared server stands in for one elsewhere: reached by a URL, migrated as its owner, worked on as the role.
#[tokio::test]
async fn a_database_url_is_migrated_and_worked_on_as_the_unprivileged_role() {
    let (owner, _, _dropped) = empty().await;
    let server = Server::start(Source::Url(owner.to_url_lossy().to_string().into()));
    let db = server.database().await.unwrap();
    add_profile(&db, "ada").await;
    assert!(has_profile(&db, "ada").await);
    // The owner is a superuser here, and still sees one person at a time.
    let ada = accounts::sign_in(&db, "ada", &"correct horse".into(), NOW).await.unwrap().profile.id;
    add_profile(&db, "bob").await;
    let mut tx = db.begin(ada).await.unwrap();
    let seen: Vec<String> = sqlx::query_scalar("SELECT email FROM users").fetch_all(&mut *tx).await.unwrap();
    assert_eq!(seen, ["ada"]);
    drop(tx);
    server.stop().await;
    let nowhere = Server::start(Source::Url("postgres://a:hunter2@127.0.0.1:1/x".into()));
    let error = nowhere.database().await.err().unwrap();
    assert!(matches!(error, Error::DatabaseUnavailable(_)) && !error.to_string().contains("hunter2"), "{error}");
    nowhere.stop().await;
}

/// A server where somebody else rules: an ordinary role with a database of its own, as hosted servers give out.
#[tokio::test]
async fn an_ordinary_owner_is_bound_by_the_rules_too_and_told_what_is_missing() {
    let (owner, _, _dropped) = empty().await;
    let role = format!("tenant_{}", uuid::Uuid::now_v7().simple());
    let mut connection = owner.connect().await.unwrap();
    let name = owner.get_database().unwrap();
    // The role may own the database, yet not make roles; memoryloop_app exists on this server already.
    for statement in [
        format!("CREATE ROLE {role} LOGIN PASSWORD 'x'"),
        format!("ALTER DATABASE {name} OWNER TO {role}"),
        format!("GRANT ALL ON SCHEMA public TO {role}"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    let tenant = owner.clone().username(&role).password("x");
    let refused = Database::connect(&tenant, tenant.clone()).await;
    let Err(error @ Error::PostgresMissing(_)) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains("memoryloop_app"), "{error}");
    sqlx::raw_sql(AssertSqlSafe(format!("GRANT memoryloop_app TO {role}"))).execute(&mut connection).await.unwrap();
    let db = Database::connect(&tenant, tenant.clone()).await.unwrap();
    add_profile(&db, "ada").await;
    assert!(has_profile(&db, "ada").await);
    let mut owning = tenant.connect().await.unwrap();
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&mut owning).await.unwrap();
    assert_eq!(seen, 0, "the rules are forced on the tables' owner");
    owning.close().await.unwrap();
    db.close().await;
    let reassign = format!("REASSIGN OWNED BY {role} TO memoryloop_owner; DROP OWNED BY {role}; DROP ROLE {role}");
    sqlx::raw_sql(AssertSqlSafe(reassign)).execute(&mut connection).await.unwrap();
}

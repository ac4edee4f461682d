//! The schema: migrated once, refused when it is not ours, and the same on a server elsewhere.

use memoryloop_core::{
    Error, accounts,
    chat::ProblemKind,
    ids::ConversationId,
    postgres::{
        Database, messages,
        server::{Server, Source},
    },
    time::UnixMillis,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, migrate::Migrator};
use support::{
    postgres::{empty, fresh},
    scratch::Scratch,
};

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

/// The first `steps` of the migrations in a folder of their own: the program as it was then.
fn earlier(steps: usize) -> Scratch {
    let folder = Scratch::new("migrations");
    let all = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut files: Vec<_> = std::fs::read_dir(all).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in &files[..steps] {
        std::fs::copy(file, folder.join(file.file_name().unwrap().to_str().unwrap())).unwrap();
    }
    folder
}

/// By a superuser, and by an owner whom the tables' rules bind.
#[tokio::test]
async fn what_was_said_before_versions_were_kept_is_one_path_after() {
    for ordinary in [false, true] {
        let (owner, _, _dropped) = empty().await;
        let mut connection = owner.connect().await.unwrap();
        let role = format!("tenant_{}", uuid::Uuid::now_v7().simple());
        let migrating = if ordinary { owner.clone().username(&role).password("x") } else { owner.clone() };
        if ordinary {
            let name = owner.get_database().unwrap();
            for statement in [
                format!("CREATE ROLE {role} LOGIN PASSWORD 'x'"),
                format!("ALTER DATABASE {name} OWNER TO {role}"),
                format!("GRANT ALL ON SCHEMA public TO {role}"),
                format!("GRANT memoryloop_app TO {role}"),
            ] {
                sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
            }
        }
        let old = Migrator::new(earlier(5).path()).await.unwrap();
        old.run_direct(None, &mut migrating.connect().await.unwrap(), false).await.unwrap();
        let ada = memoryloop_core::ids::UserId::new(NOW);
        let (one, other) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        sqlx::query("INSERT INTO users VALUES ($1, 'ada', 'x', 0)").bind(ada).execute(&mut connection).await.unwrap();
        for id in [one, other] {
            sqlx::query("INSERT INTO conversations VALUES ($1, $2, 'Old', 'ollama', 'm', 0, 0)")
                .bind(id)
                .bind(ada)
                .execute(&mut connection)
                .await
                .unwrap();
        }
        // Two conversations in turns, so that what stands before is not what was said before.
        for number in 0..12_u128 {
            let role = if number % 4 < 2 { "user" } else { "assistant" };
            sqlx::query(
                "INSERT INTO messages (id, conversation_id, user_id, role, content, status, problem, created_at)
                 VALUES ($1, $2, $3, $4, $5, 'complete', 'Old trouble.', 0)",
            )
            .bind(uuid::Uuid::from_u128(100 - number))
            .bind(if number % 2 == 0 { one } else { other })
            .bind(ada)
            .bind(role)
            .bind(format!("said {number}"))
            .execute(&mut connection)
            .await
            .unwrap();
        }
        let db = Database::connect(&migrating, migrating.clone()).await.unwrap();
        for (conversation, first) in [(one, 0), (other, 1)] {
            let shown = messages::list(&db, ada, ConversationId(conversation)).await.unwrap();
            let texts: Vec<_> = shown.iter().map(|message| message.content.clone()).collect();
            assert_eq!(texts, (0..6).map(|n| format!("said {}", n * 2 + first)).collect::<Vec<_>>());
            let parents: Vec<_> = shown.iter().map(|message| message.parent_id).collect();
            let before = std::iter::once(None).chain(shown.iter().map(|message| Some(message.id)));
            assert_eq!(parents, before.take(6).collect::<Vec<_>>());
            assert!(shown.iter().all(|message| message.versions == [message.id] && message.thoughts.is_empty()));
            let problem = shown[0].problem.as_ref().unwrap();
            assert_eq!((problem.kind, problem.message.as_str()), (ProblemKind::Unknown, "Old trouble."));
        }
        let heads: i64 = sqlx::query_scalar("SELECT count(*) FROM conversations WHERE head_id IS NOT NULL")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(heads, 2);
        let forced: bool = sqlx::query_scalar(
            "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname IN ('messages', 'conversations')",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        assert!(forced, "the rules bind the owner again");
        db.close().await;
        if ordinary {
            let reassign =
                format!("REASSIGN OWNED BY {role} TO memoryloop_owner; DROP OWNED BY {role}; DROP ROLE {role}");
            sqlx::raw_sql(AssertSqlSafe(reassign)).execute(&mut connection).await.unwrap();
        }
    }
}

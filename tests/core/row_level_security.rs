//! Row-level security, tried to be broken on every table.

use memoryloop_core::{
    accounts::{self, SignedIn},
    cards::NewDraft,
    chat::TurnRequest,
    ids::{ConversationId, MessageId},
    keys::{self, KeyStore, KeyStoreKind},
    llm::{ModelRef, Provider},
    postgres::{conversations, drafts},
    time::UnixMillis,
};
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Postgres, Transaction};
use support::{
    postgres::{TestDatabase, fresh},
    scratch::Scratch,
    turns::begin,
};

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

/// Every table, and its column that says whose a row is.
const TABLES: [(&str, &str); 6] = [
    ("users", "id"),
    ("sessions", "user_id"),
    ("conversations", "user_id"),
    ("messages", "user_id"),
    ("api_keys", "user_id"),
    ("drafts", "user_id"),
];

struct Person {
    signed_in: SignedIn,
    conversation: ConversationId,
    message: MessageId,
}

impl Person {
    fn id(&self) -> String {
        self.signed_in.profile.id.to_string()
    }
}

/// One row in each table, two in messages.
async fn person(test: &TestDatabase, name: &str) -> Person {
    let signed_in = accounts::create_profile(&test.db, name, &"correct horse".into(), NOW).await.unwrap();
    let user = signed_in.profile.id;
    let model = ModelRef { provider: Provider::Ollama, name: "m".into() };
    let conversation = conversations::create(&test.db, user, "t", &model, NOW).await.unwrap().id;
    let (question, _) = begin(&test.db, user, conversation, &TurnRequest::question("?"), &model, NOW).await.unwrap();
    let scratch = Scratch::new("rls");
    let store = KeyStore::new(scratch.path(), Some(KeyStoreKind::Memory));
    keys::set(&test.db, &store, user, Provider::Claude, &"sk-x".into(), NOW).await.unwrap();
    let card = support::learning::card("Where is Oslo?", "In Norway.");
    drafts::insert(&test.db, user, &[NewDraft { card, passage: None, claimed: None }], NOW).await.unwrap();
    Person { signed_in, conversation, message: question.id }
}

/// A transaction as the program's role, with settings of the attacker's choice.
async fn acting(test: &TestDatabase, settings: &[(&str, &str)]) -> Transaction<'static, Postgres> {
    let mut tx = test.db.pool().begin().await.unwrap();
    sqlx::raw_sql("SET LOCAL ROLE memoryloop_app").execute(&mut *tx).await.unwrap();
    for (name, value) in settings {
        sqlx::query("SELECT set_config($1, $2, true)").bind(name).bind(value).execute(&mut *tx).await.unwrap();
    }
    tx
}

async fn count(connection: &mut PgConnection, from: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {from}"))).fetch_one(connection).await.unwrap()
}

async fn affected(connection: &mut PgConnection, statement: &str) -> u64 {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap().rows_affected()
}

/// The SQLSTATE that a statement fails with, in a transaction of its own.
async fn refusal(test: &TestDatabase, settings: &[(&str, &str)], statement: &str) -> Option<String> {
    let mut tx = acting(test, settings).await;
    let result = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut *tx).await;
    match result {
        Ok(_) => None,
        Err(sqlx::Error::Database(error)) => error.code().map(Into::into),
        Err(error) => panic!("{error}"),
    }
}

/// All rows of each table, as the owner sees them.
async fn everything(test: &TestDatabase) -> Vec<String> {
    let mut owner = test.owner.connect().await.unwrap();
    let mut rows = Vec::new();
    for (table, _) in TABLES {
        let select = format!("SELECT t::text FROM {table} t ORDER BY 1");
        rows.extend(sqlx::query_scalar::<_, String>(AssertSqlSafe(select)).fetch_all(&mut owner).await.unwrap());
    }
    rows
}

#[tokio::test]
async fn nobody_signed_in_sees_and_changes_nothing() {
    let test = fresh().await;
    let ada = person(&test, "ada").await;
    let before = everything(&test).await;
    assert_eq!(before.len(), 7);
    let stranger = uuid::Uuid::now_v7().to_string();
    let states: [&[(&str, &str)]; 5] = [
        &[],
        &[("app.user_id", "")],
        &[("app.user_id", ""), ("app.sign_in_email", ""), ("app.token_hash", "")],
        &[("app.user_id", &stranger)],
        &[("app.USER_id", ""), ("app.sign_in_email", "ad_"), ("app.token_hash", "00")],
    ];
    for settings in states {
        for (table, column) in TABLES {
            let mut tx = acting(&test, settings).await;
            assert_eq!(count(&mut tx, table).await, 0, "{table} {settings:?}");
            assert_eq!(count(&mut tx, &format!("{table} WHERE {column} = '{}'", ada.id())).await, 0);
            assert_eq!(affected(&mut tx, &format!("UPDATE {table} SET created_at = 0")).await, 0);
            assert_eq!(affected(&mut tx, &format!("DELETE FROM {table}")).await, 0);
            tx.commit().await.unwrap();
        }
    }
    // What is no id is an error, and not somebody.
    for nonsense in ["*", "null", "' OR true --"] {
        assert_eq!(refusal(&test, &[("app.user_id", nonsense)], "SELECT * FROM users").await.as_deref(), Some("22P02"));
    }
    assert_eq!(everything(&test).await, before);
}

#[tokio::test]
async fn a_query_without_where_reaches_ones_own_rows_only() {
    let test = fresh().await;
    let (ada, bob) = (person(&test, "ada").await, person(&test, "bob").await);
    let settings = [("app.user_id", ada.id())];
    let settings = settings.each_ref().map(|(name, id)| (*name, id.as_str()));
    for (table, column) in TABLES {
        let mut tx = acting(&test, &settings).await;
        let own = if table == "messages" { 2 } else { 1 };
        assert_eq!(count(&mut tx, table).await, own, "{table}");
        assert_eq!(count(&mut tx, &format!("{table} WHERE {column} <> '{}'", ada.id())).await, 0, "{table}");
        assert_eq!(count(&mut tx, &format!("{table} WHERE {column} = '{}'", bob.id())).await, 0, "{table}");
        let update = format!("UPDATE {table} SET created_at = 0 WHERE {column} = '{}'", bob.id());
        assert_eq!(affected(&mut tx, &update).await, 0, "{table}");
        let own = u64::try_from(own).unwrap();
        assert_eq!(affected(&mut tx, &format!("UPDATE {table} SET created_at = 0")).await, own, "{table}");
        assert_eq!(affected(&mut tx, &format!("DELETE FROM {table}")).await, own, "{table}");
        tx.rollback().await.unwrap();
    }
    let mut tx = acting(&test, &settings).await;
    affected(&mut tx, "DELETE FROM users").await;
    tx.commit().await.unwrap();
    let left = everything(&test).await;
    assert_eq!(left.len(), 7, "what cascades is her own too: {left:?}");
    assert!(left.iter().all(|row| row.contains(&bob.id())), "{left:?}");
}

#[tokio::test]
async fn no_row_is_made_for_another_person_or_given_to_one() {
    let test = fresh().await;
    let (ada, bob) = (person(&test, "ada").await, person(&test, "bob").await);
    let (me, you) = (ada.id(), bob.id());
    let settings = [("app.user_id", me.as_str())];
    let new = uuid::Uuid::now_v7();
    let before = everything(&test).await;
    let hash = "00".repeat(32);
    for insert in [
        format!("INSERT INTO users VALUES ('{new}', 'eve', 'x', 0)"),
        format!("INSERT INTO sessions VALUES ('\\x{hash}', '{you}', 0, 9e15)"),
        format!("INSERT INTO conversations VALUES ('{new}', '{you}', 't', 'claude', 'm', 0, 0)"),
        format!(
            "INSERT INTO messages (id, conversation_id, user_id, role, content, status, created_at)
             VALUES ('{new}', '{}', '{you}', 'user', 'x', 'complete', 0)",
            bob.conversation
        ),
        format!("INSERT INTO api_keys VALUES ('{you}', 'ollama', '\\x00', 0)"),
        format!(
            "INSERT INTO drafts (id, user_id, kind, question, answer, tags, created_at, changed_at)
             VALUES ('{new}', '{you}', 'basic', 'q', 'a', '{{}}', 0, 0)"
        ),
        // An upsert onto a row that is out of sight.
        format!(
            "INSERT INTO api_keys VALUES ('{you}', 'claude', '\\x00', 0) ON CONFLICT (user_id, provider) DO UPDATE SET secret = '\\x00'"
        ),
        format!("INSERT INTO users VALUES ('{you}', 'eve', 'x', 0) ON CONFLICT (id) DO UPDATE SET password_hash = 'x'"),
    ] {
        assert_eq!(refusal(&test, &settings, &insert).await.as_deref(), Some("42501"), "{insert}");
    }
    for (table, column) in TABLES {
        let give = format!("UPDATE {table} SET {column} = '{you}'");
        assert_eq!(refusal(&test, &settings, &give).await.as_deref(), Some("42501"), "{give}");
    }
    assert_eq!(everything(&test).await, before);
}

#[tokio::test]
async fn no_message_is_hung_into_another_persons_conversation() {
    let test = fresh().await;
    let (ada, bob) = (person(&test, "ada").await, person(&test, "bob").await);
    let me = ada.id();
    let settings = [("app.user_id", me.as_str())];
    let new = uuid::Uuid::now_v7();
    for statement in [
        format!(
            "INSERT INTO messages (id, conversation_id, user_id, role, content, status, created_at)
             VALUES ('{new}', '{}', '{me}', 'user', 'x', 'complete', 0)",
            bob.conversation
        ),
        format!("UPDATE messages SET conversation_id = '{}' WHERE id = '{}'", bob.conversation, ada.message),
    ] {
        // The foreign key looks past row-level security, and so it names the owner too.
        assert_eq!(refusal(&test, &settings, &statement).await.as_deref(), Some("23503"), "{statement}");
    }
}

#[tokio::test]
async fn signing_in_shows_one_row_to_read() {
    let test = fresh().await;
    let (_, bob) = (person(&test, "ada").await, person(&test, "bob").await);
    let mut owner = test.owner.connect().await.unwrap();
    let hash: String = sqlx::query_scalar("SELECT encode(token_hash, 'hex') FROM sessions WHERE user_id = $1")
        .bind(bob.signed_in.profile.id)
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_ne!(hash, bob.signed_in.token.expose_secret());
    for (name, value, shown) in [("app.sign_in_email", "bob", "users"), ("app.token_hash", hash.as_str(), "sessions")] {
        let settings = [(name, value)];
        for (table, column) in TABLES {
            let mut tx = acting(&test, &settings).await;
            let expected = i64::from(table == shown);
            assert_eq!(count(&mut tx, table).await, expected, "{name} {table}");
            assert_eq!(count(&mut tx, &format!("{table} WHERE {column} = '{}'", bob.id())).await, expected);
            assert_eq!(affected(&mut tx, &format!("UPDATE {table} SET created_at = 0")).await, 0, "{name} {table}");
            assert_eq!(affected(&mut tx, &format!("DELETE FROM {table}")).await, 0, "{name} {table}");
            tx.rollback().await.unwrap();
        }
    }
    for (name, value) in [("app.sign_in_email", "%"), ("app.sign_in_email", "BOB"), ("app.token_hash", &hash[..62])] {
        let mut tx = acting(&test, &[(name, value)]).await;
        assert_eq!(count(&mut tx, "users").await + count(&mut tx, "sessions").await, 0, "{name} {value}");
    }
}

#[tokio::test]
async fn the_role_cannot_take_the_rules_away() {
    let test = fresh().await;
    let ada = person(&test, "ada").await;
    let id = ada.id();
    let settings = [("app.user_id", id.as_str())];
    for statement in [
        "TRUNCATE messages",
        "TRUNCATE users CASCADE",
        "DROP TABLE api_keys",
        "DROP POLICY own ON users",
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY all_of_it ON users USING (true)",
        "CREATE OR REPLACE FUNCTION memoryloop_user_id() RETURNS uuid LANGUAGE sql RETURN NULL::uuid",
        "CREATE TABLE mine (x int)",
        "ALTER ROLE memoryloop_app BYPASSRLS",
        "SET ROLE memoryloop_owner",
        "SET SESSION AUTHORIZATION memoryloop_owner",
        "SELECT * FROM pg_authid",
        "COPY users TO PROGRAM 'cat'",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT * FROM _sqlx_migrations",
        // Asking to be spared the rules is an error, where it is not a superuser who asks.
        "SET LOCAL row_security = off; SELECT * FROM users",
    ] {
        assert_eq!(refusal(&test, &settings, statement).await.as_deref(), Some("42501"), "{statement}");
    }
}

#[tokio::test]
async fn the_pools_login_reaches_nothing_by_itself_and_owns_nothing() {
    let test = fresh().await;
    person(&test, "ada").await;
    let mut login = test.login.connect().await.unwrap();
    for (table, _) in TABLES {
        let error = sqlx::raw_sql(AssertSqlSafe(format!("SELECT * FROM {table}"))).execute(&mut login).await.err();
        let Some(sqlx::Error::Database(error)) = error else { panic!("{table}: {error:?}") };
        assert_eq!(error.code().as_deref(), Some("42501"), "{table}");
    }
    let mut owner = test.owner.connect().await.unwrap();
    let owned: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid IN ('memoryloop_app'::regrole, 'memoryloop_login'::regrole)",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(owned, 0);
    let powerful: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_roles WHERE rolname IN ('memoryloop_app', 'memoryloop_login')
         AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolinherit AND rolcanlogin)",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(powerful, 0);
}

/// So that a table that is added without them is noticed.
#[tokio::test]
async fn every_table_has_its_rules_enabled_and_forced() {
    let test = fresh().await;
    let mut owner = test.owner.connect().await.unwrap();
    let tables: Vec<(String, bool, bool, i64)> = sqlx::query_as(
        "SELECT relname::text, relrowsecurity, relforcerowsecurity,
             (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid AND polroles = ARRAY['memoryloop_app'::regrole::oid])
         FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
             AND relname <> '_sqlx_migrations' ORDER BY 1",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let mut expected: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
    expected.sort_unstable();
    assert_eq!(tables.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), expected);
    for (name, enabled, forced, policies) in tables {
        assert!(enabled && forced && policies > 0, "{name}: enabled {enabled}, forced {forced}, policies {policies}");
    }
    let open: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = 'public' AND grantee <> 'memoryloop_owner'
         AND (grantee <> 'memoryloop_app' OR privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(open, 0);
}

#[tokio::test]
async fn a_connection_forgets_who_used_it_last() {
    let test = fresh().await;
    let ada = person(&test, "ada").await;
    // The pool hands the connection out again that was given back last.
    for commit in [true, false] {
        let tx = test.db.begin(ada.signed_in.profile.id).await.unwrap();
        if commit {
            tx.commit().await.unwrap()
        } else {
            tx.rollback().await.unwrap()
        }
        for _ in 0..6 {
            let (role, user): (String, Option<String>) =
                sqlx::query_as("SELECT current_user::text, current_setting('app.user_id', true)")
                    .fetch_one(test.db.pool())
                    .await
                    .unwrap();
            assert_eq!((role.as_str(), user.unwrap_or_default().as_str()), ("memoryloop_login", ""));
        }
    }
}

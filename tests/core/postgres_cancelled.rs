//! Queries whose caller goes away: wherever that is, the connection is as it was, and the next person to use it finds no
//! transaction in it.

use std::{future::poll_fn, pin::pin, task::Poll};

use memoryloop_core::{
    accounts,
    chat::UNTITLED,
    llm::{ModelRef, Provider},
    postgres::{Database, conversations},
    time::UnixMillis,
};
use support::{ollama::LLAMA, scratch::Scratch};

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

/// Drops `work` when it waits for the `waits`-th time; true when it came to its end before.
async fn dropped_at<T>(work: impl Future<Output = T>, mut waits: usize) -> bool {
    let mut work = pin!(work);
    poll_fn(|context| {
        if work.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        waits -= 1;
        if waits == 0 { Poll::Ready(false) } else { Poll::Pending }
    })
    .await
}

/// Every connection that there can be, so that those on their way back to the pool are waited for.
async fn all_are_outside_of_transactions(db: &Database) {
    let mut all = Vec::new();
    for _ in 0..db.pool().options().get_max_connections() {
        all.push(db.pool().acquire().await.unwrap());
    }
    for connection in &mut all {
        let marked = sqlx::raw_sql("SAVEPOINT inside").execute(&mut **connection).await;
        assert!(marked.is_err(), "only a transaction takes a mark");
    }
}

#[tokio::test]
async fn a_query_that_is_dropped_leaves_no_transaction_behind() {
    let folder = Scratch::new("cancelled");
    let server = support::postgres::start(folder.path());
    let db = server.database().await.unwrap();
    let user = accounts::create_profile(&db, "ada", &"correct horse".into(), NOW).await.unwrap().profile.id;
    let model = ModelRef { provider: Provider::Ollama, name: LLAMA.into() };
    let id = conversations::create(&db, user, UNTITLED, &model, NOW).await.unwrap().id;
    // How often a query waits is up to the system, so that each round may be dropped at other places.
    for round in 0..20 {
        let mut waits = 0;
        loop {
            waits += 1;
            let title = format!("{round} {waits}");
            let ended = dropped_at(conversations::rename(&db, user, id, &title), waits).await;
            all_are_outside_of_transactions(&db).await;
            if ended {
                assert!(waits > 1, "it was never dropped");
                assert_eq!(conversations::get(&db, user, id).await.unwrap().title, title);
                break;
            }
        }
    }
    server.stop().await;
    let log = std::fs::read_to_string(folder.join("postgres/server.log")).unwrap();
    let strange: Vec<&str> = log.lines().filter(|line| line.contains("transaction in progress")).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

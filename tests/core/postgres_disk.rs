//! Data directories that are hard to live in: odd names, read-only, full, on another device, closed to others.

use std::path::Path;

use memoryloop_core::{
    Error, accounts,
    chat::TurnRequest,
    llm::{ModelRef, Provider},
    postgres::{DatabaseState, conversations, messages},
    time::UnixMillis,
};
use rand::{Rng, distr::Alphanumeric};
use support::{
    mounted::Mounted,
    postgres::start,
    scratch::Scratch,
    turns::{begin, complete},
};

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

#[tokio::test]
async fn spaces_and_letters_of_any_script_in_the_path_are_fine() {
    let scratch = Scratch::new("Überraschung 数据 'quoted' \"double\" $HOME 🎓");
    let data_dir = scratch.join("Application Support/Lernen & Lehren, 100%");
    for _ in 0..2 {
        let server = start(&data_dir);
        let db = server.database().await.unwrap();
        if let Err(error) = accounts::sign_in(&db, "ada", &"correct horse".into(), NOW).await {
            assert!(matches!(error, Error::WrongPassword));
            accounts::create_profile(&db, "ada", &"correct horse".into(), NOW).await.unwrap();
        }
        server.stop().await;
    }
    // Longer than any socket's path may be.
    let deep = scratch.join("d".repeat(120)).join("e".repeat(120));
    let server = start(&deep);
    server.database().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_named() {
    let scratch = Scratch::new("read-only");
    let closed = scratch.join("closed");
    std::fs::create_dir(&closed).unwrap();
    let mounted = if rustix::process::geteuid().is_root() {
        let Some(mounted) = Mounted::new(&closed, "ro,size=1m") else { return };
        Some(mounted)
    } else {
        std::fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o555)).unwrap();
        None
    };
    for data_dir in [closed.clone(), closed.join("new")] {
        let server = start(&data_dir);
        let Err(error @ Error::NotWritable { .. }) = server.database().await else { panic!("it started") };
        let text = error.to_string();
        assert!(text.contains("closed") && text.contains("MEMORYLOOP_DATA_DIR"), "{text}");
        let message = format!("{text} When that is mended, start MemoryLoop again.");
        assert_eq!(*server.state().borrow(), DatabaseState::Failed { message });
        server.stop().await;
    }
    // A file where the folder should be.
    let file = scratch.join("file");
    std::fs::write(&file, "mine").unwrap();
    let server = start(&file);
    assert!(server.database().await.is_err());
    server.stop().await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    drop(mounted);
}

#[tokio::test]
async fn a_disk_too_small_to_begin_on_is_said_to_be_full_and_left_clean() {
    let scratch = Scratch::new("too-small");
    let Some(mounted) = Mounted::new(scratch.path(), "size=12m,mode=755") else { return };
    let server = start(scratch.path());
    let Err(error @ Error::DiskFull { .. }) = server.database().await else { panic!("it started") };
    assert!(error.to_string().contains("Free some space"), "{error}");
    server.stop().await;
    let home = scratch.join("postgres");
    let left: Vec<_> = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["credentials.json"]);
    // With space it starts; and this is a data directory on another device.
    mounted.remount("size=300m");
    let server = start(scratch.path());
    server.database().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_disk_that_fills_up_loses_nothing_that_was_acknowledged() {
    let scratch = Scratch::new("fills-up");
    let Some(mounted) = Mounted::new(scratch.path(), "size=110m,mode=755") else { return };
    let server = start(scratch.path());
    let db = server.database().await.unwrap();
    let ada = accounts::create_profile(&db, "ada", &"correct horse".into(), NOW).await.unwrap().profile.id;
    let model = ModelRef { provider: Provider::Ollama, name: "m".into() };
    let conversation = conversations::create(&db, ada, "t", &model, NOW).await.unwrap().id;
    let mut kept = Vec::new();
    // Letters at random do not compress: a megabyte a message.
    let error = loop {
        let text: String = rand::rng().sample_iter(Alphanumeric).take(1_000_000).map(char::from).collect();
        match begin(&db, ada, conversation, &TurnRequest::question(&text), &model, NOW).await {
            Ok((question, answer)) => {
                kept.push((question.id, text));
                if let Err(error) = messages::finish(&db, ada, answer.id, &complete("ok"), NOW).await {
                    break error;
                }
            }
            Err(error) => break error,
        }
        assert!(kept.len() < 150, "it never fills up");
    };
    println!("after {} MB: {error}", kept.len());
    assert!(matches!(error, Error::DiskFull { .. } | Error::DatabaseUnavailable(_)), "{error:?}");
    mounted.remount("size=400m");
    // Where it could not even write what it must to go on, it has given up, saying why; a new start goes on.
    let state = server.state().borrow().clone();
    let server = if state == DatabaseState::Ready {
        server
    } else {
        server.stop().await;
        start(scratch.path())
    };
    let db = server.database().await.unwrap();
    for (id, text) in &kept {
        assert!(messages::get(&db, ada, *id).await.unwrap().content == *text, "an acknowledged message is gone");
    }
    begin(&db, ada, conversation, &TurnRequest::question("and on"), &model, NOW).await.unwrap();
    server.stop().await;
}

/// Root's home is closed to others, and PostgreSQL must not be root: its data lies where system services keep theirs.
#[tokio::test]
async fn as_root_a_closed_data_directory_is_served_from_var_lib() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root drops to another user");
        return;
    }
    use std::os::unix::fs::MetadataExt;
    let scratch = Scratch::new("closed");
    std::fs::set_permissions(scratch.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let mut outside = None;
    for _ in 0..2 {
        let server = start(scratch.path());
        let db = server.database().await.unwrap();
        let mut owner = sqlx::ConnectOptions::connect(&server.owner().await.unwrap()).await.unwrap();
        let place: String = sqlx::query_scalar("SHOW data_directory").fetch_one(&mut owner).await.unwrap();
        assert!(place.starts_with("/var/lib/memoryloop/"), "{place}");
        assert_ne!(std::fs::metadata(&place).unwrap().uid(), 0);
        assert_eq!(*outside.get_or_insert_with(|| place.clone()), place, "the same place again");
        if accounts::sign_in(&db, "ada", &"correct horse".into(), NOW).await.is_err() {
            accounts::create_profile(&db, "ada", &"correct horse".into(), NOW).await.unwrap();
        }
        server.stop().await;
    }
    let place = outside.unwrap();
    // …/<data directory>/postgres/cluster
    let home = Path::new(&place).parent().unwrap().parent().unwrap();
    std::fs::remove_dir_all(home).unwrap();
    let _ = std::fs::remove_dir("/var/lib/memoryloop");
}

//! Provider keys: what the table, the log and another person get to see of them, and where the master key is.

use memoryloop_core::{
    Error,
    accounts::{self, Profile},
    keys::{self, KeyStore, KeyStoreKind},
    llm::Provider::{Claude, Ollama},
    time::UnixMillis,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions;
use support::{
    postgres::{TestDatabase, fresh, shared_log},
    scratch::Scratch,
};

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
const KEY: &str = "sk-ant-api03-a-key-that-must-not-be-seen";

async fn person(test: &TestDatabase, name: &str) -> Profile {
    accounts::create_profile(&test.db, name, &"correct horse".into(), NOW).await.unwrap().profile
}

fn in_file(scratch: &Scratch) -> KeyStore {
    KeyStore::new(scratch.path(), Some(KeyStoreKind::File))
}

async fn read(test: &TestDatabase, store: &KeyStore, who: &Profile) -> Option<String> {
    let key = keys::get(&test.db, store, who.id, Claude).await.unwrap();
    key.map(|key| key.expose_secret().to_owned())
}

#[tokio::test]
async fn a_key_comes_back_and_the_table_does_not_hold_it() {
    let (test, scratch) = (fresh().await, Scratch::new("keys"));
    let ada = person(&test, "ada").await;
    let store = in_file(&scratch);
    assert_eq!(read(&test, &store, &ada).await, None);
    keys::set(&test.db, &store, ada.id, Claude, &format!(" {KEY}\n").into(), NOW).await.unwrap();
    assert_eq!(read(&test, &store, &ada).await.as_deref(), Some(KEY));

    let mut owner = test.owner.connect().await.unwrap();
    let secret: Vec<u8> = sqlx::query_scalar("SELECT secret FROM api_keys").fetch_one(&mut owner).await.unwrap();
    assert!(!secret.windows(6).any(|part| KEY.as_bytes().windows(6).any(|key| key == part)));
    // OpenPGP, symmetric session key packet, version 4, AES-256 (RFC 4880: tag 3, algorithm 9).
    assert_eq!((secret[0] & 0x3f, secret[2], secret[3]), (3, 4, 9));
    let log = std::fs::read_to_string(shared_log()).unwrap();
    assert!(!log.contains("sk-ant"), "the server's log holds a key");

    keys::set(&test.db, &store, ada.id, Claude, &"sk-ant-another".into(), NOW.plus(5)).await.unwrap();
    assert_eq!(read(&test, &store, &ada).await.as_deref(), Some("sk-ant-another"));
    let listed = keys::list(&test.db, ada.id).await.unwrap();
    assert_eq!(listed, [keys::StoredKey { provider: Claude, created_at: NOW.plus(5) }]);
    keys::delete(&test.db, ada.id, Claude).await.unwrap();
    keys::delete(&test.db, ada.id, Ollama).await.unwrap();
    assert_eq!(read(&test, &store, &ada).await, None);
}

#[tokio::test]
async fn a_second_person_decrypts_nothing_not_even_a_stolen_row() {
    let (test, scratch) = (fresh().await, Scratch::new("keys"));
    let (ada, bob) = (person(&test, "ada").await, person(&test, "bob").await);
    let store = in_file(&scratch);
    keys::set(&test.db, &store, ada.id, Claude, &KEY.into(), NOW).await.unwrap();
    assert_eq!(read(&test, &store, &bob).await, None);
    // Even the owner of the tables cannot hang it onto another person so that they could read it.
    let mut owner = test.owner.connect().await.unwrap();
    sqlx::query("INSERT INTO api_keys SELECT $1, provider, secret, created_at FROM api_keys")
        .bind(bob.id)
        .execute(&mut owner)
        .await
        .unwrap();
    let stolen = keys::get(&test.db, &store, bob.id, Claude).await;
    assert!(matches!(stolen, Err(Error::KeyUnreadable(_))), "{stolen:?}");
    assert_eq!(read(&test, &store, &ada).await.as_deref(), Some(KEY));
}

#[tokio::test]
async fn the_master_key_outlives_the_program_and_its_loss_is_said() {
    let (test, scratch) = (fresh().await, Scratch::new("keys"));
    let ada = person(&test, "ada").await;
    keys::set(&test.db, &in_file(&scratch), ada.id, Claude, &KEY.into(), NOW).await.unwrap();
    assert_eq!(read(&test, &in_file(&scratch), &ada).await.as_deref(), Some(KEY));
    #[cfg(unix)]
    {
        let permissions = std::fs::metadata(scratch.join("master.key")).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777, 0o600);
    }
    // Another master key, none, and a file of nonsense.
    for content in [Some(format!("file {}\n", "A".repeat(43) + "=")), None, Some("nonsense".into())] {
        match content {
            Some(content) => std::fs::write(scratch.join("master.key"), content).unwrap(),
            None => std::fs::remove_file(scratch.join("master.key")).unwrap(),
        }
        let lost = keys::get(&test.db, &in_file(&scratch), ada.id, Claude).await;
        let Err(error @ Error::KeyUnreadable(_)) = lost else { panic!("{lost:?}") };
        assert!(error.to_string().contains("Enter the API key again"), "{error}");
    }
    // Entering it again works.
    let store = in_file(&scratch);
    keys::set(&test.db, &store, ada.id, Claude, &KEY.into(), NOW).await.unwrap();
    assert_eq!(read(&test, &in_file(&scratch), &ada).await.as_deref(), Some(KEY));
}

#[tokio::test]
async fn memory_keeps_the_master_key_for_one_run_only() {
    let (test, scratch) = (fresh().await, Scratch::new("keys"));
    let ada = person(&test, "ada").await;
    let store = KeyStore::new(scratch.path(), Some(KeyStoreKind::Memory));
    keys::set(&test.db, &store, ada.id, Claude, &KEY.into(), NOW).await.unwrap();
    assert_eq!(read(&test, &store, &ada).await.as_deref(), Some(KEY));
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    let next = KeyStore::new(scratch.path(), Some(KeyStoreKind::Memory));
    assert!(matches!(keys::get(&test.db, &next, ada.id, Claude).await, Err(Error::KeyUnreadable(_))));
}

/// Where there is no keychain, as in a container. On a desktop it would write to the person's own, so it is not run.
#[tokio::test]
async fn without_a_keychain_the_file_is_used_and_named_and_stays_in_use() {
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() || !cfg!(target_os = "linux") {
        println!("skipped: there may be a keychain here, which is not the test's to write to");
        return;
    }
    let (test, scratch) = (fresh().await, Scratch::new("keys"));
    let ada = person(&test, "ada").await;
    let store = KeyStore::new(scratch.path(), None);
    let start = std::time::Instant::now();
    assert_eq!(store.prepare().await.unwrap(), KeyStoreKind::File);
    assert_eq!(store.kind().unwrap(), KeyStoreKind::File);
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0, "looking makes no key");
    assert!(start.elapsed().as_secs() < 12, "the probe took {:?}", start.elapsed());
    keys::set(&test.db, &store, ada.id, Claude, &KEY.into(), NOW).await.unwrap();
    let next = KeyStore::new(scratch.path(), None);
    assert_eq!(next.kind().unwrap(), KeyStoreKind::File);
    assert_eq!(read(&test, &next, &ada).await.as_deref(), Some(KEY));
    // A keychain that holds the key and does not open makes no second one, which would be the end of the first.
    let scratch = Scratch::new("keys");
    let marker = "os master key 0123456789abcdef\n";
    std::fs::write(scratch.join("master.key"), marker).unwrap();
    let locked = KeyStore::new(scratch.path(), None);
    for refused in [
        keys::set(&test.db, &locked, ada.id, Claude, &"sk-ant-another".into(), NOW).await,
        keys::get(&test.db, &locked, ada.id, Claude).await.map(drop),
    ] {
        let Err(Error::KeyUnreadable(reason)) = refused else { panic!("{refused:?}") };
        assert!(reason.contains("does not open") && reason.contains("Unlock it"), "{reason}");
    }
    assert_eq!(std::fs::read_to_string(scratch.join("master.key")).unwrap(), marker);
    assert_eq!(read(&test, &next, &ada).await.as_deref(), Some(KEY), "what was kept is untouched");
    // Who insists on the keychain is told, and gets no file.
    let scratch = Scratch::new("keys");
    let strict = KeyStore::new(scratch.path(), Some(KeyStoreKind::Os));
    let refused = keys::set(&test.db, &strict, ada.id, Claude, &KEY.into(), NOW).await;
    assert!(matches!(refused, Err(Error::KeyUnreadable(_))), "{refused:?}");
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_cannot_be_a_key_is_refused() {
    let (test, scratch) = (fresh().await, Scratch::new("keys"));
    let ada = person(&test, "ada").await;
    for typed in ["", "  \n", "two words", "nul\0", "x".repeat(4097).as_str()] {
        let typed = SecretString::from(typed);
        let refused = keys::set(&test.db, &in_file(&scratch), ada.id, Claude, &typed, NOW).await;
        assert!(matches!(refused, Err(Error::InvalidInput(_))), "{refused:?}");
    }
    assert!(keys::list(&test.db, ada.id).await.unwrap().is_empty());
}

#[test]
fn the_environment_chooses_by_three_words() {
    for (word, kind) in [("os", KeyStoreKind::Os), ("file", KeyStoreKind::File), ("memory", KeyStoreKind::Memory)] {
        assert_eq!(word.parse::<KeyStoreKind>().unwrap(), kind);
        assert_eq!(serde_json::to_value(kind).unwrap(), word);
    }
    assert!(matches!("OS ".parse::<KeyStoreKind>(), Err(Error::InvalidInput(_))));
}

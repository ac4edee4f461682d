//! Profiles, passwords, sessions, and the session that is remembered.

use memoryloop_core::{
    Error,
    accounts::{self, Profile, RememberedSession},
    ids::UserId,
    time::UnixMillis,
};
use secrecy::{ExposeSecret, SecretString};
use support::{postgres::fresh, scratch::Scratch};

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

fn secret(text: &str) -> SecretString {
    text.into()
}

#[tokio::test]
async fn a_profile_is_made_and_signed_in_to_whatever_the_spelling() {
    let test = fresh().await;
    let password = secret("correct horse");
    let made = accounts::create_profile(&test.db, "  Ada@Example.ORG ", &password, NOW).await.unwrap();
    assert_eq!(made.profile.email, "ada@example.org");
    for typed in ["ada@example.org", "ADA@EXAMPLE.ORG", "\tada@example.org  "] {
        let signed_in = accounts::sign_in(&test.db, typed, &password, NOW).await.unwrap();
        assert_eq!(signed_in.profile, made.profile);
        assert_ne!(signed_in.token.expose_secret(), made.token.expose_secret());
    }
    let again = accounts::create_profile(&test.db, "ADA@example.org", &secret("something else"), NOW).await;
    assert!(matches!(again, Err(Error::EmailTaken)), "{again:?}");
    // A name is as good as an e-mail.
    assert!(accounts::create_profile(&test.db, "Ada Lovelace", &password, NOW).await.is_ok());
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_the_same_refusal() {
    let test = fresh().await;
    accounts::create_profile(&test.db, "ada", &secret("correct horse"), NOW).await.unwrap();
    for (email, password) in [
        ("ada", "Correct horse"),
        ("ada", "correct horse "),
        ("ada", ""),
        ("nobody", "correct horse"),
        ("", "correct horse"),
        ("a\0da", "correct horse"),
        ("' OR true --", "correct horse"),
    ] {
        let refused = accounts::sign_in(&test.db, email, &secret(password), NOW).await;
        assert!(matches!(refused, Err(Error::WrongPassword)), "{email:?} {password:?}: {refused:?}");
    }
}

/// The medians, since single runs vary; half as long would give the difference away.
#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    let test = fresh().await;
    accounts::create_profile(&test.db, "ada", &secret("correct horse"), NOW).await.unwrap();
    let mut medians = Vec::new();
    for email in ["ada", "nobody"] {
        let mut times = Vec::new();
        for _ in 0..9 {
            let start = std::time::Instant::now();
            let _ = accounts::sign_in(&test.db, email, &secret("wrong horse"), NOW).await;
            times.push(start.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        medians.push(times[4]);
    }
    let ratio = medians[0] / medians[1];
    assert!((0.5..2.0).contains(&ratio), "wrong password {} s, unknown name {} s", medians[0], medians[1]);
}

#[tokio::test]
async fn passwords_have_a_shortest_and_a_longest_length_and_nothing_is_cut_off() {
    let test = fresh().await;
    for (password, says) in
        [("x", "at least 8"), ("1234567", "at least 8"), ("x".repeat(10_000).as_str(), "at most 1,024")]
    {
        let refused = accounts::create_profile(&test.db, "ada", &secret(password), NOW).await;
        let Err(Error::InvalidInput(sentence)) = refused else { panic!("{refused:?}") };
        assert!(sentence.contains(says), "{sentence}");
    }
    // Refused without a trace: the name is still free.
    let long = format!("{}a", "é".repeat(1023));
    accounts::create_profile(&test.db, "ada", &secret(&long), NOW).await.unwrap();
    accounts::create_profile(&test.db, "bob", &secret("12345678"), NOW).await.unwrap();
    assert!(accounts::sign_in(&test.db, "ada", &secret(&long), NOW).await.is_ok());
    let other_end = format!("{}b", "é".repeat(1023));
    for wrong in [other_end, "é".repeat(1023), "x".repeat(10_000), "x".into()] {
        let refused = accounts::sign_in(&test.db, "ada", &secret(&wrong), NOW).await;
        assert!(matches!(refused, Err(Error::WrongPassword)));
    }
}

#[tokio::test]
async fn the_same_letters_from_another_keyboard_are_the_same_password() {
    let test = fresh().await;
    accounts::create_profile(&test.db, "ada", &secret("cafe\u{301} noir"), NOW).await.unwrap();
    assert!(accounts::sign_in(&test.db, "ada", &secret("caf\u{e9} noir"), NOW).await.is_ok());
}

#[tokio::test]
async fn names_that_cannot_be_used_are_refused_with_the_reason() {
    let test = fresh().await;
    for (email, says) in [
        ("", "Enter a name"),
        ("  ", "Enter a name"),
        ("x".repeat(255).as_str(), "too long"),
        ("a\0b", "cannot be seen"),
    ] {
        let refused = accounts::create_profile(&test.db, email, &secret("correct horse"), NOW).await;
        let Err(Error::InvalidInput(sentence)) = refused else { panic!("{refused:?}") };
        assert!(sentence.contains(says), "{sentence}");
    }
}

#[tokio::test]
async fn a_session_lives_until_it_is_signed_out() {
    let test = fresh().await;
    let first = accounts::create_profile(&test.db, "ada", &secret("correct horse"), NOW).await.unwrap();
    let second = accounts::sign_in(&test.db, "ada", &secret("correct horse"), NOW).await.unwrap();
    assert_eq!(accounts::resume(&test.db, &first.token, NOW).await.unwrap(), first.profile);
    accounts::sign_out(&test.db, &first.token).await.unwrap();
    accounts::sign_out(&test.db, &first.token).await.unwrap();
    assert!(matches!(accounts::resume(&test.db, &first.token, NOW).await, Err(Error::NotSignedIn)));
    // The session of the other window, or the other machine, is another one.
    assert_eq!(accounts::resume(&test.db, &second.token, NOW).await.unwrap(), first.profile);
    for token in ["", "00", "not a token", "0".repeat(64).as_str()] {
        assert!(matches!(accounts::resume(&test.db, &secret(token), NOW).await, Err(Error::NotSignedIn)));
    }
}

#[tokio::test]
async fn a_session_expires_when_it_is_not_used_and_is_cleaned_away() {
    let test = fresh().await;
    let used = accounts::create_profile(&test.db, "ada", &secret("correct horse"), NOW).await.unwrap();
    let idle = accounts::sign_in(&test.db, "ada", &secret("correct horse"), NOW).await.unwrap();
    let mut now = NOW;
    for _ in 0..4 {
        now = now.plus(100 * UnixMillis::DAY);
        accounts::resume(&test.db, &used.token, now).await.unwrap();
    }
    assert!(matches!(accounts::resume(&test.db, &idle.token, now).await, Err(Error::NotSignedIn)));
    assert_eq!(sessions(&test).await, 1, "the expired one is gone, the used one is not");
    let late = now.plus(181 * UnixMillis::DAY);
    assert!(matches!(accounts::resume(&test.db, &used.token, late).await, Err(Error::NotSignedIn)));
    assert_eq!(sessions(&test).await, 0);
    // A clock that jumped back ends nothing.
    let now = accounts::sign_in(&test.db, "ada", &secret("correct horse"), late).await.unwrap();
    assert!(accounts::resume(&test.db, &now.token, UnixMillis(0)).await.is_ok());
}

async fn sessions(test: &support::postgres::TestDatabase) -> i64 {
    use sqlx::ConnectOptions;
    let mut owner = test.owner.connect().await.unwrap();
    sqlx::query_scalar("SELECT count(*) FROM sessions").fetch_one(&mut owner).await.unwrap()
}

#[tokio::test]
async fn neither_password_nor_token_is_in_the_database_or_in_debug_output() {
    use sqlx::ConnectOptions;
    let test = fresh().await;
    let made = accounts::create_profile(&test.db, "ada", &secret("correct horse"), NOW).await.unwrap();
    let mut owner = test.owner.connect().await.unwrap();
    let dump: String = sqlx::query_scalar(
        "SELECT (SELECT string_agg(users::text, ' ') FROM users) || (SELECT string_agg(sessions::text, ' ') FROM sessions)",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert!(dump.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{dump}");
    let shown = format!("{made:?} {:?} {dump}", RememberedSession::from(made.clone()));
    assert!(!shown.contains("correct horse"));
    assert!(!shown.contains(made.token.expose_secret()));
}

#[test]
fn the_remembered_session_is_private_and_survives_nonsense() {
    let scratch = Scratch::new("remembered");
    assert!(RememberedSession::read(scratch.path()).unwrap().is_none());
    let profile = Profile { id: UserId::new(NOW), email: "ada".into() };
    let session = RememberedSession { profile: profile.clone(), token: secret("token") };
    session.write(scratch.path()).unwrap();
    session.write(scratch.path()).unwrap();
    let read = RememberedSession::read(scratch.path()).unwrap().unwrap();
    assert_eq!((read.profile, read.token.expose_secret()), (profile, "token"));
    let files: Vec<_> = std::fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&files[0]).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    for nonsense in ["", "{", "[]", r#"{"profile":{}}"#] {
        std::fs::write(&files[0], nonsense).unwrap();
        assert!(RememberedSession::read(scratch.path()).unwrap().is_none(), "{nonsense}");
    }
    RememberedSession::delete(scratch.path()).unwrap();
    RememberedSession::delete(scratch.path()).unwrap();
    assert!(RememberedSession::read(scratch.path()).unwrap().is_none());
}

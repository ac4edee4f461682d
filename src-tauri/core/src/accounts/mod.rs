//! Profiles, passwords and sessions.
//!
//! Finding a person by e-mail, or a session by its token, comes before it is known who asks. Two policies allow just
//! that (migrations/): a transaction sees the one row that fits what it has named in a setting, and only to read.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use specta::Type;
use sqlx::PgConnection;
use unicode_normalization::UnicodeNormalization;

use crate::{
    Error, Result,
    ids::UserId,
    postgres::{Begun, Database, failure, is_duplicate},
    random::{self, hex},
    time::UnixMillis,
};

mod password;
mod remembered;

pub use remembered::RememberedSession;

/// A session that nobody uses ends; each use lets it live on.
const SESSION_LIFE: i64 = 180 * UnixMillis::DAY;

/// Living on is written at most once in this time.
const SESSION_STEP: i64 = UnixMillis::DAY;

const LONGEST_EMAIL: usize = 254;

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    pub id: UserId,
    /// Name or e-mail as the person signs in with it, lower-cased and trimmed.
    pub email: String,
}

/// A person with the token of their new session, which is shown to nobody and stored as a hash only.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub profile: Profile,
    pub token: SecretString,
}

/// A new profile, signed in.
///
/// # Errors
/// `EmailTaken`; `InvalidInput` when name or password cannot be used, with the reason.
pub async fn create_profile(db: &Database, email: &str, password: &SecretString, now: UnixMillis) -> Result<SignedIn> {
    let email = normalise(email)?;
    let hash = password::hash(password).await?;
    let profile = Profile { id: UserId::new(now), email };
    let mut tx = db.begin(profile.id).await?;
    sqlx::query("INSERT INTO users (id, email, password_hash, created_at) VALUES ($1, $2, $3, $4)")
        .bind(profile.id)
        .bind(&profile.email)
        .bind(hash.expose_secret())
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(|error| if is_duplicate(&error) { Error::EmailTaken } else { failure(error) })?;
    let token = open_session(&mut tx, profile.id, now).await?;
    tx.commit().await.map_err(failure)?;
    Ok(SignedIn { profile, token })
}

/// Signs a person in. Nothing, not even the time it takes, tells a wrong password from an unknown name.
///
/// # Errors
/// `WrongPassword`
pub async fn sign_in(db: &Database, email: &str, password: &SecretString, now: UnixMillis) -> Result<SignedIn> {
    // A name that could not have been given to a profile is unknown like any other.
    let email = normalise(email).unwrap_or_default();
    let mut tx = db.begin_with("app.sign_in_email", &email).await?;
    let found: Option<(UserId, String)> = sqlx::query_as("SELECT id, password_hash FROM users WHERE email = $1")
        .bind(&email)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    let (user, hash) = found.unzip();
    let right = password::verify(password, hash.map(SecretString::from)).await?;
    let (true, Some(user)) = (right, user) else { return Err(Error::WrongPassword) };
    let mut tx = db.begin(user).await?;
    forget_expired(&mut tx, now).await?;
    let token = open_session(&mut tx, user, now).await?;
    tx.commit().await.map_err(failure)?;
    Ok(SignedIn { profile: Profile { id: user, email }, token })
}

/// Who the token belongs to; the session lives on.
///
/// # Errors
/// `NotSignedIn` when the session was ended or has expired.
pub async fn resume(db: &Database, token: &SecretString, now: UnixMillis) -> Result<Profile> {
    let Some((mut tx, user)) = enter(db, token).await? else { return Err(Error::NotSignedIn) };
    forget_expired(&mut tx, now).await?;
    sqlx::query("UPDATE sessions SET expires_at = $2 WHERE token_hash = $1 AND expires_at < $3")
        .bind(hash_of(token))
        .bind(now.plus(SESSION_LIFE))
        .bind(now.plus(SESSION_LIFE - SESSION_STEP))
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    let email: Option<String> = sqlx::query_scalar(
        "SELECT email FROM users WHERE id = $1 AND EXISTS (SELECT FROM sessions WHERE token_hash = $2)",
    )
    .bind(user)
    .bind(hash_of(token))
    .fetch_optional(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(Profile { id: user, email: email.ok_or(Error::NotSignedIn)? })
}

/// Ends the session of this token; one that has ended already is fine.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn sign_out(db: &Database, token: &SecretString) -> Result<()> {
    let Some((mut tx, _)) = enter(db, token).await? else { return Ok(()) };
    sqlx::query("DELETE FROM sessions WHERE token_hash = $1")
        .bind(hash_of(token))
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)
}

/// A transaction of the person whose token it is, expired or not; none when there is no such session.
async fn enter(db: &Database, token: &SecretString) -> Result<Option<(Begun, UserId)>> {
    let hash = hash_of(token);
    let mut tx = db.begin_with("app.token_hash", &hex(&hash)).await?;
    let user: Option<UserId> = sqlx::query_scalar("SELECT user_id FROM sessions WHERE token_hash = $1")
        .bind(hash)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failure)?;
    let Some(user) = user else { return Ok(None) };
    sqlx::query("SELECT set_config('app.user_id', $1, true)")
        .bind(user.to_string())
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    Ok(Some((tx, user)))
}

/// Of this person; the sessions of others are out of sight, and theirs to clear away.
async fn forget_expired(connection: &mut PgConnection, now: UnixMillis) -> Result<()> {
    let statement = "DELETE FROM sessions WHERE user_id = memoryloop_user_id() AND expires_at <= $1";
    sqlx::query(statement).bind(now).execute(connection).await.map(drop).map_err(failure)
}

async fn open_session(connection: &mut PgConnection, user: UserId, now: UnixMillis) -> Result<SecretString> {
    let token = SecretString::from(hex(&random::bytes::<32>()?));
    sqlx::query("INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(hash_of(&token))
        .bind(user)
        .bind(now)
        .bind(now.plus(SESSION_LIFE))
        .execute(connection)
        .await
        .map_err(failure)?;
    Ok(token)
}

fn hash_of(token: &SecretString) -> Vec<u8> {
    Sha256::digest(token.expose_secret().as_bytes()).to_vec()
}

/// The one spelling of a name or e-mail: however it is typed and whatever keyboard made it, it is the same profile.
///
/// # Errors
/// `InvalidInput`
fn normalise(email: &str) -> Result<String> {
    let folded = email.nfkc().collect::<String>().to_lowercase().nfkc().collect::<String>();
    let name = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    let complaint = if name.is_empty() {
        "Enter a name or an e-mail address."
    } else if name.chars().any(char::is_control) {
        "That name holds characters that cannot be seen. Type it again instead of pasting it."
    } else if name.chars().count() > LONGEST_EMAIL {
        "That name or e-mail address is too long. Use at most 254 characters."
    } else {
        return Ok(name);
    };
    Err(Error::InvalidInput(complaint.into()))
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn one_person_has_one_spelling() {
        for typed in ["ada@example.org", "  Ada@Example.ORG\t", "\u{FF41}da@example.org", "ADA@EXAMPLE.ORG\n"] {
            assert_eq!(normalise(typed).ok().as_deref(), Some("ada@example.org"), "{typed:?}");
        }
        // e + combining acute, and é
        assert_eq!(normalise("Rene\u{301}").ok(), normalise("RENÉ").ok());
        assert_eq!(normalise("Ada   Lovelace").ok().as_deref(), Some("ada lovelace"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for typed in ["", "   ", "a\0b", "a\u{7}b", "x".repeat(255).as_str()] {
            assert!(normalise(typed).is_err(), "{typed:?}");
        }
        assert!(normalise(&"x".repeat(254)).is_ok());
    }
}

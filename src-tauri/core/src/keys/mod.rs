//! Provider keys, encrypted in PostgreSQL under a key derived for each person.
//!
//! The master key is outside the database (`store`), so that a copy of the database alone opens nothing. The derived key
//! differs for each person and travels as a bind parameter. The embedded server does not log these; whoever runs the
//! server that `DATABASE_URL` names could, and could read the keys as they pass.

use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::{
    Error, Result,
    ids::UserId,
    llm::Provider,
    postgres::{Database, failure, provider_name, provider_of},
    random::hex,
    time::UnixMillis,
};

mod store;

pub use store::{KeyStore, KeyStoreKind};

const LONGEST: usize = 4096;

/// That there is a key, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    pub provider: Provider,
    pub created_at: UnixMillis,
}

/// Keeps a key, in place of the one that was there.
///
/// # Errors
/// `InvalidInput` when it cannot be a key, `KeyUnreadable` when there is no place for the master key.
pub async fn set(
    db: &Database,
    store: &KeyStore,
    user: UserId,
    provider: Provider,
    key: &SecretString,
    now: UnixMillis,
) -> Result<()> {
    let plain = key.expose_secret().trim();
    if plain.is_empty() || plain.len() > LONGEST || plain.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::InvalidInput(
            "That does not look like an API key. Copy it again, whole and nothing else.".into(),
        ));
    }
    let derived = derive(&store.master_to_write().await?, user)?;
    let mut tx = db.begin(user).await?;
    sqlx::query(
        "INSERT INTO api_keys (user_id, provider, secret, created_at)
         VALUES ($1, $2, pgp_sym_encrypt($3, $4, 'cipher-algo=aes256'), $5)
         ON CONFLICT (user_id, provider) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at",
    )
    .bind(user)
    .bind(provider_name(provider))
    .bind(plain)
    .bind(derived.expose_secret())
    .bind(now)
    .execute(&mut *tx)
    .await
    .map_err(failure)?;
    tx.commit().await.map_err(failure)
}

/// The key, if one is kept.
///
/// # Errors
/// `KeyUnreadable` when the master key that it was kept under is lost or out of reach.
pub async fn get(db: &Database, store: &KeyStore, user: UserId, provider: Provider) -> Result<Option<SecretString>> {
    // Whoever has no key must not be asked to unlock a keychain.
    if !list(db, user).await?.iter().any(|stored| stored.provider == provider) {
        return Ok(None);
    }
    let derived = derive(&store.master_to_read().await?, user)?;
    let mut tx = db.begin(user).await?;
    let key: Option<String> =
        sqlx::query_scalar("SELECT pgp_sym_decrypt(secret, $3) FROM api_keys WHERE user_id = $1 AND provider = $2")
            .bind(user)
            .bind(provider_name(provider))
            .bind(derived.expose_secret())
            .fetch_optional(&mut *tx)
            .await
            .map_err(undecipherable)?;
    tx.commit().await.map_err(failure)?;
    Ok(key.map(SecretString::from))
}

/// # Errors
/// `DatabaseUnavailable`
pub async fn delete(db: &Database, user: UserId, provider: Provider) -> Result<()> {
    let mut tx = db.begin(user).await?;
    sqlx::query("DELETE FROM api_keys WHERE user_id = $1 AND provider = $2")
        .bind(user)
        .bind(provider_name(provider))
        .execute(&mut *tx)
        .await
        .map_err(failure)?;
    tx.commit().await.map_err(failure)
}

/// Which keys there are.
///
/// # Errors
/// `DatabaseUnavailable`
pub async fn list(db: &Database, user: UserId) -> Result<Vec<StoredKey>> {
    let mut tx = db.begin(user).await?;
    let rows: Vec<(String, UnixMillis)> =
        sqlx::query_as("SELECT provider, created_at FROM api_keys WHERE user_id = $1 ORDER BY provider")
            .bind(user)
            .fetch_all(&mut *tx)
            .await
            .map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    rows.into_iter()
        .map(|(provider, created_at)| Ok(StoredKey { provider: provider_of(&provider)?, created_at }))
        .collect()
}

/// RFC 5869, with SHA-256. Hexadecimal, because pgcrypto takes text.
fn derive(master: &store::MasterKey, user: UserId) -> Result<SecretString> {
    let info = [b"memoryloop api key v1 ".as_slice(), user.0.as_bytes()].concat();
    let mut derived = [0; 32];
    Hkdf::<Sha256>::new(None, master.expose_secret()).expand(&info, &mut derived).map_err(Error::internal)?;
    Ok(hex(&derived).into())
}

/// pgcrypto: 39000 (external_routine_invocation_exception) for a wrong key or damaged data.
fn undecipherable(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(reported) if reported.code().is_some_and(|code| code.starts_with("39")) => {
            Error::KeyUnreadable("they were kept under another master key".into())
        }
        _ => failure(error),
    }
}

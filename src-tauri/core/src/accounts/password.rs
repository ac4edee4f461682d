//! Passwords: what may be one, and argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane).

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use crate::{Error, Result, random};

/// NIST SP 800-63B: at least 8, no rules about kinds of characters, and room for a long sentence. The upper bound keeps
/// a pasted file from passing for a password; nothing is ever cut off.
const SHORTEST: usize = 8;
const LONGEST: usize = 1024;

/// Verified when there is no such person, so that it takes the same time. It is the hash of nothing known.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The hash of a new password, as a PHC string.
pub async fn hash(password: &SecretString) -> Result<SecretString> {
    let password = normalise(password);
    let length = password.expose_secret().chars().count();
    if length < SHORTEST {
        return Err(Error::InvalidInput(
            "That password is too short. Use at least 8 characters; a few words do well.".into(),
        ));
    }
    if length > LONGEST {
        return Err(Error::InvalidInput("That password is too long. Use at most 1,024 characters.".into()));
    }
    let salt = SaltString::encode_b64(&random::bytes::<16>()?).map_err(Error::internal)?;
    let hashed = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(password.expose_secret().as_bytes(), &salt).map(|hash| hash.to_string())
    });
    hashed.await.map_err(Error::internal)?.map(SecretString::from).map_err(Error::internal)
}

/// Whether it is the password of this hash. Takes as long without one.
pub async fn verify(password: &SecretString, hash: Option<SecretString>) -> Result<bool> {
    let password = normalise(password);
    let verified = tokio::task::spawn_blocking(move || {
        let text = hash.as_ref().map_or(NOBODY, |hash| hash.expose_secret());
        let parsed = PasswordHash::new(text).map_err(Error::internal)?;
        let fits = Argon2::default().verify_password(password.expose_secret().as_bytes(), &parsed).is_ok();
        Ok(fits && hash.is_some())
    });
    verified.await.map_err(Error::internal)?
}

/// The same letters typed on another keyboard are the same password. Spaces count, also at the ends.
fn normalise(password: &SecretString) -> SecretString {
    password.expose_secret().nfkc().collect::<String>().into()
}

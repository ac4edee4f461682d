//! Who was signed in when the program ended: read before the database is up, so that the window can greet them at once.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Profile, SignedIn};
use crate::{Result, private_file};

/// The person and the token of their session, in a 0600 file of the data directory.
#[derive(Clone, Debug)]
pub struct RememberedSession {
    pub profile: Profile,
    pub token: SecretString,
}

impl RememberedSession {
    /// None when nobody is remembered, or the file makes no sense, which is as good.
    ///
    /// # Errors
    /// `NotWritable` when the file may not be read.
    pub fn read(data_dir: &Path) -> Result<Option<Self>> {
        let Some(bytes) = private_file::read(&file(data_dir))? else { return Ok(None) };
        let stored: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let profile = serde_json::from_value(stored["profile"].clone()).ok();
        let remembered =
            profile.zip(stored["token"].as_str()).map(|(profile, token)| Self { profile, token: token.into() });
        if remembered.is_none() {
            tracing::warn!("the remembered session cannot be read; somebody has to sign in");
        }
        Ok(remembered)
    }

    /// # Errors
    /// `NotWritable`, `DiskFull`
    pub fn write(&self, data_dir: &Path) -> Result<()> {
        let stored = json!({ "profile": self.profile, "token": self.token.expose_secret() });
        private_file::write(&file(data_dir), stored.to_string().as_bytes())
    }

    /// Forgets whoever is remembered; nobody is fine.
    ///
    /// # Errors
    /// `NotWritable`
    pub fn delete(data_dir: &Path) -> Result<()> {
        private_file::remove(&file(data_dir))
    }
}

impl From<SignedIn> for RememberedSession {
    fn from(signed_in: SignedIn) -> Self {
        Self { profile: signed_in.profile, token: signed_in.token }
    }
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("session.json")
}

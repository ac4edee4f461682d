//! Profiles, passwords and sessions.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::ids::UserId;

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    pub id: UserId,
    /// Name or e-mail as the person signs in with it, lower-cased and trimmed.
    pub email: String,
}

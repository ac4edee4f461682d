//! Bytes from the system's generator, for tokens, passwords, salts and keys, and how they are written down.

use rand::{TryRngCore, rngs::OsRng};

use crate::{Error, Result};

/// # Errors
/// `Internal` when the system has no randomness to give.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

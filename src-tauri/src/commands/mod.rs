//! The border: a command unpacks, makes one call into the core and maps the error. Nothing is decided here.

pub mod accounts;
pub mod cards;
pub mod chat;
pub mod drafts;
pub mod models;
pub mod names;
pub mod review;
pub mod scheduling;
pub mod settings;

use std::{future::Future, panic::AssertUnwindSafe};

use futures::FutureExt;
use memoryloop_core::Error;

use crate::error::IpcError;

/// Awaits `work` for the interface. A panic in it is answered as an error: otherwise the page would wait for ever.
pub(crate) async fn answer<T>(work: impl Future<Output = memoryloop_core::Result<T>>) -> Result<T, IpcError> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result.map_err(IpcError::from),
        // The panic hook has logged what and where.
        Err(_) => Err(Error::Internal("a part of it failed unexpectedly".into()).into()),
    }
}

//! What the interface is told of an error: a code where it does something different, and the sentence it shows.

use memoryloop_core::{Error, llm::LlmError};
use serde::Serialize;
use specta::Type;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    NotSignedIn,
    WrongPassword,
    EmailTaken,
    InvalidInput,
    NotFound,
    Busy,
    StaleCard,
    NothingToUndo,
    Cancelled,
    OllamaNotRunning,
    ModelNotFound,
    KeyMissing,
    KeyInvalid,
    RateLimited,
    Overloaded,
    Unreachable,
    ConnectionCut,
    Silent,
    ContextTooLong,
    Refused,
    NoCredit,
    ModelError,
    NothingToLearn,
    DatabaseUnavailable,
    DatabaseNewer,
    PostgresMissing,
    NotWritable,
    DiskFull,
    DataDirInUse,
    KeyUnreadable,
    Internal,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct IpcError {
    pub code: ErrorCode,
    /// For the person: what happened and what to do next.
    pub message: String,
    /// How long a provider asked to wait.
    pub retry_after_seconds: Option<u32>,
}

impl From<&Error> for IpcError {
    fn from(error: &Error) -> Self {
        let code = code(error);
        if code == ErrorCode::Internal {
            tracing::error!(%error, "told to the person as an internal error");
        }
        Self { code, message: error.to_string(), retry_after_seconds: retry_after_seconds(error) }
    }
}

impl From<Error> for IpcError {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

fn code(error: &Error) -> ErrorCode {
    match error {
        Error::NotSignedIn => ErrorCode::NotSignedIn,
        Error::WrongPassword => ErrorCode::WrongPassword,
        Error::EmailTaken => ErrorCode::EmailTaken,
        Error::InvalidInput(_) => ErrorCode::InvalidInput,
        Error::NotFound { .. } => ErrorCode::NotFound,
        Error::Busy(_) => ErrorCode::Busy,
        Error::StaleCard => ErrorCode::StaleCard,
        Error::NothingToUndo(_) => ErrorCode::NothingToUndo,
        Error::Cancelled => ErrorCode::Cancelled,
        Error::NothingToLearn => ErrorCode::NothingToLearn,
        Error::DatabaseUnavailable(_) => ErrorCode::DatabaseUnavailable,
        Error::DatabaseNewer(_) => ErrorCode::DatabaseNewer,
        Error::PostgresMissing(_) => ErrorCode::PostgresMissing,
        Error::NotWritable { .. } => ErrorCode::NotWritable,
        Error::DiskFull { .. } => ErrorCode::DiskFull,
        Error::DataDirInUse { .. } => ErrorCode::DataDirInUse,
        Error::KeyUnreadable(_) => ErrorCode::KeyUnreadable,
        Error::Internal(_) => ErrorCode::Internal,
        Error::Llm(error) => match error {
            LlmError::OllamaNotRunning { .. } => ErrorCode::OllamaNotRunning,
            LlmError::ModelNotFound { .. } | LlmError::ClaudeModelNotFound { .. } => ErrorCode::ModelNotFound,
            LlmError::KeyMissing => ErrorCode::KeyMissing,
            LlmError::KeyInvalid => ErrorCode::KeyInvalid,
            LlmError::RateLimited { .. } => ErrorCode::RateLimited,
            LlmError::Overloaded { .. } => ErrorCode::Overloaded,
            LlmError::Unreachable { .. } => ErrorCode::Unreachable,
            LlmError::ConnectionCut { .. } => ErrorCode::ConnectionCut,
            LlmError::Silent { .. } => ErrorCode::Silent,
            LlmError::ContextTooLong => ErrorCode::ContextTooLong,
            LlmError::Refused => ErrorCode::Refused,
            LlmError::NoCredit => ErrorCode::NoCredit,
            LlmError::Reported { .. } | LlmError::NotTheProtocol { .. } => ErrorCode::ModelError,
        },
    }
}

fn retry_after_seconds(error: &Error) -> Option<u32> {
    let Error::Llm(LlmError::RateLimited { retry_after, .. }) = error else { return None };
    // Rounded up: a wait of 300 ms shown as 0 would be tried too early.
    retry_after.map(|wait| u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX))
}

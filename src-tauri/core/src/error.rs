//! One error type for the core. A variant exists where a caller (in the end, a person) does something different.
//!
//! Messages are for the person: what happened, and what to do next. None may hold a key, a password or a token.

use std::path::PathBuf;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    // Accounts
    #[error("You are signed out. Sign in to go on.")]
    NotSignedIn,
    #[error("That e-mail and password do not belong together. Check both and try again.")]
    WrongPassword,
    #[error("There is already a profile with that name or e-mail. Sign in, or choose another.")]
    EmailTaken,
    /// What the person entered cannot be used; the text says why and what would do.
    #[error("{0}")]
    InvalidInput(String),

    // Things that are not there, or not any more
    #[error("{what} is not there any more. It may have been deleted.")]
    NotFound { what: &'static str },
    /// The same thing is being done already.
    #[error("{0}")]
    Busy(String),
    /// The card was rated or changed since it was shown.
    #[error("This card was rated already. Here is the next one.")]
    StaleCard,
    /// There is nothing to take back or do again; the text says which, and why.
    #[error("{0}")]
    NothingToUndo(String),
    /// Ended because the person said so.
    #[error("Cancelled. Nothing was changed.")]
    Cancelled,

    // Models
    /// Of a question that could not be asked, or of work of which nothing came: nothing was kept.
    #[error("{}", .0.before_anything())]
    Llm(#[from] crate::llm::LlmError),
    #[error("There is nothing to make cards from here.")]
    NothingToLearn,

    // Stores
    #[error("The database is not answering: {0}. MemoryLoop goes on trying to reach it; try once more in a moment.")]
    DatabaseUnavailable(String),
    #[error("This data was written by a newer MemoryLoop ({0}). Install the newest version to open it.")]
    DatabaseNewer(String),
    #[error("No usable PostgreSQL was found. {0}")]
    PostgresMissing(String),
    #[error("MemoryLoop cannot write to {}: {reason}. Choose a folder that you may write to with MEMORYLOOP_DATA_DIR.", path.display())]
    NotWritable { path: PathBuf, reason: String },
    #[error("The disk that holds {} is full. Free some space and try again; nothing saved so far is lost.", path.display())]
    DiskFull { path: PathBuf },
    #[error("Another MemoryLoop is using {}. Close it, or choose another folder with MEMORYLOOP_DATA_DIR.", path.display())]
    DataDirInUse { path: PathBuf },
    #[error("The keys of this profile cannot be read: {0}. Enter the API key again in Settings.")]
    KeyUnreadable(String),

    /// Nothing that a person can act on; details are for the log.
    #[error("Something went wrong inside MemoryLoop: {0}. Nothing saved is lost; the log file says more.")]
    Internal(String),
}

impl Error {
    /// An error for the log more than for the person.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// An error of the file system at `path`, told apart where the person can do something about it.
    #[must_use]
    pub fn io(path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        let path = path.into();
        match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => Self::DiskFull { path },
            Kind::PermissionDenied | Kind::ReadOnlyFilesystem | Kind::NotADirectory => {
                Self::NotWritable { path, reason: error.to_string() }
            }
            _ => Self::Internal(format!("{}: {error}", path.display())),
        }
    }
}

//! What the commands are given: the open program, or why it could not be opened. In both cases there is a window, so
//! that the person sees what is wrong.

use memoryloop_core::{App, Error, app::AppStatus, keys::KeyStoreKind, postgres::DatabaseState};

use crate::error::IpcError;

pub struct Opened {
    result: Result<App, Error>,
    /// Shown when there is no `App` to ask.
    data_dir: String,
}

impl Opened {
    #[must_use]
    pub fn new(result: Result<App, Error>, data_dir: String) -> Self {
        Self { result, data_dir }
    }

    /// The program, for a command.
    ///
    /// # Errors
    /// What kept it from opening, each time.
    pub fn app(&self) -> Result<&App, IpcError> {
        self.result.as_ref().map_err(IpcError::from)
    }

    /// Always answers: it is how the interface learns that the program could not be opened.
    #[must_use]
    pub fn status(&self) -> AppStatus {
        match &self.result {
            Ok(app) => app.app_status(),
            Err(error) => AppStatus {
                database: DatabaseState::Failed { message: error.to_string() },
                profile: None,
                data_dir: self.data_dir.clone(),
                key_store: KeyStoreKind::Memory,
                version: memoryloop_core::app::VERSION.into(),
            },
        }
    }
}

//! Models: pulling and deleting Ollama's; and pictures in answers, fetched only when the person asks.

use std::sync::{Arc, atomic::Ordering};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{App, AppEvent, Session, pulls::Course};
use crate::{
    Error, Result, image,
    llm::{Providers, Pull, PullError, PullState, model_name},
};

impl App {
    /// Pulls a model of Ollama's; returns when that has ended, also when it was cancelled. How far it is is told in
    /// `PullChanged`. It goes on when the caller goes away, and ends with the session.
    ///
    /// # Errors
    /// `Busy` when it is being pulled already; `InvalidInput` for what is no name of a model; how Ollama fails.
    pub async fn pull_model(&self, name: &str) -> Result<()> {
        let session = self.session()?;
        let name = named(name)?;
        let stop = session.over.child_token();
        let pull = self.inner.pulls.begin(&name, stop.clone())?;
        let work = self.clone().pull(Arc::clone(&session), pull, stop);
        session.tasks.spawn(work).await.unwrap_or_else(|failed| Err(Error::internal(failed)))
    }

    /// Ends a pull; what was downloaded stays with Ollama. Twice is the same as once.
    ///
    /// # Errors
    /// `NotSignedIn`
    pub async fn cancel_pull(&self, name: &str) -> Result<()> {
        self.session()?;
        if let Some(name) = model_name(name) {
            self.inner.pulls.cancel(&name);
        }
        Ok(())
    }

    /// Deletes a model from Ollama.
    ///
    /// # Errors
    /// `Busy` while it is being pulled; `Llm` when it is not there or Ollama cannot be asked.
    pub async fn delete_model(&self, name: &str) -> Result<()> {
        self.session()?;
        let name = named(name)?;
        if self.inner.pulls.runs(&name) {
            return Err(Error::Busy(format!("{name} is being pulled. Cancel that first.")));
        }
        self.inner.providers.delete_model(&name).await?;
        self.inner.pulls.forget(&name);
        if Providers::is_embedding_model(&name) {
            self.inner.embeds.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Fetches a picture that an answer shows, as a `data:` address.
    ///
    /// # Errors
    /// `InvalidInput` when it is no picture, is too large or cannot be had.
    pub async fn load_image(&self, url: &str) -> Result<String> {
        self.session()?;
        image::load(url, Arc::new(image::PublicAddresses)).await
    }

    async fn pull(self, session: Arc<Session>, pull: Pull, stop: CancellationToken) -> Result<()> {
        let name = pull.name.clone();
        self.tell(AppEvent::PullChanged(pull.clone()));
        let mut course = Course::new(pull);
        let ended = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            ended = self.inner.providers.pull(&name, |progress| {
                let news = course.take(progress, Instant::now());
                self.inner.pulls.note(&course.pull);
                if news {
                    self.tell(AppEvent::PullChanged(course.pull.clone()));
                }
            }) => Some(ended),
        };
        match &ended {
            None => course.end(PullState::Cancelled, None),
            Some(Ok(())) => course.end(PullState::Done, None),
            Some(Err(problem)) => course.end(PullState::Failed, Some(problem.to_string())),
        }
        self.inner.pulls.note(&course.pull);
        self.tell(AppEvent::PullChanged(course.pull));
        if matches!(ended, Some(Ok(()))) && Providers::is_embedding_model(&name) {
            session.nudge.notify_one();
        }
        ended.unwrap_or(Ok(())).map_err(failed)
    }
}

fn named(entered: &str) -> Result<String> {
    model_name(entered).ok_or_else(|| {
        Error::InvalidInput(
            "That is no name of a model. Names look like llama3.2 or qwen3:8b: https://ollama.com/library.".into(),
        )
    })
}

fn failed(problem: PullError) -> Error {
    match problem {
        PullError::Ollama(error) => error.into(),
        told => Error::InvalidInput(told.to_string()),
    }
}

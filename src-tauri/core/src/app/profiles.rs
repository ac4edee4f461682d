//! Who is signed in: remembered, signing in and out; and their keys for models.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use super::{App, AppEvent, Session, index};
use crate::{
    Error, Result,
    accounts::{self, Profile, RememberedSession},
    keys::{self, KeyStoreKind},
    llm::{Models, Provider},
    postgres::Database,
};

/// Signing out does not wait longer than this for a database that does not answer.
const SIGN_OUT: Duration = Duration::from_secs(3);

impl App {
    /// Who is signed in.
    #[must_use]
    pub fn profile(&self) -> Option<Profile> {
        self.inner.session.read().as_ref().map(|session| session.profile.clone())
    }

    /// A new profile, signed in.
    ///
    /// # Errors
    /// `EmailTaken`, `InvalidInput`, `DatabaseUnavailable`
    pub async fn create_profile(&self, email: &str, password: SecretString) -> Result<Profile> {
        let _one_at_a_time = self.inner.turnover.lock().await;
        let db = self.inner.server.database().await?;
        let signed_in = accounts::create_profile(&db, email, &password, self.now()).await?;
        Ok(self.enter(signed_in.into()).await)
    }

    /// # Errors
    /// `WrongPassword`, `DatabaseUnavailable`
    pub async fn sign_in(&self, email: &str, password: SecretString) -> Result<Profile> {
        let _one_at_a_time = self.inner.turnover.lock().await;
        let db = self.inner.server.database().await?;
        let signed_in = accounts::sign_in(&db, email, &password, self.now()).await?;
        Ok(self.enter(signed_in.into()).await)
    }

    /// Signed out when this returns, whether or not the database can be told now. Nobody signed in is fine.
    ///
    /// # Errors
    /// `NotWritable` when the session cannot be forgotten; the person is signed in still.
    pub async fn sign_out(&self) -> Result<()> {
        let _one_at_a_time = self.inner.turnover.lock().await;
        RememberedSession::delete(self.data_dir())?;
        self.leave().await;
        Ok(())
    }

    /// Greets whoever was signed in when the program ended. The database has its say when it is up.
    pub(super) fn resume_remembered(&self) {
        match RememberedSession::read(self.data_dir()) {
            Ok(Some(remembered)) => self.begin(remembered, false),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the remembered session cannot be read"),
        }
    }

    /// In place of whoever was signed in.
    async fn enter(&self, who: RememberedSession) -> Profile {
        self.leave().await;
        if let Err(error) = who.write(self.data_dir()) {
            // They will have to sign in again next time; now they can work.
            tracing::warn!(%error, "the session cannot be remembered");
            // Nor may whoever was signed in before be greeted in their place.
            if let Err(error) = RememberedSession::delete(self.data_dir()) {
                tracing::warn!(%error, "the session before stays remembered");
            }
        }
        let profile = who.profile.clone();
        self.begin(who, true);
        profile
    }

    fn begin(&self, who: RememberedSession, fresh: bool) {
        let session = Session::new(who, fresh, self);
        *self.inner.session.write() = Some(Arc::clone(&session));
        session.tasks.spawn(Arc::clone(&session).watch_counts());
        session.tasks.spawn(index::run(self.clone(), Arc::clone(&session)));
    }

    async fn leave(&self) {
        let Some(session) = self.inner.session.write().take() else { return };
        // First, so that no turn begins while those that run are ended.
        session.over.cancel();
        self.stop_all_turns().await;
        let told = async {
            let db = self.inner.server.database_now()?;
            accounts::sign_out(&db, &session.token).await
        };
        // The token is forgotten here in any case, so the session is of no use to anybody; it expires.
        if !matches!(tokio::time::timeout(SIGN_OUT, told).await, Ok(Ok(()))) {
            tracing::warn!("the database could not be told of the signing out");
        }
        session.end_work().await;
        session.close_store().await;
    }

    /// Who is signed in, for what needs no database.
    pub(super) fn session(&self) -> Result<Arc<Session>> {
        self.inner.session.read().clone().ok_or(Error::NotSignedIn)
    }

    /// Who is signed in and the tables, as soon as they can be reached and the session is known to be good.
    pub(super) async fn signed_in(&self) -> Result<(Arc<Session>, Database)> {
        let session = self.session()?;
        let db = self.database_of(&session).await?;
        Ok((session, db))
    }

    /// The same for whoever knows the session already, and has begun something with it.
    pub(super) async fn database_of(&self, session: &Arc<Session>) -> Result<Database> {
        let db = self.inner.server.database().await?;
        match session.prepare(&db).await {
            Ok(()) => Ok(db),
            Err(Error::NotSignedIn) => {
                let (app, session) = (self.clone(), Arc::clone(session));
                // A task of its own: what is stopped because the session ends is to end all of it.
                if let Err(error) = tokio::spawn(async move { app.forget(&session).await }).await {
                    tracing::error!(%error, "an ended session was not cleared away");
                }
                Err(Error::NotSignedIn)
            }
            Err(error) => Err(error),
        }
    }

    /// Ends a remembered session that the database does not know (any more).
    async fn forget(&self, session: &Arc<Session>) {
        let _one_at_a_time = self.inner.turnover.lock().await;
        {
            let mut current = self.inner.session.write();
            if !current.as_ref().is_some_and(|current| Arc::ptr_eq(current, session)) {
                return;
            }
            *current = None;
        }
        session.over.cancel();
        self.stop_all_turns().await;
        if let Err(error) = RememberedSession::delete(self.data_dir()) {
            tracing::warn!(%error, "the ended session stays remembered; it is refused again next time");
        }
        session.end_work().await;
        session.close_store().await;
        self.tell(AppEvent::ProfileChanged(None));
    }

    /// What can be chosen. What fails is told in the lists.
    ///
    /// # Errors
    /// `NotSignedIn`
    pub async fn list_models(&self) -> Result<Models> {
        let key = match self.signed_in().await {
            Ok((session, db)) => self.key(&session, &db, Provider::Claude).await,
            Err(error) => Err(error),
        };
        let mut models = match key {
            Ok(key) => self.inner.providers.list(key).await,
            Err(Error::NotSignedIn) => return Err(Error::NotSignedIn),
            // Ollama needs neither key nor database.
            Err(error) => {
                let mut models = self.inner.providers.list(None).await;
                models.claude.problem = Some(error.to_string());
                models
            }
        };
        models.ollama.pulls = self.inner.pulls.list();
        Ok(models)
    }

    /// Checks a key with its provider, then keeps it.
    ///
    /// # Errors
    /// `KeyInvalid` and the other ways in which the provider cannot be asked; `InvalidInput`
    pub async fn save_api_key(&self, provider: Provider, key: SecretString) -> Result<()> {
        if provider == Provider::Ollama {
            return Err(Error::InvalidInput("Ollama runs on this machine and needs no key.".into()));
        }
        let (session, db) = self.signed_in().await?;
        let key = SecretString::from(key.expose_secret().trim());
        if key.expose_secret().is_empty() {
            return Err(Error::InvalidInput("Paste the API key first.".into()));
        }
        self.inner.providers.check_claude_key(&key).await?;
        keys::set(&db, &self.inner.keys, session.profile.id, provider, &key, self.now()).await
    }

    /// # Errors
    /// `NotSignedIn`, `DatabaseUnavailable`
    pub async fn delete_api_key(&self, provider: Provider) -> Result<()> {
        let (session, db) = self.signed_in().await?;
        keys::delete(&db, session.profile.id, provider).await
    }

    pub(super) async fn key(
        &self,
        session: &Session,
        db: &Database,
        provider: Provider,
    ) -> Result<Option<SecretString>> {
        keys::get(db, &self.inner.keys, session.profile.id, provider).await
    }

    pub(super) fn key_store_kind(&self) -> KeyStoreKind {
        self.inner.keys.kind().unwrap_or(KeyStoreKind::Os)
    }
}

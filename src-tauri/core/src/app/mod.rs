//! The whole program without its window: opens everything, closes everything, and has a method for each command.
//!
//! Opening only begins what takes long. A remembered person's cards are there at once; what needs the database waits
//! for it.

mod chats;
mod drafting;
mod drafts;
mod duplicates;
mod flags;
mod index;
mod models;
mod profiles;
mod provenance;
mod pulls;
mod scheduling;
mod session;
mod study;
mod versions;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32},
    },
};

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use specta::Type;
use tokio_util::sync::CancellationToken;
use url::Url;

use drafting::Jobs;
use session::Session;

use crate::{
    Error, Result,
    accounts::Profile,
    chat::{Pace, Turns},
    config::Config,
    keys::{KeyStore, KeyStoreKind},
    llm::{ANTHROPIC_DEFAULT, Endpoints, OLLAMA_DEFAULT, Patience, Providers, Pull, ollama_address},
    postgres::{
        Database, DatabaseState,
        server::{Embedded, Server, Source},
    },
    review::StudyCounts,
    time::{SharedClock, UnixMillis},
};

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the window is told unasked.
#[derive(Clone, Debug, PartialEq)]
pub enum AppEvent {
    DatabaseChanged(DatabaseState),
    /// Somebody was signed out (or in) without asking for it.
    ProfileChanged(Option<Profile>),
    StudyCountsChanged(StudyCounts),
    /// The list of conversations is to be read again.
    ConversationsChanged,
    /// A pull of a model began, went on or ended.
    PullChanged(Pull),
    /// How many drafts wait in the tray now.
    DraftsChanged {
        waiting: u32,
    },
    /// Messages and cards given vectors, of how many.
    EmbeddingProgress {
        done: u32,
        total: u32,
    },
}

/// Where events go. Called from any thread; must not block.
pub type Events = Arc<dyn Fn(AppEvent) + Send + Sync>;

/// What the window needs to know to begin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AppStatus {
    pub database: DatabaseState,
    /// Set at once, before the database is up, when a session is remembered.
    pub profile: Option<Profile>,
    pub data_dir: String,
    /// Where the master key of saved API keys is.
    pub key_store: KeyStoreKind,
    pub version: String,
}

/// The open program. Clones are the same one.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    clock: SharedClock,
    events: Events,
    server: Server,
    providers: Providers,
    keys: KeyStore,
    pulls: pulls::Pulls,
    turns: Turns,
    jobs: Jobs,
    /// How many people's questions are with a model now.
    waiting: AtomicU32,
    session: RwLock<Option<Arc<Session>>>,
    /// One signs in or out at a time.
    turnover: tokio::sync::Mutex<()>,
    /// Whether a query can be given a vector: found out by the index.
    embeds: AtomicBool,
    closing: CancellationToken,
}

impl App {
    /// Opens everything. The data directory must be ready (`Config::prepare_data_dir`) and ours (`Instance::claim`).
    /// To be called in a runtime; returns at once, and what becomes of the database is told in events.
    ///
    /// # Errors
    /// `InvalidInput` for an address that cannot be read, `NotWritable`, `Internal`.
    pub fn open(config: Config, clock: SharedClock, events: Events) -> Result<Self> {
        let providers = Providers::new(endpoints(&config)?, Patience::default())?;
        let server = Server::start(match config.database_url.clone() {
            Some(url) => Source::Url(url),
            None => Source::Embedded(Embedded {
                data_dir: config.data_dir.clone(),
                postgres_dir: config.postgres_dir.clone(),
                bundled_dir: config.bundled_postgres_dir.clone(),
            }),
        });
        let inner = Inner {
            keys: KeyStore::new(&config.data_dir, config.keyring),
            pulls: pulls::Pulls::default(),
            turns: Turns::new(clock.clone(), Pace::default()),
            jobs: Jobs::default(),
            waiting: AtomicU32::new(0),
            config,
            clock,
            events,
            server,
            providers,
            session: RwLock::default(),
            turnover: tokio::sync::Mutex::default(),
            embeds: AtomicBool::new(false),
            closing: CancellationToken::new(),
        };
        let app = Self { inner: Arc::new(inner) };
        app.resume_remembered();
        tokio::spawn(app.clone().watch_database());
        tokio::spawn(app.clone().find_keychain());
        Ok(app)
    }

    #[must_use]
    pub fn app_status(&self) -> AppStatus {
        AppStatus {
            database: self.inner.server.state().borrow().clone(),
            profile: self.profile(),
            data_dir: self.data_dir().display().to_string(),
            key_store: self.key_store_kind(),
            version: VERSION.into(),
        }
    }

    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.inner.config.data_dir
    }

    /// Stops the turns (what came is stored), writes out the cards' journal, stops PostgreSQL.
    pub async fn close(&self) {
        self.inner.closing.cancel();
        let session = self.inner.session.write().take();
        if let Some(session) = &session {
            session.over.cancel();
        }
        self.stop_all_turns().await;
        let Some(session) = session else { return self.inner.server.stop().await };
        session.end_work().await;
        tokio::join!(session.close_store(), self.inner.server.stop());
    }

    /// Tells the window of the database, and prepares it for whoever is signed in before saying that it is ready.
    async fn watch_database(self) {
        let mut states = self.inner.server.state();
        loop {
            let state = states.borrow_and_update().clone();
            if state == DatabaseState::Ready {
                match self.signed_in().await {
                    Ok((session, _)) => session.nudge.notify_one(),
                    Err(Error::NotSignedIn) => {}
                    Err(error) => tracing::warn!(%error, "the session could not be checked yet"),
                }
            }
            self.tell(AppEvent::DatabaseChanged(state));
            tokio::select! {
                changed = states.changed() => if changed.is_err() { return },
                () = self.inner.closing.cancelled() => return,
            }
        }
    }

    /// So that the settings name the right place for keys before the first is kept. Nobody waits for it.
    async fn find_keychain(self) {
        if let Err(error) = self.inner.keys.prepare().await {
            tracing::warn!(%error, "it is not known where keys would be kept");
        }
    }

    /// The tables, if they can be reached without waiting and are prepared for this session.
    fn database_now(&self, session: &Session) -> Option<Database> {
        let ready = session.is_prepared() && *self.inner.server.state().borrow() == DatabaseState::Ready;
        ready.then(|| self.inner.server.database_now().ok()).flatten()
    }

    fn now(&self) -> UnixMillis {
        self.inner.clock.now()
    }

    fn tell(&self, event: AppEvent) {
        (self.inner.events)(event);
    }
}

fn endpoints(config: &Config) -> Result<Endpoints> {
    let claude = config.anthropic_base_url.as_deref().unwrap_or(ANTHROPIC_DEFAULT);
    let claude = claude.parse().ok().filter(|url: &Url| matches!(url.scheme(), "http" | "https"));
    let claude = claude.ok_or_else(|| {
        // Not quoted: it may hold a password.
        Error::InvalidInput(format!(
            "ANTHROPIC_BASE_URL is no address that begins with https:// or http://, such as {ANTHROPIC_DEFAULT}. \
             Correct it or unset it."
        ))
    })?;
    Ok(Endpoints { ollama: ollama_address(config.ollama_host.as_deref().unwrap_or(OLLAMA_DEFAULT)), claude })
}

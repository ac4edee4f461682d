//! Where the master key is: the system's keychain, else a file that only the person may read.
//!
//! A small file in the data directory remembers which, so that a keychain that is locked today does not make a second
//! master key that could read nothing, and a machine without a keychain is not asked for one at each start.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use specta::Type;
use tokio::sync::Mutex;

use crate::{
    Error, Result, private_file,
    random::{self, hex},
};

/// 32 random bytes.
pub type MasterKey = Arc<SecretBox<[u8; 32]>>;

/// How long a keychain may take to say whether it is there. Without one on the bus it says so at once.
const PROBE: Duration = Duration::from_secs(5);

/// How long when it is known to hold the key: it may be asking the person for a password.
const UNLOCK: Duration = Duration::from_secs(60);

const SERVICE: &str = "MemoryLoop";

/// Where the master key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum KeyStoreKind {
    Os,
    File,
    /// Nowhere: what is encrypted today cannot be read tomorrow.
    Memory,
}

/// `MEMORYLOOP_KEYRING`
impl FromStr for KeyStoreKind {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self> {
        match name {
            "os" => Ok(Self::Os),
            "file" => Ok(Self::File),
            "memory" => Ok(Self::Memory),
            _ => Err(Error::InvalidInput("MEMORYLOOP_KEYRING must be os, file or memory.".into())),
        }
    }
}

/// The master key's place. Nothing is opened before a key is stored or read.
pub struct KeyStore {
    choice: Option<KeyStoreKind>,
    file: PathBuf,
    opened: Mutex<Option<(KeyStoreKind, MasterKey)>>,
    /// Found out by `prepare`.
    no_keychain: AtomicBool,
}

/// What the small file says.
enum Marker {
    /// The name of the entry in the keychain.
    Os(String),
    File(MasterKey),
}

impl KeyStore {
    /// Without a `choice`: the keychain, and the file where there is none.
    #[must_use]
    pub fn new(data_dir: &Path, choice: Option<KeyStoreKind>) -> Self {
        Self {
            choice,
            file: data_dir.join("master.key"),
            opened: Mutex::new(None),
            no_keychain: AtomicBool::new(false),
        }
    }

    /// Which one is in use, or would be. Never waits for a keychain: before the first key is kept, and before `prepare`
    /// has found out whether there is one, it is taken for granted.
    ///
    /// # Errors
    /// `NotWritable` when the small file may not be read.
    pub fn kind(&self) -> Result<KeyStoreKind> {
        if let Ok(opened) = self.opened.try_lock()
            && let Some((kind, _)) = opened.as_ref()
        {
            return Ok(*kind);
        }
        Ok(match (self.choice, self.marker()?) {
            (Some(choice), _) => choice,
            (None, Some(Marker::File(_))) => KeyStoreKind::File,
            (None, Some(Marker::Os(_))) => KeyStoreKind::Os,
            (None, None) if self.no_keychain.load(Ordering::Relaxed) => KeyStoreKind::File,
            (None, None) => KeyStoreKind::Os,
        })
    }

    /// Finds out which it would be where that is not settled yet: a real read, of an entry that is not there, which asks
    /// nobody to unlock anything. It may take as long as a keychain takes to answer: call it beside the start.
    ///
    /// # Errors
    /// `NotWritable` when the small file may not be read.
    pub async fn prepare(&self) -> Result<KeyStoreKind> {
        if self.choice.is_none()
            && self.marker()?.is_none()
            && let Err(reason) = read_entry("probe".into(), PROBE).await
        {
            tracing::info!(reason, "no keychain; a master key would be kept in a file");
            self.no_keychain.store(true, Ordering::Relaxed);
        }
        self.kind()
    }

    /// The key that things were encrypted under.
    pub(super) async fn master_to_read(&self) -> Result<MasterKey> {
        self.open(false).await
    }

    /// The same key; a new one where the old one is lost, since what is being written can be read then at least.
    pub(super) async fn master_to_write(&self) -> Result<MasterKey> {
        self.open(true).await
    }

    async fn open(&self, may_make: bool) -> Result<MasterKey> {
        let mut opened = self.opened.lock().await;
        if let Some((_, key)) = opened.as_ref() {
            return Ok(Arc::clone(key));
        }
        let (kind, key) = self.find(may_make).await?;
        if self.choice.is_none() && kind == KeyStoreKind::File {
            tracing::warn!(file = %self.file.display(), "no keychain; the master key is in a file");
        }
        *opened = Some((kind, Arc::clone(&key)));
        Ok(key)
    }

    async fn find(&self, may_make: bool) -> Result<(KeyStoreKind, MasterKey)> {
        let lost = || Error::KeyUnreadable("the master key is lost".into());
        match (self.choice, self.marker()?) {
            (Some(KeyStoreKind::Memory), _) if may_make => Ok((KeyStoreKind::Memory, new_key()?)),
            (Some(KeyStoreKind::Memory), _) => Err(lost()),
            (Some(KeyStoreKind::File) | None, Some(Marker::File(key))) => Ok((KeyStoreKind::File, key)),
            (Some(KeyStoreKind::File), _) if may_make => self.make_in_file(),
            (Some(KeyStoreKind::Os) | None, Some(Marker::Os(entry))) => match read_entry(entry, UNLOCK).await {
                Ok(Some(key)) => Ok((KeyStoreKind::Os, key)),
                Ok(None) if may_make => self.make().await,
                Ok(None) => Err(lost()),
                // It holds the key still: a new one now would be the end of the first, and of all kept under it.
                Err(reason) => Err(Error::KeyUnreadable(format!(
                    "the system's keychain, which holds the master key, does not open ({reason}). Unlock it, or keep \
                     a new master key in a file by setting MEMORYLOOP_KEYRING=file"
                ))),
            },
            _ if may_make => self.make().await,
            _ => Err(lost()),
        }
    }

    /// A new key in the keychain, else in the file; only there where the person wants it nowhere else.
    async fn make(&self) -> Result<(KeyStoreKind, MasterKey)> {
        let key = new_key()?;
        let entry = format!("master key {}", hex(&random::bytes::<8>()?));
        match write_entry(entry.clone(), Arc::clone(&key)).await {
            Ok(()) => {
                private_file::write(&self.file, format!("os {entry}\n").as_bytes())?;
                Ok((KeyStoreKind::Os, key))
            }
            Err(reason) if self.choice == Some(KeyStoreKind::Os) => Err(Error::KeyUnreadable(format!(
                "the system's keychain cannot be used ({reason}), and MEMORYLOOP_KEYRING allows no other place"
            ))),
            Err(reason) => {
                tracing::info!(reason, "the system's keychain cannot be used");
                self.make_in_file()
            }
        }
    }

    fn make_in_file(&self) -> Result<(KeyStoreKind, MasterKey)> {
        let key = new_key()?;
        private_file::write(&self.file, format!("file {}\n", BASE64_STANDARD.encode(key.expose_secret())).as_bytes())?;
        Ok((KeyStoreKind::File, key))
    }

    fn marker(&self) -> Result<Option<Marker>> {
        let Some(bytes) = private_file::read(&self.file)? else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes);
        Ok(match text.trim().split_once(' ') {
            Some(("os", entry)) => Some(Marker::Os(entry.to_owned())),
            Some(("file", key)) => decode(key).map(Marker::File),
            _ => None,
        })
    }
}

/// A keychain may hang for good (a prompt that nobody sees), and a thread of the runtime would keep the program from
/// ending: so it gets one of its own, which is left behind.
async fn in_keychain<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> Result<keyring::Result<T>, String> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let spawned = std::thread::Builder::new().name("keychain".into()).spawn(move || tell.send(work()).is_ok());
    spawned.map_err(|error| error.to_string())?;
    match tokio::time::timeout(patience, told).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(_)) => Err("it broke down".into()),
        Err(_) => Err(format!("it did not answer within {} seconds", patience.as_secs())),
    }
}

/// The entry's key; none when the keychain answers and has no such entry, or nothing like a key in it.
async fn read_entry(entry: String, patience: Duration) -> Result<Option<MasterKey>, String> {
    match in_keychain(patience, move || keyring::Entry::new(SERVICE, &entry)?.get_password()).await? {
        Ok(text) => Ok(decode(&text)),
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(error) => Err(describe(&error)),
    }
}

/// Writes the entry and reads it again: some keychains take what they do not keep.
async fn write_entry(entry: String, key: MasterKey) -> Result<(), String> {
    let name = entry.clone();
    // A real read first: it finds out whether there is a keychain at all without making one.
    read_entry(entry.clone(), PROBE).await?;
    let text = BASE64_STANDARD.encode(key.expose_secret());
    let written = in_keychain(UNLOCK, move || keyring::Entry::new(SERVICE, &name)?.set_password(&text)).await?;
    written.map_err(|error| describe(&error))?;
    match read_entry(entry, PROBE).await? {
        Some(read) if read.expose_secret() == key.expose_secret() => Ok(()),
        _ => Err("it does not keep what it is given".into()),
    }
}

/// Without `BadEncoding`'s and its like's contents, which may be secret.
fn describe(error: &keyring::Error) -> String {
    match error {
        keyring::Error::PlatformFailure(reason) | keyring::Error::NoStorageAccess(reason) => reason.to_string(),
        keyring::Error::NoDefaultStore => match keyring::Entry::store_status() {
            Err(keyring::Error::PlatformFailure(reason)) => reason.to_string(),
            _ => "there is none".into(),
        },
        _ => "it holds something else under that name".into(),
    }
}

fn decode(text: &str) -> Option<MasterKey> {
    let bytes = BASE64_STANDARD.decode(text.trim()).ok()?;
    let key: [u8; 32] = bytes.try_into().ok()?;
    Some(Arc::new(SecretBox::new(Box::new(key))))
}

fn new_key() -> Result<MasterKey> {
    Ok(Arc::new(SecretBox::new(Box::new(random::bytes::<32>()?))))
}

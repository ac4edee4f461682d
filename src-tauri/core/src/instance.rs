//! One running MemoryLoop for a data directory; a second start raises the window of the first.
//!
//! The lock is the operating system's, on `instance.lock`, so that a crash releases it. Beside it `instance.json` says
//! where the holder listens (a port of the loopback interface) and the token that it obeys.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{Error, Result, private_file, random};

/// How long a second start waits for the first to answer a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it goes on when nobody listens: the first takes the lock a moment before it has written where it listens,
/// and until then the file may still say where one that crashed did.
const NOT_LISTENING: Duration = Duration::from_secs(2);
/// How long it waits for one that is closing. Longer than a close may take.
const CLOSING: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(50);
/// How long the first waits for a connection to say what it wants.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// What became of asking for the data directory.
pub enum Claim {
    /// It is ours for as long as the value lives.
    Held(Instance),
    /// Another MemoryLoop has it, and has shown its window.
    Raised,
}

/// The right to use a data directory.
pub struct Instance {
    address_file: PathBuf,
    port: u16,
    token: String,
    /// Taken by [`Instance::on_raise`].
    listener: Option<TcpListener>,
    answering: Option<JoinHandle<()>>,
    closing: Arc<AtomicBool>,
    /// Released last, after the address file is gone. Held, never read.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct Address {
    port: u16,
    token: String,
}

impl Instance {
    /// Takes the data directory, or raises the window of the MemoryLoop that has it.
    ///
    /// # Errors
    /// `DataDirInUse` when the holder does not answer; `NotWritable` or `DiskFull`.
    pub fn claim(data_dir: &Path) -> Result<Claim> {
        let path = data_dir.join("instance.lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| Error::io(&path, &e))?;
        let address_file = data_dir.join("instance.json");
        let start = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Self::hold(lock, address_file).map(Claim::Held),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(e)) => {
                    let reason = format!("this file system does not lock files ({e})");
                    return Err(Error::NotWritable { path: data_dir.to_owned(), reason });
                }
            }
            match ask_to_raise(&address_file) {
                Ok(Reply::Raised) => return Ok(Claim::Raised),
                Ok(Reply::Closing) if start.elapsed() < CLOSING => {}
                Err(_) if start.elapsed() < NOT_LISTENING => {}
                reply => {
                    tracing::warn!(?reply, "the MemoryLoop that has the data directory does not make room");
                    return Err(Error::DataDirInUse { path: data_dir.to_owned() });
                }
            }
            thread::sleep(STEP);
        }
    }

    fn hold(lock: File, address_file: PathBuf) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::internal)?;
        let port = listener.local_addr().map_err(Error::internal)?.port();
        let token = random::hex(&random::bytes::<16>()?);
        let text = serde_json::to_vec(&Address { port, token: token.clone() }).map_err(Error::internal)?;
        private_file::write(&address_file, &text)?;
        Ok(Self {
            port,
            token,
            listener: Some(listener),
            answering: None,
            closing: Arc::default(),
            _lock: lock,
            address_file,
        })
    }

    /// From now on answers second starts, and calls `raise` for each; it says whether there was a window to raise (not
    /// when closing: the second start then waits and takes over). Those that came before wait in the queue of the
    /// socket, so none is lost between taking the directory and having a window. Only the first call has an effect.
    pub fn on_raise(&mut self, raise: impl Fn() -> bool + Send + 'static) {
        let Some(listener) = self.listener.take() else { return };
        let (token, closing) = (self.token.clone(), Arc::clone(&self.closing));
        let answer = move || {
            for stream in listener.incoming() {
                if closing.load(Ordering::Acquire) {
                    break;
                }
                match stream.and_then(|stream| obey(stream, &token, &raise)) {
                    Ok(()) => {}
                    Err(error) => tracing::debug!(%error, "a connection to the instance port came to nothing"),
                }
            }
        };
        match thread::Builder::new().name("instance".into()).spawn(answer) {
            Ok(handle) => self.answering = Some(handle),
            Err(error) => tracing::warn!(%error, "a second start will not be able to raise this window"),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.address_file);
        self.closing.store(true, Ordering::Release);
        if let Some(thread) = self.answering.take() {
            // `accept` cannot be told to stop; a connection wakes it.
            if TcpStream::connect_timeout(&loopback(self.port), REQUEST_TIMEOUT).is_ok() {
                let _ = thread.join();
            }
        }
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// The first's side: reads one line, raises when it is `<token> raise`, and says whether it did.
fn obey(mut stream: TcpStream, token: &str, raise: &impl Fn() -> bool) -> io::Result<()> {
    stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
    stream.set_write_timeout(Some(REQUEST_TIMEOUT))?;
    let mut line = String::new();
    // Anything on this machine can connect; what it can make us hold in memory is small.
    BufReader::new((&stream).take(256)).read_line(&mut line)?;
    if line.trim_end() != format!("{token} raise") {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "wrong token"));
    }
    stream.write_all(if raise() { b"ok\n" } else { b"closing\n" })
}

#[derive(Debug)]
enum Reply {
    Raised,
    Closing,
}

/// The second's side.
fn ask_to_raise(address_file: &Path) -> io::Result<Reply> {
    let address: Address = serde_json::from_slice(&fs::read(address_file)?)?;
    let mut stream = TcpStream::connect_timeout(&loopback(address.port), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{} raise\n", address.token).as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream.take(16)).read_line(&mut answer)?;
    match answer.trim_end() {
        "ok" => Ok(Reply::Raised),
        "closing" => Ok(Reply::Closing),
        _ => Err(io::Error::other("its answer is not one that MemoryLoop gives")),
    }
}

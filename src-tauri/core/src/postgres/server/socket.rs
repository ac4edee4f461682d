//! Where the program and its server meet: a Unix socket that nobody else can reach; on Windows, which has none that
//! PostgreSQL and sqlx share, a port of 127.0.0.1 with a password.

use std::path::{Path, PathBuf};

use super::{cluster::fingerprint, unprivileged::ServerUser};
use crate::{Error, Result};

#[derive(Clone, Debug)]
pub enum Meeting {
    #[cfg(unix)]
    Socket { folder: PathBuf },
    #[cfg(not(unix))]
    Port { port: u16 },
}

/// PostgreSQL names its socket after a port, even when there is none.
#[cfg(unix)]
pub const PORT: u16 = 5432;

/// The kernel takes paths of about 107 bytes; this leaves room for `/.s.PGSQL.5432.lock`.
#[cfg(unix)]
const LONGEST: usize = 80;

#[cfg(unix)]
impl Meeting {
    /// The folder for the socket of the cluster at `data`: short, 0700, the same each time.
    ///
    /// # Errors
    /// `NotWritable`, `DiskFull`
    pub fn prepare(data: &Path, user: ServerUser) -> Result<Self> {
        let name = format!("memoryloop-{}", fingerprint(data));
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let mut problem = None;
        for parent in runtime.into_iter().chain([PathBuf::from("/tmp")]) {
            let path = parent.join(&name);
            // The setting is a list in which these characters mean something.
            let plain = path.to_str().is_some_and(|path| !path.contains([',', '"', ' ', '\'', '\\']));
            let fits = path.is_absolute() && path.as_os_str().len() <= LONGEST;
            if !plain || !fits || !parent.is_dir() || user.barrier(&parent).is_some() {
                continue;
            }
            // /tmp belongs to everybody: a name that somebody else has taken is left to them.
            for number in 0..16 {
                let folder = parent.join(if number == 0 { name.clone() } else { format!("{name}-{number}") });
                match own(&folder, user) {
                    Ok(true) => return Ok(Self::Socket { folder }),
                    Ok(false) => {}
                    Err(error) => {
                        problem = Some(Error::io(&folder, &error));
                        break;
                    }
                }
            }
        }
        Err(problem.unwrap_or_else(|| Error::NotWritable {
            path: "/tmp".into(),
            reason: "there is no place for the socket of the database".into(),
        }))
    }

    pub fn options(&self) -> sqlx::postgres::PgConnectOptions {
        let Self::Socket { folder } = self;
        // Without the person's own ~/.pgpass and without TLS, which a socket does not have.
        sqlx::postgres::PgConnectOptions::new_without_pgpass()
            .socket(folder)
            .port(PORT)
            .ssl_mode(sqlx::postgres::PgSslMode::Disable)
    }

    pub fn settings(&self) -> Vec<String> {
        let Self::Socket { folder } = self;
        vec![
            "listen_addresses=".into(),
            format!("unix_socket_directories={}", folder.display()),
            "unix_socket_permissions=0700".into(),
            format!("port={PORT}"),
        ]
    }

    /// Takes the empty folder away.
    pub fn clear(&self) {
        let Self::Socket { folder } = self;
        // A server that was killed left these two.
        for name in [format!(".s.PGSQL.{PORT}"), format!(".s.PGSQL.{PORT}.lock")] {
            let _ = std::fs::remove_file(folder.join(name));
        }
        let _ = std::fs::remove_dir(folder);
    }
}

/// Makes the folder, or finds it to be a real folder of the server's user that nobody else can enter.
#[cfg(unix)]
fn own(folder: &Path, user: ServerUser) -> std::io::Result<bool> {
    use std::{
        fs,
        os::unix::fs::{DirBuilderExt, MetadataExt},
    };
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => user.give(folder).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(folder)?;
            Ok(found.is_dir() && found.uid() == user.uid() && found.mode() & 0o077 == 0)
        }
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
impl Meeting {
    /// A port that is free now; the server says if it no longer is when it starts.
    ///
    /// # Errors
    /// `Internal` when there is none.
    pub fn prepare(_data: &Path, _user: ServerUser) -> Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(Error::internal)?;
        Ok(Self::Port { port: listener.local_addr().map_err(Error::internal)?.port() })
    }

    pub fn options(&self) -> sqlx::postgres::PgConnectOptions {
        let Self::Port { port } = self;
        sqlx::postgres::PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(*port)
            .ssl_mode(sqlx::postgres::PgSslMode::Disable)
    }

    pub fn settings(&self) -> Vec<String> {
        let Self::Port { port } = self;
        vec!["listen_addresses=127.0.0.1".into(), format!("port={port}")]
    }

    pub fn clear(&self) {}
}

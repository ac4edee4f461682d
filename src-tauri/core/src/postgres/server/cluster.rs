//! The cluster's place on disk: made once with initdb, completely or not at all.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, process::Command};

use super::{locate::Installation, unprivileged::ServerUser};
use crate::{
    Error, Result, private_file,
    random::{self, hex},
};

/// Owns the cluster; the program is it only to migrate.
pub const OWNER: &str = "memoryloop_owner";

/// How the names of clusters begin that are not whole yet.
const UNFINISHED: &str = "cluster.new-";

/// Where everything of one server is, and who it runs as.
pub struct Cluster {
    /// PostgreSQL's own data directory.
    pub data: PathBuf,
    /// What the server has to say.
    pub log: PathBuf,
    pub user: ServerUser,
    pub credentials: Credentials,
    credentials_file: PathBuf,
    pub installation: Installation,
}

/// Generated when the cluster is made; kept in a 0600 file in the data directory.
pub struct Credentials {
    pub owner: SecretString,
    pub login: SecretString,
    /// The file was lost, so that the cluster has other passwords still.
    pub renewed: bool,
}

/// The folder of the server, and whether root's data directory was out of the server's reach.
struct Place {
    home: PathBuf,
    user: ServerUser,
}

impl Cluster {
    /// Finds the cluster of `data_dir`, or makes it.
    ///
    /// # Errors
    /// `PostgresMissing`, `NotWritable`, `DiskFull`; `Internal` with what initdb said.
    pub async fn open(data_dir: &Path, named: Option<&Path>, bundled: Option<&Path>) -> Result<Self> {
        fs::create_dir_all(data_dir).map_err(|error| Error::io(data_dir, &error))?;
        let data_dir = fs::canonicalize(data_dir).map_err(|error| Error::io(data_dir, &error))?;
        let place = choose_place(&data_dir)?;
        remove_unfinished(&place.home);
        let data = place.home.join("cluster");
        let installation = locate_for(&data, place.user, named, bundled)?;
        let credentials_file = data_dir.join("postgres").join("credentials.json");
        let exists = data.join("PG_VERSION").is_file();
        let credentials = match read_credentials(&credentials_file)? {
            Some(credentials) => credentials,
            None => make_credentials(&credentials_file, exists)?,
        };
        let log = place.home.join("server.log");
        let cluster = Self { log, data, user: place.user, credentials, credentials_file, installation };
        if exists {
            if cluster.credentials.renewed {
                cluster.set_owner_password().await?;
            }
        } else {
            cluster.initialise(&place.home).await?;
        }
        Ok(cluster)
    }

    /// Called when the server knows the passwords that the file holds.
    pub fn confirm_credentials(&mut self) -> Result<()> {
        self.credentials.renewed = false;
        self.credentials.write(&self.credentials_file)
    }

    /// initdb into a folder beside, which takes the cluster's name only when it is whole.
    async fn initialise(&self, home: &Path) -> Result<()> {
        // A name of its own, since an initdb that was killed may leave a process that writes for a moment still.
        let unfinished = home.join(format!("{UNFINISHED}{}", hex(&random::bytes::<4>()?)));
        let password_file = home.join("initdb.password");
        let half_made = HalfMade([&unfinished, &password_file]);
        self.run_initdb(&unfinished, &password_file).await?;
        fs::rename(&unfinished, &self.data)
            .and_then(|()| sync_folder(home))
            .map_err(|error| Error::io(&self.data, &error))?;
        drop(half_made);
        Ok(())
    }

    async fn run_initdb(&self, unfinished: &Path, password_file: &Path) -> Result<()> {
        let failed = |error: io::Error| Error::io(unfinished, &error);
        make_private_folder(unfinished).map_err(failed)?;
        self.user.give(unfinished).map_err(failed)?;
        private_file::write(password_file, self.credentials.owner.expose_secret().as_bytes())?;
        self.user.give(password_file).map_err(failed)?;
        let mut command = self.command("initdb");
        command
            .arg("--pgdata")
            .arg(unfinished)
            .arg("--pwfile")
            .arg(password_file)
            .args(["--username", OWNER, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"])
            // Not by --set, which PostgreSQL 15 does not know.
            .env("TZ", "UTC")
            .arg("--no-instructions")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn().map_err(|error| {
            Error::PostgresMissing(format!("{} cannot be run: {error}.", self.installation.program("initdb").display()))
        })?;
        // initdb has a postgres of its own, which must not write on when the start is called off.
        let mut group = KilledGroup(child.id());
        let output = child.wait_with_output().await.map_err(Error::internal)?;
        group.0 = None;
        if output.status.success() {
            return Ok(());
        }
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(explain(&said, &self.data, "PostgreSQL could not make its data directory"))
    }

    /// Where the passwords were lost but the data was not: the single-user mode asks for none.
    async fn set_owner_password(&self) -> Result<()> {
        let mut command = self.command("postgres");
        command
            .args(["--single", "-D"])
            .arg(&self.data)
            .args(["-c", "log_statement=none", "-c", "log_min_error_statement=panic", "postgres"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| Error::io(&self.data, &error))?;
        // Hexadecimal, so that nothing needs quoting.
        let statement = format!("ALTER ROLE {OWNER} PASSWORD '{}'\n", self.credentials.owner.expose_secret());
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(statement.as_bytes()).await.map_err(Error::internal)?;
        }
        let output = child.wait_with_output().await.map_err(Error::internal)?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(explain(&said, &self.data, "the database's lost password could not be set anew"))
    }

    /// A program of the installation, as the server's user and deaf to the environment's ideas about PostgreSQL.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.installation.program(program));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        // Messages in English, because some are recognised; the working directory must be one that the user may enter.
        command.env("LC_ALL", "C").kill_on_drop(true);
        if let Some(home) = self.data.parent() {
            command.current_dir(home);
        }
        self.user.dress(&mut command);
        command
    }
}

/// Removes what initdb has made so far when it goes: after a failure, and when the start is called off.
struct HalfMade<'a>([&'a Path; 2]);

impl Drop for HalfMade<'_> {
    fn drop(&mut self) {
        let [folder, password_file] = self.0;
        let _ = fs::remove_file(password_file);
        // Killed just before, a process may end the one thing that it was doing, and so make a file behind our back.
        for _ in 0..3 {
            match fs::remove_dir_all(folder) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                // What cannot be removed now is removed by the next start.
                _ => return,
            }
        }
    }
}

/// Kills a process and those that it has started, unless it has ended.
struct KilledGroup(Option<u32>);

impl Drop for KilledGroup {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.0.and_then(super::orphan::number) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// What a failing PostgreSQL program said, as an error that a person can act on where there is one.
pub fn explain(said: &str, data: &Path, what: &str) -> Error {
    if said.contains("No space left on device") || said.contains("Disk quota exceeded") {
        return Error::DiskFull { path: data.to_path_buf() };
    }
    for reason in ["Read-only file system", "Permission denied"] {
        if said.contains(reason) {
            return Error::NotWritable { path: data.to_path_buf(), reason: reason.to_owned() };
        }
    }
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Error::Internal(format!("{what}: {}", lines[lines.len().saturating_sub(6)..].join(" / ")))
}

/// Beside the rest of the data where the server's user can reach it; else, for root, where system services keep theirs.
fn choose_place(data_dir: &Path) -> Result<Place> {
    let inside = data_dir.join("postgres");
    let outside = Path::new("/var/lib/memoryloop").join(fingerprint(data_dir)).join("postgres");
    fs::create_dir_all(&inside).map_err(|error| Error::io(&inside, &error))?;
    let user = ServerUser::choose(Some(&inside.join("cluster")));
    if user == ServerUser::Same {
        return Ok(Place { home: inside, user });
    }
    let started_inside = inside.join("cluster").exists();
    let started_outside = outside.join("cluster").exists();
    // Where the data is already decides, even when the folders' permissions have changed since.
    if started_inside || (!started_outside && user.barrier(&inside).is_none()) {
        if let Some(barrier) = user.barrier(&inside) {
            return Err(Error::NotWritable {
                path: barrier.to_path_buf(),
                reason: "PostgreSQL cannot run as root, and the user that it runs as may not enter this folder".into(),
            });
        }
        return Ok(Place { home: inside, user });
    }
    make_passable(&outside).map_err(|error| Error::io(&outside, &error))?;
    let user = ServerUser::choose(Some(&outside.join("cluster")));
    match user.barrier(&outside) {
        None => Ok(Place { home: outside, user }),
        Some(barrier) => Err(Error::NotWritable {
            path: barrier.to_path_buf(),
            reason: "PostgreSQL cannot run as root, and the user that it runs as may not enter this folder".into(),
        }),
    }
}

/// Makes the folders outside so that they can be passed and not read, whatever the umask is.
fn make_passable(outside: &Path) -> io::Result<()> {
    fs::create_dir_all(outside)?;
    #[cfg(unix)]
    for folder in outside.ancestors().take(3) {
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o711))?;
    }
    Ok(())
}

/// The installation that fits the data, within reach of the user that has to run it.
fn locate_for(data: &Path, user: ServerUser, named: Option<&Path>, bundled: Option<&Path>) -> Result<Installation> {
    let wanted = fs::read_to_string(data.join("PG_VERSION")).ok().and_then(|version| version.trim().parse().ok());
    let installation = super::locate::locate(named, bundled, wanted)?;
    let postgres = installation.program("postgres");
    // Links count where they lead.
    let real = fs::canonicalize(&postgres).unwrap_or(postgres);
    match user.barrier(&real) {
        None => Ok(installation),
        Some(barrier) => Err(Error::PostgresMissing(format!(
            "MemoryLoop runs as root, PostgreSQL must not, and the user that it runs as cannot enter {}. Put the \
             installation elsewhere (/var/cache/memoryloop, say) and name it in MEMORYLOOP_POSTGRES_DIR.",
            barrier.display()
        ))),
    }
}

/// Short, and the same for the same folder: names what belongs to it elsewhere.
pub fn fingerprint(folder: &Path) -> String {
    hex(&Sha256::digest(folder.as_os_str().as_encoded_bytes())[..8])
}

fn read_credentials(file: &Path) -> Result<Option<Credentials>> {
    let Some(bytes) = private_file::read(file)? else { return Ok(None) };
    let stored: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    // A file that cannot be read is as good as lost; the passwords are then set anew.
    Ok(match (stored["owner"].as_str(), stored["login"].as_str()) {
        (Some(owner), Some(login)) => {
            Some(Credentials { owner: owner.into(), login: login.into(), renewed: stored["renewed"] == true })
        }
        _ => None,
    })
}

fn make_credentials(file: &Path, renewed: bool) -> Result<Credentials> {
    let credentials = Credentials { owner: password()?, login: password()?, renewed };
    credentials.write(file)?;
    Ok(credentials)
}

impl Credentials {
    fn write(&self, file: &Path) -> Result<()> {
        let stored = json!({
            "owner": self.owner.expose_secret(),
            "login": self.login.expose_secret(),
            "renewed": self.renewed,
        });
        private_file::write(file, stored.to_string().as_bytes())
    }
}

fn password() -> Result<SecretString> {
    Ok(hex(&random::bytes::<24>()?).into())
}

fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// What killed starts left behind.
fn remove_unfinished(home: &Path) {
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

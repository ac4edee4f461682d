//! The embedded server's life: start, stop, death, what an earlier run left, and what it does not start on.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use memoryloop_core::{
    Error, accounts,
    postgres::{
        Database, DatabaseState,
        server::{Embedded, Server, Source},
    },
    time::UnixMillis,
};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use support::{
    postgres::{installation, start},
    scratch::Scratch,
};

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

fn cluster(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres/cluster")
}

/// The server's process, and the folder of its socket, as it says in its lock file.
fn process(data_dir: &Path) -> (Pid, PathBuf) {
    let lock = std::fs::read_to_string(cluster(data_dir).join("postmaster.pid")).unwrap();
    let lines: Vec<&str> = lock.lines().collect();
    (Pid::from_raw(lines[0].trim().parse().unwrap()).unwrap(), lines[4].into())
}

/// Whether it runs; a zombie does not.
fn runs(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    test_kill_process(pid).is_ok() && !stat.contains(") Z ")
}

async fn add_profile(db: &Database, name: &str) {
    accounts::create_profile(db, name, &"correct horse".into(), NOW).await.unwrap();
}

async fn has_profile(db: &Database, name: &str) -> bool {
    accounts::sign_in(db, name, &"correct horse".into(), NOW).await.is_ok()
}

async fn becomes(server: &Server, wanted: impl FnMut(&DatabaseState) -> bool) -> DatabaseState {
    let mut state = server.state();
    let waiting = state.wait_for(wanted);
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("the state did not come").unwrap().clone()
}

async fn show(server: &Server, setting: &str) -> String {
    let mut owner = server.owner().await.unwrap().connect().await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(format!("SHOW {setting}"))).fetch_one(&mut owner).await.unwrap()
}

#[tokio::test]
async fn it_starts_private_and_safe_and_stops_without_a_trace() {
    let scratch = Scratch::new("start");
    let server = start(scratch.path());
    assert_eq!(*server.state().borrow(), DatabaseState::Starting);
    assert!(matches!(server.database_now(), Err(Error::DatabaseUnavailable(_))));
    let db = server.database().await.unwrap();
    becomes(&server, |state| *state == DatabaseState::Ready).await;
    add_profile(&db, "ada").await;
    for (setting, value) in [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("lc_collate", "C"),
        ("TimeZone", "UTC"),
        ("password_encryption", "scram-sha-256"),
        ("log_statement", "none"),
    ] {
        // Since version 16 the collation is the database's, and no setting.
        if setting != "lc_collate" {
            assert_eq!(show(&server, setting).await, value, "{setting}");
        }
    }
    let (pid, socket) = process(scratch.path());
    assert!(!listens_on_tcp(pid), "it listens on TCP");
    use std::os::unix::fs::MetadataExt;
    assert_eq!(std::fs::metadata(&socket).unwrap().mode() & 0o777, 0o700);
    assert_eq!(std::fs::metadata(cluster(scratch.path())).unwrap().mode() & 0o777, 0o700);
    let credentials = std::fs::metadata(scratch.join("postgres/credentials.json")).unwrap();
    assert_eq!(credentials.mode() & 0o777, 0o600);
    let runs_as = std::fs::metadata(format!("/proc/{}", pid.as_raw_nonzero())).unwrap().uid();
    assert_ne!(runs_as, 0, "PostgreSQL runs as root");

    server.stop().await;
    assert!(!runs(pid));
    assert!(!socket.exists(), "{} is left", socket.display());
    assert!(!cluster(scratch.path()).join("postmaster.pid").exists());
    assert!(matches!(accounts::sign_in(&db, "ada", &"x".into(), NOW).await, Err(Error::DatabaseUnavailable(_))));
    server.stop().await;

    let again = start(scratch.path());
    let begun = Instant::now();
    let db = again.database().await.unwrap();
    println!("second start: {:?}", begun.elapsed());
    assert!(has_profile(&db, "ada").await);
    again.stop().await;
}

/// Among the sockets that the process has open, is one that listens?
fn listens_on_tcp(pid: Pid) -> bool {
    let fds = std::fs::read_dir(format!("/proc/{}/fd", pid.as_raw_nonzero())).unwrap();
    let own: Vec<String> = fds
        .filter_map(|fd| Some(std::fs::read_link(fd.ok()?.path()).ok()?.to_str()?.to_owned()))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    assert!(!own.is_empty(), "it has its Unix socket at least");
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().any(|table| {
        let table = std::fs::read_to_string(table).unwrap_or_default();
        table.lines().skip(1).any(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields[3] == "0A" && own.iter().any(|inode| inode == fields[9])
        })
    })
}

#[tokio::test]
async fn killed_it_is_started_again_and_the_pool_goes_on() {
    let scratch = Scratch::new("killed");
    let server = start(scratch.path());
    let db = server.database().await.unwrap();
    add_profile(&db, "before").await;
    for round in 0..3 {
        let (pid, _) = process(scratch.path());
        kill_process(pid, Signal::KILL).unwrap();
        becomes(&server, |state| *state == DatabaseState::Restarting).await;
        becomes(&server, |state| *state == DatabaseState::Ready).await;
        assert_ne!(process(scratch.path()).0, pid);
        assert!(has_profile(&db, "before").await, "round {round}");
        add_profile(&db, &format!("after {round}")).await;
    }
    // A statement that falls into the restart waits for it.
    kill_process(process(scratch.path()).0, Signal::KILL).unwrap();
    let begun = Instant::now();
    while !has_profile(&db, "after 2").await {
        assert!(begun.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_dies_each_time_is_given_up_with_the_reason() {
    let scratch = Scratch::new("dies");
    let server = start(scratch.path());
    let db = server.database().await.unwrap();
    let control = cluster(scratch.path()).join("global/pg_control");
    let hidden = cluster(scratch.path()).join("global/pg_control.hidden");
    std::fs::rename(&control, &hidden).unwrap();
    kill_process(process(scratch.path()).0, Signal::KILL).unwrap();
    let failed = becomes(&server, |state| matches!(state, DatabaseState::Failed { .. })).await;
    let DatabaseState::Failed { message } = failed else { unreachable!() };
    assert!(message.contains("pg_control") || message.contains("database"), "{message}");
    assert!(server.database().await.is_err());
    drop(db);
    server.stop().await;
    std::fs::rename(&hidden, &control).unwrap();
    let repaired = start(scratch.path());
    repaired.database().await.unwrap();
    repaired.stop().await;
}

#[tokio::test]
async fn the_lock_file_of_a_dead_server_is_no_obstacle() {
    let scratch = Scratch::new("stale");
    let server = start(scratch.path());
    server.database().await.unwrap();
    let lock = cluster(scratch.path()).join("postmaster.pid");
    let content = std::fs::read_to_string(&lock).unwrap();
    server.stop().await;
    // A process of the same user that is alive and is no PostgreSQL: numbers come round again after a restart.
    let mut stranger = Command::new("sleep");
    stranger.arg("60");
    as_owner_of(&mut stranger, &cluster(scratch.path()));
    let mut stranger = stranger.spawn().unwrap();
    let rest = content.split_once('\n').unwrap().1;
    for stale in [format!("{}\n{rest}", stranger.id()), format!("999999\n{rest}"), String::new(), "\0\0nonsense".into()]
    {
        std::fs::write(&lock, stale).unwrap();
        let server = start(scratch.path());
        server.database().await.unwrap();
        server.stop().await;
    }
    assert!(stranger.try_wait().unwrap().is_none(), "a stranger was killed");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

fn as_owner_of(command: &mut Command, path: &Path) {
    use std::os::unix::{fs::MetadataExt, process::CommandExt};
    let owner = std::fs::metadata(path).unwrap();
    if rustix::process::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
}

#[tokio::test]
async fn the_orphan_of_a_killed_run_is_replaced() {
    let scratch = Scratch::new("orphan");
    let first = start(scratch.path());
    let db = first.database().await.unwrap();
    add_profile(&db, "ada").await;
    let (pid, socket) = process(scratch.path());
    let program = std::fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero())).unwrap();
    first.stop().await;
    // What a run that was killed leaves behind: a server that nobody looks after, here with its old socket.
    std::fs::create_dir(&socket).unwrap();
    let mut orphan = Command::new(program);
    orphan.arg("-D").arg(cluster(scratch.path())).args(["-c", "listen_addresses=", "-c", "timezone=UTC", "-c"]);
    orphan.arg(format!("unix_socket_directories={}", socket.display()));
    orphan.current_dir("/").stderr(std::process::Stdio::null());
    as_owner_of(&mut orphan, &cluster(scratch.path()));
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let owner = std::fs::metadata(cluster(scratch.path())).unwrap();
    chown(&socket, Some(owner.uid()), Some(owner.gid())).unwrap();
    std::fs::set_permissions(&socket, PermissionsExt::from_mode(0o700)).unwrap();
    let mut orphan = orphan.spawn().unwrap();
    while !std::fs::read_to_string(cluster(scratch.path()).join("postmaster.pid"))
        .is_ok_and(|lock| lock.contains("ready"))
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let second = start(scratch.path());
    let db = second.database().await.unwrap();
    assert!(has_profile(&db, "ada").await);
    assert!(orphan.wait().unwrap().success(), "it was stopped properly");
    assert_ne!(process(scratch.path()).0.as_raw_nonzero().get().unsigned_abs(), orphan.id());
    second.stop().await;
}

/// What lies in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn stopped_in_the_middle_of_starting_it_leaves_nothing_running_and_starts_later() {
    let scratch = Scratch::new("stopped");
    // In initdb; then, as soon as that is done, in the server's start, the making of the database and the migrations.
    for (made, millis) in [(false, 0), (false, 60), (false, 500)].into_iter().chain((0..12).map(|n| (true, n * 40))) {
        let server = start(scratch.path());
        while made && !cluster(scratch.path()).exists() {
            let state = server.state().borrow().clone();
            assert_eq!(state, DatabaseState::Starting);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(millis)).await;
        let begun = Instant::now();
        server.stop().await;
        assert!(begun.elapsed() < Duration::from_secs(8), "stopping after {millis} ms took {:?}", begun.elapsed());
        assert!(!cluster(scratch.path()).join("postmaster.pid").exists(), "after {millis} ms");
        let half_made = names(&scratch.join("postgres")).into_iter().filter(|name| name.starts_with("cluster.new-"));
        assert_eq!(half_made.collect::<Vec<_>>(), [""; 0], "after {millis} ms");
        println!("{millis} ms, then stopped in {:?}", begun.elapsed());
    }
    let server = start(scratch.path());
    server.database().await.unwrap();
    assert_eq!(names(&scratch.join("postgres")), ["cluster", "credentials.json", "server.log"]);
    server.stop().await;
}

#[tokio::test]
async fn dropped_without_stop_it_ends_all_the_same() {
    let scratch = Scratch::new("dropped");
    let server = start(scratch.path());
    server.database().await.unwrap();
    let (pid, socket) = process(scratch.path());
    drop(server);
    let begun = Instant::now();
    while runs(pid) || socket.exists() {
        assert!(begun.elapsed() < Duration::from_secs(15));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn lost_passwords_are_set_anew_and_the_data_is_kept() {
    let scratch = Scratch::new("passwords");
    let server = start(scratch.path());
    add_profile(&server.database().await.unwrap(), "ada").await;
    server.stop().await;
    for loss in [None, Some("{")] {
        let file = scratch.join("postgres/credentials.json");
        match loss {
            None => std::fs::remove_file(file).unwrap(),
            Some(nonsense) => std::fs::write(file, nonsense).unwrap(),
        }
        for _ in 0..2 {
            let server = start(scratch.path());
            assert!(has_profile(&server.database().await.unwrap(), "ada").await);
            server.stop().await;
        }
    }
}

#[tokio::test]
async fn an_installation_that_is_no_use_is_named_with_what_it_lacks() {
    let scratch = Scratch::new("missing");
    let without = scratch.join("without pgcrypto");
    std::fs::create_dir_all(without.join("bin")).unwrap();
    for program in ["postgres", "initdb"] {
        let script = without.join("bin").join(program);
        std::fs::write(&script, "#!/bin/sh\necho 'postgres (PostgreSQL) 17.2'\n").unwrap();
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    for (folder, lack) in [(scratch.join("nowhere"), "no postgres"), (without, "no pgcrypto")] {
        let server = Server::start(Source::Embedded(Embedded {
            data_dir: scratch.join("data"),
            postgres_dir: Some(folder.clone()),
            bundled_dir: None,
        }));
        let Err(error @ Error::PostgresMissing(_)) = server.database().await else { panic!("it started") };
        let text = error.to_string();
        assert!(text.contains(lack) && text.contains(&*folder.to_string_lossy()), "{text}");
        let message = format!("{text} When that is mended, start MemoryLoop again.");
        assert_eq!(*server.state().borrow(), DatabaseState::Failed { message });
        server.stop().await;
    }
}

#[tokio::test]
async fn the_log_holds_no_values_even_when_statements_fail() {
    let scratch = Scratch::new("log");
    let server = start(scratch.path());
    let db = server.database().await.unwrap();
    add_profile(&db, "secret-name").await;
    assert!(matches!(
        accounts::create_profile(&db, "secret-name", &"correct horse".into(), NOW).await,
        Err(Error::EmailTaken)
    ));
    let mut owner = server.owner().await.unwrap().connect().await.unwrap();
    let failing = "INSERT INTO users (id, email, password_hash, created_at) VALUES ($1, $2, NULL, 0)";
    let id = uuid::Uuid::now_v7();
    assert!(sqlx::query(failing).bind(id).bind("other-secret").execute(&mut owner).await.is_err());
    assert!(sqlx::raw_sql("SELECT 'literal-secret'::int").execute(&mut owner).await.is_err());
    owner.close().await.unwrap();
    server.stop().await;
    let log = std::fs::read_to_string(scratch.join("postgres/server.log")).unwrap();
    assert!(log.contains("duplicate key"), "{log}");
    assert!(!log.contains("secret-name") && !log.contains("other-secret"), "{log}");
    println!("installation: {:?}", installation());
}

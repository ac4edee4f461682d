//! One MemoryLoop for a data directory: a second start raises the first, waits for one that is closing, takes over from
//! one that crashed, and says so when the holder does not answer.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use memoryloop_core::{
    Error,
    instance::{Claim, Instance},
};

fn held(dir: &Path) -> Instance {
    match Instance::claim(dir).unwrap() {
        Claim::Held(instance) => instance,
        Claim::Raised => panic!("nobody should have it"),
    }
}

#[test]
fn a_second_start_raises_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = held(dir.path());
    let raised = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&raised);
    first.on_raise(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        true
    });
    for expected in 1..=3 {
        assert!(matches!(Instance::claim(dir.path()).unwrap(), Claim::Raised));
        assert_eq!(raised.load(Ordering::SeqCst), expected);
    }
    drop(first);
    assert!(!dir.path().join("instance.json").exists());
    drop(held(dir.path()));
}

#[test]
fn a_second_start_before_the_window_is_there_waits_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = held(dir.path());
    let path = dir.path().to_owned();
    let second = thread::spawn(move || matches!(Instance::claim(&path).unwrap(), Claim::Raised));
    thread::sleep(Duration::from_millis(300));
    first.on_raise(|| true);
    assert!(second.join().unwrap());
}

#[test]
fn a_second_start_waits_for_one_that_closes_and_takes_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = held(dir.path());
    first.on_raise(|| false);
    let path = dir.path().to_owned();
    let second = thread::spawn(move || matches!(Instance::claim(&path).unwrap(), Claim::Held(_)));
    thread::sleep(Duration::from_millis(300));
    drop(first);
    assert!(second.join().unwrap());
}

#[test]
fn what_a_crash_left_does_not_count() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("instance.lock"), "").unwrap();
    fs::write(dir.path().join("instance.json"), r#"{"port":1,"token":"old"}"#).unwrap();
    let mut first = held(dir.path());
    first.on_raise(|| true);
    assert!(matches!(Instance::claim(dir.path()).unwrap(), Claim::Raised));
}

#[test]
fn a_holder_that_does_not_answer_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let lock = fs::File::create(dir.path().join("instance.lock")).unwrap();
    lock.lock().unwrap();
    // No address, then one where nobody listens, then one where something else does.
    let stranger = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = stranger.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in stranger.incoming() {
            let _ = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    for address in
        [None, Some(r#"{"port":1,"token":"t"}"#.to_owned()), Some(format!(r#"{{"port":{port},"token":"t"}}"#))]
    {
        if let Some(address) = address {
            fs::write(dir.path().join("instance.json"), address).unwrap();
        }
        let start = Instant::now();
        let Err(error) = Instance::claim(dir.path()) else { panic!("it is in use") };
        assert!(matches!(error, Error::DataDirInUse { .. }), "{error}");
        assert!(error.to_string().contains("Close it"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(8));
    }
}

#[test]
fn only_the_token_raises() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = held(dir.path());
    let raised = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&raised);
    first.on_raise(move || counter.fetch_add(1, Ordering::SeqCst) < usize::MAX);
    let address: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("instance.json")).unwrap()).unwrap();
    let port = u16::try_from(address["port"].as_u64().unwrap()).unwrap();
    for request in ["raise\n", "0 raise\n", "GET / HTTP/1.1\r\n\r\n", &"x".repeat(100_000)] {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let _ = stream.write_all(request.as_bytes());
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert_eq!(answer, "", "{request:.20}");
    }
    assert_eq!(raised.load(Ordering::SeqCst), 0);
    assert!(matches!(Instance::claim(dir.path()).unwrap(), Claim::Raised));
}

#[cfg(unix)]
#[test]
fn the_token_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let _first = held(dir.path());
    let mode = fs::metadata(dir.path().join("instance.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_directory_that_is_not_there_is_told() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Instance::claim(&dir.path().join("gone")).is_err());
}

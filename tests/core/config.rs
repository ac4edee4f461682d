//! Where things are, from an environment that is handed in; and a data directory that cannot be used says so at once.

use std::{
    collections::HashMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use memoryloop_core::{Error, config::Config, keys::KeyStoreKind};
use secrecy::ExposeSecret;

fn read(variables: &[(&str, &str)]) -> Result<Config, Error> {
    let variables: HashMap<String, OsString> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
    Config::read(|name| variables.get(name).cloned(), Some(PathBuf::from("/platform/memoryloop")), Path::new("/here"))
}

#[test]
fn nothing_set_gives_the_defaults() {
    let config = read(&[]).unwrap();
    assert_eq!(config.data_dir, Path::new("/platform/memoryloop"));
    assert!(config.ollama_host.is_none() && config.anthropic_base_url.is_none() && config.database_url.is_none());
    assert!(config.postgres_dir.is_none() && config.keyring.is_none());
    assert_eq!(config.logs_dir(), Path::new("/platform/memoryloop/logs"));
}

#[test]
fn what_is_set_is_taken_and_relative_paths_become_absolute() {
    let config = read(&[
        ("MEMORYLOOP_DATA_DIR", "my data/é"),
        ("MEMORYLOOP_POSTGRES_DIR", "/opt/pg"),
        ("OLLAMA_HOST", " 192.168.0.7 "),
        ("ANTHROPIC_BASE_URL", "http://127.0.0.1:9"),
        ("DATABASE_URL", "postgres://a:secret@h/d"),
        ("MEMORYLOOP_KEYRING", "file"),
    ])
    .unwrap();
    assert_eq!(config.data_dir, Path::new("/here/my data/é"));
    assert_eq!(config.postgres_dir.as_deref(), Some(Path::new("/opt/pg")));
    assert_eq!(config.ollama_host.as_deref(), Some("192.168.0.7"));
    assert_eq!(config.anthropic_base_url.as_deref(), Some("http://127.0.0.1:9"));
    assert_eq!(config.keyring, Some(KeyStoreKind::File));
    assert!(!format!("{config:?}").contains("secret"), "a configuration that is logged must not show the password");
    assert_eq!(config.database_url.unwrap().expose_secret(), "postgres://a:secret@h/d");
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let empty = ["MEMORYLOOP_DATA_DIR", "OLLAMA_HOST", "DATABASE_URL", "MEMORYLOOP_POSTGRES_DIR", "MEMORYLOOP_KEYRING"];
    let config = read(&empty.map(|name| (name, ""))).unwrap();
    assert_eq!(config.data_dir, Path::new("/platform/memoryloop"));
    assert!(config.ollama_host.is_none() && config.database_url.is_none() && config.postgres_dir.is_none());
}

#[test]
fn what_cannot_be_understood_is_refused_in_a_sentence() {
    let error = read(&[("MEMORYLOOP_KEYRING", "vault")]).unwrap_err();
    assert!(matches!(&error, Error::InvalidInput(text) if text.contains("MEMORYLOOP_KEYRING")), "{error}");
    let error = Config::read(|_| None, None, Path::new("/here")).unwrap_err();
    assert!(matches!(&error, Error::InvalidInput(text) if text.contains("MEMORYLOOP_DATA_DIR")), "{error}");
}

#[cfg(unix)]
#[test]
fn text_that_is_not_utf_8_is_refused_without_being_shown() {
    use std::os::unix::ffi::OsStringExt;
    let broken =
        |name: &str| (name == "DATABASE_URL").then(|| OsString::from_vec(b"postgres://a:hunter2@\xff".to_vec()));
    let error = Config::read(broken, Some("/p".into()), Path::new("/here")).unwrap_err();
    assert!(error.to_string().contains("DATABASE_URL") && !error.to_string().contains("hunter2"), "{error}");
}

fn at(data_dir: PathBuf) -> Config {
    Config::read(|_| None, Some(data_dir), Path::new("/")).unwrap()
}

#[test]
fn a_data_directory_is_made_and_left_clean() {
    let root = tempfile::tempdir().unwrap();
    let config = at(root.path().join("with spaces/and ünïcödé"));
    config.prepare_data_dir().unwrap();
    config.prepare_data_dir().unwrap();
    let entries = std::fs::read_dir(&config.data_dir).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["learning", "logs", "webview"], "the probe is gone");
}

#[cfg(unix)]
#[test]
fn what_is_learnt_and_logged_is_nobody_elses_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let config = at(root.path().join("data"));
    let learning = config.data_dir.join("learning");
    std::fs::create_dir_all(&learning).unwrap();
    std::fs::set_permissions(&learning, PermissionsExt::from_mode(0o755)).unwrap();
    config.prepare_data_dir().unwrap();
    for name in ["learning", "logs", "webview"] {
        let mode = std::fs::metadata(config.data_dir.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{name}");
    }
}

#[test]
fn a_file_in_the_place_of_the_data_directory_is_not_writable() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    std::fs::write(&file, "").unwrap();
    for place in [file.clone(), file.join("below")] {
        let error = at(place).prepare_data_dir().unwrap_err();
        assert!(matches!(error, Error::NotWritable { .. }), "{error}");
        assert!(error.to_string().contains("MEMORYLOOP_DATA_DIR"), "{error}");
    }
}

/// Root may write where the mode says no; only the kernel's own file systems refuse root.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_may_not_be_written_to_is_told() {
    let error = at("/proc/memoryloop".into()).prepare_data_dir().unwrap_err();
    assert!(matches!(error, Error::NotWritable { .. }), "{error}");
}

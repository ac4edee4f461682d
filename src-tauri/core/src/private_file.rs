//! Small files that only the person may read (0600): a session's token, the master key, the server's passwords.
//! Written whole or not at all, and on disk before the call returns.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use crate::{Error, Result};

/// Replaces the file at `path` by `bytes`. Its folder must exist.
///
/// # Errors
/// `NotWritable`, `DiskFull`
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("new");
    replace(path, &unfinished, bytes).map_err(|error| {
        // What is left of it may hold half a secret.
        let _ = fs::remove_file(&unfinished);
        Error::io(path, &error)
    })
}

fn replace(path: &Path, unfinished: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    // A new file, so that it never had a wider mode and is no link of somebody else's.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(unfinished, path)?;
    sync_folder(path)
}

/// Makes the name itself survive a power cut.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The file's content, or none when there is no such file.
///
/// # Errors
/// `NotWritable` when it may not be read either.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(path, &error)),
    }
}

/// Removes the file; one that is not there is fine.
///
/// # Errors
/// `NotWritable`
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io(path, &error)),
        _ => sync_folder(path).or(Ok(())),
    }
}

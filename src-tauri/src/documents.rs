//! Documents that a person takes out of the program: written where they would look for a download.

use std::{
    fs::File,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use memoryloop_core::{Error, Result};
use tauri::{AppHandle, Manager};

/// More files of one name than this are not looked past.
const MOST_ALIKE: u32 = 1_000;

/// Saves `(name, content)` in the folder for downloads (in `otherwise` on a system without one) and says where. A file
/// that is there already is left alone; the new one gets a number.
///
/// # Errors
/// `NotWritable`, `DiskFull`; no half of a file stays.
pub fn save(app: &AppHandle, otherwise: &Path, (name, content): (String, String)) -> Result<String> {
    let folder = app.path().download_dir().unwrap_or_else(|_| otherwise.to_owned());
    std::fs::create_dir_all(&folder).map_err(|error| Error::io(&folder, &error))?;
    let path = write(&folder, &name, content.as_bytes())?;
    Ok(path.display().to_string())
}

fn write(folder: &Path, name: &str, content: &[u8]) -> Result<PathBuf> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "md"));
    for number in 1..=MOST_ALIKE {
        let name = if number == 1 { name.to_owned() } else { format!("{stem} ({number}).{extension}") };
        let path = folder.join(name);
        let mut file = match File::create_new(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(Error::io(path, &error)),
            Ok(file) => file,
        };
        if let Err(error) = file.write_all(content).and_then(|()| file.sync_all()) {
            let _ = std::fs::remove_file(&path);
            return Err(Error::io(path, &error));
        }
        return Ok(path);
    }
    Err(Error::InvalidInput(format!("There are too many files called {name} in {}. Tidy up there.", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_over_another_file() {
        let folder = std::env::temp_dir().join(format!("memoryloop-documents-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let first = write(&folder, "Why?.md", b"one").expect("written");
        let second = write(&folder, "Why?.md", b"two").expect("written");
        assert_eq!(second.file_name().and_then(|name| name.to_str()), Some("Why? (2).md"));
        assert_eq!(std::fs::read(first).expect("there"), b"one");
        assert_eq!(std::fs::read(second).expect("there"), b"two");
        std::fs::remove_dir_all(folder).expect("removed");
    }
}

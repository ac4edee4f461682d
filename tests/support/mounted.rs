//! Small disks, to fill up.

use std::{path::Path, process::Command};

/// A file system of its own on a folder, where mounting is allowed.
pub struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    /// None, said on the test's output, where mounting is not allowed.
    #[must_use]
    pub fn new(folder: &'a Path, options: &str) -> Option<Self> {
        let mounted = rustix::process::geteuid().is_root()
            && Command::new("mount")
                .args(["-t", "tmpfs", "-o", options, "tmpfs"])
                .arg(folder)
                .status()
                .is_ok_and(|status| status.success());
        if !mounted {
            println!("skipped: mounting is not allowed here");
        }
        mounted.then_some(Self(folder))
    }

    /// Changes its options, such as the size.
    pub fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.0).status().unwrap().success());
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        // Lazily, since a failed test may leave a server on it.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

//! PostgreSQL refuses to run as root. When the program is root (a container), the server runs as somebody who may do
//! nothing else, and its data, its socket and the installation must lie where that somebody can reach them.

use std::{io, path::Path};

use tokio::process::Command;

/// Who the server runs as. On a desktop that is the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerUser {
    Same,
    #[cfg(unix)]
    Other {
        uid: u32,
        gid: u32,
    },
}

#[cfg(unix)]
mod unix {
    use std::{
        fs,
        os::unix::fs::{MetadataExt, chown},
    };

    use super::{Command, Path, ServerUser, io};

    impl ServerUser {
        /// Whoever owns the cluster when there is one (a person who ran the program with and without sudo), else
        /// `nobody`.
        pub fn choose(cluster: Option<&Path>) -> Self {
            if !rustix::process::geteuid().is_root() {
                return Self::Same;
            }
            let owner = cluster.and_then(|cluster| fs::metadata(cluster).ok()).filter(|owner| owner.uid() != 0);
            match owner {
                Some(owner) => Self::Other { uid: owner.uid(), gid: owner.gid() },
                None => nobody(),
            }
        }

        /// Makes a program run as this user.
        pub fn dress(self, command: &mut Command) {
            if let Self::Other { uid, gid } = self {
                // The standard library drops root's supplementary groups with it.
                command.uid(uid).gid(gid);
            }
        }

        /// Gives a file or folder to this user.
        pub fn give(self, path: &Path) -> io::Result<()> {
            match self {
                Self::Same => Ok(()),
                Self::Other { uid, gid } => chown(path, Some(uid), Some(gid)),
            }
        }

        pub fn uid(self) -> u32 {
            match self {
                Self::Same => rustix::process::geteuid().as_raw(),
                Self::Other { uid, .. } => uid,
            }
        }

        /// The first folder on the way to `path` (inclusive) that this user may not pass. Folders that do not exist
        /// yet will be made by the program.
        pub fn barrier(self, path: &Path) -> Option<&Path> {
            let Self::Other { uid, gid } = self else { return None };
            let mut way: Vec<&Path> = path.ancestors().collect();
            way.reverse();
            way.into_iter().find(|step| match fs::metadata(step) {
                Ok(found) => !passable(&found, uid, gid),
                Err(_) => false,
            })
        }
    }

    fn passable(found: &fs::Metadata, uid: u32, gid: u32) -> bool {
        let shift = if found.uid() == uid {
            6
        } else if found.gid() == gid {
            3
        } else {
            0
        };
        (found.mode() >> shift) & 1 == 1
    }

    fn nobody() -> ServerUser {
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let ids = passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == "nobody").then_some(())?;
            let uid = fields.nth(1)?.parse().ok()?;
            Some((uid, fields.next()?.parse().ok()?))
        });
        // 65534 is the kernel's overflow user, which every system without a `nobody` has still.
        let (uid, gid) = ids.filter(|&(uid, _)| uid != 0).unwrap_or((65_534, 65_534));
        ServerUser::Other { uid, gid }
    }
}

#[cfg(not(unix))]
impl ServerUser {
    pub fn choose(_cluster: Option<&Path>) -> Self {
        Self::Same
    }

    pub fn dress(self, _command: &mut Command) {}

    pub fn give(self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    pub fn barrier(self, _path: &Path) -> Option<&Path> {
        None
    }
}

//! Asks the system for the stamps of many files in one folder.

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod system {
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, statat};

    use crate::scan::Stamp;

    /// A folder, open: names in it are found without going the way to it each time.
    #[derive(Debug)]
    pub(crate) struct Looker(OwnedFd);

    impl Looker {
        /// # Errors
        /// Whatever the system says.
        pub(crate) fn open(folder: &Path) -> std::io::Result<Self> {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            Ok(Self(openat(CWD, folder, flags, Mode::empty())?))
        }

        /// What the system says of a file there. None for what is not there, or is no file.
        pub(crate) fn stamp(&self, name: &str) -> Option<Stamp> {
            let stat = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                return None;
            }
            let nanos = |secs: i64, nanos| {
                let secs = secs.saturating_mul(1_000_000_000);
                secs.saturating_add(i64::try_from(nanos).unwrap_or(0))
            };
            Some(Stamp {
                len: u64::try_from(stat.st_size).unwrap_or(0),
                modified_ns: Some(nanos(stat.st_mtime, stat.st_mtime_nsec)),
                changed_ns: nanos(stat.st_ctime, stat.st_ctime_nsec),
                inode: stat.st_ino,
            })
        }
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
mod system {
    use std::path::{Path, PathBuf};

    use crate::scan::Stamp;

    /// A folder.
    #[derive(Debug)]
    pub(crate) struct Looker(PathBuf);

    impl Looker {
        /// # Errors
        /// None.
        pub(crate) fn open(folder: &Path) -> std::io::Result<Self> {
            Ok(Self(folder.to_path_buf()))
        }

        /// What the system says of a file there. None for what is not there, or is no file.
        pub(crate) fn stamp(&self, name: &str) -> Option<Stamp> {
            let metadata = self.0.join(name).symlink_metadata().ok()?;
            metadata.is_file().then(|| Stamp::of(&metadata))
        }
    }
}

pub(crate) use system::Looker;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Stamp;

    #[test]
    fn it_says_of_a_file_what_everybody_says() {
        let folder = tempfile::tempdir().unwrap();
        let looker = Looker::open(folder.path()).unwrap();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        for (name, secs) in [("a", 0_i64), ("b c", 1_800_000_000), ("d", -5)] {
            let path = folder.path().join(name);
            std::fs::write(&path, name).unwrap();
            let since = std::time::Duration::from_millis(secs.unsigned_abs() * 1000 + 7);
            let epoch = std::time::UNIX_EPOCH;
            let time = if secs < 0 {
                epoch - since
            } else {
                epoch + since
            };
            let file = std::fs::File::options().append(true).open(&path).unwrap();
            file.set_modified(time).unwrap();
            let stamp = Stamp::of(&path.metadata().unwrap());
            assert_eq!(looker.stamp(name), Some(stamp), "{name}");
        }
        for name in ["none", "folder"] {
            assert_eq!(looker.stamp(name), None, "{name}");
        }
    }
}

//! The published folder as a list of files: what is there, and what is left alone from the start.
//!
//! Not here: which of them may be shared ([`crate::labels`]) and what they mean ([`crate::site`]).

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::{DirEntry, WalkDir};

use crate::Error;
use crate::config;

/// Files at the top of the folder that `publish` itself writes.
pub const OURS: [&str; 2] = [PAGE_SCRIPT, WORKER_SCRIPT];

/// The page's script.
pub const PAGE_SCRIPT: &str = "swarmfetch.js";

/// The worker's script.
pub const WORKER_SCRIPT: &str = "swarmfetch-sw.js";

/// Where everything else of ours stands, relative to the folder.
pub const WELL_KNOWN: &str = ".well-known/swarmfetch";

/// The file with the owner's response headers.
pub const HEADERS_FILE: &str = "_headers";

/// Files that speak to the host, not to visitors. Redirects are not followed here, but other hosts
/// that do so do not serve the file either.
pub const HOST_FILES: [&str; 2] = [HEADERS_FILE, "_redirects"];

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Its name relative to the folder, `/` between.
    pub name: String,
    /// Length in bytes.
    pub len: u64,
    /// Last modification, in seconds since 1970.
    pub modified_secs: u64,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// Files, ordered by name.
    pub files: Vec<File>,
    /// Names of the folders they are in, and of empty ones; that of the published folder is empty.
    pub folders: Vec<String>,
    /// Was a symbolic link met?
    pub linked: bool,
    /// Names that were left alone, and why.
    pub left_alone: Vec<(String, &'static str)>,
}

/// What was found in one folder.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Names of files in it, in order.
    pub(crate) files: Vec<String>,
    /// Names of folders in it, relative to the published one.
    pub(crate) folders: Vec<String>,
    /// As [`Folder::left_alone`].
    pub(crate) left_alone: Vec<(String, &'static str)>,
}

/// A published folder and what in it belongs to the owner alone.
#[derive(Debug, Clone)]
pub struct Root {
    canonical: PathBuf,
    secret: Vec<PathBuf>,
}

impl Root {
    /// The folder at `path`; `secret` are files or folders that are not content: the key, the
    /// configuration, an output folder.
    ///
    /// # Errors
    /// [`Error::Io`] when it is not there or no folder.
    pub fn open<'a>(
        path: &Path,
        secret: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Self, Error> {
        let canonical = path
            .canonicalize()
            .map_err(Error::io("open the folder", path))?;
        std::fs::read_dir(&canonical).map_err(Error::io("open the folder", path))?;
        let secret = secret
            .into_iter()
            .filter_map(|path| path.canonicalize().ok())
            .collect();
        Ok(Self { canonical, secret })
    }

    /// Files and folders that are not content.
    pub(crate) fn secret(&self) -> &[PathBuf] {
        &self.secret
    }

    /// The folder's path without symbolic links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.canonical
    }

    /// Where this name stands, when it is a file or folder inside that is no secret.
    ///
    /// Symbolic links are followed as long as they stay inside and lead to nothing hidden.
    #[must_use]
    pub fn locate(&self, name: &str) -> Option<PathBuf> {
        let path = self.canonical.join(name).canonicalize().ok()?;
        let open = !is_hidden(Path::new(name)) && self.forbidden(&path).is_none();
        open.then_some(path)
    }

    /// Lists the content.
    ///
    /// # Errors
    /// [`Error::Io`] for a folder or file that cannot be read.
    pub fn walk(&self) -> Result<Folder, Error> {
        let mut folder = Folder {
            folders: vec![String::new()],
            ..Folder::default()
        };
        let mut entries = WalkDir::new(&self.canonical)
            .min_depth(1)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter();
        // Below a followed link paths are not what they seem.
        let mut linked_depth = None;
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => match self.broken_link(&error) {
                    Some(name) => {
                        folder.linked = true;
                        folder
                            .left_alone
                            .push((name, "a symbolic link that leads nowhere or in circles"));
                        continue;
                    }
                    None => return Err(unreadable(&self.canonical, error)),
                },
            };
            if linked_depth.is_some_and(|depth| entry.depth() <= depth) {
                linked_depth = None;
            }
            folder.linked |= entry.path_is_symlink();
            if entry.path_is_symlink() && linked_depth.is_none() {
                linked_depth = Some(entry.depth());
            }
            let linked = linked_depth.is_some();
            if let Some(reason) = self.reason_to_leave(entry.path(), entry.file_type(), linked) {
                if !reason.is_empty() {
                    folder.left_alone.push((self.name_of(entry.path()), reason));
                }
                if entry.file_type().is_dir() {
                    entries.skip_current_dir();
                }
            } else if entry.file_type().is_file() {
                folder.files.push(self.file(&entry)?);
            } else {
                folder.folders.push(self.name_of(entry.path()));
            }
        }
        Ok(folder)
    }

    /// What stands in one folder of the content, without what is in its folders. None where a symbolic link does.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn list(&self, folder: &str) -> Result<Option<Listed>, Error> {
        let path = self.canonical.join(folder);
        let mut listed = Listed::default();
        for entry in std::fs::read_dir(&path).map_err(Error::io("list", &path))? {
            let entry = entry.map_err(Error::io("list", &path))?;
            let kind = entry.file_type().map_err(Error::io("list", &path))?;
            if kind.is_symlink() {
                return Ok(None);
            }
            match self.reason_to_leave(&entry.path(), kind, false) {
                Some("") => {}
                Some(reason) => listed
                    .left_alone
                    .push((self.name_of(&entry.path()), reason)),
                None if kind.is_dir() => listed.folders.push(self.name_of(&entry.path())),
                None => {
                    // Others are left alone.
                    let name = entry.file_name().into_string();
                    listed.files.extend(name);
                }
            }
        }
        listed.files.sort();
        Ok(Some(listed))
    }

    /// Why this is no content; an empty reason for our own files, which nobody asks about.
    fn reason_to_leave(
        &self,
        path: &Path,
        kind: std::fs::FileType,
        linked: bool,
    ) -> Option<&'static str> {
        let relative = path
            .strip_prefix(&self.canonical)
            .ok()
            .and_then(Path::to_str);
        let dot = |path: &Path| {
            let name = path.file_name();
            name.is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
        };
        let reason = match relative {
            None => "its name is not UTF-8: rename it",
            Some(name) if OURS.contains(&name) || name == ".well-known" => "",
            Some(name) if HOST_FILES.contains(&name) => "it is for the host",
            Some(_) if dot(path) => "a dot-file",
            Some(_) if !kind.is_file() && !kind.is_dir() => "neither a file nor a folder",
            Some(_) if !linked => self.forbidden(path)?,
            Some(_) => match path.canonicalize() {
                Ok(path) => self.forbidden(&path)?,
                Err(_) => "a symbolic link that leads nowhere or in circles",
            },
        };
        Some(reason)
    }

    /// Why what stands at this path, without links, must neither be shared nor served.
    fn forbidden(&self, canonical: &Path) -> Option<&'static str> {
        let Ok(relative) = canonical.strip_prefix(&self.canonical) else {
            return Some("a symbolic link that leaves the folder");
        };
        if is_hidden(relative) {
            return Some("a symbolic link to something hidden");
        }
        let ours = self
            .secret
            .iter()
            .any(|secret| canonical.starts_with(secret));
        (ours || is_secret_name(canonical)).then_some("the key, the configuration or the output")
    }

    fn file(&self, entry: &DirEntry) -> Result<File, Error> {
        let metadata = entry
            .metadata()
            .map_err(|error| unreadable(entry.path(), error))?;
        Ok(File {
            path: entry.path().to_path_buf(),
            name: self.name_of(entry.path()),
            len: metadata.len(),
            modified_secs: modified_secs(&metadata),
        })
    }

    fn name_of(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.canonical).unwrap_or(path);
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    }

    fn broken_link(&self, error: &walkdir::Error) -> Option<String> {
        let path = error.path()?;
        path.is_symlink().then(|| self.name_of(path))
    }
}

/// Whole seconds since 1970 of a file's modification: what `Last-Modified` can say.
#[must_use]
pub fn modified_secs(metadata: &std::fs::Metadata) -> u64 {
    metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |age| age.as_secs())
}

/// The same of nanoseconds since 1970.
pub(crate) fn secs_of(modified_ns: Option<i64>) -> u64 {
    let secs = modified_ns.map_or(0, |ns| ns.div_euclid(1_000_000_000));
    u64::try_from(secs).unwrap_or(0)
}

/// Dot-files and what is inside dot-folders, except below `/.well-known/`, which is for the public;
/// and files for the host. `path` is relative to the folder.
fn is_hidden(path: &Path) -> bool {
    let public = path.strip_prefix(".well-known").unwrap_or(path);
    let dot = public
        .iter()
        .any(|part| part.as_encoded_bytes().starts_with(b"."));
    dot || HOST_FILES.iter().any(|name| path == Path::new(name))
}

/// Of no use to visitors, some of much to others.
const SECRET_NAMES: [&str; 4] = [
    config::FILE_NAME,
    config::KEY_FILE_NAME,
    config::KEYS_FILE_NAME,
    config::ROOT_FILE_NAME,
];

/// The keys and the configuration are recognised by name too, wherever they are copied to.
fn is_secret_name(path: &Path) -> bool {
    let secret = |name: &std::ffi::OsStr| {
        SECRET_NAMES
            .iter()
            .any(|secret| name.eq_ignore_ascii_case(secret))
    };
    path.file_name().is_some_and(secret)
}

fn unreadable(path: &Path, error: walkdir::Error) -> Error {
    let path = error.path().unwrap_or(path).to_path_buf();
    Error::Io {
        action: "read",
        path,
        source: error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join("site").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        folder
    }

    fn names(folder: &Folder) -> Vec<&str> {
        folder.files.iter().map(|file| file.name.as_str()).collect()
    }

    #[test]
    fn only_content_is_found_in_order() {
        let folder = site(&[
            "b.html",
            "a/z.css",
            "a/.hidden",
            ".git/config",
            "_headers",
            "swarmfetch.js",
            "swarmfetch-sw.js",
            "a/swarmfetch.js",
            ".well-known/swarmfetch/head",
            ".well-known/security.txt",
            "swarmfetch.toml",
            "deep/swarmfetch-key.pem",
            "my.pem",
            "out/b.html",
        ]);
        let path = folder.path().join("site");
        let secret = [path.join("my.pem"), path.join("out")];
        let root = Root::open(&path, secret.iter().map(PathBuf::as_path)).unwrap();
        let found = root.walk().unwrap();
        assert_eq!(names(&found), ["a/swarmfetch.js", "a/z.css", "b.html"]);
        assert!(
            found
                .left_alone
                .contains(&("a/.hidden".into(), "a dot-file"))
        );
    }

    #[test]
    fn a_request_reaches_nothing_secret() {
        let folder = site(&[
            "b.html",
            ".git/config",
            "a/.x",
            "_headers",
            "swarmfetch.toml",
            "my.pem",
            ".well-known/security.txt",
        ]);
        std::fs::write(folder.path().join("outside"), "secret").unwrap();
        let path = folder.path().join("site");
        let key = path.join("my.pem");
        let root = Root::open(&path, [key.as_path()]).unwrap();
        for name in [
            ".git/config",
            "a/.x",
            "_headers",
            "swarmfetch.toml",
            "my.pem",
            "../outside",
            "none",
        ] {
            assert_eq!(root.locate(name), None, "{name}");
        }
        for name in ["b.html", ".well-known/security.txt", "a"] {
            assert!(root.locate(name).is_some(), "{name}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_no_url_can_say_are_left_alone() {
        use std::os::unix::ffi::OsStrExt;
        let folder = site(&["b.html"]);
        let path = folder.path().join("site");
        let strange = std::ffi::OsStr::from_bytes(b"a\xff.html");
        std::fs::write(path.join(strange), "a").unwrap();
        std::fs::create_dir(path.join(std::ffi::OsStr::from_bytes(b"\xfe"))).unwrap();
        std::fs::write(path.join(std::ffi::OsStr::from_bytes(b"\xfe/c.html")), "c").unwrap();
        let found = Root::open(&path, []).unwrap().walk().unwrap();
        assert_eq!(names(&found), ["b.html"]);
        let left = |name: &str| (name.to_owned(), "its name is not UTF-8: rename it");
        assert_eq!(found.left_alone, [left("a\u{fffd}.html"), left("\u{fffd}")]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_only() {
        use std::os::unix::fs::symlink;
        let folder = site(&["a/b.html"]);
        let path = folder.path().join("site");
        std::fs::write(folder.path().join("outside.html"), "secret").unwrap();
        std::fs::create_dir(folder.path().join("elsewhere")).unwrap();
        std::fs::write(folder.path().join("elsewhere/x.html"), "secret").unwrap();
        symlink("a/b.html", path.join("inside.html")).unwrap();
        symlink("../outside.html", path.join("leaves.html")).unwrap();
        symlink("../elsewhere", path.join("leaves")).unwrap();
        std::fs::create_dir(path.join(".git")).unwrap();
        std::fs::write(path.join(".git/config"), "secret").unwrap();
        symlink(".git/config", path.join("shown.txt")).unwrap();
        symlink(".git", path.join("shown")).unwrap();
        symlink("nowhere", path.join("broken")).unwrap();
        symlink("..", path.join("a/circle")).unwrap();
        std::fs::create_dir_all(path.join("c/keys/old")).unwrap();
        std::fs::write(path.join("c/keys/old/my.pem"), "secret").unwrap();
        std::fs::write(path.join("c/keys/z.html"), "open").unwrap();
        symlink("c/keys", path.join("linked")).unwrap();
        let secret = path.join("c/keys/old/my.pem");
        let root = Root::open(&path, [secret.as_path()]).unwrap();
        let found = root.walk().unwrap();
        assert_eq!(
            names(&found),
            ["a/b.html", "c/keys/z.html", "inside.html", "linked/z.html"]
        );
        assert_eq!(found.left_alone.len(), 9, "{:?}", found.left_alone);
        for name in [
            "leaves.html",
            "leaves/x.html",
            "shown.txt",
            "shown/config",
            "broken",
        ] {
            assert_eq!(root.locate(name), None, "{name}");
        }
        assert!(root.locate("inside.html").is_some());
    }
}

//! The owner's private key as a file: Ed25519 in PKCS#8 PEM, as `openssl genpkey` makes it.
//!
//! Not the format of signatures (that is `manifest`): this room only reads and writes the file.

use std::io::Write;
use std::path::Path;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use swarmfetch_manifest::SigningKey;

use crate::Error;
use crate::disk::{Begun, Readers};

/// The most a key file is read: a PKCS#8 Ed25519 key takes 119 bytes, comments above it a few more.
const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;

/// Draws a key and writes it to a file that only its owner may read.
///
/// The public key is left out (PKCS#8 version 1): `openssl` does not read version 2.
///
/// # Errors
/// [`Error::Exists`], never overwriting; [`Error::Io`].
pub fn create(path: &Path) -> Result<SigningKey, Error> {
    let (key, pem) = draw();
    write_private(path, pem.as_bytes())?;
    Ok(key)
}

/// Draws a key; with its file's text.
pub(crate) fn draw() -> (SigningKey, String) {
    let mut secret = [0; 32];
    random(&mut secret);
    let pem = KeypairBytes {
        secret_key: secret,
        public_key: None,
    }
    .to_pkcs8_pem(LineEnding::LF)
    .expect("32 bytes always encode");
    (SigningKey::from_bytes(&secret), pem.to_string())
}

/// Writes a key's file beside its place, to be put there in one step.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn begin<'a>(place: &'a Path, pem: &str) -> Result<Begun<'a>, Error> {
    let mut begun = Begun::beside(place, Readers::Owner)?;
    begun.write(pem.as_bytes())?;
    begun.sync()?;
    Ok(begun)
}

/// Copies a key's file to a place where there is none.
///
/// # Errors
/// [`Error::Io`], [`Error::Key`].
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    read(from)?;
    let pem = std::fs::read_to_string(from).map_err(Error::io("read the key", from))?;
    begin(to, &pem)?.place()
}

/// Reads a key file.
///
/// # Errors
/// [`Error::Io`], [`Error::Key`].
pub fn read(path: &Path) -> Result<SigningKey, Error> {
    let size = std::fs::metadata(path).map_err(Error::io("read the key", path))?;
    let not_a_key = || Error::Key {
        path: path.to_path_buf(),
    };
    if size.len() > KEY_FILE_BYTES_MAX {
        return Err(not_a_key());
    }
    let text = std::fs::read_to_string(path).map_err(Error::io("read the key", path))?;
    let pem = text.find("-----BEGIN").map_or("", |start| &text[start..]);
    let key = ed25519_dalek::SigningKey::from_pkcs8_pem(pem.trim_end()).map_err(|_| not_a_key())?;
    Ok(SigningKey::from_bytes(key.as_bytes()))
}

/// Fills from the operating system's generator.
pub fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system's generator is ready once programs run");
}

/// Writes a file that must not exist yet, readable by its owner alone.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Exists {
            path: path.to_path_buf(),
        },
        _ => Error::io("write the key", path)(error),
    })?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(Error::io("write the key", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_file_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let made = create(&path).unwrap();
        assert_eq!(read(&path).unwrap().public(), made.public());
        assert!(matches!(create(&path), Err(Error::Exists { .. })));
        assert_eq!(read(&path).unwrap().public(), made.public());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        create(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    /// The example of RFC 8410, sections 10.1 and 10.3, as other tools write it.
    #[test]
    fn the_standards_own_key_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let text = "a note\n-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            -----END PRIVATE KEY-----\n\n";
        std::fs::write(&path, text).unwrap();
        let public = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        assert_eq!(read(&path).unwrap().public().to_string(), public);
    }

    #[test]
    fn other_files_are_no_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        for text in [
            "",
            "hello",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(read(&path), Err(Error::Key { .. })), "{text}");
        }
    }
}

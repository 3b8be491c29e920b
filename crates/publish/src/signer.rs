//! Who signs a site's versions: its root key, or a publishing key that the root key has named.
//!
//! A small site has one key for both. [`crate::rotation`] makes two of it: then the signed list of publishing keys
//! ([`Keys`]) stands in a file beside the publishing key, and the root key can be kept where no server is.

use std::path::Path;

use ed25519_dalek::pkcs8::spki::der::pem::{self, LineEnding};
use swarmfetch_manifest::entry::http_date;
use swarmfetch_manifest::{
    Head, Keys, ObjectRef, PublicKey, SigningKey, SiteId, TrustedRoot, WallSecs, sign_head,
};

use crate::config::{Config, KEYS_FILE_NAME};
use crate::release::{Chain, YEAR_SECS, defect};
use crate::{Error, key};

/// What the list is called in its file (RFC 7468).
const LABEL: &str = "SWARMFETCH KEYS";

/// Begins the line of that file that names the root key.
const ROOT: &str = "root ";

/// The most a file with a list is read, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// A list that runs out so soon is spoken of at each publishing, in seconds.
const NOTED_SECS: u64 = YEAR_SECS / 2;

/// The key at hand, and what visitors trust.
#[derive(Debug)]
pub(crate) struct Signer {
    key: SigningKey,
    root: TrustedRoot,
    named: Option<Named>,
}

/// A list of publishing keys, as the root key signed it.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) root: PublicKey,
    pub(crate) keys: Keys,
    pub(crate) bytes: Vec<u8>,
}

impl Signer {
    /// Reads the key, and the list beside it where there is one.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Key`]; [`Error::Keys`] for a list that does not name the key, or is none.
    pub(crate) fn read(config: &Config) -> Result<Self, Error> {
        let key = key::read(&config.key)?;
        let path = config.keys();
        let named = Named::read(&path, config.site)?;
        if let Some(named) = &named
            && named.keys.publishers != [key.public()]
        {
            let why = format!("does not name the key in {}", config.key.display());
            return Err(Error::Keys { path, why });
        }
        let root = TrustedRoot {
            site: config.site,
            key: named.as_ref().map_or(key.public(), |named| named.root),
        };
        Ok(Self { key, root, named })
    }

    /// What visitors' workers trust.
    pub(crate) const fn root(&self) -> TrustedRoot {
        self.root
    }

    /// Tells one signer from another.
    pub(crate) fn identity(&self) -> Vec<u8> {
        let list = self.named.as_ref().map(|named| named.bytes.clone());
        [
            &self.root.key.0[..],
            &self.key.public().0,
            &list.unwrap_or_default(),
        ]
        .concat()
    }

    /// The keys object of a version. One that the root key makes here stays for as long as it lasts another year, so that records do not change
    /// for the clock's sake; else it is one that runs to the end of the third year from now.
    ///
    /// # Errors
    /// [`Error::Keys`] for a list that ran out, or is older than what was published.
    pub(crate) fn keys(&self, previous: Option<&Chain>, now: WallSecs) -> Result<Vec<u8>, Error> {
        let before = previous.map_or(0, |previous| previous.keys.number);
        if let Some(named) = &self.named {
            named.check(before, now)?;
            return Ok(named.bytes.clone());
        }
        let own = [self.key.public()];
        if let Some(previous) = previous
            && previous.keys.publishers == own
            && previous.keys.expires.0 > now.0 + YEAR_SECS
        {
            return Ok(previous.keys_bytes.clone());
        }
        let keys = Keys {
            number: before + 1,
            ..Keys::single(self.root.site, own[0], lasting(now))
        };
        keys.sign(std::slice::from_ref(&self.key))
            .map_err(defect("the keys object"))
    }

    /// What its owner should know before it is too late.
    pub(crate) fn note(&self, now: WallSecs) -> Option<String> {
        let expires = self.named.as_ref()?.keys.expires;
        (expires.0 < now.0 + NOTED_SECS).then(|| {
            format!(
                "{KEYS_FILE_NAME} runs out on {}: run `swarmfetch rotate-key` before then",
                http_date(expires)
            )
        })
    }

    /// May it sign what stands under those keys?
    pub(crate) fn is_named_by(&self, keys: &Keys) -> bool {
        keys.publishers.contains(&self.key.public())
    }

    /// Signs a head under that keys object.
    pub(crate) fn sign_head(&self, head: &Head, keys: &ObjectRef) -> Vec<u8> {
        sign_head(head, keys, std::slice::from_ref(&self.key))
    }
}

/// The end of the third year from now.
pub(crate) const fn lasting(now: WallSecs) -> WallSecs {
    WallSecs((now.0 / YEAR_SECS + 3) * YEAR_SECS)
}

impl Named {
    /// Reads a list and checks it. None where there is no file.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Keys`].
    pub(crate) fn read(path: &Path, site: SiteId) -> Result<Option<Self>, Error> {
        let not = |why: String| Error::Keys {
            path: path.to_path_buf(),
            why,
        };
        match path.metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read the keys", path)(error)),
            Ok(metadata) if metadata.len() > FILE_BYTES_MAX => return Err(not("too long".into())),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(path).map_err(Error::io("read the keys", path))?;
        let root = text.lines().find_map(|line| line.strip_prefix(ROOT));
        let root = root.and_then(|hex| PublicKey::from_hex(hex).ok());
        let list = text.find("-----BEGIN").map_or("", |start| &text[start..]);
        let (Some(root), Ok((LABEL, bytes))) = (root, pem::decode_vec(list.as_bytes())) else {
            return Err(not("is no list of keys".into()));
        };
        // Whether it ran out is asked when it is used.
        let keys = Keys::verify(&bytes, &TrustedRoot { site, key: root }, WallSecs(0))
            .map_err(|defect| not(defect.to_string()))?;
        Ok(Some(Self { root, keys, bytes }))
    }

    /// The file's text.
    pub(crate) fn text(&self) -> String {
        let list = pem::encode_string(LABEL, LineEnding::LF, &self.bytes)
            .expect("a short list always encodes");
        format!(
            "The publishing keys of site {}, as its root key signed them: list {}.\n{ROOT}{}\n{list}",
            self.keys.site, self.keys.number, self.root
        )
    }

    /// # Errors
    /// [`Error::Keys`].
    fn check(&self, before: u64, now: WallSecs) -> Result<(), Error> {
        let Keys {
            number, expires, ..
        } = self.keys;
        let why = if number < before {
            format!("is list {number}, and list {before} was published")
        } else if expires.0 < now.0 {
            "has run out".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::Keys {
            path: KEYS_FILE_NAME.into(),
            why,
        })
    }
}

//! Another publishing key, named by the root key. Whoever has stolen the last one can sign nothing more that visitors believe, once they have seen a
//! version under the new list.
//!
//! The first rotation takes root and publishing key apart: the key that was both is from then on the root key alone, in a file of its own, which only
//! the next rotation needs. Its public half stays in the worker script, so that no visitor's worker has to be replaced.

use std::path::{Path, PathBuf};

use swarmfetch_manifest::{Keys, SigningKey, WallSecs};

use crate::config::{Config, ROOT_FILE_NAME};
use crate::disk::{Readers, write_if_other};
use crate::release::defect;
use crate::signer::{Named, lasting};
use crate::{Error, key};

/// A publishing key that took the place of another.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Rotation {
    /// The number of the list that names it.
    pub number: u64,
    /// Where the root key is.
    pub root: PathBuf,
    /// Was the root key taken out of the publishing key's file just now?
    pub parted: bool,
    /// Seconds since 1970 at which the list runs out.
    pub expires: u64,
}

/// Draws a publishing key, has the root key name it, and puts both in their places. `root` is the root key's file, if not the usual one beside
/// the publishing key's.
///
/// # Errors
/// [`Error::Keys`] where the key in `root` is not the site's root key; [`Error::Io`], [`Error::Key`]. Whoever is stopped before the end runs it again.
pub fn rotate(config: &Config, root: Option<&Path>, now: WallSecs) -> Result<Rotation, Error> {
    let list = config.keys();
    let named = Named::read(&list, config.site)?;
    let kept = config.key.with_file_name(ROOT_FILE_NAME);
    let place = root.map_or(kept, Path::to_path_buf);
    let parted = named.is_none();
    if parted && !place.exists() {
        // Both places have it until the new one is in its own.
        key::copy(&config.key, &place)?;
    }
    let root = key::read(&place)?;
    let is_root = match &named {
        Some(named) => named.root == root.public(),
        None => key::read(&config.key)?.public() == root.public(),
    };
    if !is_root {
        let why = "is not the site's root key".to_owned();
        return Err(Error::Keys { path: place, why });
    }
    let (publisher, pem) = key::draw();
    let number = named.map_or(1, |named| named.keys.number) + 1;
    let keys = Keys {
        number,
        publishers: vec![publisher.public()],
        ..Keys::single(config.site, root.public(), lasting(now))
    };
    let named = name(&root, keys)?;
    let begun = key::begin(&config.key, &pem)?;
    write_if_other(&list, named.text().as_bytes(), Readers::All)?;
    begun.place()?;
    Ok(Rotation {
        number,
        root: place,
        parted,
        expires: named.keys.expires.0,
    })
}

fn name(root: &SigningKey, keys: Keys) -> Result<Named, Error> {
    let bytes = keys
        .sign(std::slice::from_ref(root))
        .map_err(defect("the list of keys"))?;
    Ok(Named {
        root: root.public(),
        keys,
        bytes,
    })
}

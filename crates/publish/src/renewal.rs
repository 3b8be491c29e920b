//! Renewing a version: its head is signed again for another while. Nothing else is written, and of the content nothing is read.

use std::path::Path;

use swarmfetch_manifest::{Head, HeadEnvelope, WallSecs};

use crate::Error;
use crate::config::Config;
use crate::output::Output;
use crate::release::defect;
use crate::signer::Signer;

/// A version that was renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Renewal {
    /// Its number, which is as it was.
    pub version: u64,
    /// Seconds since 1970 at which its head runs out now.
    pub expires: u64,
}

/// Signs the head of the version that stands in the folder, or in the copy `out`, as if it had been published now.
///
/// # Errors
/// [`Error::Unrenewable`] where no version stands, or its keys run out before the head would; [`Error::Foreign`], [`Error::Key`],
/// [`Error::Io`]. Then the head stands as it was.
pub fn renew(config: &Config, out: Option<&Path>, now: WallSecs) -> Result<Renewal, Error> {
    let signer = Signer::read(config)?;
    let output = Output::new(out.unwrap_or(&config.dir));
    let chain = output.standing(&signer.root())?;
    let expires = WallSecs(now.0 + config.expires.as_secs());
    let unrenewable = |why: &str| Error::Unrenewable {
        path: output.head(),
        why: why.to_owned(),
    };
    if chain.keys.expires < expires {
        return Err(unrenewable("its list of keys runs out before"));
    }
    if !signer.is_named_by(&chain.keys) {
        return Err(unrenewable("it was signed under other keys"));
    }
    let head = Head {
        published: now,
        expires,
        ..chain.head
    };
    let file = signer.sign_head(&head, &chain.record.keys);
    // What visitors would not take is not written.
    HeadEnvelope::parse(&file)
        .and_then(|envelope| envelope.verify(&chain.keys, now))
        .map_err(defect("the head"))?;
    output.replace_head(&file)?;
    Ok(Renewal {
        version: head.version.0,
        expires: expires.0,
    })
}

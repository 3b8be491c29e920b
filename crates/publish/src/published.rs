//! What was learned of a site when its version was published: enough to make the next one of what has changed since.
//!
//! A cache beside the [`crate::index`], and like it as if it were not there whatever is wrong with it: it holds for one
//! index, one version in one folder, one configuration, one build.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use swarmfetch_content::Hash;
use swarmfetch_manifest::WallSecs;
use swarmfetch_manifest::tree::Extent;

use crate::Error;
use crate::delta::Uses;
use crate::disk::{Readers, write_if_other};
use crate::index::Index;
use crate::scan::Stamp;
use crate::tally::{Others, Tally};

const HEADER: &str = concat!(
    "swarmfetch published ",
    env!("SWARMFETCH_PUBLISH_CODE"),
    "\n"
);

/// What is known of a version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Published {
    /// Names everything that it depends on beside the files.
    pub(crate) inputs: [u8; 32],
    /// Names the index of the files that it was made of.
    pub(crate) index: [u8; 32],
    /// Its record's hash.
    pub(crate) record: [u8; 32],
    /// What the system says of the folders that it was written into: while that stays so, nobody took anything from there.
    pub(crate) folders: [Stamp; 3],
    pub(crate) tally: Tally,
    pub(crate) others: Others,
    /// What was left alone from the start, and why.
    pub(crate) left_alone: Vec<(String, String)>,
    /// Notes on files whose names differ in case only.
    pub(crate) twins: Vec<String>,
    /// How many addresses were appended to the index since all of it was made anew.
    pub(crate) appended: u64,
    /// A pack of its tree would take so many bytes at least.
    pub(crate) pack_bytes_min: u64,
    /// Its tree's nodes and how much is below each.
    pub(crate) nodes: Vec<([u8; 32], u64, bool)>,
    /// The patches that its entries name: how many name each, and its length in bytes.
    pub(crate) patches: Vec<([u8; 32], u64, u64)>,
    /// Objects of versions before it, and since when they are no more of the current one.
    pub(crate) retired: Vec<([u8; 32], u64)>,
}

impl Published {
    pub(crate) fn extents(&self) -> BTreeMap<Hash, Extent> {
        let nodes = self.nodes.iter();
        nodes
            .map(|(hash, weight, one_sided)| {
                let extent = Extent {
                    weight: *weight,
                    one_sided: *one_sided,
                };
                (Hash::from_bytes(*hash), extent)
            })
            .collect()
    }

    pub(crate) fn set_extents(&mut self, extents: &BTreeMap<Hash, Extent>) {
        let nodes = extents.iter();
        self.nodes = nodes
            .map(|(hash, extent)| (*hash.as_bytes(), extent.weight, extent.one_sided))
            .collect();
    }

    pub(crate) fn patches(&self) -> Uses {
        let patches = self.patches.iter();
        Uses(
            patches
                .map(|(hash, uses, len)| (Hash::from_bytes(*hash), (*uses, *len)))
                .collect(),
        )
    }

    pub(crate) fn set_patches(&mut self, patches: &Uses) {
        let patches = patches.0.iter();
        self.patches = patches
            .map(|(hash, (uses, len))| (*hash.as_bytes(), *uses, *len))
            .collect();
    }

    pub(crate) fn retired(&self) -> BTreeMap<Hash, WallSecs> {
        let retired = self.retired.iter();
        retired
            .map(|(hash, since)| (Hash::from_bytes(*hash), WallSecs(*since)))
            .collect()
    }

    pub(crate) fn set_retired(&mut self, retired: &BTreeMap<Hash, WallSecs>) {
        let retired = retired.iter();
        self.retired = retired
            .map(|(hash, since)| (*hash.as_bytes(), since.0))
            .collect();
    }

    /// What was written beside an index of that name. None for what is damaged or about something else.
    pub(crate) fn read(index: &Index, name: Hash) -> Option<Self> {
        let bytes = std::fs::read(index.beside("published")).ok()?;
        let (body, hash) = bytes
            .strip_prefix(HEADER.as_bytes())?
            .split_last_chunk::<32>()?;
        if Hash::of(body).as_bytes() != hash {
            return None;
        }
        let published: Self = postcard::from_bytes(body).ok()?;
        (published.index == *name.as_bytes()).then_some(published)
    }

    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write(&self, index: &Index) -> Result<(), Error> {
        let body = postcard::to_allocvec(self).expect("nothing in it is odd");
        let hash = Hash::of(&body);
        let bytes = [HEADER.as_bytes(), &body, hash.as_bytes()].concat();
        write_if_other(&index.beside("published"), &bytes, Readers::Owner)
    }
}

//! An entry: what one URL answers.
//!
//! Format: postcard of [`Entry`]'s fields in order; bytes after the last known field are ignored.
//! Entries stand in leaves of the [`crate::tree`], whose hash covers their raw bytes.
//!
//! Signed headers are those a rebuilt response must carry: the header set's, then the entry's own.
//! Content-Encoding, Content-Length, Date, Connection and the like are never signed.

use serde::{Deserialize, Serialize};
use swarmfetch_content::codec::{Decode, Reader};
use swarmfetch_content::text::{push_decimal, push_hex};
use swarmfetch_content::{Hash, ObjectId, decode_fields};

use crate::ids::KeyPrefix;
use crate::{Error, ObjectRef, WallSecs};

/// The most an entry may take, in bytes: a node of 4 KiB holds at least one.
pub const ENTRY_BYTES_MAX: usize = 2048;

/// The most subresources an entry names.
pub const NEEDS_MAX: usize = 64;

/// The most bytes of header text that an entry of its own carries.
pub const OWN_HEADERS_BYTES_MAX: usize = 1024;

/// A header that differs from URL to URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnHeader {
    /// `ETag` made from the content hash: 32 hex digits, quoted, with `W/` when weak.
    EtagOfHash {
        /// Served compressed, therefore only weakly comparable (RFC 9110, 8.8.3.3)?
        weak: bool,
    },
    /// `Last-Modified`, as an IMF-fixdate.
    LastModified(WallSecs),
    /// Any other pair.
    Text(String, String),
}

impl Decode<'_> for OwnHeader {
    fn decode(from: &mut Reader<'_>) -> Self {
        match from.part::<u32>() {
            0 => Self::EtagOfHash { weak: from.part() },
            1 => Self::LastModified(from.part()),
            2 => Self::Text(from.part(), from.part()),
            _ => from.fail(Self::EtagOfHash { weak: false }),
        }
    }
}

/// A patch from an earlier content of the same URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// First eight bytes of the hash of the content it applies to.
    pub from: [u8; 8],
    /// The patch, an object like any other.
    pub object: ObjectRef,
}

decode_fields!(Patch { from, object });

/// What one URL answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Reserved bits; unknown ones are ignored.
    flags: u8,
    object: ObjectRef,
    /// Index into the policy's header sets.
    pub header_set: u16,
    /// Headers of its own.
    pub own_headers: Vec<OwnHeader>,
    /// What the document will need, first needed first: a hint.
    pub needs: Vec<KeyPrefix>,
    outboard: Option<[u8; 32]>,
    /// Ways to make the content from an earlier one.
    pub patches: Vec<Patch>,
}

decode_fields!(Entry {
    flags,
    object,
    header_set,
    own_headers,
    needs,
    outboard,
    patches
});

const COMPRESSIBLE: u8 = 1;

impl Entry {
    /// An entry without headers of its own, needs, outboard or patches.
    #[must_use]
    pub fn new(object: ObjectId, header_set: u16) -> Self {
        Self {
            flags: 0,
            object: object.into(),
            header_set,
            own_headers: Vec::new(),
            needs: Vec::new(),
            outboard: None,
            patches: Vec::new(),
        }
    }

    /// The content's hash and length (of the decoded representation).
    #[must_use]
    pub fn object(&self) -> ObjectId {
        self.object.id()
    }

    /// Is it text that peers compress on the link?
    #[must_use]
    pub fn compressible(&self) -> bool {
        self.flags & COMPRESSIBLE != 0
    }

    /// Says whether peers compress it on the link.
    pub fn set_compressible(&mut self, yes: bool) {
        self.flags = self.flags & !COMPRESSIBLE | if yes { COMPRESSIBLE } else { 0 };
    }

    /// The hash of the published outboard, an object of `64 * (groups - 1)` bytes; for content of
    /// more than 256 KiB.
    #[must_use]
    pub fn outboard(&self) -> Option<Hash> {
        self.outboard.map(Hash::from_bytes)
    }

    /// Names the published outboard.
    pub fn set_outboard(&mut self, hash: Hash) {
        self.outboard = Some(*hash.as_bytes());
    }

    /// The own headers as name and value, names in lower case.
    #[must_use]
    pub fn own_header_pairs(&self) -> Vec<(String, String)> {
        self.own_headers
            .iter()
            .map(|header| match header {
                OwnHeader::EtagOfHash { weak } => ("etag".into(), etag(&self.object.hash(), *weak)),
                OwnHeader::LastModified(at) => ("last-modified".into(), http_date(*at)),
                OwnHeader::Text(name, value) => (name.clone(), value.clone()),
            })
            .collect()
    }

    /// The entry's bytes.
    ///
    /// # Errors
    /// [`Error::TooLong`] past [`ENTRY_BYTES_MAX`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let bytes =
            postcard::to_allocvec(self).map_err(|_| Error::Unencodable { what: "entry" })?;
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(Error::TooLong {
                what: "entry",
                len: bytes.len() as u64,
                limit: ENTRY_BYTES_MAX as u64,
            });
        }
        Ok(bytes)
    }

    /// Reads an entry whose leaf was verified.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let entry = Reader::new(bytes).read();
        entry.ok_or(Error::Malformed { what: "entry" })
    }
}

/// The entity tag of content by its hash: what `serve` sends and `publish` signs.
#[must_use]
pub fn etag(hash: &Hash, weak: bool) -> String {
    let mut tag = String::from(if weak { "W/\"" } else { "\"" });
    push_hex(&mut tag, &hash.as_bytes()[..16]);
    tag.push('"');
    tag
}

/// An IMF-fixdate (RFC 9110, 5.6.7), for example `Sun, 06 Nov 1994 08:49:37 GMT`.
#[must_use]
pub fn http_date(at: WallSecs) -> String {
    const DAYS: [&str; 7] = [
        "Thu, ", "Fri, ", "Sat, ", "Sun, ", "Mon, ", "Tue, ", "Wed, ",
    ];
    const MONTHS: [&str; 12] = [
        " Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ",
        " Nov ", " Dec ",
    ];
    // Years past 9999 have no IMF-fixdate.
    let at = at.0.min(253_402_300_799);
    let (days, secs) = (at / 86_400, at % 86_400);
    // Days to civil date, eras of 400 years that begin on 1 March
    // (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    let year = era * 400 + year_of_era + u64::from(month < 2);
    let mut date = String::new();
    let mut push = |before: &str, number, digits| {
        date.push_str(before);
        push_decimal(&mut date, number, digits);
    };
    push(DAYS[(days % 7) as usize], day, 2);
    push(MONTHS[month as usize], year, 4);
    push(" ", secs / 3600, 2);
    push(":", secs / 60 % 60, 2);
    push(":", secs % 60, 2);
    date.push_str(" GMT");
    date
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_imf_fixdates() {
        for (secs, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(http_date(WallSecs(secs)), text);
        }
    }

    #[test]
    fn a_later_publisher_may_append_fields() {
        let mut entry = Entry::new(
            ObjectId {
                hash: Hash::of(b"x"),
                len: 1,
            },
            3,
        );
        entry.set_compressible(true);
        entry.own_headers = vec![
            OwnHeader::EtagOfHash { weak: true },
            OwnHeader::LastModified(WallSecs(784_111_777)),
        ];
        let mut bytes = entry.encode().expect("small");
        bytes.extend([1, 2, 3]);
        assert_eq!(Entry::parse(&bytes), Ok(entry));
    }
}

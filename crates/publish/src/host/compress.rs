//! Content codings: which one a client likes best, and bodies compressed once.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;
use swarmfetch_content::Hash;

/// The most compressed bytes that are kept: a few thousand pages.
const CACHE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Brotli's quality: text on the fly, 5 is about as quick as gzip's 6 and a tenth smaller.
const BROTLI_QUALITY: i32 = 5;

/// Brotli's window, as the power of two of its bytes: the largest that every browser takes.
const BROTLI_WINDOW: i32 = 22;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// Its name in Content-Encoding.
    pub(super) fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    fn compress(self, plain: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut compressed = Vec::with_capacity(plain.len() / 3);
        match self {
            Self::Brotli => {
                let parameters = brotli::enc::BrotliEncoderParams {
                    quality: BROTLI_QUALITY,
                    lgwin: BROTLI_WINDOW,
                    size_hint: plain.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut { plain }, &mut compressed, &parameters)?;
            }
            Self::Gzip => {
                let mut encoder =
                    flate2::write::GzEncoder::new(&mut compressed, flate2::Compression::default());
                encoder.write_all(plain)?;
                encoder.finish()?;
            }
        }
        Ok(compressed)
    }
}

/// What the client likes best of what there is (RFC 9110, 12.5.3); none is the plain body. A request
/// for a range means a range of the plain body.
pub(super) fn choose(request: &HeaderMap, compressible: bool) -> Option<Encoding> {
    if !compressible || request.contains_key(http::header::RANGE) {
        return None;
    }
    let values = request
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut weights: BTreeMap<String, f32> = BTreeMap::new();
    for part in values.flat_map(|value| value.split(',')) {
        let (coding, parameters) = part.split_once(';').unwrap_or((part, ""));
        let weight = match parameters.trim() {
            "" => Some(1.0),
            parameter => parameter
                .strip_prefix("q=")
                .and_then(|weight| weight.trim().parse().ok()),
        };
        weights.insert(coding.trim().to_ascii_lowercase(), weight.unwrap_or(0.0));
    }
    let weight = |token: &str| {
        let any = weights.get("*").copied();
        weights.get(token).copied().or(any).unwrap_or(0.0)
    };
    // Identity is always acceptable, but only preferred when it is named with more weight.
    let identity = weights.get("identity").copied().unwrap_or(0.0);
    let (brotli, gzip) = (weight("br"), weight("gzip"));
    [(Encoding::Brotli, brotli), (Encoding::Gzip, gzip)]
        .into_iter()
        .find(|(_, weight)| *weight > 0.0 && *weight >= brotli.max(gzip) && *weight >= identity)
        .map(|(encoding, _)| encoding)
}

/// Compressed bodies by the hash of the plain one.
#[derive(Debug)]
pub(super) struct Cache {
    kept: Mutex<Kept>,
    bytes_max: usize,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            bytes_max: CACHE_BYTES_MAX,
        }
    }
}

#[derive(Debug, Default)]
struct Kept {
    bodies: BTreeMap<(Hash, Encoding), (u64, Bytes)>,
    bytes: usize,
    /// Counts uses; the body used longest ago goes first.
    clock: u64,
}

impl Cache {
    /// A body that was compressed before.
    pub(super) fn get(&self, hash: &Hash, encoding: Encoding) -> Option<Bytes> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let clock = kept.clock;
        let (used, body) = kept.bodies.get_mut(&(*hash, encoding))?;
        *used = clock;
        Some(body.clone())
    }

    /// Compresses a body, outside of the lock.
    pub(super) fn make(&self, hash: Hash, encoding: Encoding, plain: &[u8]) -> Bytes {
        let body = Bytes::from(
            encoding
                .compress(plain)
                .expect("writing to memory does not fail"),
        );
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let clock = kept.clock;
        kept.bytes += body.len();
        if let Some((_, old)) = kept.bodies.insert((hash, encoding), (clock, body.clone())) {
            kept.bytes -= old.len();
        }
        while kept.bytes > self.bytes_max {
            let oldest = kept
                .bodies
                .iter()
                .min_by_key(|(_, (used, _))| *used)
                .map(|(key, _)| *key);
            let Some((_, old)) = oldest.and_then(|key| kept.bodies.remove(&key)) else {
                break;
            };
            kept.bytes -= old.len();
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn chosen(accept: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, accept.parse().unwrap());
        choose(&headers, true).map(Encoding::token)
    }

    #[test]
    fn the_best_acceptable_coding_is_chosen() {
        for (accept, coding) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip", Some("gzip")),
            ("GZIP;q=0.5", Some("gzip")),
            ("br;q=0.5, gzip;q=0.8", Some("gzip")),
            ("br;q=0, gzip;q=0", None),
            ("*", Some("br")),
            ("*;q=0, gzip", Some("gzip")),
            ("identity, br;q=0.5", None),
            ("identity;q=0, gzip", Some("gzip")),
            ("", None),
            ("deflate", None),
            ("br;q=x", None),
        ] {
            assert_eq!(chosen(accept), coding, "{accept}");
        }
    }

    #[test]
    fn bodies_come_back_as_they_were() {
        let plain = b"hello ".repeat(1000);
        let (mut gzip, mut brotli) = (Vec::new(), Vec::new());
        let bytes = Encoding::Gzip.compress(&plain).unwrap();
        flate2::read::GzDecoder::new(&bytes[..])
            .read_to_end(&mut gzip)
            .unwrap();
        let bytes = Encoding::Brotli.compress(&plain).unwrap();
        brotli::BrotliDecompress(&mut &bytes[..], &mut brotli).unwrap();
        assert!(gzip == plain && brotli == plain && bytes.len() < 100);
    }

    #[test]
    fn the_cache_is_bounded_and_forgets_the_oldest() {
        let cache = Cache {
            bytes_max: 100,
            ..Cache::default()
        };
        let hash = |seed: u8| Hash::of(&[seed]);
        for seed in 1..=5 {
            // About thirty bytes each.
            cache.make(hash(seed), Encoding::Gzip, &[seed; 20]);
            assert!(
                cache.get(&hash(1), Encoding::Gzip).is_some(),
                "used again and again"
            );
        }
        assert!(cache.get(&hash(2), Encoding::Gzip).is_none());
        assert!(cache.get(&hash(5), Encoding::Gzip).is_some());
    }
}

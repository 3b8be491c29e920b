//! What the machine counts, for `stats()` and for tests.

/// Sums since the machine was made. The shell adds them to those of earlier lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Wants answered with bytes from peers.
    pub wants_from_peers: u64,
    /// Wants answered with verified bytes from the origin.
    pub wants_from_origin: u64,
    /// Wants for which the origin's own answer was passed on.
    pub wants_passed: u64,
    /// Decoded body bytes of wants answered from peers.
    pub bytes_from_peers: u64,
    /// Decoded body bytes of wants answered with verified bytes from the origin.
    pub bytes_from_origin: u64,
    /// Decoded body bytes served to peers.
    pub bytes_uploaded: u64,
    /// Bytes of all frames received.
    pub wire_bytes_in: u64,
    /// Bytes of all frames sent.
    pub wire_bytes_out: u64,
    /// Answers of peers that were false.
    pub rejected: u64,
    /// Verified or cancelled bytes that came although they were here already.
    pub bytes_duplicate: u64,
    /// Times the origin was asked.
    pub origin_asked: u64,
    /// Requests to peers.
    pub peers_asked: u64,
    /// Requests of peers that were refused.
    pub refused: u64,
}

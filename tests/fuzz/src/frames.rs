//! What a peer says on a link, before anybody looks at what it means.

use swarmfetch_wire::Frame;

/// One frame.
pub(crate) fn frame(input: &[u8]) {
    if let Ok(Some(frame)) = Frame::decode(input) {
        let again = frame.encode();
        // Only a hello may have been longer, and no list is written longer than it came.
        assert!(again.len() <= input.len());
        assert_eq!(Frame::decode(&again), Ok(Some(frame)));
    }
}

//! How peers speak: frames, messages and limits; the WebTorrent tracker messages.

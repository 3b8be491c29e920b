//! The wasm service worker.

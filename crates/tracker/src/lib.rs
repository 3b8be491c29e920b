//! The WebSocket tracker and the STUN responder around the rendezvous machine.

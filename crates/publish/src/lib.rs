//! Walking, labelling, hashing and signing a site; serving it as a static host.

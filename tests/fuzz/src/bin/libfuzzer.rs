//! libFuzzer around one target, which `SWARMFETCH_FUZZ` names: `make fuzz`.
//!
//! One binary for all, because building and linking one with libFuzzer takes longer than a minute. The macro exports two
//! C functions for libFuzzer's `main` to call; there is no unsafe code beyond what it expands to.

#![no_main]

use std::sync::OnceLock;

use swarmfetch_fuzz::Target;

static TARGET: OnceLock<&'static Target> = OnceLock::new();

fn target() -> &'static Target {
    TARGET.get_or_init(|| {
        let name = std::env::var("SWARMFETCH_FUZZ").unwrap_or_default();
        Target::named(&name)
            .unwrap_or_else(|| panic!("SWARMFETCH_FUZZ is {name:?}, which is no target"))
    })
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| (target().run)(input));

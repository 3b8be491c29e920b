//! The transfer machine, fed with arbitrary frames from its links while pages, origin, store and clock do what they may.
//!
//! An input is a script: what happens, one byte for its kind and then its parts, until the bytes end. Peers say what the
//! script says, frame by frame, or answer truly and have some bytes flipped on the way. What must hold: no panic; a page
//! gets the bytes of its object or none from peers; every want ends exactly once; whoever asks gets true bytes of held
//! objects and nothing else; timers lead forward; nothing is said or asked without bound.
//!
//! The machine's own tests have a longer ordeal with likelier events; here the machine meets the unlikely.

mod script;
mod shell;

pub(crate) use script::kind;
pub(crate) use shell::SAMPLES;

use shell::Shell;
use swarmfetch_content::codec::Reader;

/// What happens in one input, at most.
const STEPS_MAX: usize = 400;

/// A script.
pub(crate) fn transfer(input: &[u8]) {
    let mut script = Reader::new(input);
    let mut shell = Shell::new(script.read().unwrap_or_default());
    for _ in 0..STEPS_MAX {
        if script::step(&mut shell, &mut script).is_none() {
            break;
        }
    }
    shell.run_out();
}

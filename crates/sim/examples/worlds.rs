//! Lets small worlds run until something is wrong in one: `worlds COUNT`. Says in which, and what.
//!
//! For `tests/sim/planted.mjs`, which builds it with defects in the core; else `swarmfetch simulate --worlds` does more.

#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::process::ExitCode;

use swarmfetch_sim::small;

fn main() -> ExitCode {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok());
    let Some(count) = count else {
        println!("worlds COUNT: lets so many small worlds run");
        return ExitCode::from(2);
    };
    std::panic::set_hook(Box::new(|_| {}));
    for seed in 0..count {
        if let Err(fault) = small::check(seed, false) {
            println!("world {seed}: {fault}");
            return ExitCode::FAILURE;
        }
    }
    println!("{count} worlds ran clean");
    ExitCode::SUCCESS
}

//! The `swarmfetch` binary. Each subcommand is a file of its own; this one only picks it and turns
//! its error into one line with a remedy.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage (from clap).

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the one crate whose job is to talk to a terminal"
)]

mod adoption;
mod choice;
mod disable;
mod failure;
mod init;
mod inspect;
mod publish;
mod report;
mod rotate_key;
mod serve;
mod signals;
mod simulate;
mod status;
mod tracker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

use failure::Failure;

/// For `simulate`, whose visitors ask for and give back frames and bodies of all sizes at random moments: the C
/// library's allocator takes the longer for each piece the more of them there are.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Let a site's visitors carry the site.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Arguments),
    Publish(publish::Arguments),
    RotateKey(rotate_key::Arguments),
    Disable(disable::Arguments),
    Serve(serve::Arguments),
    Tracker(tracker::Arguments),
    Inspect(inspect::Arguments),
    Status(status::Arguments),
    Simulate(simulate::Arguments),
}

fn main() -> ExitCode {
    let result: Result<(), Failure> = match Arguments::parse().command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Publish(arguments) => publish::run(&arguments),
        Command::RotateKey(arguments) => rotate_key::run(&arguments),
        Command::Disable(arguments) => disable::run(&arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Tracker(arguments) => tracker::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("swarmfetch: {failure}");
            ExitCode::FAILURE
        }
    }
}

//! `lab-switch`: the network that the lab's hosts are joined by. A TUN device for each host, and between them delay, jitter, loss and rate.
//!
//! Reads a line for each host from standard input (`hosts.rs`), up to an empty line; makes their devices and says `ready`. Whoever called moves the
//! devices into the hosts' namespaces: this end of them stays open here. When standard input ends, it says what became of each host's packets and ends,
//! and the devices with it; so it never outlives its caller. Needs root and /dev/net/tun. Started by `network.mjs`.
//!
//! Goals: what a visitor's line does to packets, as repeatable as real time allows. Non-goals: address translation (the kernel's, in the hosts'
//! namespaces), IPv6, a network of more than some tens of hosts.

#![expect(
    clippy::disallowed_methods,
    reason = "the shell of the machine lives in real time"
)]

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tun_rs::{DeviceBuilder, SyncDevice};

use crate::hosts::Host;
use crate::line::Micros;
use crate::switch::{HostIndex, Switch};

mod hosts;
mod line;
mod switch;

/// The largest packet, in bytes: Ethernet's, as on most visitors' ways.
const MTU: u16 = 1500;

/// Packets that wait in a device until they are read, at most: reading is all that its thread does.
const DEVICE_QUEUE: u32 = 1000;

/// A pause after a device refused to be read, as it does until it is up and when its namespace is gone.
const PAUSE: Duration = Duration::from_millis(5);

/// Decides jitter and loss, the same in each run.
const SEED: u64 = 1;

/// The switch, and whoever waits for its next packet.
struct Shared {
    switch: Mutex<Switch>,
    earlier: Condvar,
    began: Instant,
}

impl Shared {
    fn now(&self) -> Micros {
        Micros(u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    fn switch(&self) -> MutexGuard<'_, Switch> {
        self.switch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "lab-switch: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut lines = io::stdin().lock().lines();
    let mut hosts = Vec::new();
    for line in lines.by_ref() {
        let line = line.map_err(|error| error.to_string())?;
        if line.is_empty() {
            break;
        }
        hosts.push(Host::parse(&line)?);
    }
    let devices = hosts
        .iter()
        .map(|host| open(host).map_err(|error| format!("no device {}: {error}", host.device)))
        .collect::<Result<Vec<_>, _>>()?;
    let shared = Arc::new(Shared {
        switch: Mutex::new(Switch::new(
            hosts.iter().map(|host| (host.address, host.up, host.down)),
            SEED,
        )),
        earlier: Condvar::new(),
        began: Instant::now(),
    });
    let devices: Arc<[SyncDevice]> = devices.into();
    for host in 0..devices.len() {
        let (shared, devices) = (shared.clone(), devices.clone());
        thread::spawn(move || listen(&shared, HostIndex(host), &devices[host]));
    }
    thread::spawn({
        let shared = shared.clone();
        move || deliver(&shared, &devices)
    });
    say("ready")?;
    // Its end is what matters, and that of the caller closes it.
    for _ in lines {}
    for (host, counts) in hosts.iter().zip(shared.switch().counts()) {
        say(&format!("{} {counts:?}", host.address))?;
    }
    Ok(())
}

fn open(host: &Host) -> io::Result<SyncDevice> {
    DeviceBuilder::new()
        .name(&host.device)
        .mtu(MTU)
        .tx_queue_len(DEVICE_QUEUE)
        // It comes up where it is moved to.
        .enable(false)
        .build_sync()
}

/// Takes what a host sends.
fn listen(shared: &Shared, host: HostIndex, device: &SyncDevice) {
    let mut packet = [0; MTU as usize];
    loop {
        match device.recv(&mut packet) {
            Ok(length) => {
                let mut switch = shared.switch();
                switch.send(shared.now(), host, &packet[..length]);
                drop(switch);
                shared.earlier.notify_one();
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// Gives hosts what has arrived.
fn deliver(shared: &Shared, devices: &[SyncDevice]) {
    let mut switch = shared.switch();
    loop {
        let now = shared.now();
        if let Some((host, packet)) = switch.arrived(now) {
            drop(switch);
            // A host that takes nothing, for it is not up or gone, loses it.
            let _ = devices[host.0].send(&packet);
            switch = shared.switch();
            continue;
        }
        let pause = switch
            .next_due()
            .map_or(Duration::MAX, |due| Duration::from_micros(due.0 - now.0));
        (switch, _) = shared
            .earlier
            .wait_timeout(switch, pause)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

fn say(line: &str) -> Result<(), String> {
    writeln!(io::stdout(), "{line}").map_err(|error| error.to_string())
}

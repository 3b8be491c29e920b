//! The hosts as `network.mjs` names them: a line of `key=value` words for each.
//!
//! `device=… address=… [delay-ms=…] [jitter-ms=…] [loss=…] [up-mbit=…] [down-mbit=…]`. Delay, jitter and loss hold for each direction, so two hosts of
//! 10 ms each are 40 ms apart and back.

use std::net::Ipv4Addr;

use crate::line::{Manner, Micros};

/// The longest name that Linux gives a device, in bytes.
const DEVICE_BYTES_MAX: usize = 15;

/// The most that one direction may delay or jitter, in milliseconds: a satellite's 300, with room.
const DELAY_MS_MAX: f64 = 10_000.0;

/// A host of the lab.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Host {
    /// The TUN device to open for it.
    pub(crate) device: String,
    /// Its address.
    pub(crate) address: Ipv4Addr,
    /// Its line to the network.
    pub(crate) up: Manner,
    /// Its line from it.
    pub(crate) down: Manner,
}

impl Host {
    /// Reads one line.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let mut device = None;
        let mut address = None;
        let mut manner = Manner::default();
        let (mut up, mut down) = (None, None);
        for word in line.split_ascii_whitespace() {
            let (key, value) = word
                .split_once('=')
                .ok_or_else(|| format!("{word} is not key=value"))?;
            let number = |most: f64| {
                let number: f64 = value
                    .parse()
                    .map_err(|_| format!("{word}: {value} is no number"))?;
                let fits = (0.0..=most).contains(&number);
                fits.then_some(number)
                    .ok_or_else(|| format!("{word}: at most {most}"))
            };
            match key {
                "device" if (1..=DEVICE_BYTES_MAX).contains(&value.len()) => {
                    device = Some(value.to_owned())
                }
                "device" => return Err(format!("{word}: 1 to {DEVICE_BYTES_MAX} bytes")),
                "address" => {
                    let read = value.parse();
                    address = Some(read.map_err(|_| format!("{word}: no IPv4 address"))?);
                }
                "delay-ms" => manner.delay = micros(number(DELAY_MS_MAX)?),
                "jitter-ms" => manner.jitter = micros(number(DELAY_MS_MAX)?),
                "loss" => manner.loss = number(1.0)?,
                "up-mbit" => up = Some(bytes_a_second(number(100_000.0)?)),
                "down-mbit" => down = Some(bytes_a_second(number(100_000.0)?)),
                _ => return Err(format!("{word}: unknown key")),
            }
        }
        Ok(Self {
            device: device.ok_or("a host without a device")?,
            address: address.ok_or("a host without an address")?,
            up: Manner { rate: up, ..manner },
            down: Manner {
                rate: down,
                ..manner
            },
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked above: not negative, and small"
)]
fn micros(ms: f64) -> Micros {
    Micros((ms * 1_000.0) as u64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked above: not negative, and small"
)]
fn bytes_a_second(mbit: f64) -> u64 {
    (mbit * 125_000.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_all_of_a_host() {
        let host = Host::parse(
            "device=swl1-a address=203.0.113.11 delay-ms=10 jitter-ms=0.5 loss=0.01 up-mbit=8 down-mbit=50",
        )
        .unwrap();
        assert_eq!(
            (host.device.as_str(), host.address),
            ("swl1-a", Ipv4Addr::new(203, 0, 113, 11))
        );
        assert_eq!(
            (host.up.rate, host.down.rate),
            (Some(1_000_000), Some(6_250_000))
        );
        assert_eq!(
            (host.up.delay, host.down.jitter),
            (Micros(10_000), Micros(500))
        );
        assert_eq!(host.down.loss.to_bits(), 0.01_f64.to_bits());
    }

    #[test]
    fn what_is_not_said_does_nothing() {
        let host = Host::parse("address=203.0.113.1 device=x").unwrap();
        assert_eq!((host.up, host.down), (Manner::default(), Manner::default()));
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (line, named) in [
            ("", "without a device"),
            ("device=x", "without an address"),
            ("device=sixteen-bytes-xx address=203.0.113.1", "1 to 15"),
            ("device=x address=fe80::1", "fe80::1"),
            ("device=x address=203.0.113.1 delay=1", "unknown key"),
            ("device=x address=203.0.113.1 delay-ms=-1", "at most"),
            ("device=x address=203.0.113.1 loss=NaN", "at most"),
            ("device=x address=203.0.113.1 loss=much", "no number"),
            ("device=x address=203.0.113.1 loss", "key=value"),
        ] {
            let error = Host::parse(line).unwrap_err();
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}

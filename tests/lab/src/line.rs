//! One direction of a host's line to the network: when a packet that enters it comes out at the other end, if it does.
//!
//! The arithmetic of delay, jitter, loss and rate, without a clock or a packet. A packet first waits for those before it and for its own bytes to pass at
//! the line's rate, as behind a modem; then it travels. Called by `switch.rs`.

use fastrand::Rng;

/// A moment or a span, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Micros(pub(crate) u64);

/// What may wait before a line with a rate, as time until the last byte has left. More is dropped, as a modem of a few hundred kilobytes does.
pub(crate) const BACKLOG_MAX: Micros = Micros(200_000);

/// What a line does to packets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Manner {
    /// What each packet takes.
    pub(crate) delay: Micros,
    /// What it takes more at most, drawn evenly. Packets do not overtake each other.
    pub(crate) jitter: Micros,
    /// How many are lost, from 0 to 1.
    pub(crate) loss: f64,
    /// Bytes a second; none is as fast as can be.
    pub(crate) rate: Option<u64>,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    /// It comes out then.
    Out(Micros),
    /// The line lost it.
    Lost,
    /// Too much waited before the line.
    Full,
}

/// A line and what is on it.
#[derive(Debug)]
pub(crate) struct Line {
    manner: Manner,
    /// When the last byte that waits will have entered.
    free: Micros,
    /// When the last packet comes out.
    last: Micros,
}

impl Line {
    pub(crate) fn new(manner: Manner) -> Self {
        Self {
            manner,
            free: Micros(0),
            last: Micros(0),
        }
    }

    /// A packet of so many bytes comes to the line.
    pub(crate) fn enter(&mut self, now: Micros, bytes: usize, random: &mut Rng) -> Passage {
        let entered = match self.manner.rate {
            None => now,
            Some(rate) => {
                let begins = self.free.max(now);
                if begins.0 - now.0 > BACKLOG_MAX.0 {
                    return Passage::Full;
                }
                // A lost packet took its time on the line all the same.
                self.free = Micros(begins.0 + bytes as u64 * 1_000_000 / rate.max(1));
                self.free
            }
        };
        if random.f64() < self.manner.loss {
            return Passage::Lost;
        }
        let jitter = random.u64(0..=self.manner.jitter.0);
        self.last = self
            .last
            .max(Micros(entered.0 + self.manner.delay.0 + jitter));
        Passage::Out(self.last)
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use proptest::prelude::{prop, prop_assert, proptest};

    use super::*;

    fn line(manner: Manner) -> (Line, Rng) {
        (Line::new(manner), Rng::with_seed(1))
    }

    #[test]
    fn a_line_without_manners_passes_at_once() {
        let (mut line, mut random) = line(Manner::default());
        for now in [Micros(0), Micros(7), Micros(7)] {
            assert_eq!(line.enter(now, 1500, &mut random), Passage::Out(now));
        }
    }

    #[test]
    fn a_rate_makes_packets_wait_for_those_before_them_and_for_themselves() {
        let (mut line, mut random) = line(Manner {
            delay: Micros(10_000),
            rate: Some(1_250_000),
            ..Manner::default()
        });
        // 10 Mbit/s: 1,250 bytes take a millisecond.
        let mut enter = |now| line.enter(Micros(now), 1250, &mut random);
        assert_eq!(enter(0), Passage::Out(Micros(11_000)));
        assert_eq!(enter(0), Passage::Out(Micros(12_000)));
        assert_eq!(enter(1_500), Passage::Out(Micros(13_000)));
        // The line has been idle: nothing is saved up.
        assert_eq!(enter(50_000), Passage::Out(Micros(61_000)));
    }

    #[test]
    fn what_waits_is_bounded_and_drains() {
        let (mut line, mut random) = line(Manner {
            rate: Some(1_000_000),
            ..Manner::default()
        });
        let mut enter = |now| line.enter(Micros(now), 1000, &mut random);
        let passed = (0..1000).take_while(|_| enter(0) != Passage::Full).count();
        // A packet each millisecond; the one that would begin after more than the bound is the first dropped.
        assert_eq!(passed as u64, BACKLOG_MAX.0 / 1000 + 1);
        assert_eq!(enter(1_000), Passage::Out(Micros(202_000)));
        assert_eq!(enter(1_000), Passage::Full);
    }

    #[test]
    fn so_many_are_lost() {
        for (loss, least, most) in [(0.0, 0, 0), (0.02, 150, 250), (1.0, 10_000, 10_000)] {
            let (mut line, mut random) = line(Manner {
                loss,
                ..Manner::default()
            });
            let lost = (0..10_000)
                .filter(|now| line.enter(Micros(*now), 100, &mut random) == Passage::Lost)
                .count();
            assert!((least..=most).contains(&lost), "{lost} of 10,000 at {loss}");
        }
    }

    #[test]
    fn jitter_is_spread_over_its_whole_width() {
        let (mut line, mut random) = line(Manner {
            delay: Micros(1_000),
            jitter: Micros(100),
            ..Manner::default()
        });
        let seen: std::collections::BTreeSet<u64> = (0..10_000)
            .map(|n| {
                // Far apart: nothing waits for the packet before it.
                let now = n * 1_000_000;
                match line.enter(Micros(now), 100, &mut random) {
                    Passage::Out(at) => at.0 - now,
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        assert_eq!(seen, (1_000..=1_100).collect());
    }

    proptest! {
        /// Whatever enters, in whatever manner: nothing comes out early, nothing overtakes, and no more comes out than the rate allows.
        #[test]
        fn nothing_is_early_overtakes_or_exceeds_the_rate(
            packets in prop::collection::vec((0_u64..3_000, 20_usize..1500), 1..200),
            delay in 0_u64..50_000,
            jitter in 0_u64..20_000,
            rate in prop::option::of(10_000_u64..10_000_000),
            seed: u64,
        ) {
            let manner = Manner { delay: Micros(delay), jitter: Micros(jitter), loss: 0.1, rate };
            let mut line = Line::new(manner);
            let mut random = Rng::with_seed(seed);
            let (mut now, mut last, mut bytes_out) = (0, 0, 0_u64);
            for (pause, bytes) in packets {
                now += pause;
                if let Passage::Out(at) = line.enter(Micros(now), bytes, &mut random) {
                    prop_assert!(at.0 >= now + delay);
                    prop_assert!(at.0 >= last);
                    last = at.0;
                    bytes_out += bytes as u64;
                    if let Some(rate) = rate {
                        // Each packet is cut to whole microseconds.
                        let slack = 200 * rate / 1_000_000 + 200;
                        prop_assert!(bytes_out <= (at.0 - delay) * rate / 1_000_000 + slack);
                        prop_assert!(at.0 <= now + BACKLOG_MAX.0 + 1500 * 1_000_000 / rate + delay + jitter + 1 || at.0 == last);
                    }
                }
            }
        }
    }
}

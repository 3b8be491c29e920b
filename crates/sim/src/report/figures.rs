//! Shares, quantiles, fairness.

use serde::Serialize;

/// Some quantiles of a distribution, in the unit of the field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// Half are below.
    pub p50: f64,
    /// 95 of 100 are below.
    pub p95: f64,
    /// The largest.
    pub most: f64,
}

impl Quantiles {
    /// In words, for milliseconds.
    #[must_use]
    pub fn as_ms(&self) -> String {
        format!("{:.0} ms, p95 {:.0}", self.p50, self.p95)
    }
}

/// `part` of `whole` in percent; 0 of nothing.
pub(super) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        100.0 * part as f64 / whole as f64
    }
}

/// Quantiles of sorted values, each a value that occurs (nearest rank).
pub(super) fn quantiles(sorted: &[f32]) -> Quantiles {
    let at = |share: f64| {
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted
            .get(rank.saturating_sub(1))
            .copied()
            .unwrap_or(0.0)
            .into()
    };
    Quantiles {
        p50: at(0.5),
        p95: at(0.95),
        most: at(1.0),
    }
}

/// Jain's index (Jain, Chiu and Hawe 1984).
pub(super) fn fairness(shares: &[u64]) -> f64 {
    let sum: f64 = shares.iter().map(|share| *share as f64).sum();
    let squares: f64 = shares.iter().map(|share| (*share as f64).powi(2)).sum();
    if squares == 0.0 {
        1.0
    } else {
        sum * sum / (shares.len() as f64 * squares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        let values: Vec<f32> = (1..=100).map(|n| n as f32).collect();
        assert_eq!(
            quantiles(&values),
            Quantiles {
                p50: 50.0,
                p95: 95.0,
                most: 100.0
            }
        );
        assert_eq!(
            quantiles(&[7.0]),
            Quantiles {
                p50: 7.0,
                p95: 7.0,
                most: 7.0
            }
        );
        assert_eq!(quantiles(&[]), Quantiles::default());
    }

    #[test]
    fn fairness_is_one_for_equals_and_a_share_for_one_who_gives_all() {
        assert!((fairness(&[3, 3, 3]) - 1.0).abs() < 1e-9);
        assert!((fairness(&[8, 0, 0, 0]) - 0.25).abs() < 1e-9);
    }
}

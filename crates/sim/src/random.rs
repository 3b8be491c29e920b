//! Draws from the distributions that scenarios name.

/// Log-normal: the median, and sigma of the normal distribution underneath.
pub(crate) fn log_normal(rng: &mut fastrand::Rng, median: f64, sigma: f64) -> f64 {
    // Box and Muller 1958; the first draw is never 0.
    let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
    let normal = radius * (std::f64::consts::TAU * rng.f64()).cos();
    median * (sigma * normal).exp()
}

/// Even on a logarithmic scale: lines of 2 and 10 Mbit/s are as many as of 10 and 50.
pub(crate) fn log_even(rng: &mut fastrand::Rng, [low, high]: [f64; 2]) -> f64 {
    low * (high / low).powf(rng.f64())
}

/// True for this share of all draws.
pub(crate) fn chance(rng: &mut fastrand::Rng, share: f64) -> bool {
    rng.f64() < share
}

/// Places 0, 1, 2 ... drawn in proportion to (place + 1) to the minus `exponent` (Zipf's law).
#[derive(Debug)]
pub(crate) struct Zipf {
    /// For each place the sum of the weights up to it.
    sums: Vec<f64>,
}

impl Zipf {
    pub(crate) fn new(places: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let sums = (1..=places).map(|place| {
            sum += (place as f64).powf(-exponent);
            sum
        });
        Zipf {
            sums: sums.collect(),
        }
    }

    pub(crate) fn draw(&self, rng: &mut fastrand::Rng) -> usize {
        let Some(all) = self.sums.last() else {
            return 0;
        };
        let drawn = rng.f64() * all;
        self.sums
            .partition_point(|sum| *sum <= drawn)
            .min(self.sums.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_median() {
        let mut rng = fastrand::Rng::with_seed(1);
        let below = (0..10_000)
            .filter(|_| log_normal(&mut rng, 60.0, 1.0) < 60.0)
            .count();
        assert!((4_800..5_200).contains(&below), "{below}");
    }

    #[test]
    fn zipf_gives_the_first_its_share() {
        let mut rng = fastrand::Rng::with_seed(1);
        let zipf = Zipf::new(100, 0.9);
        let weights: f64 = (1..=100).map(|place| f64::from(place).powf(-0.9)).sum();
        let first = (0..20_000).filter(|_| zipf.draw(&mut rng) == 0).count() as f64 / 20_000.0;
        assert!((first - 1.0 / weights).abs() < 0.01, "{first}");
    }
}

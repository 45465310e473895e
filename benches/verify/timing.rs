//! Runs in turn, medians, ratios.

use std::time::Duration;

/// Runs each in turn, in every round another one first. The milliseconds of each, by round.
pub(crate) fn in_turn<const N: usize>(
    rounds: usize,
    sides: [&dyn Fn() -> Duration; N],
) -> [Vec<f64>; N] {
    let mut times = [const { Vec::new() }; N];
    for round in 0..rounds {
        for turn in 0..N {
            let side = (round + turn) % N;
            times[side].push(sides[side]().as_secs_f64() * 1000.0);
        }
    }
    times
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The median of the ratios of each round.
pub(crate) fn ratio(of: &[f64], to: &[f64]) -> f64 {
    let ratios: Vec<f64> = of.iter().zip(to).map(|(of, to)| of / to).collect();
    median(&ratios)
}

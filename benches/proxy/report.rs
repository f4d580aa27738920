//! The table of results.

#![expect(clippy::print_stdout, reason = "the table is what a benchmark is for")]

use std::error::Error;

use crate::count::Counts;

/// One proxy.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) counts: Counts,
    /// CPU time per request in microseconds, one figure per round.
    pub(crate) micros: Vec<f64>,
}

/// Prints every row with its ratio to the first row.
pub(crate) fn print(rows: &[Row]) {
    println!(
        "\n| 1 KiB GET, keep-alive | CPU µs/request | ratio, median [quartiles] | user instructions/request | system calls/request |"
    );
    println!("|---|---|---|---|---|");
    for Row { name, counts, micros } in rows {
        let ratios: Vec<f64> = micros.iter().zip(&rows[0].micros).map(|(own, first)| own / first).collect();
        println!(
            "| {name} | {:.1} | {:.2} [{:.2}-{:.2}] | {:.0} | {:.2} |",
            quantile(micros, 0.5),
            quantile(&ratios, 0.5),
            quantile(&ratios, 0.25),
            quantile(&ratios, 0.75),
            counts.instructions,
            counts.calls,
        );
    }
}

/// Prints why a proxy has no row.
pub(crate) fn left_out(name: &str, why: &dyn Error) {
    println!("{name}: left out: {why}");
}

/// `count` divided by `requests`.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
pub(crate) fn per(count: u64, requests: usize) -> f64 {
    count as f64 / requests as f64
}

/// The quantile `part` (0 to 1) of the figures; NaN without figures.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index into a handful of figures"
)]
fn quantile(figures: &[f64], part: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len().saturating_sub(1) as f64 * part).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

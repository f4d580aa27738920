//! The metrics of one gateway process.

use std::{
    fmt,
    marker::PhantomData,
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    exposition::{Exposition, FamilyKind},
    labels::{LogName, MetricLabel, ResponseEnd, StatusClass},
};
use crate::reason::ReasonCode;

/// Generates [`Metrics`] from the table below. A row is a comment, which is also the help text of the metric, and a field;
/// the metric is named `vestibule_<field>`, with `_total` behind it if it is a counter.
macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $visibility:vis $field:ident: $kind:ty;)+) => {
        /// The metrics of one gateway process, shared as an `Arc`.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $($(#[doc = $help])+ $visibility $field: $kind,)+
        }

        impl Metrics {
            /// Adds every metric to `text`.
            pub(crate) fn write(&self, text: &mut Exposition) {
                $(self.$field.write(concat!("vestibule_", stringify!($field)), concat!($($help),+), text);)+
            }
        }
    };
}

metrics! {
    /// Client connections that could not be accepted, mostly for lack of file descriptors.
    pub accept_errors: Counter;
    /// Client connections that were closed at once, because their client had as many as `limits.connections_per_client`.
    pub connections_refused: Counter;
    /// Idle client connections that were closed to make room for new ones.
    pub connections_shed: Counter;
    /// Lines that were dropped because the output was not read fast enough or failed, by log.
    pub log_lines_dropped: CounterBy<LogName>;
    /// Times that a provider was found not to answer, so that sessions were not refreshed until it did.
    pub provider_breakers_opened: Counter;
    /// Requests that were refused, by reason code.
    pub refusals: CounterBy<ReasonCode>;
    /// Requests, by the class of their status. Clients that gave up before a response count as status 499.
    pub requests: CounterBy<StatusClass>;
    /// Requests, by the end of their response.
    pub requests_ended: CounterBy<ResponseEnd>;
    /// Responses that were ended because the application sent nothing for too long.
    pub silent_responses: Counter;
    /// Responses that were ended because the client accepted nothing for too long, or too little.
    pub slow_readers: Counter;
    /// Request bodies that were ended because the client sent nothing for too long, or too little.
    pub slow_requests: Counter;
    /// Sessions that ended by sign-out, by the provider, or by a rejected refresh, as the audit trail has them. Sessions that
    /// expire, or that a new sign-in replaces, are not counted.
    pub sessions_ended: Counter;
    /// Sessions that began with a sign-in.
    pub sessions_started: Counter;
    /// Bodies that were ended because their session had ended, or no longer met the rule of the route.
    pub streams_revoked: Counter;
    /// Bodies that were ended because the memory for bodies was full and they were the slowest.
    pub streams_shed: Counter;
}

/// A counter that any thread can increase. It never decreases.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

/// One counter for each value of a label.
pub struct CounterBy<L> {
    counters: Box<[Counter]>,
    label: PhantomData<fn(L)>,
}

impl Counter {
    /// Increases the counter by `amount`. Metrics are independent of each other, so the order of updates is relaxed.
    pub(crate) fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// The current value.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn write(&self, name: &str, help: &str, text: &mut Exposition) {
        let name = format!("{name}_total");
        text.begin(&name, FamilyKind::Counter, help);
        text.sample(&name, &[], self.value());
    }
}

impl<L: MetricLabel> CounterBy<L> {
    /// The counter of `label`.
    pub fn of(&self, label: L) -> &Counter {
        &self.counters[label.position()]
    }

    /// The sum of all counters.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counters.iter().map(Counter::value).sum()
    }

    fn write(&self, name: &str, help: &str, text: &mut Exposition) {
        let name = format!("{name}_total");
        text.begin(&name, FamilyKind::Counter, help);
        for label in L::VALUES {
            text.sample(&name, &[(L::NAME, label.text())], self.of(*label).value());
        }
    }
}

impl<L: MetricLabel> Default for CounterBy<L> {
    fn default() -> Self {
        Self { counters: L::VALUES.iter().map(|_| Counter::default()).collect(), label: PhantomData }
    }
}

impl<L> fmt::Debug for CounterBy<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.counters).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Exposition, Metrics};
    use crate::reason::ReasonCode;

    #[test]
    fn every_value_of_a_label_has_a_sample() {
        let metrics = Metrics::default();
        metrics.refusals.of(ReasonCode::NotFound).add(2);
        metrics.sessions_started.add(3);
        let mut text = Exposition::default();
        metrics.write(&mut text);
        let text = text.into_text();
        for line in [
            "# HELP vestibule_refusals_total Requests that were refused, by reason code.",
            "# TYPE vestibule_refusals_total counter",
            "vestibule_refusals_total{reason=\"not-found\"} 2",
            "vestibule_sessions_started_total 3",
            "vestibule_sessions_ended_total 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
        let samples = text.lines().filter(|line| line.starts_with("vestibule_refusals_total")).count();
        assert_eq!((samples, metrics.refusals.total()), (ReasonCode::ALL.len(), 2));
    }
}

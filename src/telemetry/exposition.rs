//! The text format of Prometheus, version 0.0.4: one family of samples after the other.

use std::fmt::Write;

/// The text of a response to a scrape.
#[derive(Debug, Default)]
pub(crate) struct Exposition(String);

/// What the samples of a family are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FamilyKind {
    /// Values that only increase; the name ends in `_total`.
    Counter,
    /// Values that increase and decrease.
    Gauge,
}

impl Exposition {
    /// The value of `Content-Type`.
    pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

    /// Begins the family `name`, whose samples follow.
    pub(crate) fn begin(&mut self, name: &str, kind: FamilyKind, help: &str) {
        let kind = match kind {
            FamilyKind::Counter => "counter",
            FamilyKind::Gauge => "gauge",
        };
        // Writing to a String does not fail.
        let _written = writeln!(self.0, "# HELP {name} {}\n# TYPE {name} {kind}", escaped(help.trim()));
    }

    /// Adds one sample of the family `name`.
    pub(crate) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        self.0.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let open = if at == 0 { '{' } else { ',' };
            let _written = write!(self.0, "{open}{label}=\"{}\"", escaped(text).replace('"', "\\\""));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _written = writeln!(self.0, "{close} {value}");
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::{Exposition, FamilyKind};

    #[test]
    fn label_values_cannot_end_their_line() {
        let mut text = Exposition::default();
        text.begin("up", FamilyKind::Gauge, " Whether\nit runs. ");
        text.sample("up", &[], 1);
        text.sample("up", &[("a", "x\"y\\z\n"), ("b", "")], 0);
        assert_eq!(
            text.into_text(),
            "# HELP up Whether\\nit runs.\n# TYPE up gauge\nup 1\nup{a=\"x\\\"y\\\\z\\n\",b=\"\"} 0\n"
        );
    }
}

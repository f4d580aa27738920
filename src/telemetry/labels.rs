//! The labels of metrics.

use http::StatusCode;

use crate::reason::ReasonCode;

/// A label with a fixed set of values.
pub trait MetricLabel: Copy + 'static {
    /// The name of the label.
    const NAME: &'static str;
    /// All values.
    const VALUES: &'static [Self];

    /// The position of this value in [`VALUES`](Self::VALUES).
    fn position(self) -> usize;

    /// The value as text.
    fn text(self) -> &'static str;
}

/// The two logs of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogName {
    /// The access log.
    Access,
    /// The log, which contains the audit log.
    Log,
}

/// How the response to a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseEnd {
    /// The client broke it off, or gave up before it began.
    Aborted,
    /// With its last byte.
    Complete,
    /// The gateway ended it: the session is over, or a peer was too slow.
    Ended,
    /// The application broke it off.
    Truncated,
}

/// The class of a status (RFC 9110 §15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusClass(u8);

impl StatusClass {
    pub(crate) fn of(status: StatusCode) -> Self {
        let class = u8::try_from(status.as_u16() / 100).unwrap_or(5);
        Self(class.clamp(1, 5) - 1)
    }
}

impl MetricLabel for LogName {
    const NAME: &'static str = "log";
    const VALUES: &'static [Self] = &[Self::Access, Self::Log];

    fn position(self) -> usize {
        self as usize
    }

    fn text(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Log => "log",
        }
    }
}

impl MetricLabel for ResponseEnd {
    const NAME: &'static str = "end";
    const VALUES: &'static [Self] = &[Self::Aborted, Self::Complete, Self::Ended, Self::Truncated];

    fn position(self) -> usize {
        self as usize
    }

    fn text(self) -> &'static str {
        match self {
            Self::Aborted => "aborted",
            Self::Complete => "complete",
            Self::Ended => "ended",
            Self::Truncated => "truncated",
        }
    }
}

impl MetricLabel for StatusClass {
    const NAME: &'static str = "class";
    const VALUES: &'static [Self] = &[Self(0), Self(1), Self(2), Self(3), Self(4)];

    fn position(self) -> usize {
        self.0.into()
    }

    fn text(self) -> &'static str {
        ["1xx", "2xx", "3xx", "4xx", "5xx"][self.position()]
    }
}

impl MetricLabel for ReasonCode {
    const NAME: &'static str = "reason";
    const VALUES: &'static [Self] = Self::ALL;

    fn position(self) -> usize {
        self as usize
    }

    fn text(self) -> &'static str {
        self.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::{LogName, MetricLabel, ResponseEnd, StatusClass};
    use crate::reason::ReasonCode;

    #[test]
    fn a_value_is_at_its_position() {
        fn check<L: MetricLabel>() {
            for (at, value) in L::VALUES.iter().enumerate() {
                assert_eq!(value.position(), at, "{}", value.text());
            }
        }
        check::<LogName>();
        check::<ReasonCode>();
        check::<ResponseEnd>();
        check::<StatusClass>();
        for (status, class) in [(101, "1xx"), (200, "2xx"), (304, "3xx"), (499, "4xx"), (504, "5xx")] {
            assert_eq!(StatusClass::of(http::StatusCode::from_u16(status).expect("a status")).text(), class);
        }
    }
}

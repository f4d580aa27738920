//! A fault is a row of a table: a stable name, one sentence, a point, and a change to what the provider is about to send.

use std::fmt;

use super::{answer, claims, documents, entra, jose, logout, token};
use crate::idp::{authorize::Answer, mint::Draft, reply::Reply};

/// One fault of the provider at one point.
#[derive(Clone, Copy)]
pub struct Fault {
    row: &'static Row,
    point: FaultPoint,
}

/// The point at which a fault acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultPoint {
    /// The ID token of the token endpoint.
    Back,
    /// The discovery document.
    Discovery,
    /// The ID token of the authorization response.
    Front,
    /// The key set.
    Jwks,
    /// A logout token.
    Logout,
    /// The ID token of a refresh.
    Refresh,
    /// The fields of the authorization response.
    Response,
    /// The response of the token endpoint.
    Token,
    /// The response of the userinfo endpoint; a token when the fault changes one.
    Userinfo,
}

/// A row of the table.
pub(crate) struct Row {
    id: &'static str,
    what: &'static str,
    point: FaultPoint,
    change: Change,
}

/// The change of a fault.
pub(crate) enum Change {
    /// To the fields of the authorization response.
    Answer(fn(&mut Answer)),
    /// To a token before it is signed.
    Draft(fn(&mut Draft<'_>)),
    /// To a JSON response: token endpoint, userinfo, discovery, keys.
    Reply(fn(&mut Reply)),
    /// To the text of a signed token.
    Text(fn(&str) -> String),
}

impl Fault {
    /// The fault of that name; panics if it does not exist.
    pub fn by_id(id: &str) -> Self {
        Self::find(id).unwrap_or_else(|| panic!("no fault is called {id}"))
    }

    /// The fault of that name, if it exists.
    pub fn find(id: &str) -> Option<Self> {
        Self::all().find(|fault| fault.id() == id)
    }

    /// The fault of that name and its variants: `A07` gives `A07a`, `A07b`, `A07c`; panics without any.
    pub fn row(id: &str) -> Vec<Self> {
        let is_variant = |rest: &str| rest.chars().all(|letter| letter.is_ascii_lowercase());
        let row: Vec<Self> = Self::all().filter(|fault| fault.id().strip_prefix(id).is_some_and(is_variant)).collect();
        assert!(!row.is_empty(), "no fault is called {id}");
        row
    }

    /// Every fault, each at its default point.
    pub fn all() -> impl Iterator<Item = Self> {
        let tables = [jose::ROWS, claims::ROWS, answer::ROWS, token::ROWS, documents::ROWS, logout::ROWS, entra::ROWS];
        tables.into_iter().flatten().map(|row| Self { row, point: row.point })
    }

    /// The fault at another point: any token for a fault that changes a token, only its own point for every other fault.
    #[must_use]
    pub fn at(self, point: FaultPoint) -> Self {
        assert!(self.fits(point), "{} cannot act at {point:?}", self.id());
        Self { point, ..self }
    }

    /// Whether it can act at a point.
    pub fn fits(self, point: FaultPoint) -> bool {
        point == self.row.point || self.changes_token() && point.is_token()
    }

    /// Whether it changes a token or its text.
    pub(crate) fn changes_token(self) -> bool {
        matches!(self.row.change, Change::Draft(_) | Change::Text(_))
    }

    /// Its name: the row of `docs/threats.md`, and a letter when the row has variants.
    pub fn id(self) -> &'static str {
        self.row.id
    }

    /// The fault in one sentence.
    pub fn describe(self) -> &'static str {
        self.row.what
    }

    /// The point at which it acts.
    pub fn point(self) -> FaultPoint {
        self.point
    }

    pub(crate) fn change_draft(self, draft: &mut Draft<'_>) {
        if let Change::Draft(change) = self.row.change {
            change(draft);
        }
    }

    pub(crate) fn change_text(self, text: String) -> String {
        match self.row.change {
            Change::Text(change) => change(&text),
            _ => text,
        }
    }

    pub(crate) fn change_answer(self, answer: &mut Answer) {
        if let Change::Answer(change) = self.row.change {
            change(answer);
        }
    }

    pub(crate) fn change_reply(self, reply: &mut Reply) {
        if let Change::Reply(change) = self.row.change {
            change(reply);
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {:?} ({})", self.id(), self.point, self.describe())
    }
}

impl FaultPoint {
    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::Discovery => "discovery",
            Self::Front => "front",
            Self::Jwks => "jwks",
            Self::Logout => "logout",
            Self::Refresh => "refresh",
            Self::Response => "response",
            Self::Token => "token",
            Self::Userinfo => "userinfo",
        }
    }

    /// The point of that name.
    pub fn find(name: &str) -> Option<Self> {
        POINTS.into_iter().find(|point| point.name() == name)
    }

    fn is_token(self) -> bool {
        matches!(self, Self::Back | Self::Front | Self::Logout | Self::Refresh | Self::Userinfo)
    }
}

/// A row that changes a token before it is signed.
pub(crate) const fn draft(id: &'static str, what: &'static str, change: fn(&mut Draft<'_>)) -> Row {
    Row { id, what, point: FaultPoint::Front, change: Change::Draft(change) }
}

/// A row that changes the text of a signed token.
pub(crate) const fn text(id: &'static str, what: &'static str, change: fn(&str) -> String) -> Row {
    Row { id, what, point: FaultPoint::Front, change: Change::Text(change) }
}

/// A row that changes the authorization response.
pub(crate) const fn fields(id: &'static str, what: &'static str, change: fn(&mut Answer)) -> Row {
    Row { id, what, point: FaultPoint::Response, change: Change::Answer(change) }
}

/// A row that changes the response of an endpoint.
pub(crate) const fn reply(id: &'static str, point: FaultPoint, what: &'static str, change: fn(&mut Reply)) -> Row {
    Row { id, what, point, change: Change::Reply(change) }
}

impl Row {
    /// The row with another default point.
    pub(crate) const fn at(self, point: FaultPoint) -> Self {
        Self { point, ..self }
    }
}

const POINTS: [FaultPoint; 9] = [
    FaultPoint::Back,
    FaultPoint::Discovery,
    FaultPoint::Front,
    FaultPoint::Jwks,
    FaultPoint::Logout,
    FaultPoint::Refresh,
    FaultPoint::Response,
    FaultPoint::Token,
    FaultPoint::Userinfo,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_fault_has_a_unique_name_and_description() {
        let mut seen = HashSet::new();
        for fault in Fault::all() {
            assert!(seen.insert(fault.id()), "{} stands there twice", fault.id());
            assert!(!fault.describe().is_empty(), "{fault:?}");
            let digits = fault.id()[1..].trim_end_matches(|letter: char| letter.is_ascii_lowercase());
            assert!(digits.len() == 2 && digits.parse::<u8>().is_ok(), "{fault:?}");
            assert_eq!(Fault::by_id(fault.id()).point(), fault.point());
            assert_eq!(FaultPoint::find(fault.point().name()), Some(fault.point()));
        }
    }
}

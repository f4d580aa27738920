//! A fault is a row of a table: a stable name, one sentence, a place, and a change to what the provider was about to send.

use std::fmt;

use super::{answer, claims, documents, entra, jose, logout, token};
use crate::idp::{authorize::Answer, mint::Draft, reply::Reply};

/// One wrong the provider can do, at one place.
#[derive(Clone, Copy)]
pub struct Fault {
    row: &'static Row,
    point: FaultPoint,
}

/// Where a fault acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultPoint {
    /// The ID token of the token endpoint.
    Back,
    /// The discovery document.
    Discovery,
    /// The ID token of the front-channel answer.
    Front,
    /// The published keys.
    Jwks,
    /// A logout token.
    Logout,
    /// The ID token of a refresh.
    Refresh,
    /// The fields of the front-channel answer.
    Response,
    /// The reply of the token endpoint.
    Token,
    /// The reply of the userinfo endpoint; a token when the fault changes one.
    Userinfo,
}

/// A row of the table.
pub(crate) struct Row {
    id: &'static str,
    what: &'static str,
    point: FaultPoint,
    change: Change,
}

/// What a fault changes.
pub(crate) enum Change {
    /// The fields of the front-channel answer.
    Answer(fn(&mut Answer)),
    /// A token before it is signed.
    Draft(fn(&mut Draft<'_>)),
    /// A JSON answer: token endpoint, userinfo, discovery, keys.
    Reply(fn(&mut Reply)),
    /// The text of a signed token.
    Text(fn(&str) -> String),
}

impl Fault {
    /// The fault of that name; there must be one.
    pub fn by_id(id: &str) -> Self {
        Self::find(id).unwrap_or_else(|| panic!("no fault is called {id}"))
    }

    /// The fault of that name, if there is one.
    pub fn find(id: &str) -> Option<Self> {
        Self::all().find(|fault| fault.id() == id)
    }

    /// The fault of that name and its variants: `A07` gives `A07a`, `A07b`, `A07c`; there must be one.
    pub fn row(id: &str) -> Vec<Self> {
        let is_variant = |rest: &str| rest.chars().all(|letter| letter.is_ascii_lowercase());
        let row: Vec<Self> = Self::all().filter(|fault| fault.id().strip_prefix(id).is_some_and(is_variant)).collect();
        assert!(!row.is_empty(), "no fault is called {id}");
        row
    }

    /// Every fault, each at its usual place.
    pub fn all() -> impl Iterator<Item = Self> {
        let tables = [jose::ROWS, claims::ROWS, answer::ROWS, token::ROWS, documents::ROWS, logout::ROWS, entra::ROWS];
        tables.into_iter().flatten().map(|row| Self { row, point: row.point })
    }

    /// The same fault at another place: any of the tokens for what changes a token, its own place alone for everything else.
    #[must_use]
    pub fn at(self, point: FaultPoint) -> Self {
        assert!(self.fits(point), "{} cannot act at {point:?}", self.id());
        Self { point, ..self }
    }

    /// Whether it can act at a place.
    pub fn fits(self, point: FaultPoint) -> bool {
        point == self.row.point || self.changes_token() && point.is_token()
    }

    /// Whether it changes a token, or its text.
    pub(crate) fn changes_token(self) -> bool {
        matches!(self.row.change, Change::Draft(_) | Change::Text(_))
    }

    /// Its name: the row of `docs/threats.md`, and a letter when the row has variants.
    pub fn id(self) -> &'static str {
        self.row.id
    }

    /// What is wrong, in one sentence.
    pub fn describe(self) -> &'static str {
        self.row.what
    }

    /// Where it acts.
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

    /// The place of that name.
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

/// A row that changes the front-channel answer.
pub(crate) const fn fields(id: &'static str, what: &'static str, change: fn(&mut Answer)) -> Row {
    Row { id, what, point: FaultPoint::Response, change: Change::Answer(change) }
}

/// A row that changes the reply of an endpoint.
pub(crate) const fn reply(id: &'static str, point: FaultPoint, what: &'static str, change: fn(&mut Reply)) -> Row {
    Row { id, what, point, change: Change::Reply(change) }
}

impl Row {
    /// The same row with another usual place.
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

//! Sealed values that browsers and stores hold: only an unchanged value opens, and only for its own purpose.
//!
//! The first byte of the input selects the value; its highest bit says whether the rest is the value itself or a list of
//! changes (position, bits) to a valid one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vestibule::{
    base::{OpenError, Purpose, Secret, encode_base64url},
    session::{
        LoginCookie, LoginRequest, LoginTransaction, PendingKind, PendingResponse, ResponseTicket, SessionCookie,
        State, Tag,
    },
    web::ReturnTo,
};
use vestibule_fuzz::{HERE, KEYS, NOW, Repeating};

/// One sign-in with all its sealed values.
struct Good {
    transaction: LoginTransaction,
    login: String,
    response: PendingResponse,
    ticket: ResponseTicket,
    stored: Vec<u8>,
    plain: Vec<u8>,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let wanted = ReturnTo::parse("/wanted?x=1", "/.auth");
    let state = State::issue(&KEYS, HERE, &Repeating(3), NOW);
    let transaction = LoginTransaction::begin(state, wanted, LoginRequest::default(), &Repeating(3));
    let response = PendingResponse { at: NOW, code: Some(Secret::new("code")), id_token: Some(Secret::new("token")) };
    let ticket = response.ticket(transaction.state(), HERE);
    Good {
        login: transaction.seal(HERE, &Repeating(4)),
        stored: response.seal(&ticket, transaction.state(), HERE, &Repeating(5)),
        plain: KEYS.current().seal(PURPOSE, PARTS, b"plain", &Repeating(6)),
        transaction,
        response,
        ticket,
    }
});

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let given = |good: &[u8]| if kind & 0x80 == 0 { rest.to_vec() } else { changed(good, rest) };
    match kind & 0x7f {
        0 => state(&given(GOOD.transaction.state().text().as_bytes())),
        1 => login(&given(GOOD.login.as_bytes())),
        2 => stored(&given(&GOOD.stored)),
        3 => plain(&given(&GOOD.plain)),
        _ => names(&given(GOOD.ticket.text().as_bytes())),
    }
});

fn changed(good: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut value = good.to_vec();
    for change in changes.chunks_exact(2) {
        let at = usize::from(change[0]) % value.len();
        value[at] ^= change[1];
    }
    value
}

fn state(value: &[u8]) {
    let Ok(text) = std::str::from_utf8(value) else { return };
    let good = GOOD.transaction.state().text();
    let read = State::read(text, &KEYS, HERE);
    assert_eq!(read.is_ok(), text == good, "{text}");
    if let Ok(read) = read {
        assert_eq!((read.nonce(), read.issued_at()), (GOOD.transaction.state().nonce(), NOW));
    }
    // Every text has a tag, and every tag can be parsed.
    assert!(Tag::parse(Tag::of(text).as_str()).is_some());
}

fn login(value: &[u8]) {
    let Ok(text) = std::str::from_utf8(value) else { return };
    let tag = GOOD.transaction.state().tag();
    let open = |tag: &Tag| LoginTransaction::open(LoginCookie { tag, value: text }, &KEYS, HERE, "/.auth");
    let read = open(&tag);
    assert_eq!(read.is_some(), text == GOOD.login, "{text}");
    assert!(open(&Tag::of("another")).is_none());
    if let Some(read) = read {
        assert_eq!(*read.verifier(), *GOOD.transaction.verifier());
        assert_eq!(read.return_to(), GOOD.transaction.return_to());
    }
}

fn stored(value: &[u8]) {
    let read = PendingResponse::open(value, &GOOD.ticket, GOOD.transaction.state(), HERE);
    assert_eq!(read.is_ok(), value == GOOD.stored);
    if let Ok(read) = read {
        assert!(
            read.at == GOOD.response.at && read.code == GOOD.response.code && read.id_token == GOOD.response.id_token
        );
    }
}

fn plain(value: &[u8]) {
    let read = KEYS.open(PURPOSE, PARTS, value);
    assert_eq!(read.is_ok(), value == GOOD.plain);
    for (purpose, parts) in [(Purpose("another"), PARTS), (PURPOSE, &[b"onetwo".as_slice()]), (PURPOSE, &[])] {
        assert_ne!(KEYS.open(purpose, parts, value), Ok(b"plain".to_vec()));
        assert!(matches!(KEYS.open(purpose, parts, value), Err(OpenError::Damaged | OpenError::UnknownKey)));
    }
}

/// Asserts that a value with one spelling is parsed to exactly that spelling, or not at all.
fn names(value: &[u8]) {
    let Ok(text) = std::str::from_utf8(value) else { return };
    if let Some(ticket) = ResponseTicket::parse(text, PendingKind::Responses) {
        assert_eq!(ticket.text(), text);
        assert!(!format!("{ticket:?}").contains(text));
        let opens = PendingResponse::open(&GOOD.stored, &ticket, GOOD.transaction.state(), HERE).is_ok();
        assert_eq!(opens, text == GOOD.ticket.text());
    }
    if let Some(cookie) = SessionCookie::parse(text) {
        assert_eq!(cookie.text(), text);
        assert_ne!(encode_base64url(cookie.key().bytes()), text, "the store must not hold the cookie");
    }
    if let Some(tag) = Tag::parse(text) {
        assert_eq!((tag.as_str(), text.len()), (text, 16));
    }
}

const PURPOSE: Purpose = Purpose("fuzz");
const PARTS: &[&[u8]] = &[b"one", b"two"];

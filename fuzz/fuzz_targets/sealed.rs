//! What browsers and stores keep for the gateway: nothing opens but what was sealed, changed in no bit, for this purpose.
//!
//! The first byte says what is tried, and its highest bit whether the rest is the value itself or a list of changes (place,
//! bits) to the good one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vestibule::{
    base::{OpenError, Purpose, Secret, encode_base64url},
    session::{
        LoginRequest, LoginTransaction, PendingKind, PendingResponse, ResponseTicket, SessionCookie, State, Tag,
    },
    web::ReturnTo,
};
use vestibule_fuzz::{HERE, KEYS, NOW, Repeating};

/// One sign-in, with everything that is ever sealed for it.
struct Good {
    attempt: LoginTransaction,
    login: String,
    arrival: PendingResponse,
    receipt: ResponseTicket,
    parked: Vec<u8>,
    plain: Vec<u8>,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let wanted = ReturnTo::parse("/wanted?x=1", "/.auth");
    let attempt = LoginTransaction::begin(&KEYS, HERE, wanted, LoginRequest::default(), &Repeating(3), NOW);
    let arrival = PendingResponse { at: NOW, code: Some(Secret::new("code")), id_token: Some(Secret::new("token")) };
    let receipt = arrival.receipt(attempt.state(), HERE);
    Good {
        login: attempt.seal(HERE, &Repeating(4)),
        parked: arrival.seal(&receipt, attempt.state(), HERE, &Repeating(5)),
        plain: KEYS.current().seal(PURPOSE, PARTS, b"plain", &Repeating(6)),
        attempt,
        arrival,
        receipt,
    }
});

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let given = |good: &[u8]| if kind & 0x80 == 0 { rest.to_vec() } else { changed(good, rest) };
    match kind & 0x7f {
        0 => state(&given(GOOD.attempt.state().text().as_bytes())),
        1 => login(&given(GOOD.login.as_bytes())),
        2 => parked(&given(&GOOD.parked)),
        3 => plain(&given(&GOOD.plain)),
        _ => names(&given(GOOD.receipt.text().as_bytes())),
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
    let good = GOOD.attempt.state().text();
    let read = State::read(text, &KEYS, HERE);
    assert_eq!(read.is_ok(), text == good, "{text}");
    if let Ok(read) = read {
        assert_eq!((read.nonce(), read.issued_at()), (GOOD.attempt.state().nonce(), NOW));
    }
    // The tag is of any text, and then always one that can be read back.
    assert!(Tag::parse(Tag::of(text).as_str()).is_some());
}

fn login(value: &[u8]) {
    let Ok(text) = std::str::from_utf8(value) else { return };
    let tag = GOOD.attempt.state().tag();
    let read = LoginTransaction::open(text, &tag, &KEYS, HERE, "/.auth");
    assert_eq!(read.is_some(), text == GOOD.login, "{text}");
    assert!(LoginTransaction::open(text, &Tag::of("another"), &KEYS, HERE, "/.auth").is_none());
    if let Some(read) = read {
        assert_eq!(*read.verifier(), *GOOD.attempt.verifier());
        assert_eq!(read.return_to(), GOOD.attempt.return_to());
    }
}

fn parked(value: &[u8]) {
    let read = PendingResponse::open(value, &GOOD.receipt, GOOD.attempt.state(), HERE);
    assert_eq!(read.is_ok(), value == GOOD.parked);
    if let Ok(read) = read {
        assert!(read.at == GOOD.arrival.at && read.code == GOOD.arrival.code && read.id_token == GOOD.arrival.id_token);
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

/// What has one spelling is read back as it was written, or not at all.
fn names(value: &[u8]) {
    let Ok(text) = std::str::from_utf8(value) else { return };
    if let Some(receipt) = ResponseTicket::parse(text, PendingKind::Answers) {
        assert_eq!(receipt.text(), text);
        assert!(!format!("{receipt:?}").contains(text));
        let opens = PendingResponse::open(&GOOD.parked, &receipt, GOOD.attempt.state(), HERE).is_ok();
        assert_eq!(opens, text == GOOD.receipt.text());
    }
    if let Some(cookie) = SessionCookie::parse(text) {
        assert_eq!(cookie.text(), text);
        assert_ne!(encode_base64url(cookie.key().bytes()), text, "a store never holds the cookie");
    }
    if let Some(tag) = Tag::parse(text) {
        assert_eq!((tag.as_str(), text.len()), (text, 16));
    }
}

const PURPOSE: Purpose = Purpose("fuzz");
const PARTS: &[&[u8]] = &[b"one", b"two"];

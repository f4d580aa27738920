//! What ends a body, and what does not, at given times.

use std::{sync::Arc, time::Duration};

use super::Streams;
use crate::{
    base::Timestamp,
    stream::{
        limits::{STREAM_MEMORY, StreamLimits},
        open_stream::{Direction, Ends, OpenStream, Owner, StreamEnd},
        reservation::Reservation,
    },
};

fn streams(memory: u64, memory_per_client: u64) -> Streams {
    let limits =
        StreamLimits { memory: Some(memory), memory_per_client: Some(memory_per_client), ..StreamLimits::default() };
    Streams::new(limits, Arc::default())
}

fn open(streams: &Streams, direction: Direction, client: u8, account: Option<u64>) -> Arc<OpenStream> {
    let owner = Owner { client: [192, 0, 2, client].into(), account };
    let stream = Arc::new(OpenStream::new(direction, owner, Duration::from_secs(600), Ends::default()));
    streams.register(&stream);
    stream
}

fn end(stream: &OpenStream) -> Option<StreamEnd> {
    stream.asked().err()
}

#[test]
fn only_the_side_that_must_act_is_at_fault() {
    let second = Duration::from_secs(1);
    // What the body does in each second, and after how many seconds it ends.
    for (name, direction, bytes, takes, ends) in [
        ("a reader that takes nothing", Direction::Response, 1000, false, Some((61, StreamEnd::Stalled))),
        ("an application that sends nothing", Direction::Response, 0, true, Some((600, StreamEnd::Idle))),
        ("a reader that takes everything", Direction::Response, 1, true, None),
        ("a sender that sends nothing", Direction::Request, 0, true, Some((60, StreamEnd::Stalled))),
        ("a sender that trickles", Direction::Request, 400, true, Some((30, StreamEnd::TooSlow))),
        ("a sender that is fast enough", Direction::Request, 600, true, None),
        ("an application that reads nothing", Direction::Request, 1000, false, None),
    ] {
        let streams = streams(u64::MAX, u64::MAX);
        let stream = open(&streams, direction, 1, None);
        let start = Timestamp::from_micros(0);
        let mut ended = None;
        for at in 0..1200 {
            streams.look(start.plus(second * at));
            if let Some(why) = stream.asked().err() {
                ended = Some((at, why));
                break;
            }
            if bytes > 0 && (takes || at == 0) {
                stream.handed_over(bytes);
            }
            if takes {
                stream.asked().expect("open");
            } else {
                stream.handed_over(0);
            }
        }
        assert_eq!(ended, ends, "{name}");
    }
}

#[test]
fn the_slowest_are_shed_from_who_holds_too_much() {
    let second = Duration::from_secs(1);
    let streams = streams(4 * STREAM_MEMORY, 2 * STREAM_MEMORY);
    let start = Timestamp::from_micros(0);
    streams.look(start);
    // Of one account behind several addresses, of one address, and of somebody else; each a second after the other.
    let owners = [(1, Some(7)), (2, Some(7)), (3, Some(7)), (4, None), (4, None), (4, None), (5, None)];
    let mut opened = Vec::new();
    for (at, (client, account)) in owners.into_iter().enumerate() {
        let stream = open(&streams, Direction::Response, client, account);
        stream.handed_over(1);
        opened.push(stream);
        streams.look(start.plus(second * u32::try_from(at + 1).expect("a small number")));
    }
    streams.look(start.plus(second * 9));
    let shed: Vec<_> = opened.iter().map(|stream| end(stream).is_some()).collect();
    // The first of the account and of the address, which had made no progress for the longest time; then the slowest of
    // those that are left, for the budget of all.
    assert_eq!(shed, [true, true, false, true, false, false, false]);
}

#[test]
fn dropped_bodies_are_forgotten() {
    let streams = streams(u64::MAX, u64::MAX);
    let start = Timestamp::from_micros(0);
    let kept = open(&streams, Direction::Response, 1, None);
    drop(open(&streams, Direction::Response, 1, None));
    streams.look(start);
    assert_eq!(streams.registry.lock().expect("a lock").entries.len(), 1);
    drop(kept);
}

#[test]
fn collected_bodies_use_the_same_budget() {
    let streams = Arc::new(streams(8 * STREAM_MEMORY, 4 * STREAM_MEMORY));
    let owner = Owner { client: [192, 0, 2, 1].into(), account: Some(7) };
    let of = |bytes: u64| usize::try_from(bytes).expect("a small number");
    let mut reservation = Reservation::new(Arc::clone(&streams), owner);
    assert!(reservation.grow(of(3 * STREAM_MEMORY)));
    assert!(!reservation.grow(of(2 * STREAM_MEMORY)), "more than one client may hold");
    assert!(
        !Reservation::new(Arc::clone(&streams), Owner { client: [192, 0, 2, 2].into(), ..owner })
            .grow(of(2 * STREAM_MEMORY))
    );
    let held = [open(&streams, Direction::Response, 1, None), open(&streams, Direction::Response, 1, None)];
    for stream in &held {
        stream.handed_over(1);
    }
    streams.look(Timestamp::from_micros(0));
    streams.look(Timestamp::from_micros(1_000_000));
    assert_eq!(held.iter().filter(|stream| end(stream).is_some()).count(), 1);
    drop(reservation);
    assert!(Reservation::new(Arc::clone(&streams), owner).grow(of(4 * STREAM_MEMORY)), "it was returned");
}

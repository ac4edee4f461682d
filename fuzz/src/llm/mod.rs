//! The stream parsers, in the modules that they expect around them.
#![allow(dead_code, reason = "the files are included whole, and not all of them is run here")]

pub mod claude;
#[path = "../../../src-tauri/core/src/llm/lines.rs"]
mod lines;
#[path = "../../../src-tauri/core/src/llm/loose_json.rs"]
pub mod loose_json;
pub mod ollama;
#[path = "../../../src-tauri/core/src/llm/reading.rs"]
mod reading;
#[path = "../../../src-tauri/core/src/llm/sse.rs"]
mod sse;
#[path = "../../../src-tauri/core/src/llm/think_tags.rs"]
mod think_tags;

use reading::{Broken, Piece, Reader, Reading};

// What the files name of the module above them, as far as they look at it.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub input_tokens: u32,
    pub output_tokens: u32,
    pub at_least: bool,
    pub cached: Cached,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cached {
    pub read: u32,
    pub written: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    Complete,
    Length,
    WindowFull,
    Refused,
}

/// What a stream of bytes gives, and how it ends.
fn read(reading: impl Reading, packets: impl Iterator<Item = Vec<u8>>) -> (Vec<Piece>, Result<(), Broken>) {
    let (mut reader, mut told) = (Reader::new(reading), Vec::new());
    for packet in packets {
        let ended = reader.push(&packet);
        told.extend(reader.told());
        match ended {
            Ok(false) => {}
            Ok(true) => return (told, Ok(())),
            Err(broken) => return (told, Err(broken)),
        }
    }
    let ended = reader.end();
    told.extend(reader.told());
    (told, ended)
}

/// What must hold of every stream: where it is cut makes no difference, its end comes once and last, and no more comes out
/// of it than went in (a byte that is no UTF-8 becomes a character of three).
fn check<R: Reading>(data: &[u8], reading: impl Fn() -> R) {
    let whole = read(reading(), std::iter::once(data.to_vec()));
    let bytes = read(reading(), data.iter().map(|byte| vec![*byte]));
    assert_eq!(whole, bytes, "cut at every byte");
    let uneven = read(reading(), uneven(data).into_iter());
    assert_eq!(whole, uneven, "cut at some bytes");
    let (told, ended) = whole;
    let is_end = |piece: &Piece| matches!(piece, Piece::Done { .. });
    assert_eq!(told.iter().filter(|piece| is_end(piece)).count(), usize::from(ended.is_ok()), "{told:?}");
    assert!(ended.is_err() || told.last().is_some_and(is_end), "after the end: {told:?}");
    let mut length = 0;
    for piece in &told {
        if let Piece::Text(text) | Piece::Thoughts(text) = piece {
            assert!(!text.is_empty(), "an empty piece");
            length += text.len();
        }
    }
    assert!(length <= 3 * data.len(), "{length} bytes of text out of {}", data.len());
}

/// The same bytes in packets of one to some dozens, by a generator that the bytes themselves begin.
fn uneven(data: &[u8]) -> Vec<Vec<u8>> {
    let mut state =
        data.iter().fold(0x9e37_79b9_u32, |state, byte| (state ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    let (mut packets, mut rest) = (Vec::new(), data);
    while !rest.is_empty() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let (packet, after) = rest.split_at(rest.len().min(1 + state as usize % 37));
        packets.push(packet.to_vec());
        rest = after;
    }
    packets
}

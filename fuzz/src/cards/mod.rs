//! What a model wrote as cards: loose JSON out of any text, and the cards in it.
#![allow(dead_code, reason = "the files are included whole, and not all of them is run here")]

#[path = "../../../src-tauri/core/src/cards/read.rs"]
mod read;

use crate::llm::loose_json;

/// As in cards/read.rs: longer is no card, and more is no answer.
const LONGEST_SIDE: usize = 4_000;
const MOST: usize = 200;

pub fn draft_json(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let value = loose_json::read(&text);
    // What is JSON is read as it stands.
    if let Ok(plain) = serde_json::from_str::<serde_json::Value>(text.trim()) {
        assert_eq!(value.as_ref(), Some(&plain));
    }
    let mended = read::mended(&text);
    // A lost backslash is put back for one character at most.
    assert!(mended.len() <= 2 * text.len() && !mended.contains('\0'));
    let Some(reading) = value.as_ref().and_then(read::read) else { return };
    assert!(reading.cards.len() <= MOST);
    let mut length = 0;
    for card in &reading.cards {
        assert!(!card.question.trim().is_empty() && card.question.len() <= LONGEST_SIDE, "{card:?}");
        assert!(card.answer.len() <= LONGEST_SIDE, "{card:?}");
        assert!(!card.answer.is_empty() || card.kind == read::Kind::Cloze, "{card:?}");
        length += card.question.len() + card.answer.len() + card.quote.len();
    }
    assert!(length <= 2 * text.len(), "{length} bytes of cards out of {}", text.len());
}

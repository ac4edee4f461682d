//! Ollama's NDJSON, as `ollama/chat.rs` reads it.

#[path = "../../../../src-tauri/core/src/llm/ollama/reading.rs"]
mod reading;
#[path = "../../../../src-tauri/core/src/llm/ollama/wire.rs"]
mod wire;

use super::think_tags::ThinkTags;
use reading::OllamaReading;

/// As long as an answer of the kept corpus, so that some fill it.
const WINDOW: u32 = 400;

pub fn ollama_stream(data: &[u8]) {
    super::check(data, || OllamaReading::new(WINDOW));
    // The other answers of the protocol are read whole.
    let text = String::from_utf8_lossy(data);
    think_tags(&text);
    let _ = wire::error_text(&text);
    if let Ok(shown) = serde_json::from_str::<wire::Shown>(&text) {
        let _ = (shown.chats(), shown.context());
    }
    if let Ok(tag) = serde_json::from_str::<wire::Tag>(&text) {
        assert!(tag.label().len() <= 2 * text.len() + 8);
    }
}

/// What a model thinks in its answer is told from the answer wherever that is cut, and only marks and the white space
/// around them are lost.
fn think_tags(text: &str) {
    // Without the marks nearly every input would be text from its first character on.
    for text in [text.to_owned(), format!("<think>{text}"), format!(" \n<think>{text}</think>\n{text}")] {
        let whole = parted(std::iter::once(text.as_str()));
        let each = parted(text.split_inclusive(|_| true));
        assert_eq!(whole, each, "cut at every character");
        let (thoughts, answer) = whole;
        assert!(thoughts.len() + answer.len() <= text.len() && text.contains(&thoughts) && text.ends_with(&answer));
    }
}

fn parted<'a>(pieces: impl Iterator<Item = &'a str>) -> (String, String) {
    let (mut tags, mut all) = (ThinkTags::default(), (String::new(), String::new()));
    let mut parts: Vec<_> = pieces.map(|piece| tags.push(piece)).collect();
    parts.push(tags.end());
    for part in parts {
        all.0.push_str(&part.thoughts);
        all.1.push_str(&part.text);
    }
    all
}

//! Claude's server-sent events, as `claude/chat.rs` reads them.

#[path = "../../../../src-tauri/core/src/llm/claude/reading.rs"]
mod reading;
#[path = "../../../../src-tauri/core/src/llm/claude/wire.rs"]
mod wire;

use reading::ClaudeReading;

pub fn claude_stream(data: &[u8]) {
    super::check(data, ClaudeReading::default);
    let text = String::from_utf8_lossy(data);
    let _ = serde_json::from_str::<wire::ErrorBody>(&text);
}

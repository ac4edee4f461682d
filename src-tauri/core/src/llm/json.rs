//! JSON out of a model: asked for by a schema, read with tolerance.
//!
//! Most models keep to a schema. Some wrap the JSON in a code fence or in a sentence, and any may be cut off at its
//! limit; what is whole in that is still worth having.

use futures::StreamExt;
use serde_json::Value;

use super::{ChatRequest, LlmError, Model, StopReason, StreamEvent};

/// Asks `model` for JSON that fits `schema`. None when what it wrote holds no JSON.
///
/// What comes may still differ from the schema (a model's promise is not kept always, and a cut-off answer is closed
/// after its last whole value): read it item by item.
///
/// # Errors
/// Those of the stream, and [`LlmError::Refused`].
pub async fn json(model: &dyn Model, mut request: ChatRequest, schema: Value) -> Result<Option<Value>, LlmError> {
    request.schema = Some(schema);
    let mut stream = model.stream(request);
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        match event? {
            StreamEvent::Text(piece) => text.push_str(&piece),
            StreamEvent::Waiting { .. } => {}
            StreamEvent::Done { stop: StopReason::Refused, .. } => return Err(LlmError::Refused),
            StreamEvent::Done { .. } => break,
        }
    }
    Ok(read(&text))
}

/// The JSON object or list in `text`, whatever stands around it and even if its end is missing.
fn read(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text.trim()) {
        return Some(value);
    }
    // The first bracket that begins JSON; prose before it may hold brackets too, but rarely many.
    text.match_indices(['{', '[']).take(20).find_map(|(at, _)| {
        let candidate = &text[at..];
        let value = serde_json::Deserializer::from_str(candidate).into_iter::<Value>().next()?.ok();
        value.or_else(|| closed(candidate)).filter(|value| !is_empty(value))
    })
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// `text`, cut off somewhere, with everything after its last whole inner object dropped and its brackets closed.
fn closed(text: &str) -> Option<Value> {
    let mut open = Vec::new();
    let mut last_whole = None;
    let (mut in_string, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => {
                if open.pop() != Some(c) {
                    break;
                }
                last_whole = Some((at + 1, open.clone()));
            }
            _ => {}
        }
    }
    let (end, open) = last_whole?;
    let mut whole = text[..end].to_owned();
    whole.extend(open.iter().rev());
    serde_json::from_str(&whole).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_fenced_or_wrapped_in_prose() {
        let expected = json!({"cards": [{"q": "a {b}"}]});
        let plain = expected.to_string();
        for text in [
            plain.clone(),
            format!("```json\n{plain}\n```"),
            format!("Here they are [as you asked]:\n\n{plain}\nGood luck!"),
            format!("\u{feff}{plain}"),
        ] {
            assert_eq!(read(&text), Some(expected.clone()), "{text}");
        }
    }

    #[test]
    fn an_empty_list_is_an_answer_and_no_json_is_none() {
        assert_eq!(read("{\"cards\": []}"), Some(json!({"cards": []})));
        assert_eq!(read("I cannot do that."), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn what_is_whole_in_a_cut_off_answer_is_kept() {
        let text = r#"{"cards": [{"q": "one }]"}, {"q": "two\""}, {"q": "thr"#;
        assert_eq!(read(text), Some(json!({"cards": [{"q": "one }]"}, {"q": "two\""}]})));
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]{}\",:a\\\\é ]{0,60}") {
            let _ = read(&text);
        }
    }
}

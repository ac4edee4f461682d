//! JSON that a model wrote, read with tolerance.
//!
//! Most models keep to a schema. Some wrap the JSON in a code fence or in a sentence, and any may be cut off at its
//! limit; what is whole in that is still worth having. Nothing here depends on more than serde_json, so that the fuzz
//! target includes this file as it is.

use serde_json::Value;

/// How many places are tried at which JSON may begin: prose before it may hold brackets too, but rarely many.
const TRIED: usize = 20;

/// At so many of those the JSON is read with its escapes mended, when it cannot be read as it is.
const MENDED: usize = 3;

/// So many values one after the other are taken for one list at most.
const MOST_VALUES: usize = 10_000;

/// The JSON object or list in `text`, or a list of the objects in it when there are several, one after the other (JSON
/// lines); whatever stands around it and even if its end is missing. The time it takes grows
/// with the length of `text` alone, and serde_json refuses what is nested too deeply for its stack.
pub(crate) fn read(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text.trim()) {
        return Some(value);
    }
    text.match_indices(['{', '[']).take(TRIED).enumerate().find_map(|(n, (at, _))| {
        let candidate = &text[at..];
        // Before any bracket within it is taken for a beginning: one item is not the list.
        let mended = || (n < MENDED).then(|| escaped(candidate)).filter(|mended| mended != candidate);
        all(candidate).or_else(|| all(&mended()?)).filter(|value| !is_empty(value))
    })
}

/// The values at the beginning of `text`: the first, or all in a list when more objects follow it with nothing but white
/// space or commas between.
fn all(text: &str) -> Option<Value> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let Some(Ok(first @ Value::Object(_))) = stream.next() else { return whole(text) };
    let mut rest = &text[stream.byte_offset()..];
    let mut values = vec![first];
    while values.len() < MOST_VALUES {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n', ',']);
        if !rest.starts_with('{') {
            break;
        }
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(next)) = stream.next() else { break };
        rest = &rest[stream.byte_offset()..];
        values.push(next);
    }
    if values.len() == 1 { values.pop() } else { Some(Value::Array(values)) }
}

/// The JSON at the beginning of `text`, closed if its end is missing.
fn whole(text: &str) -> Option<Value> {
    let value = serde_json::Deserializer::from_str(text).into_iter::<Value>().next()?.ok();
    value.or_else(|| closed(text))
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// `text`, cut off somewhere, with everything after its last whole inner object dropped and its brackets closed.
fn closed(text: &str) -> Option<Value> {
    let mut open = Vec::new();
    // How far the last whole object or list reaches, and in how many others it stands.
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
                if open.last() != Some(&c) {
                    break;
                }
                open.pop();
                last_whole = Some((at + 1, open.len()));
                if open.is_empty() {
                    break;
                }
            }
            _ => {}
        }
    }
    // What was open then is open still: closing any of it would have been a later whole.
    let (end, depth) = last_whole?;
    let mut whole = text[..end].to_owned();
    whole.extend(open[..depth].iter().rev());
    serde_json::from_str(&whole).ok()
}

/// `text` with what JSON does not take within a string escaped: a backslash that begins no escape (`\alpha`, `\sum`,
/// `\underline`) and raw line breaks and tabs.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut in_string = false;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                in_string = !in_string;
                out.push('"');
            }
            '\\' if in_string => {
                let after = rest.as_str();
                let hex = |text: &str| text.len() >= 5 && text.as_bytes()[1..5].iter().all(u8::is_ascii_hexdigit);
                match after.chars().next() {
                    Some('u') if hex(after) => out.push('\\'),
                    Some(next) if "\"\\/bfnrt".contains(next) => {
                        out.push('\\');
                        out.push(next);
                        rest.next();
                    }
                    _ => out.push_str("\\\\"),
                }
            }
            '\n' if in_string => out.push_str("\\n"),
            '\r' if in_string => out.push_str("\\r"),
            '\t' if in_string => out.push_str("\\t"),
            c if in_string && c.is_ascii_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
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
    fn lines_of_json_are_a_list() {
        let expected = json!([{"q": 1}, {"q": 2}, {"q": 3}]);
        for text in [
            "{\"q\": 1}\n{\"q\": 2}\n{\"q\": 3}",
            "```\n{\"q\": 1},\n{\"q\": 2},\r\n{\"q\": 3}\n```",
            "{\"q\": 1}{\"q\": 2} {\"q\": 3}\n{\"q\": ",
        ] {
            assert_eq!(read(text), Some(expected.clone()), "{text}");
        }
        assert_eq!(read("{\"q\": 1}\nThat is [all] {\"q\": 2}"), Some(json!({"q": 1})));
    }

    #[test]
    fn what_is_whole_in_a_cut_off_answer_is_kept() {
        let text = r#"{"cards": [{"q": "one }]"}, {"q": "two\""}, {"q": "thr"#;
        assert_eq!(read(text), Some(json!({"cards": [{"q": "one }]"}, {"q": "two\""}]})));
    }

    #[test]
    fn backslashes_that_json_does_not_know_are_latex() {
        let text = "{\"cards\": [{\"q\": \"$\\alpha + \\sum_i \\underline{x}$, \\\"so\\\" \\u00e9\n\tend\"}]}";
        let two = r#"Here: {"cards": [{"q": "$\frac{1}{2}$"}, {"q": "$\alpha$"}]} "Done" "#;
        assert_eq!(read(two).and_then(|all| all["cards"].as_array().map(Vec::len)), Some(2));
        let expected = "$\\alpha + \\sum_i \\underline{x}$, \"so\" é\n\tend";
        assert_eq!(read(text), Some(json!({"cards": [{"q": expected}]})));
    }

    #[test]
    fn a_wrong_bracket_costs_only_what_is_after_it() {
        assert_eq!(read(r#"{"cards": [{"q": 1}, {"q": 2]}, 7"#), Some(json!({"cards": [{"q": 1}]})));
        assert_eq!(read(r#"{"cards": [{"q": 1}}"#), Some(json!({"cards": [{"q": 1}]})));
    }

    #[test]
    fn hostile_text_takes_no_longer_than_its_length() {
        let started = std::time::Instant::now();
        for unit in ["[", "{", "[]", "{\"", "[{", "\"\\", "{}[", "]"] {
            assert_eq!(read(&unit.repeat(300_000)), None, "{unit}");
        }
        let nested = "[".repeat(500_000) + &"]".repeat(499_000);
        assert_eq!(read(&nested), None);
        let list = "[".to_owned() + &"{\"a\":1},".repeat(200_000);
        assert_eq!(read(&list).and_then(|all| all.as_array().map(Vec::len)), Some(200_000));
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]{}\",:a\\\\é ]{0,60}") {
            let _ = read(&text);
        }

        #[test]
        fn what_is_json_is_read_as_it_is(text in "[a\\\\\"é\n{}\\[\\]]{0,40}") {
            let value = json!({"cards": [{"q": text}]});
            prop_assert_eq!(read(&format!("Here: {value}")), Some(value));
        }
    }
}

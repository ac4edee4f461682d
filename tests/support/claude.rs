//! A stand-in for Anthropic's API: models and messages as a client sees them, checked by the vendor's own client
//! (tests/clients). It refuses what Anthropic refuses: a bad key, a browser's request, sampling, unbounded schemas.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    http::{Asked, Reply, Server, Speak, Step},
    http_answers::{answer_to, fitting, pieces, tokens},
};

/// The one key that is good.
pub const KEY: &str = "sk-ant-api03-stand-in";
pub const SONNET: &str = "claude-sonnet-5-5";

const VERSION: &str = "2026-10-21";
/// A model that was retired.
pub const RETIRED: &str = "claude-3-opus";
/// A model that is to be retired, and thinks only within a budget.
pub const DEPRECATED: &str = "claude-haiku-4-5";

/// Id, name, stage of life, the types of thinking that it takes.
const MODELS: [(&str, &str, &str, &[&str]); 5] = [
    ("claude-opus-5-5", "Claude Opus 5.5", "active", &["adaptive"]),
    (SONNET, "Claude Sonnet 5.5", "active", &["adaptive", "between_tools"]),
    ("claude-haiku-5-5", "Claude Haiku 5.5", "active", &["adaptive", "disabled"]),
    (DEPRECATED, "Claude Haiku 4.5", "deprecated", &["enabled", "disabled"]),
    (RETIRED, "Claude Opus 3", "retired", &["disabled"]),
];

pub async fn start() -> Server {
    start_with(Duration::from_millis(1)).await
}

/// With this pause between two pieces of an answer.
pub async fn start_with(pause: Duration) -> Server {
    Server::start(Claude { pause }).await
}

/// An error as Anthropic sends one instead of an answer.
#[must_use]
pub fn error(status: u16, kind: &str, message: &str) -> Reply {
    Reply::json(status, &error_body(kind, message)).header("request-id", "req_standin")
}

/// The event `error`, in the middle of a stream.
#[must_use]
pub fn error_event(kind: &str, message: &str) -> String {
    format!("event: error\ndata: {}\n\n", error_body(kind, message))
}

fn error_body(kind: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message, "details": null}, "request_id": "req_standin"})
}

/// Everything before the text of an answer.
#[must_use]
pub fn opening() -> String {
    event(&started()) + &text_begins(0)
}

fn started() -> Value {
    json!({"type": "message_start", "message": message(SONNET, &json!([]), None, 25, 1)})
}

fn text_begins(index: usize) -> String {
    event(
        &json!({"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": "", "citations": null}}),
    ) + &event(&json!({"type": "ping"}))
}

/// A block of what a model thinks, with its signature.
#[must_use]
pub fn thought(thinking: &str) -> String {
    let block = json!({"type": "thinking", "thinking": "", "signature": ""});
    let delta = |delta: Value| event(&json!({"type": "content_block_delta", "index": 0, "delta": delta}));
    event(&json!({"type": "content_block_start", "index": 0, "content_block": block}))
        + &delta(json!({"type": "thinking_delta", "thinking": thinking}))
        + &delta(json!({"type": "signature_delta", "signature": "EqQBCgIYAhIM"}))
        + &event(&json!({"type": "content_block_stop", "index": 0}))
}

/// One piece of the text.
#[must_use]
pub fn piece(text: &str) -> String {
    piece_of(0, text)
}

fn piece_of(index: usize, text: &str) -> String {
    event(&json!({"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}))
}

/// Everything after the text of an answer.
#[must_use]
pub fn closing(stop_reason: &str, written: usize) -> String {
    closing_of(0, stop_reason, written)
}

fn closing_of(index: usize, stop_reason: &str, written: usize) -> String {
    event(&json!({"type": "content_block_stop", "index": index}))
        + &event(&json!({
            "type": "message_delta", "delta": {"stop_reason": stop_reason, "stop_sequence": null, "stop_details": null, "container": null},
            "usage": {"input_tokens": null, "cache_creation_input_tokens": null, "cache_read_input_tokens": null,
                "output_tokens": written, "output_tokens_details": null, "server_tool_use": null},
        }))
        + &event(&json!({"type": "message_stop"}))
}

/// A streamed answer in these packets, whatever is in them.
#[must_use]
pub fn stream(packets: &[&[u8]]) -> Reply {
    let mut reply = Reply::new(200, "text/event-stream; charset=utf-8", "").header("request-id", "req_standin");
    reply.steps = packets.iter().map(|packet| Step::Send(packet.to_vec())).collect();
    reply
}

/// One event on the wire.
#[must_use]
pub fn event(data: &Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or_default())
}

fn message(model: &str, content: &Value, stop_reason: Option<&str>, read: usize, written: usize) -> Value {
    json!({
        "id": "msg_standin", "type": "message", "role": "assistant", "model": model, "content": content,
        "container": null, "diagnostics": null, "stop_reason": stop_reason, "stop_sequence": null, "stop_details": null,
        "usage": {"input_tokens": read, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "cache_creation": null, "inference_geo": null, "output_tokens": written, "output_tokens_details": null,
            "server_tool_use": null, "service_tier": "standard", "speed": "standard"},
    })
}

struct Claude {
    pause: Duration,
}

impl Speak for Claude {
    fn answer(&self, asked: &Asked) -> Reply {
        if let Err(refusal) = admitted(asked) {
            return refusal;
        }
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/v1/models") => page(&asked.query),
            ("GET", path) if path.starts_with("/v1/models/") => {
                let id = &path["/v1/models/".len()..];
                match MODELS.iter().find(|model| model.0 == id) {
                    Some(model) => Reply::json(200, &listed(model)),
                    None => not_found(id),
                }
            }
            ("POST", "/v1/messages") => self.messages(&asked.body),
            _ => error(404, "not_found_error", "Not found"),
        }
    }
}

fn admitted(asked: &Asked) -> Result<(), Reply> {
    if asked.header("origin").is_some() {
        return Err(error(401, "authentication_error", "CORS requests must set a header of their own"));
    }
    // Both headers are taken; the vendor's client sends the second since version 1.
    let bearer = asked.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    if asked.header("x-api-key").or(bearer) != Some(KEY) {
        return Err(error(401, "authentication_error", "invalid x-api-key"));
    }
    if asked.header("anthropic-version") != Some(VERSION) {
        return Err(error(400, "invalid_request_error", "anthropic-version: header is required"));
    }
    Ok(())
}

fn not_found(model: &str) -> Reply {
    error(404, "not_found_error", &format!("model: {model}"))
}

type Model = (&'static str, &'static str, &'static str, &'static [&'static str]);

fn listed((id, name, lifecycle, thinking): &Model) -> Value {
    let ends = (*lifecycle != "active").then_some("2027-01-01T00:00:00Z");
    let supported = |yes: bool| json!({ "supported": yes });
    let takes = |kind: &str| supported(thinking.contains(&kind));
    let effort = json!({"supported": true, "low": supported(true), "medium": supported(true), "high": supported(true),
        "max": supported(true), "xhigh": null});
    json!({
        "type": "model", "id": id, "display_name": name, "created_at": "2026-09-01T00:00:00Z", "lifecycle": lifecycle,
        "line": null, "deprecated_at": ends.map(|_| "2026-06-01T00:00:00Z"), "retires_at": ends,
        "max_input_tokens": 200_000, "max_tokens": 64_000,
        "capabilities": {
            "batch": supported(true), "citations": supported(true), "code_execution": supported(true),
            "context_management": {"supported": true, "clear_thinking_20251015": null,
                "clear_tool_uses_20250919": null, "compact_20260112": null},
            "effort": effort, "image_input": supported(true), "pdf_input": supported(true),
            "server_tools": {"supported": true, "code_execution": supported(true), "web_search": supported(true)},
            "structured_outputs": supported(true),
            "thinking": {"supported": thinking.iter().any(|kind| matches!(*kind, "adaptive" | "enabled")), "types": {
                "adaptive": takes("adaptive"), "between_tools": takes("between_tools"),
                "disabled": takes("disabled"), "enabled": takes("enabled"),
            }},
        },
    })
}

fn page(query: &str) -> Reply {
    let query = query.replace("%5B%5D", "[]");
    let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let stages: Vec<&str> = pairs.iter().filter(|(key, _)| *key == "lifecycle[]").map(|(_, stage)| *stage).collect();
    // Retired ones are only listed when they are asked for.
    let stages = if stages.is_empty() { vec!["active", "deprecated"] } else { stages };
    let models: Vec<&Model> = MODELS.iter().filter(|model| stages.contains(&model.2)).collect();
    let limit = value("limit").and_then(|limit| limit.parse().ok()).unwrap_or(20_usize);
    // Two a page at most, so that whoever reads the list has to turn the page.
    let limit = limit.clamp(1, 2);
    let from = value("after_id")
        .map_or(0, |after| models.iter().position(|model| model.0 == after).map_or(models.len(), |at| at + 1));
    let shown = &models[from..(from + limit).min(models.len())];
    Reply::json(
        200,
        &json!({
            "data": shown.iter().map(|model| listed(model)).collect::<Vec<_>>(),
            "has_more": from + limit < models.len(),
            "first_id": shown.first().map(|model| model.0),
            "last_id": shown.last().map(|model| model.0),
        }),
    )
}

impl Claude {
    fn messages(&self, body: &Value) -> Reply {
        if let Err(problem) = acceptable(body) {
            return error(400, "invalid_request_error", &problem);
        }
        let model = body["model"].as_str().unwrap_or_default();
        let Some((.., types)) = MODELS.iter().find(|known| known.0 == model && known.2 != "retired") else {
            return not_found(model);
        };
        let thinking = &body["thinking"];
        if let Err(problem) = thinking_is_taken(thinking, types, &body["max_tokens"]) {
            return error(400, "invalid_request_error", &problem);
        }
        let prompt = said(body["messages"].as_array().and_then(|all| all.last()));
        let text = match &body["output_config"]["format"] {
            Value::Null => answer_to(&prompt),
            format => fitting(&format["schema"], &prompt).to_string(),
        };
        let thinks = match thinking["type"].as_str() {
            None => types.contains(&"adaptive"),
            Some(kind) => matches!(kind, "adaptive" | "enabled"),
        };
        // What is thought is not sent unless that is asked for; a signature always is.
        let shown = thinking["type"] == "enabled" || thinking["display"] == "summarized";
        if body["stream"] != json!(true) {
            let mut content = vec![json!({"type": "text", "text": text, "citations": null})];
            if thinks {
                let thinking = if shown { "Let me think." } else { "" };
                content.insert(0, json!({"type": "thinking", "thinking": thinking, "signature": "EqQBCgIYAhIM"}));
            }
            let whole = message(model, &json!(content), Some("end_turn"), tokens(&prompt), tokens(&text));
            return Reply::json(200, &whole).header("request-id", "req_standin");
        }
        let index = usize::from(thinks);
        let mut reply = stream(&[event(&started()).as_bytes()]);
        if thinks {
            reply.steps.push(Step::Send(thought(if shown { "Let me think." } else { "" }).into_bytes()));
        }
        reply.steps.push(Step::Send(text_begins(index).into_bytes()));
        for text in pieces(&text) {
            reply.steps.push(Step::Send(piece_of(index, &text).into_bytes()));
            reply.steps.push(Step::Pause(self.pause));
        }
        reply.then(Step::Send(closing_of(index, "end_turn", tokens(&text)).into_bytes()))
    }
}

fn thinking_is_taken(thinking: &Value, types: &[&str], max_tokens: &Value) -> Result<(), String> {
    let Some(kind) = thinking["type"].as_str() else {
        return if thinking.is_null() { Ok(()) } else { Err("thinking.type: Field required".to_owned()) };
    };
    if !types.contains(&kind) {
        return Err(format!("\"thinking.type.{kind}\" is not supported for this model."));
    }
    let budget = thinking["budget_tokens"].as_u64();
    if kind == "enabled" && !budget.is_some_and(|budget| budget >= 1_024 && Some(budget) < max_tokens.as_u64()) {
        return Err("thinking.budget_tokens: must be at least 1024 and less than max_tokens".to_owned());
    }
    Ok(())
}

/// The text of a message, whose content is a text or a list of blocks.
fn said(message: Option<&Value>) -> String {
    match message.map(|message| &message["content"]) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => blocks.iter().filter_map(|block| block["text"].as_str()).collect(),
        _ => String::new(),
    }
}

/// What Anthropic refuses with status 400.
fn acceptable(body: &Value) -> Result<(), String> {
    for sampling in ["temperature", "top_p", "top_k"] {
        if !body[sampling].is_null() {
            return Err(format!("{sampling}: is not supported"));
        }
    }
    if body["max_tokens"].as_u64().is_none_or(|tokens| tokens == 0) {
        return Err("max_tokens: Field required".to_owned());
    }
    let messages = body["messages"].as_array().ok_or("messages: Field required")?;
    if messages.first().is_none_or(|message| message["role"] != "user") {
        return Err("messages: first message must use the user role".to_owned());
    }
    if messages.last().is_some_and(|message| message["role"] != "user") {
        return Err(
            "This model does not support assistant message prefill. The conversation must end with a user message."
                .to_owned(),
        );
    }
    if messages.iter().any(|message| said(Some(message)).trim().is_empty()) {
        return Err("messages: text content blocks must contain non-whitespace text".to_owned());
    }
    let format = &body["output_config"]["format"];
    if !format.is_null() {
        if format["type"] != "json_schema" {
            return Err("output_config.format.type: must be json_schema".to_owned());
        }
        schema_is_supported(&format["schema"])?;
    }
    Ok(())
}

fn schema_is_supported(schema: &Value) -> Result<(), String> {
    match schema {
        Value::Object(fields) => {
            for keyword in ["minimum", "maximum", "minLength", "maxLength", "maxItems", "multipleOf"] {
                if fields.get(keyword).is_some_and(Value::is_number) {
                    return Err(format!("output_config.format.schema: {keyword} is not supported"));
                }
            }
            if fields.get("type").is_some_and(|kind| kind == "object")
                && fields.get("additionalProperties") != Some(&json!(false))
            {
                return Err("output_config.format.schema: additionalProperties must be false".to_owned());
            }
            fields.values().try_for_each(schema_is_supported)
        }
        Value::Array(all) => all.iter().try_for_each(schema_is_supported),
        _ => Ok(()),
    }
}

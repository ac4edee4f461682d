//! A stand-in for Ollama: its HTTP API as a client sees it, checked by the vendor's own client (tests/clients).

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    http::{Asked, Reply, Server, Speak, Step},
    http_answers::{answer_to, cards_from, pieces, tokens, vector},
};

/// A model that chats.
pub const LLAMA: &str = "llama3.2:latest";
/// A model that thinks unless told not to.
pub const QWEN: &str = "qwen3:8b";
/// The model that embeds.
pub const NOMIC: &str = "nomic-embed-text:latest";
/// A text with this in it cannot be embedded, and its whole batch fails.
pub const UNEMBEDDABLE: &str = "UNEMBEDDABLE";

const CREATED: &str = "2026-11-23T09:00:00.000000000Z";

/// What a stand-in has and how fast it writes.
#[derive(Clone, Debug)]
pub struct Options {
    pub models: Vec<&'static str>,
    /// Between two pieces of an answer.
    pub pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { models: vec![LLAMA, QWEN, NOMIC], pause: Duration::from_millis(1) }
    }
}

/// Starts one with the three models.
pub async fn start() -> Server {
    start_with(Options::default()).await
}

pub async fn start_with(options: Options) -> Server {
    Server::start(Ollama(options)).await
}

/// A line of a streamed answer.
#[must_use]
pub fn line(content: &str) -> String {
    let message = json!({"role": "assistant", "content": content});
    format!("{}\n", json!({"model": LLAMA, "created_at": CREATED, "message": message, "done": false}))
}

/// The last line of a streamed answer.
#[must_use]
pub fn last_line(reason: &str) -> String {
    format!("{}\n", done(LLAMA, reason, 26, 298))
}

/// A streamed answer in these packets, whatever is in them.
#[must_use]
pub fn stream(packets: &[&[u8]]) -> Reply {
    let mut reply = Reply::new(200, "application/x-ndjson", "");
    reply.steps = packets.iter().map(|packet| Step::Send(packet.to_vec())).collect();
    reply
}

fn done(model: &str, reason: &str, read: usize, written: usize) -> Value {
    json!({
        "model": model, "created_at": CREATED, "message": {"role": "assistant", "content": ""},
        "done": true, "done_reason": reason,
        "total_duration": 4_883_583_458_u64, "load_duration": 1_334_875_u64,
        "prompt_eval_count": read, "prompt_eval_duration": 342_546_000_u64,
        "eval_count": written, "eval_duration": 4_535_599_000_u64,
    })
}

struct Ollama(Options);

impl Speak for Ollama {
    fn answer(&self, asked: &Asked) -> Reply {
        let body = &asked.body;
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET" | "HEAD", "/") => Reply::new(200, "text/plain; charset=utf-8", "Ollama is running"),
            ("GET", "/api/version") => Reply::json(200, &json!({"version": "0.12.6"})),
            ("GET", "/api/tags") => Reply::json(200, &self.tags()),
            ("POST", "/api/show") => self.with_model(body, |model| Reply::json(200, &shown(model))),
            ("POST", "/api/chat") => self.with_model(body, |model| self.chat(model, body)),
            ("POST", "/api/embed") => self.with_model(body, |model| embed(model, body)),
            ("POST", "/api/pull") => self.pull(body),
            _ => Reply::new(404, "text/plain", "404 page not found"),
        }
    }
}

impl Ollama {
    fn with_model(&self, body: &Value, then: impl FnOnce(&'static str) -> Reply) -> Reply {
        let asked = named(body);
        let full = if asked.contains(':') { asked.to_owned() } else { format!("{asked}:latest") };
        match self.0.models.iter().find(|model| **model == full) {
            Some(model) => then(model),
            None => Reply::json(404, &json!({"error": format!("model '{asked}' not found")})),
        }
    }

    fn tags(&self) -> Value {
        let models: Vec<Value> = self
            .0
            .models
            .iter()
            .map(|model| {
                json!({
                    "name": model, "model": model, "modified_at": CREATED, "size": 2_019_393_189_u64,
                    "digest": format!("{:0>64}", format!("{:x}", model.len() * 0xabcdef)),
                    "details": {
                        "parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"],
                        "parameter_size": "3.2B", "quantization_level": "Q4_K_M",
                    },
                })
            })
            .collect();
        json!({ "models": models })
    }

    fn chat(&self, model: &str, body: &Value) -> Reply {
        if model == NOMIC {
            return Reply::json(400, &json!({"error": format!("\"{model}\" does not support chat")}));
        }
        if body["think"] == json!(true) && model != QWEN {
            return Reply::json(400, &json!({"error": format!("\"{model}\" does not support thinking")}));
        }
        let prompt = body["messages"].as_array().and_then(|all| all.last()?["content"].as_str()).unwrap_or_default();
        let text = match &body["format"] {
            Value::Null => answer_to(prompt),
            _ => cards_from(prompt).to_string(),
        };
        let last = done(model, "stop", tokens(prompt), tokens(&text));
        if body["stream"] == json!(false) {
            let mut whole = last;
            whole["message"]["content"] = json!(text);
            return Reply::json(200, &whole);
        }
        let mut reply = Reply::new(200, "application/x-ndjson", "");
        reply.steps.clear();
        let thinks = model == QWEN && body["think"] != json!(false);
        for (key, piece) in thinks
            .then(|| ("thinking", "Let me think.".to_owned()))
            .into_iter()
            .chain(pieces(&text).into_iter().map(|piece| ("content", piece)))
        {
            let mut message = json!({"role": "assistant", "content": ""});
            message[key] = json!(piece);
            let line = json!({"model": model, "created_at": CREATED, "message": message, "done": false});
            reply.steps.push(Step::Send(format!("{line}\n").into_bytes()));
            reply.steps.push(Step::Pause(self.0.pause));
        }
        reply.then(Step::Send(format!("{last}\n").into_bytes()))
    }

    fn pull(&self, body: &Value) -> Reply {
        let known = [LLAMA, QWEN, NOMIC]
            .iter()
            .any(|model| *model == named(body) || *model == format!("{}:latest", named(body)));
        let digest = format!("sha256:{}", "7".repeat(64));
        let lines = if known {
            vec![
                json!({"status": "pulling manifest"}),
                json!({"status": "pulling 777777777777", "digest": digest, "total": 1000, "completed": 400}),
                json!({"status": "pulling 777777777777", "digest": digest, "total": 1000, "completed": 1000}),
                json!({"status": "verifying sha256 digest"}),
                json!({"status": "writing manifest"}),
                json!({"status": "success"}),
            ]
        } else {
            // A model that nobody has is an error line, and the status was sent before.
            vec![json!({"status": "pulling manifest"}), json!({"error": "pull model manifest: file does not exist"})]
        };
        let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
        stream(&lines.iter().map(String::as_bytes).collect::<Vec<_>>())
    }
}

/// `name` is what `model` was called before; it is still understood, and the vendor's client sends it with a pull.
fn named(body: &Value) -> &str {
    body["model"].as_str().or_else(|| body["name"].as_str()).unwrap_or_default()
}

fn shown(model: &str) -> Value {
    let (architecture, context, capabilities) = match model {
        NOMIC => ("nomic-bert", 2_048, vec!["embedding"]),
        QWEN => ("qwen3", 40_960, vec!["completion", "tools", "thinking"]),
        _ => ("llama", 131_072, vec!["completion", "tools"]),
    };
    json!({
        "license": "", "modelfile": "", "parameters": "", "template": "{{ .Prompt }}",
        "details": {"parent_model": "", "format": "gguf", "family": architecture, "families": [architecture],
            "parameter_size": "3.2B", "quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": architecture, format!("{architecture}.context_length"): context,
            format!("{architecture}.embedding_length"): 768},
        "capabilities": capabilities, "modified_at": CREATED,
    })
}

fn embed(model: &str, body: &Value) -> Reply {
    if model != NOMIC {
        return Reply::json(400, &json!({"error": "this model does not support embeddings"}));
    }
    let inputs: Vec<&str> = match &body["input"] {
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => return Reply::json(400, &json!({"error": "invalid input type"})),
    };
    if inputs.iter().any(|input| input.contains(UNEMBEDDABLE)) {
        return Reply::json(400, &json!({"error": "the input length exceeds the context length"}));
    }
    let vectors: Vec<Vec<f32>> = inputs.iter().map(|input| vector(input)).collect();
    Reply::json(
        200,
        &json!({
            "model": model, "embeddings": vectors, "total_duration": 14_143_917_u64, "load_duration": 1_019_500_u64,
            "prompt_eval_count": inputs.iter().map(|input| tokens(input)).sum::<usize>(),
        }),
    )
}

//! A stand-in for Ollama: its HTTP API as a client sees it, checked by the vendor's own client (tests/clients).

use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::{
    http::{Asked, Reply, Server, Speak, Step},
    http_answers::{answer_to, fitting, pieces, tokens, vector},
};

/// A model that chats.
pub const LLAMA: &str = "llama3.2:latest";
/// A model that thinks unless told not to.
pub const QWEN: &str = "qwen3:8b";
/// A model that always thinks, more or less.
pub const GPT_OSS: &str = "gpt-oss:20b";
/// A model that sees.
pub const GEMMA: &str = "gemma3:4b";
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
    let Options { models, pause } = options;
    Server::start(Ollama { models: Mutex::new(models), pause }).await
}

/// A line of a streamed answer.
#[must_use]
pub fn line(content: &str) -> String {
    let message = json!({"role": "assistant", "content": content});
    format!("{}\n", json!({"model": LLAMA, "created_at": CREATED, "message": message, "done": false}))
}

/// A line of what a model thinks.
#[must_use]
pub fn thought(thinking: &str) -> String {
    let message = json!({"role": "assistant", "content": "", "thinking": thinking});
    format!("{}\n", json!({"model": QWEN, "created_at": CREATED, "message": message, "done": false}))
}

/// A line of a pull about one layer.
#[must_use]
pub fn layer(digest: char, total: u64, completed: u64) -> String {
    let digest = digest.to_string().repeat(64);
    let status = format!("pulling {}", &digest[..12]);
    let line = json!({"status": status, "digest": format!("sha256:{digest}"), "total": total, "completed": completed});
    format!("{line}\n")
}

/// A line of a pull that only says what is being done.
#[must_use]
pub fn status(status: &str) -> String {
    format!("{}\n", json!({"status": status}))
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

struct Ollama {
    /// Those that are there now.
    models: Mutex<Vec<&'static str>>,
    pause: Duration,
}

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
            ("DELETE", "/api/delete") => self.with_model(body, |model| {
                self.models.lock().retain(|there| *there != model);
                Reply::new(200, "text/plain", "")
            }),
            _ => Reply::new(404, "text/plain", "404 page not found"),
        }
    }
}

impl Ollama {
    fn with_model(&self, body: &Value, then: impl FnOnce(&'static str) -> Reply) -> Reply {
        let asked = named(body);
        let found = self.models.lock().iter().copied().find(|model| is(model, asked));
        match found {
            Some(model) => then(model),
            None => Reply::json(404, &json!({"error": format!("model '{asked}' not found")})),
        }
    }

    fn tags(&self) -> Value {
        let models: Vec<Value> = self
            .models
            .lock()
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
        let wants = body["think"] == json!(true) || body["think"].is_string();
        if wants && ![QWEN, GPT_OSS].contains(&model) {
            return Reply::json(400, &json!({"error": format!("\"{model}\" does not support thinking")}));
        }
        let prompt = body["messages"].as_array().and_then(|all| all.last()?["content"].as_str()).unwrap_or_default();
        let text = match &body["format"] {
            Value::Null => answer_to(prompt),
            schema => fitting(schema, prompt).to_string(),
        };
        let all = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let read = all.iter().filter_map(|message| message["content"].as_str()).map(tokens).sum();
        let last = done(model, "stop", read, tokens(&text));
        if body["stream"] == json!(false) {
            let mut whole = last;
            whole["message"]["content"] = json!(text);
            return Reply::json(200, &whole);
        }
        let mut reply = Reply::new(200, "application/x-ndjson", "");
        reply.steps.clear();
        // The family of gpt-oss does not mind what it is told.
        let thinks = model == GPT_OSS || model == QWEN && body["think"] != json!(false);
        for (key, piece) in thinks
            .then(|| ("thinking", "Let me think.".to_owned()))
            .into_iter()
            .chain(pieces(&text).into_iter().map(|piece| ("content", piece)))
        {
            let mut message = json!({"role": "assistant", "content": ""});
            message[key] = json!(piece);
            let line = json!({"model": model, "created_at": CREATED, "message": message, "done": false});
            reply.steps.push(Step::Send(format!("{line}\n").into_bytes()));
            reply.steps.push(Step::Pause(self.pause));
        }
        reply.then(Step::Send(format!("{last}\n").into_bytes()))
    }

    fn pull(&self, body: &Value) -> Reply {
        let known = [LLAMA, QWEN, GPT_OSS, GEMMA, NOMIC].into_iter().find(|model| is(model, named(body)));
        let lines = if let Some(model) = known {
            let mut models = self.models.lock();
            if !models.contains(&model) {
                models.push(model);
            }
            vec![
                status("pulling manifest"),
                layer('7', 1_000, 0),
                layer('7', 1_000, 400),
                layer('7', 1_000, 1_000),
                layer('8', 50, 50),
                status("verifying sha256 digest"),
                status("writing manifest"),
                status("removing any unused layers"),
                status("success"),
            ]
        } else {
            // A model that nobody has is an error line, and the status was sent before.
            let error = json!({"error": "pull model manifest: file does not exist"});
            vec![status("pulling manifest"), format!("{error}\n")]
        };
        stream(&lines.iter().map(String::as_bytes).collect::<Vec<_>>())
    }
}

/// Whether a model is the one asked for: a name without a tag means the latest.
fn is(model: &str, asked: &str) -> bool {
    model == asked || model.strip_suffix(":latest") == Some(asked)
}

/// `name` is what `model` was called before; it is still understood, and the vendor's client sends it with a pull.
fn named(body: &Value) -> &str {
    body["model"].as_str().or_else(|| body["name"].as_str()).unwrap_or_default()
}

fn shown(model: &str) -> Value {
    let (architecture, context, capabilities) = match model {
        NOMIC => ("nomic-bert", 2_048, vec!["embedding"]),
        QWEN => ("qwen3", 40_960, vec!["completion", "tools", "thinking"]),
        GPT_OSS => ("gptoss", 131_072, vec!["completion", "tools", "thinking"]),
        GEMMA => ("gemma3", 131_072, vec!["completion", "vision"]),
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

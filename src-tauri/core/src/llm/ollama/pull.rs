//! Pulling and deleting models: POST /api/pull, streamed as NDJSON, and DELETE /api/delete (ollama/docs/api.md).
//!
//! A pull is cancelled by closing the connection. Ollama keeps what it has and goes on from there the next time.

use serde_json::json;

use super::{
    Ollama,
    progress::{Layers, PullProgress},
    wire::{self, Pulling},
};
use crate::llm::{LlmError, lines::Lines};

/// The longest name of a model: host, namespace, model and tag, as Ollama bounds them together.
const LONGEST_NAME: usize = 350;

/// Why a pull failed; each has another way out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PullError {
    #[error("There is no model {name} in Ollama's library. Check the name at https://ollama.com/library.")]
    NotInLibrary { name: String },
    #[error(
        "The disk on which Ollama keeps its models is full. Free some space, then pull again: it goes on from where it was."
    )]
    DiskFull,
    #[error("This model needs a newer Ollama. Update Ollama from https://ollama.com/download, then pull again.")]
    OllamaTooOld,
    #[error(
        "Ollama could not reach its library. Check the network connection, then pull again: it goes on from where it was."
    )]
    LibraryUnreachable,
    #[error("The pull broke off before the end. Pull again: it goes on from where it was.")]
    BrokeOff,
    #[error("Ollama could not pull the model: {0}. Pull again: it goes on from where it was.")]
    Reported(String),
    #[error(transparent)]
    Ollama(#[from] LlmError),
}

impl Ollama {
    /// Pulls a model, telling of every line that Ollama sends. Dropping the future cancels it.
    pub(in crate::llm) async fn pull(&self, name: &str, mut on: impl FnMut(PullProgress)) -> Result<(), PullError> {
        let endpoint = &self.endpoint;
        let request = endpoint.post("api/pull").json(&json!({ "model": name, "stream": true }));
        // Between two lines Ollama may look for a manifest far away, or check gigabytes on a slow disk.
        let wait = endpoint.patience.first;
        let mut response = endpoint.send(request, wait).await?;
        if !response.status().is_success() {
            let failure = endpoint.failure(response).await?;
            return Err(match wire::error_text(&failure.body) {
                Some(said) => problem(&said, name),
                None => self.failed(&failure, name).into(),
            });
        }
        endpoint.refuse_page(&response)?;
        let (mut lines, mut layers) = (Lines::default(), Layers::default());
        loop {
            let chunk = endpoint.chunk(&mut response, wait).await.map_err(broken)?;
            let ended = chunk.is_none();
            if let Some(bytes) = &chunk {
                lines.push(bytes.as_ref());
            }
            loop {
                let line = match lines.next() {
                    Some(line) => line.map_err(|_| endpoint.not_the_protocol("a line of its answer does not end"))?,
                    None if ended => match lines.rest() {
                        Some(rest) => rest,
                        None => return Err(PullError::BrokeOff),
                    },
                    None => break,
                };
                if self.pulled(&line, name, &mut layers, &mut on, ended)? {
                    return Ok(());
                }
            }
        }
    }

    /// Takes one line; true after the last. Half a line is left when a pull breaks off.
    fn pulled(
        &self,
        line: &str,
        name: &str,
        layers: &mut Layers,
        on: &mut impl FnMut(PullProgress),
        ended: bool,
    ) -> Result<bool, PullError> {
        if line.trim().is_empty() {
            return Ok(false);
        }
        let line: Pulling = match serde_json::from_str(line) {
            Ok(line) => line,
            Err(_) if ended => return Err(PullError::BrokeOff),
            Err(_) => return Err(self.endpoint.not_the_protocol("it sent something else").into()),
        };
        if let Some(error) = &line.error {
            return Err(problem(&wire::said(error).unwrap_or_else(|| error.to_string()), name));
        }
        if line.status == "success" {
            return Ok(true);
        }
        on(layers.take(&line));
        Ok(false)
    }

    pub(in crate::llm) async fn delete(&self, name: &str) -> Result<(), LlmError> {
        let endpoint = &self.endpoint;
        let request = endpoint.delete("api/delete").json(&json!({ "model": name }));
        // Removing gigabytes takes a slow disk longer than a look-up does.
        let response = endpoint.send(request, endpoint.patience.silence).await?;
        if response.status().is_success() {
            return endpoint.refuse_page(&response);
        }
        Err(self.failed(&endpoint.failure(response).await?, name))
    }
}

/// A connection to Ollama that breaks is no answer that breaks.
fn broken(error: LlmError) -> PullError {
    match error {
        LlmError::ConnectionCut { .. } => PullError::BrokeOff,
        error => error.into(),
    }
}

/// What the text of an error means. Ollama's own words (server/images.go, server/download.go), and those of the systems
/// below it.
fn problem(said: &str, name: &str) -> PullError {
    let lower = said.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    if has(&["no space left", "not enough space", "disk full", "disk quota"]) {
        PullError::DiskFull
    } else if has(&["requires a newer version"]) {
        PullError::OllamaTooOld
    } else if has(&["file does not exist", "not found", "invalid model name", "name is invalid", "unauthorized"]) {
        PullError::NotInLibrary { name: name.to_owned() }
    } else if has(&["no such host", "dial tcp", "network is unreachable", "i/o timeout", "tls handshake"]) {
        PullError::LibraryUnreachable
    } else {
        let clean: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
        PullError::Reported(clean.trim().trim_end_matches('.').to_owned())
    }
}

/// The name of a model as Ollama wants it: `[host/][namespace/]model[:tag]` (types/model/name.go), out of what a person
/// entered, which may be the command that a web page told them. None when it can be none.
#[must_use]
pub fn model_name(entered: &str) -> Option<String> {
    let mut name = entered.trim();
    for command in ["ollama pull ", "ollama run ", "https://ollama.com/library/", "https://ollama.com/"] {
        name = name.strip_prefix(command).map_or(name, str::trim);
    }
    let (path, tag) = match name.rsplit_once(':') {
        // A port is followed by a path, a tag by nothing.
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let parts: Vec<&str> = path.split('/').collect();
    let (host, rest) = if parts.len() == 3 { (Some(parts[0]), &parts[1..]) } else { (None, &parts[..]) };
    let valid = name.len() <= LONGEST_NAME
        && rest.len() <= 2
        && rest.iter().copied().chain(tag).all(|part| is_part(part, false))
        && host.is_none_or(|host| is_part(host, true));
    valid.then(|| name.to_owned())
}

fn is_part(part: &str, host: bool) -> bool {
    let mut bytes = part.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || host && byte == b':';
    begins && bytes.all(goes_on) && (host || part.len() <= 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_ollama_takes() {
        for name in ["llama3.2", "qwen3:8b", "user/model:tag-1_x", "hf.co/Some_One/Repo-GGUF:Q4_K_M", "host:5000/a/b:c"]
        {
            assert_eq!(model_name(&format!(" {name}\n")).as_deref(), Some(name));
        }
        assert_eq!(model_name("ollama pull  qwen3:8b").as_deref(), Some("qwen3:8b"));
        assert_eq!(model_name("ollama run gemma3").as_deref(), Some("gemma3"));
        assert_eq!(model_name("https://ollama.com/library/gemma3:4b").as_deref(), Some("gemma3:4b"));
    }

    #[test]
    fn names_that_are_none() {
        let long = "x".repeat(400);
        for name in
            ["", " ", ":", "a:", ":b", "a b", "../a", "a/../b", "a//b", "a/b/c/d", "-a", "a;b", "ä", "a\0", &long]
        {
            assert_eq!(model_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn what_ollama_says_of_a_pull_has_its_own_way_out() {
        let not_there = PullError::NotInLibrary { name: "x".into() };
        for (said, expected) in [
            ("pull model manifest: file does not exist", not_there.clone()),
            ("write /usr/share/ollama/blobs/sha256-1-partial: no space left on device", PullError::DiskFull),
            ("write C:\\\\blobs: There is not enough space on the disk.", PullError::DiskFull),
            (
                "pull model manifest: 412: The model you are attempting to pull requires a newer version of Ollama.",
                PullError::OllamaTooOld,
            ),
            (
                "pull model manifest: Get \"https://registry.ollama.ai/v2/\": dial tcp: lookup registry.ollama.ai: no such host",
                PullError::LibraryUnreachable,
            ),
            ("max retries exceeded: EOF", PullError::Reported("max retries exceeded: EOF".into())),
        ] {
            assert_eq!(problem(said, "x"), expected, "{said}");
        }
    }
}

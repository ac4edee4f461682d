//! Models at the stand-ins, with short waits, and what is heard of an answer.

use std::time::Duration;

use futures::StreamExt;
use memoryloop_core::llm::{
    ChatMessage, ChatRequest, Endpoints, LlmError, ModelRef, Patience, Provider, Providers, SharedModel, Speaker,
    StopReason, StreamEvent, Usage,
};

use crate::{claude, http::Server, ollama};

/// Nothing listens there: the port was free a moment ago.
pub async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    format!("http://{}", listener.local_addr().expect("its address"))
}

/// Waits that a test can wait for.
#[must_use]
pub fn patience() -> Patience {
    Patience {
        connect: Duration::from_secs(2),
        first: Duration::from_millis(1_500),
        silence: Duration::from_millis(1_100),
        lookup: Duration::from_millis(1_500),
        retry: Duration::from_millis(5),
        longest_wait: Duration::from_secs(2),
    }
}

/// # Panics
/// When an address is no URL.
#[must_use]
pub fn providers(ollama: &str, claude: &str) -> Providers {
    let url = |text: &str| text.parse().expect("a URL");
    Providers::new(Endpoints { ollama: url(ollama), claude: url(claude) }, patience()).expect("a client")
}

#[must_use]
pub fn reference(provider: Provider, name: &str) -> ModelRef {
    ModelRef { provider, name: name.to_owned() }
}

#[must_use]
pub fn ollama_model(server: &Server, name: &str) -> SharedModel {
    let providers = providers(&server.url(), "http://127.0.0.1:9");
    providers.model(&reference(Provider::Ollama, name), None).expect("needs no key")
}

#[must_use]
pub fn llama(server: &Server) -> SharedModel {
    ollama_model(server, ollama::LLAMA)
}

#[must_use]
pub fn claude_model(server: &Server, name: &str, key: &str) -> SharedModel {
    let providers = providers("http://127.0.0.1:9", &server.url());
    providers.model(&reference(Provider::Claude, name), Some(key.to_owned().into())).expect("has a key")
}

#[must_use]
pub fn sonnet(server: &Server) -> SharedModel {
    claude_model(server, claude::SONNET, claude::KEY)
}

#[must_use]
pub fn request(question: &str) -> ChatRequest {
    ChatRequest {
        system: "Be brief.".into(),
        messages: vec![ChatMessage { role: Speaker::User, content: question.into() }],
        window: 8_192,
        max_answer: 1_024,
        think: false,
        schema: None,
    }
}

/// All that came of an answer.
#[derive(Debug)]
pub struct Heard {
    pub text: String,
    pub thoughts: String,
    pub waits: Vec<Duration>,
    /// What was told of what it took before its end, the last of it.
    pub told: Option<Usage>,
    pub end: Result<(StopReason, Option<Usage>), LlmError>,
}

impl Heard {
    /// What the person is told.
    ///
    /// # Panics
    /// When nothing failed.
    #[must_use]
    pub fn problem(&self) -> String {
        self.end.as_ref().expect_err("it fails").to_string()
    }
}

/// Asks and listens to the end.
///
/// # Panics
/// When the stream ends without an end, or goes on after it.
pub async fn ask(model: &SharedModel, question: &str) -> Heard {
    listen(model, request(question)).await
}

/// The same, with a request of one's own.
///
/// # Panics
/// As [`ask`].
pub async fn listen(model: &SharedModel, request: ChatRequest) -> Heard {
    let mut stream = model.stream(request);
    let (mut text, mut thoughts, mut waits, mut told, mut end) = (String::new(), String::new(), Vec::new(), None, None);
    while let Some(event) = stream.next().await {
        assert!(end.is_none(), "nothing comes after the end");
        match event {
            Ok(StreamEvent::Text(piece)) => text.push_str(&piece),
            Ok(StreamEvent::Thoughts(piece)) => thoughts.push_str(&piece),
            Ok(StreamEvent::Waiting { pause, .. }) => waits.push(pause),
            Ok(StreamEvent::Usage(usage)) => told = Some(usage),
            Ok(StreamEvent::Done { stop, usage }) => end = Some(Ok((stop, usage))),
            Err(error) => end = Some(Err(error)),
        }
    }
    Heard { text, thoughts, waits, told, end: end.expect("an end") }
}

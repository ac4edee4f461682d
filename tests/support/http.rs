//! What the stand-ins for Ollama and Claude have in common: a server that plays scripts and remembers what was asked.
//!
//! A script says in which packets an answer leaves, with what pauses, and how it breaks off. Without a script a
//! stand-in answers as the real program would.

use std::{collections::VecDeque, convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri},
    serve::ListenerExt,
};
use futures::stream;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

/// One step of an answer's body.
#[derive(Clone, Debug)]
pub enum Step {
    /// Bytes that leave as one packet.
    Send(Vec<u8>),
    /// Bytes made when they leave, as one packet.
    Make(fn() -> Vec<u8>),
    Pause(Duration),
    /// The connection breaks.
    Cut,
    /// Nothing comes any more, and the connection stays.
    Silence,
    /// These bytes again and again without end.
    Endless(Vec<u8>),
}

/// An answer: its head, and its body step by step.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub steps: Vec<Step>,
}

impl Reply {
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, steps: vec![Step::Send(body.into())] }
    }

    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// What a proxy or a login page sends.
    #[must_use]
    pub fn page() -> Self {
        Self::new(200, "text/html; charset=utf-8", "<!doctype html><title>Sign in</title><h1>Welcome to the hotel</h1>")
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same, with one more step.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The same bytes in packets of `size` bytes, wherever that cuts a line or a character.
    #[must_use]
    pub fn in_packets_of(mut self, size: usize) -> Self {
        let split = |step: Step| match step {
            Step::Send(bytes) => bytes.chunks(size.max(1)).map(|packet| Step::Send(packet.to_vec())).collect(),
            other => vec![other],
        };
        self.steps = self.steps.into_iter().flat_map(split).collect();
        self
    }
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sending,
    Sent,
    /// The client went away before the end.
    ClosedByClient,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    /// Null when the body is no JSON.
    pub body: Value,
    outcome: Arc<Mutex<Outcome>>,
}

impl Asked {
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        *self.outcome.lock()
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn names(&self) -> bool {
        self.body.to_string().contains(NAMING)
    }
}

/// How a stand-in answers without a script.
pub trait Speak: Send + Sync + 'static {
    fn answer(&self, asked: &Asked) -> Reply;
}

/// What every request for a conversation's title holds.
pub const NAMING: &str = "You name conversations.";

struct Script {
    path: String,
    /// A text that the request's body holds.
    holds: String,
    reply: Reply,
}

struct Shared {
    speaker: Box<dyn Speak>,
    scripts: Mutex<Vec<Script>>,
    asked: Mutex<Vec<Asked>>,
}

/// A server on a free port of this machine. It goes with this value.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    /// # Panics
    /// When no port can be had.
    pub async fn start(speaker: impl Speak) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared =
            Arc::new(Shared { speaker: Box::new(speaker), scripts: Mutex::default(), asked: Mutex::default() });
        let router =
            Router::new().fallback(serve).layer(DefaultBodyLimit::max(64 * 1024 * 1024)).with_state(shared.clone());
        // Without it the kernel would join packets that are meant to be apart.
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a fresh socket takes it"));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serves until it is dropped");
        });
        Self { shared, address, serving }
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers the next request for `path` with `reply`; several are played in the order in which they were given.
    pub fn script(&self, path: &str, reply: Reply) {
        self.script_for(path, "", reply);
    }

    /// The same for the next request whose body holds this text.
    pub fn script_for(&self, path: &str, holds: &str, reply: Reply) {
        self.shared.scripts.lock().push(Script { path: path.to_owned(), holds: holds.to_owned(), reply });
    }

    /// All requests so far.
    #[must_use]
    pub fn asked_all(&self) -> Vec<Asked> {
        self.shared.asked.lock().clone()
    }

    /// Those for `path`, without those for a title: these come unbidden some time after a turn, and a test that counts
    /// or takes the last one would now and then get one of them.
    #[must_use]
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.shared.asked.lock();
        asked.iter().filter(|asked| asked.path == path && !asked.names()).cloned().collect()
    }
}

impl Shared {
    fn scripted(&self, asked: &Asked) -> Option<Reply> {
        let body = asked.body.to_string();
        // A request for a title does not take what a test scripts for what comes next.
        let names = asked.names();
        let mut scripts = self.scripts.lock();
        let meant = |script: &Script| body.contains(&script.holds) && !(names && script.holds.is_empty());
        let next = scripts.iter().position(|script| script.path == asked.path && meant(script))?;
        Some(scripts.remove(next).reply)
    }
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response<Body>, Infallible> {
    let outcome = Arc::new(Mutex::new(Outcome::Sending));
    let asked = Asked {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        outcome: outcome.clone(),
    };
    let reply = shared.scripted(&asked).unwrap_or_else(|| shared.speaker.answer(&asked));
    shared.asked.lock().push(asked);
    let mut response = Response::new(body_of(reply.steps, outcome));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    for (name, value) in reply.headers {
        let value = HeaderValue::from_str(&value).expect("a header's value");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(response)
}

/// Notes that the client went away when it is dropped before the end.
struct Watch(Arc<Mutex<Outcome>>);

impl Drop for Watch {
    fn drop(&mut self) {
        let mut outcome = self.0.lock();
        if *outcome == Outcome::Sending {
            *outcome = Outcome::ClosedByClient;
        }
    }
}

fn body_of(steps: Vec<Step>, outcome: Arc<Mutex<Outcome>>) -> Body {
    let state = (VecDeque::from(steps), Watch(outcome));
    Body::from_stream(stream::unfold(state, |(mut steps, watch)| async move {
        loop {
            match steps.pop_front() {
                None => {
                    *watch.0.lock() = Outcome::Sent;
                    return None;
                }
                Some(Step::Pause(pause)) => sleep(pause).await,
                Some(Step::Silence) => std::future::pending().await,
                Some(Step::Cut) => {
                    *watch.0.lock() = Outcome::Sent;
                    steps.clear();
                    return Some((Err(io::Error::other("cut by the script")), (steps, watch)));
                }
                Some(Step::Endless(bytes)) => {
                    steps.push_front(Step::Endless(bytes.clone()));
                    return Some((Ok(Bytes::from(bytes)), (steps, watch)));
                }
                Some(Step::Make(make)) => steps.push_front(Step::Send(make())),
                Some(Step::Send(bytes)) => {
                    // The pause makes the packets leave one by one.
                    if !steps.is_empty() {
                        steps.push_front(Step::Pause(Duration::from_millis(1)));
                    }
                    return Some((Ok(Bytes::from(bytes)), (steps, watch)));
                }
            }
        }
    }))
}

//! HTTP as both providers need it: one endpoint, typed failures, bounded bodies, waits that end.
//!
//! There is no limit on how long an answer takes, only on how long nothing comes. Redirects are not followed: neither
//! provider sends any, and a key must not travel to where a redirect points.

use std::{error::Error as _, io, sync::Once, time::Duration};

use reqwest::{Client, RequestBuilder, Response, StatusCode, header, redirect};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::{Host, Url};

use super::{LlmError, Patience, Provider};

/// The largest body of a list, an error or a batch of vectors.
const LARGEST_BODY: usize = 64 * 1024 * 1024;
/// The longest text of a provider's error that is shown.
const LONGEST_MESSAGE: usize = 300;
/// How a report of a provider's ends.
pub(super) const TRY_AGAIN: &str = "Try again, or choose another model.";

impl Provider {
    /// As a sentence names it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Ollama => "Ollama",
            Self::Claude => "Claude",
        }
    }
}

#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) provider: Provider,
    pub(super) patience: Patience,
    client: Client,
    base: Url,
}

/// What is said of a proxy that does not let the request pass.
const PROXY_WANTS_A_NAME: &str = "a proxy asks for a name and a password";

/// An answer to a request that did not succeed.
pub(super) struct Failure {
    pub(super) status: StatusCode,
    pub(super) headers: header::HeaderMap,
    pub(super) body: String,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL itself may hold a password.
        let mut shown = f.debug_struct("Endpoint");
        shown.field("provider", &self.provider).field("address", &self.address()).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// # Errors
    /// When no HTTP client can be built here (no certificates, say).
    pub(super) fn new(provider: Provider, mut base: Url, patience: Patience) -> Result<Self, LlmError> {
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let client = client(&base, &patience).map_err(|error| LlmError::Unreachable {
            provider: provider.title(),
            reason: innermost(&error),
            offline: false,
        })?;
        Ok(Self { provider, patience, client, base })
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path))
    }

    pub(super) fn delete(&self, path: &str) -> RequestBuilder {
        self.client.delete(self.url(path))
    }

    /// The address as a person may see it: without a name and password that it may hold.
    pub(super) fn address(&self) -> String {
        let mut shown = self.base.clone();
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.as_str().trim_end_matches('/').to_owned()
    }

    fn url(&self, path: &str) -> Url {
        self.base.join(path).unwrap_or_else(|_| self.base.clone())
    }

    /// Sends and waits at most `wait` for the head of the answer.
    pub(super) async fn send(&self, request: RequestBuilder, wait: Duration) -> Result<Response, LlmError> {
        match timeout(wait, request.send()).await {
            Err(_) => Err(self.silent(wait)),
            Ok(Err(error)) => Err(self.unreachable(&error)),
            Ok(Ok(response)) => Ok(response),
        }
    }

    /// The next bytes of a body, at most `wait` later.
    pub(super) async fn chunk(
        &self,
        response: &mut Response,
        wait: Duration,
    ) -> Result<Option<impl AsRef<[u8]> + use<>>, LlmError> {
        match timeout(wait, response.chunk()).await {
            Err(_) => Err(self.silent(wait)),
            Ok(Err(_)) => Err(self.cut()),
            Ok(Ok(chunk)) => Ok(chunk),
        }
    }

    /// The whole body, bounded in size and in time between two pieces.
    pub(super) async fn body(&self, response: &mut Response) -> Result<Vec<u8>, LlmError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(response, self.patience.silence).await? {
            body.extend_from_slice(chunk.as_ref());
            if body.len() > LARGEST_BODY {
                return Err(self.not_the_protocol("its answer does not end"));
            }
        }
        Ok(body)
    }

    /// What a request that did not succeed was answered; a page or a redirect is not this provider's. Unless it says
    /// that the server behind a proxy is down or busy, or that too much was sent: then the status counts, whatever the page
    /// looks like.
    pub(super) async fn failure(&self, mut response: Response) -> Result<Failure, LlmError> {
        let (status, headers) = (response.status(), response.headers().clone());
        if status.is_redirection() {
            return Err(self.not_the_protocol("it sends elsewhere"));
        }
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(self.not_the_protocol(PROXY_WANTS_A_NAME));
        }
        if !passes(status) && status != StatusCode::PAYLOAD_TOO_LARGE {
            self.refuse_page(&response)?;
        }
        let body = String::from_utf8_lossy(&self.body(&mut response).await?).into_owned();
        Ok(Failure { status, headers, body })
    }

    /// A body of JSON that is read as a whole.
    pub(super) async fn read<T: DeserializeOwned>(&self, mut response: Response) -> Result<T, LlmError> {
        self.refuse_page(&response)?;
        let body = self.body(&mut response).await?;
        serde_json::from_slice(&body).map_err(|_| self.not_the_protocol("it sent something else"))
    }

    /// A web page is what a proxy, a login or another program on the port sends.
    pub(super) fn refuse_page(&self, response: &Response) -> Result<(), LlmError> {
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        if kind.to_ascii_lowercase().starts_with("text/html") {
            return Err(self.not_the_protocol("it sent a web page"));
        }
        Ok(())
    }

    pub(super) fn not_the_protocol(&self, detail: &str) -> LlmError {
        LlmError::NotTheProtocol { provider: self.provider.title(), address: self.address(), detail: detail.to_owned() }
    }

    pub(super) fn reported(&self, message: &str) -> LlmError {
        let said = shortened(message);
        let message = format!("{}. {TRY_AGAIN}", said.trim_end_matches('.'));
        LlmError::Reported { provider: self.provider.title(), message }
    }

    pub(super) fn cut(&self) -> LlmError {
        LlmError::ConnectionCut { provider: self.provider.title() }
    }

    fn silent(&self, waited: Duration) -> LlmError {
        LlmError::Silent { provider: self.provider.title(), seconds: waited.as_secs().max(1) }
    }

    fn unreachable(&self, error: &reqwest::Error) -> LlmError {
        let (reason, offline) = (innermost(error), is_offline(error));
        let here = is_loopback(&self.base);
        if self.provider == Provider::Ollama && (error.is_connect() || error.is_timeout()) && (here || !offline) {
            return LlmError::OllamaNotRunning { address: self.address() };
        }
        // Neither hyper nor the tunnel through a proxy has kinds for these that reqwest would pass on: what speaks
        // first, or speaks something else; and a proxy that answers 407 to CONNECT.
        if reason.contains("invalid HTTP") || reason.contains("unexpected message") {
            return self.not_the_protocol("it does not speak HTTP");
        }
        if reason.contains("proxy auth") {
            return self.not_the_protocol(PROXY_WANTS_A_NAME);
        }
        LlmError::Unreachable { provider: self.provider.title(), reason, offline }
    }
}

/// Whether a failure looks like that of a machine without a network: no way to the address, or no name can be looked up.
fn is_offline(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |&cause| cause.source());
    causes.any(|cause| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(
            kind,
            Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkDown)
        ) || ["failed to lookup address", "dns error"].iter().any(|words| cause.to_string().contains(words))
    })
}

/// Whether such a failure goes by itself: it is the server's trouble, or it asks to wait.
pub(super) fn passes(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// The first lines of what a provider said, without line breaks and control characters.
fn shortened(message: &str) -> String {
    let clean: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_MESSAGE).collect();
    let clean = clean.trim();
    if clean.is_empty() { "it did not say what".to_owned() } else { clean.to_owned() }
}

/// The cause of a failure without the URL, which may hold a password.
fn innermost(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut reason = None;
    while let Some(cause) = source {
        reason = Some(cause.to_string());
        source = cause.source();
    }
    reason.unwrap_or_else(|| "the request failed".to_owned())
}

/// reqwest is built without a provider of TLS of its own; a second installation is refused, and the first is as good.
pub(crate) fn install_tls() {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn client(base: &Url, patience: &Patience) -> Result<Client, reqwest::Error> {
    install_tls();
    let builder = Client::builder()
        .connect_timeout(patience.connect)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("MemoryLoop/", env!("CARGO_PKG_VERSION")));
    // A proxy for the outside cannot reach this machine's own loopback.
    if is_loopback(base) { builder.no_proxy() } else { builder }.build()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_address_is_not_shown() {
        let base = Url::parse("http://someone:secret@127.0.0.1:9/ollama").expect("a URL");
        let endpoint = Endpoint::new(Provider::Ollama, base, Patience::default()).expect("a client");
        assert_eq!(endpoint.address(), "http://127.0.0.1:9/ollama");
        assert!(!format!("{endpoint:?}").contains("secret"));
        assert_eq!(endpoint.url("api/chat").path(), "/ollama/api/chat");
    }

    #[test]
    fn a_machine_without_a_network_is_told_from_a_server_that_is_down() {
        #[derive(Debug, thiserror::Error)]
        #[error("connect error")]
        struct Connect(#[source] io::Error);

        let kind = |kind: io::ErrorKind| is_offline(&Connect(kind.into()));
        assert!(kind(io::ErrorKind::NetworkUnreachable) && kind(io::ErrorKind::HostUnreachable));
        let name = "failed to lookup address information: Temporary failure in name resolution";
        assert!(is_offline(&Connect(io::Error::other(name))));
        assert!(!kind(io::ErrorKind::ConnectionRefused) && !kind(io::ErrorKind::TimedOut));
    }

    #[test]
    fn what_a_provider_said_is_one_short_line() {
        assert_eq!(shortened("a\nb\u{1b}[31m"), "a b [31m");
        assert_eq!(shortened(" \n"), "it did not say what");
        assert_eq!(shortened(&"x".repeat(10_000)).len(), LONGEST_MESSAGE);
    }
}

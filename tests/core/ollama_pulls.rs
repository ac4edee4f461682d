//! Pulling models: how far it is, one at a time, cancelled, resumed, broken off, and what each failure is called.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use memoryloop_core::{
    App, Error,
    app::AppEvent,
    config::Config,
    llm::{LlmError, Pull, PullError, PullProgress, PullState},
};
use parking_lot::Mutex;
use support::{
    clock::TestClock,
    http::{Outcome, Reply, Server, Step},
    http_models::{nobody, providers},
    ollama::{self, GEMMA, LLAMA, NOMIC, Options, layer, status, stream},
    postgres,
    scratch::Scratch,
};

/// A pull at the provider alone: what was told, and how it ended.
async fn pulled(server: &Server, name: &str) -> (Vec<PullProgress>, Result<(), PullError>) {
    let mut told = Vec::new();
    let ended = providers(&server.url(), "http://127.0.0.1:9").pull(name, |progress| told.push(progress)).await;
    (told, ended)
}

async fn scripted(reply: Reply) -> Server {
    let server = ollama::start().await;
    server.script("/api/pull", reply);
    server
}

#[tokio::test]
async fn a_pull_tells_of_all_its_layers_together_and_ends_with_the_model_there() {
    let server = ollama::start().await;
    let (told, ended) = pulled(&server, GEMMA).await;
    assert_eq!(ended, Ok(()));
    let last = told.last().unwrap();
    assert_eq!((last.verifying, last.completed_bytes, last.total_bytes), (true, 1_050, Some(1_050)));
    // The second layer was there already.
    assert_eq!(last.downloaded_bytes, 1_000);
    assert_eq!(told[0].total_bytes, None);
    assert_eq!(server.asked("/api/pull")[0].body["model"], GEMMA);
    let listed = providers(&server.url(), "http://127.0.0.1:9").list(None).await.ollama;
    assert!(listed.models.iter().any(|model| model.model.name == GEMMA));
}

#[tokio::test]
async fn lines_of_a_pull_may_be_cut_anywhere_and_the_last_may_lack_its_end() {
    let whole = [status("pulling manifest"), layer('a', 10, 10), status("success")].concat();
    for size in [1, 7, 1_000] {
        let server = scripted(stream(&[whole.trim_end().as_bytes()]).in_packets_of(size)).await;
        let (told, ended) = pulled(&server, "x").await;
        assert_eq!((told.len(), ended), (2, Ok(())), "packets of {size}");
    }
}

#[tokio::test]
async fn what_breaks_off_before_success_has_failed() {
    let begun = layer('a', 1_000, 400);
    for reply in [
        stream(&[begun.as_bytes()]),
        stream(&[begun.as_bytes()]).then(Step::Cut),
        stream(&[begun.as_bytes(), b"{\"status\":\"succ"]),
        stream(&[begun.as_bytes(), b"{\"status\":\"succ"]).then(Step::Cut),
        stream(&[]),
    ] {
        let server = scripted(reply).await;
        assert_eq!(pulled(&server, "x").await.1, Err(PullError::BrokeOff));
    }
}

#[tokio::test]
async fn each_failure_of_a_pull_has_its_own_sentence() {
    let line = |error: &str| format!("{}\n", serde_json::json!({ "error": error }));
    let full = line("write /usr/share/ollama/.ollama/models/blobs/sha256-1-partial: no space left on device");
    let offline = line(
        "pull model manifest: Get \"https://registry.ollama.ai/v2/\": dial tcp: lookup registry.ollama.ai: no such host",
    );
    let old = Reply::json(
        412,
        &serde_json::json!({"error": "pull model manifest: 412: The model you are attempting to pull requires a newer version of Ollama."}),
    );
    for (reply, begins) in [
        (
            stream(&[layer('a', 9, 1).as_bytes(), full.as_bytes()]),
            "The disk on which Ollama keeps its models is full. ",
        ),
        (stream(&[offline.as_bytes()]), "Ollama could not reach its library. "),
        (old, "This model needs a newer Ollama. "),
        (
            stream(&[line("max retries exceeded: EOF").as_bytes()]),
            "Ollama could not pull the model: max retries exceeded: EOF. ",
        ),
        (Reply::page(), "What answered at "),
        (Reply { status: 502, ..Reply::page() }, "Ollama is overloaded right now. "),
        (Reply::new(200, "application/x-ndjson", "hello\nthere\n"), "What answered at "),
        (stream(&[]).then(Step::Endless(vec![b'x'; 65_536])), "What answered at "),
        (stream(&[layer('a', 9, 1).as_bytes()]).then(Step::Silence), "Ollama has sent nothing for "),
    ] {
        let server = scripted(reply).await;
        let problem = pulled(&server, "x").await.1.unwrap_err().to_string();
        assert!(problem.starts_with(begins), "{problem}");
        assert_eq!(server.asked("/api/pull").len(), 1);
    }
    let server = ollama::start().await;
    let problem = pulled(&server, "no-such-model").await.1.unwrap_err().to_string();
    assert_eq!(
        problem,
        "There is no model no-such-model in Ollama's library. Check the name at https://ollama.com/library."
    );
    let nowhere = providers(&nobody().await, "http://127.0.0.1:9").pull("x", |_| {}).await;
    assert!(matches!(nowhere, Err(PullError::Ollama(LlmError::OllamaNotRunning { .. }))), "{nowhere:?}");
}

#[tokio::test]
async fn a_model_that_is_deleted_is_gone_and_one_that_is_not_there_is_named() {
    let server = ollama::start().await;
    let providers = providers(&server.url(), "http://127.0.0.1:9");
    assert_eq!(providers.delete_model("llama3.2").await, Ok(()));
    assert!(!providers.list(None).await.ollama.models.iter().any(|model| model.model.name == LLAMA));
    let gone = providers.delete_model(LLAMA).await;
    assert_eq!(gone, Err(LlmError::ModelNotFound { model: LLAMA.into() }));
}

/// The whole program with somebody signed in.
struct Program {
    app: App,
    ollama: Server,
    told: Arc<Mutex<Vec<AppEvent>>>,
    _folder: Scratch,
}

impl Program {
    async fn new(models: Vec<&'static str>) -> Self {
        let folder = Scratch::new("pulls");
        let ollama = ollama::start_with(Options { models, ..Options::default() }).await;
        let url = ollama.url();
        let lookup = |name: &str| match name {
            "OLLAMA_HOST" => Some(url.clone().into()),
            "MEMORYLOOP_KEYRING" => Some("memory".into()),
            "MEMORYLOOP_POSTGRES_DIR" => postgres::installation().map(Into::into),
            _ => None,
        };
        let config = Config::read(lookup, Some(folder.join("data")), Path::new("/")).unwrap();
        config.prepare_data_dir().unwrap();
        let told: Arc<Mutex<Vec<AppEvent>>> = Arc::default();
        let listener = Arc::clone(&told);
        let app = App::open(config, TestClock::at_noon(), Arc::new(move |event| listener.lock().push(event))).unwrap();
        app.create_profile("ada@example.org", "a good password".into()).await.unwrap();
        Self { app, ollama, told, _folder: folder }
    }

    /// What was told of pulls.
    fn pulls(&self) -> Vec<Pull> {
        let told = self.told.lock();
        told.iter()
            .filter_map(|event| if let AppEvent::PullChanged(pull) = event { Some(pull.clone()) } else { None })
            .collect()
    }

    async fn listed(&self) -> Vec<Pull> {
        self.app.list_models().await.unwrap().ollama.pulls
    }

    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let waited = tokio::time::timeout(Duration::from_secs(20), async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        assert!(waited.await.is_ok(), "{what}: {:?}", self.pulls());
    }

    fn outcome(&self, of: usize) -> Option<Outcome> {
        self.ollama.asked("/api/pull").get(of).map(|asked| asked.outcome())
    }
}

/// A download that goes on until it is cancelled.
fn endless_download() -> Reply {
    let mut reply = stream(&[layer('a', 1_000_000, 500_000).as_bytes()]);
    for n in 1..=400 {
        reply = reply.then(Step::Pause(Duration::from_millis(10)));
        reply = reply.then(Step::Send(layer('a', 1_000_000, 500_000 + n * 100).into_bytes()));
    }
    reply.then(Step::Silence)
}

#[tokio::test]
async fn a_pull_outlives_the_page_is_listed_and_ends_when_it_is_cancelled() {
    let program = Program::new(vec![LLAMA]).await;
    program.ollama.script("/api/pull", endless_download());
    let app = program.app.clone();
    let page = tokio::spawn(async move { app.pull_model("ollama pull gemma3:4b").await });
    program.until("it runs", async || program.pulls().iter().any(|pull| pull.bytes_per_second.is_some())).await;
    page.abort();
    let _ = page.await;
    // The same model by another way of writing it.
    assert!(matches!(program.app.pull_model("Gemma3:4b").await, Err(Error::Busy(_))));
    assert!(matches!(program.app.delete_model(GEMMA).await, Err(Error::Busy(_))));
    let begun = (Instant::now(), program.pulls().len());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let events = program.pulls().len() - begun.1;
    let most = usize::try_from(begun.0.elapsed().as_millis() / 200).unwrap() + 1;
    assert!((1..=most).contains(&events), "{events} in {:?}", begun.0.elapsed());
    let running = program.listed().await.remove(0);
    assert_eq!((running.name.as_str(), running.state), (GEMMA, PullState::Running));
    let speed = running.bytes_per_second.unwrap();
    assert!((100.0..20_000.0).contains(&speed), "what was there before was not downloaded: {speed}");
    assert_eq!(program.outcome(0), Some(Outcome::Sending));

    program.app.cancel_pull(GEMMA).await.unwrap();
    program.app.cancel_pull(GEMMA).await.unwrap();
    program.until("Ollama sees it", async || program.outcome(0) == Some(Outcome::ClosedByClient)).await;
    let told = program.pulls().pop().unwrap();
    assert_eq!((told.state, told.bytes_per_second, told.problem.clone()), (PullState::Cancelled, None, None));
    assert_eq!(program.listed().await, [told]);

    program.app.pull_model(GEMMA).await.unwrap();
    let listed = program.listed().await;
    assert_eq!(listed.len(), 1, "in place of the one before");
    assert_eq!(
        (listed[0].state, listed[0].completed_bytes, listed[0].total_bytes),
        (PullState::Done, 1_050.0, Some(1_050.0))
    );
    assert_eq!(program.pulls().pop(), listed.into_iter().next(), "the last is always told");
    program.app.delete_model(GEMMA).await.unwrap();
    assert_eq!(program.listed().await, []);
    program.app.close().await;
}

#[tokio::test]
async fn failures_are_told_in_the_answer_and_in_the_list() {
    let program = Program::new(vec![LLAMA]).await;
    let error = program.app.pull_model("nothing-like-it").await.unwrap_err();
    assert!(
        matches!(&error, Error::InvalidInput(said) if said.starts_with("There is no model nothing-like-it")),
        "{error}"
    );
    let listed = program.listed().await.remove(0);
    assert_eq!((listed.state, listed.problem), (PullState::Failed, Some(error.to_string())));
    for name in ["", "a b", "../../etc/passwd"] {
        assert!(matches!(program.app.pull_model(name).await, Err(Error::InvalidInput(_))), "{name}");
        assert!(matches!(program.app.delete_model(name).await, Err(Error::InvalidInput(_))), "{name}");
    }
    assert_eq!(program.ollama.asked("/api/pull").len(), 1);
    assert!(matches!(program.app.delete_model("missing").await, Err(Error::Llm(LlmError::ModelNotFound { .. }))));
    program.app.cancel_pull("never begun").await.unwrap();
    program.app.close().await;
}

#[tokio::test]
async fn signing_out_ends_a_pull_and_nobody_signed_in_begins_none() {
    let program = Program::new(vec![LLAMA]).await;
    program.ollama.script("/api/pull", endless_download());
    let app = program.app.clone();
    let page = tokio::spawn(async move { app.pull_model(GEMMA).await });
    program.until("it runs", async || program.outcome(0).is_some()).await;
    program.app.sign_out().await.unwrap();
    page.await.unwrap().unwrap();
    program.until("Ollama sees it", async || program.outcome(0) == Some(Outcome::ClosedByClient)).await;
    assert_eq!(program.pulls().pop().unwrap().state, PullState::Cancelled);
    assert!(matches!(program.app.pull_model(GEMMA).await, Err(Error::NotSignedIn)));
    assert!(matches!(program.app.cancel_pull(GEMMA).await, Err(Error::NotSignedIn)));
    assert!(matches!(program.app.delete_model(LLAMA).await, Err(Error::NotSignedIn)));
    assert!(matches!(program.app.load_image("https://example.org/a.png").await, Err(Error::NotSignedIn)));
    program.app.close().await;
}

#[tokio::test]
async fn the_index_notices_that_the_embedding_model_was_pulled() {
    let program = Program::new(vec![LLAMA]).await;
    let asks = || program.ollama.asked("/api/tags").len();
    program.until("the index has looked for it in vain", async || asks() > 0).await;
    let looked = asks();
    program.app.pull_model("nomic-embed-text").await.unwrap();
    let begun = Instant::now();
    program.until("it looks again", async || asks() > looked).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "not only when it would have looked anyway");
    let listed = program.app.list_models().await.unwrap().ollama;
    assert_eq!(listed.embedding_model.as_deref(), Some(NOMIC));
    program.app.close().await;
}

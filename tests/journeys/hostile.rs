//! Answers that attack: a corpus of hostile Markdown, streamed by a model into the real web view, does nothing there.
//!
//! The corpus lies in ui/tests/hostile and runs in the interface's own tests too; here the browser decides. A server that
//! every case points at would hear of anything that is fetched.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use support::{
    first_steps::begin,
    home::Home,
    http::{Asked, Reply, Server, Speak},
    ollama,
    window::{Role, Window, journey},
};

/// Where the cases fetch from, and are not to.
const ELSEWHERE: &str = "https://evil.example";

#[tokio::test(flavor = "multi_thread")]
async fn hostile_markdown_is_inert_in_the_web_view() -> Result<()> {
    let cases = corpus()?;
    ensure!(cases.len() >= 60, "only {} cases", cases.len());
    let bait = Server::start(Bait).await;
    let models = vec![ollama::LLAMA];
    let server = ollama::start_with(ollama::Options { models, ..Default::default() }).await;
    let home = Home::new(server.url())?;
    let window = Window::open(&home).await?;
    journey(&home, &window, async |window| {
        begin(window).await?;
        window.script(WATCH, Vec::new(), false).await?;
        let mut last = Value::Null;
        for (name, case) in &cases {
            server.script("/api/chat", streamed(case, &bait.url()));
            window.fill("Message", name).await?;
            window.click(Role::Button, "Send").await?;
            last = drawn_after(window, &last).await.with_context(|| name.clone())?;
            let wrong = window.script(LOOK, Vec::new(), false).await?;
            ensure!(wrong == json!([]), "{name} is not inert: {wrong}");
        }
        window.screenshot("hostile").await
    })
    .await?;
    window.close().await?;
    let fetched: Vec<String> = bait.asked_all().iter().map(|asked| asked.path.clone()).collect();
    ensure!(fetched.is_empty(), "these were fetched: {fetched:?}");
    Ok(())
}

struct Bait;

impl Speak for Bait {
    fn answer(&self, _: &Asked) -> Reply {
        Reply::new(200, "text/javascript", "window.owned = 1")
    }
}

/// Each case with its file's name, in the order of the names.
fn corpus() -> Result<Vec<(String, String)>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../ui/tests/hostile");
    let mut cases = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            cases.push((name, fs::read_to_string(&path)?));
        }
    }
    cases.sort();
    Ok(cases)
}

/// In packets that cut anything anywhere, as a model's do. One answer each: what a case leaves open would hide the next.
fn streamed(case: &str, bait: &str) -> Reply {
    let letters: Vec<char> = case.replace(ELSEWHERE, bait).chars().collect();
    let mut lines: String = letters.chunks(23).map(|piece| ollama::line(&piece.iter().collect::<String>())).collect();
    lines.push_str(&ollama::last_line("stop"));
    Reply::new(200, "application/x-ndjson", lines).in_packets_of(1_000)
}

/// Waits until another answer than `before` is the last one, whole; gives its id.
async fn drawn_after(window: &Window<'_>, before: &Value) -> Result<Value> {
    window
        .eventually("the whole answer", async || {
            let last = window.script(LAST, Vec::new(), false).await?;
            Ok((!last.is_null() && last != *before).then_some(last))
        })
        .await
}

const LAST: &str = r"
    const last = [...document.querySelectorAll('article[data-message]')].at(-1);
    return last?.getAttribute('aria-busy') === 'false' ? last.dataset.message : null;";

/// Runs in the page from now on: everything that must not happen leaves a note, whoever does it.
const WATCH: &str = r"
    window.__notes = [];
    for (const name of ['alert', 'confirm', 'prompt', 'open', 'eval']) window[name] = () => window.__notes.push(name);
    addEventListener('securitypolicyviolation', (event) => window.__notes.push(`${event.violatedDirective} ${event.blockedURI}`));
    addEventListener('beforeunload', () => window.__notes.push('beforeunload'));
    window.__title = document.title;
    window.__place = location.href.split('#')[0];";

/// What is wrong with what is drawn now.
const LOOK: &str = r"
    const wrong = [...window.__notes];
    if ('owned' in window) wrong.push('a script ran');
    if (location.href.split('#')[0] !== window.__place) wrong.push('the page went elsewhere');
    if (document.title !== window.__title) wrong.push(`the title became ${document.title}`);
    const bad = `script, iframe, object, embed, form, meta, base, link, style, video, audio, source, frame, portal, template, dialog, marquee, input, select, textarea, img:not([src^='data:image/'])`;
    for (const answer of document.querySelectorAll('.markdown')) {
        // KaTeX draws roots and braces as SVG of its own.
        for (const element of answer.querySelectorAll(bad)) wrong.push(`<${element.localName}>`);
        for (const svg of answer.querySelectorAll('svg')) if (!svg.closest('[data-math]')) wrong.push('<svg>');
        for (const element of answer.querySelectorAll('*')) {
            for (const { name, value } of element.attributes) {
                if (/^on/i.test(name)) wrong.push(`${element.localName} ${name}`);
                if (/^(id|name)$/i.test(name)) wrong.push(`${element.localName} ${name}=${value}`);
                if (/^(href|src|action|xlink:href|formaction|srcset|poster|background)$/i.test(name) && !/^(https?:\/\/|mailto:|data:image\/(png|jpeg|gif|webp))/i.test(value)) wrong.push(`${element.localName} ${name}=${value}`);
                if (name === 'style' && (!element.closest('[data-math]') || /url\(|expression|position:\s*fixed/i.test(value))) wrong.push(`${element.localName} style=${value}`);
            }
        }
    }
    const over = document.elementFromPoint(innerWidth / 2, 8);
    if (over?.closest('.markdown')) wrong.push('something lies over the window');
    return wrong;";

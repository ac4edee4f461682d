//! The real window, driven from outside as a person would: by what elements are called, by keys, and by its close button.
//!
//! WebKitWebDriver starts the program and speaks for us to its web view. Elements are found by role and accessible name as
//! the browser computes them, so a control that a screen reader cannot name is one that no test can find.

use std::{
    fs::{self, File},
    io,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    str::FromStr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use axum::http::Method;
use fantoccini::{
    Client, ClientBuilder,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    wd::WebDriverCompatibleCommand,
};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Url;
use serde_json::{Value, json};

use crate::{
    home::{Home, program},
    screen::Screen,
};

/// Longer than anything may take, even on two busy cores; a wait ends as soon as what it waits for is there.
const PATIENCE: Duration = Duration::from_secs(45);
/// A driver that hangs is a failure, and not a test that never ends.
const LONGEST_JOURNEY: Duration = Duration::from_mins(15);
const EVERY: Duration = Duration::from_millis(40);

/// The key under which WebDriver passes elements (W3C WebDriver, 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What a person calls a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Button,
    Link,
    /// Also a field for a password, which has no role of its own.
    Textbox,
    Radio,
    /// A choice from a list.
    Combobox,
    Heading,
}

impl Role {
    fn selector(self) -> &'static str {
        match self {
            Self::Button => "button, [role=button], input[type=submit]",
            Self::Link => "a[href], [role=link]",
            Self::Textbox => "textarea, input:not([type=radio],[type=checkbox],[type=submit]), [role=textbox]",
            Self::Radio => "input[type=radio], [role=radio]",
            Self::Combobox => "select, [role=combobox]",
            Self::Heading => "h1, h2, h3, h4, [role=heading]",
        }
    }
}

/// What it is called: exactly, or what its name begins with (a conversation's link goes on with how old it is).
#[derive(Clone, Copy, Debug)]
pub enum Name<'a> {
    Exactly(&'a str),
    Beginning(&'a str),
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(name: &'a str) -> Self {
        Self::Exactly(name)
    }
}

impl Name<'_> {
    fn text(&self) -> &str {
        let (Self::Exactly(text) | Self::Beginning(text)) = self;
        text
    }

    fn fits(&self, label: &str) -> bool {
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        match self {
            Self::Exactly(text) => label == *text,
            Self::Beginning(text) => label.starts_with(text),
        }
    }
}

/// Scrolls to an element and is done when it has stood in one place for three frames, or after a second.
const REST: &str = "const [element, done] = arguments;
element.scrollIntoView({ block: 'center' });
let [still, frames, before] = [0, 0, ''];
const look = () => {
  const { left, top, width, height } = element.getBoundingClientRect();
  const now = [left, top, width, height].join();
  still = now === before ? still + 1 : 0;
  before = now;
  if (still === 3 || ++frames === 60 || !element.isConnected) done(); else requestAnimationFrame(look);
};
look();";

pub struct Window<'a> {
    page: Client,
    driver: Child,
    screen: Screen,
    home: &'a Home,
}

impl<'a> Window<'a> {
    /// Starts the program with `home` on a screen of its own.
    pub async fn open(home: &'a Home) -> Result<Self> {
        let screen = Screen::start()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let output = File::options().create(true).append(true).open(home.output())?;
        let mut driver = Command::new("WebKitWebDriver");
        home.settle(&mut driver)?
            .arg(format!("--port={port}"))
            .env("DISPLAY", screen.name())
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let driver = driver.spawn().context("WebKitWebDriver could not be started; `cargo xtask setup` installs it")?;
        let mut driver = Starting(Some(driver));
        let page = connect(port).await.with_context(|| format!("no window came\n{}", home.logs()))?;
        let driver = driver.0.take().context("the driver is taken once")?;
        Ok(Self { page, driver, screen, home })
    }

    /// Closes the window with its close button, and waits until the program has put everything away and ended.
    pub async fn close(self) -> Result<()> {
        let shown = self.screen.close_windows()?;
        anyhow::ensure!(shown == 1, "one window should be shown, not {shown}");
        self.home.wait_until_quiet(Some(self.driver.id()), PATIENCE).await.with_context(|| self.home.logs())?;
        let left = self.home.postmaster_files();
        anyhow::ensure!(left.is_empty(), "PostgreSQL was not stopped: {left:?}\n{}", self.home.logs());
        Ok(())
    }

    /// The DISPLAY that it is on, for a second start of the program.
    #[must_use]
    pub fn display(&self) -> String {
        self.screen.name()
    }

    /// Runs a script in the page and gives what it returns; with `later`, what it passes to its last argument, a function.
    pub async fn script(&self, script: &str, arguments: Vec<Value>, later: bool) -> Result<Value> {
        Ok(if later {
            self.page.execute_async(script, arguments).await?
        } else {
            self.page.execute(script, arguments).await?
        })
    }

    /// The process that everything of the window descends from: the driver, the program, the web view's own.
    #[must_use]
    pub fn root(&self) -> u32 {
        self.driver.id()
    }

    /// The one element of this role and accessible name that is shown.
    pub async fn find<'n>(&self, role: Role, name: impl Into<Name<'n>>) -> Result<Element> {
        let name = name.into();
        self.eventually(&format!("{role:?} {name:?}"), async || {
            Ok(self.look(role, name, false).await?.into_iter().next())
        })
        .await
    }

    /// All of them, as many as are shown now.
    pub async fn find_all(&self, role: Role, name: &str) -> Result<Vec<Element>> {
        self.look(role, name.into(), false).await
    }

    pub async fn click<'n>(&self, role: Role, name: impl Into<Name<'n>>) -> Result<()> {
        let name = name.into();
        self.eventually(&format!("{role:?} {name:?} to click on"), async || {
            let Some(element) = self.look(role, name, true).await?.into_iter().next() else { return Ok(None) };
            self.bring_into_view(&element).await?;
            element.click().await?;
            Ok(Some(()))
        })
        .await
    }

    /// Scrolls as a person does before a click, and like a person waits until the page rests: the driver is content with
    /// an element of which an edge can be seen, and clicks on where it was when it looked.
    async fn bring_into_view(&self, element: &Element) -> Result<()> {
        let element = serde_json::to_value(element)?;
        self.page.execute_async(REST, vec![element]).await?;
        Ok(())
    }

    /// Types `text` in place of what stands there.
    pub async fn fill(&self, name: &str, text: &str) -> Result<()> {
        self.eventually(&format!("a field “{name}” to write into"), async || {
            let Some(field) = self.look(Role::Textbox, name.into(), true).await?.into_iter().next() else {
                return Ok(None);
            };
            self.bring_into_view(&field).await?;
            retype(&field, text).await?;
            Ok(Some(()))
        })
        .await
    }

    /// Presses a key wherever the focus is.
    pub async fn press(&self, key: char) -> Result<()> {
        let stroke =
            KeyActions::new("keyboard".into()).then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        Ok(self.page.perform_actions(stroke).await?)
    }

    /// Waits until `text` can be read somewhere in the window.
    pub async fn reads(&self, text: &str) -> Result<()> {
        self.eventually(&format!("the text “{text}”"), async || Ok(self.text().await?.contains(text).then_some(())))
            .await
    }

    /// Everything that can be read in the window, with single spaces.
    pub async fn text(&self) -> Result<String> {
        let text = self.page.execute("return document.body.innerText", vec![]).await?;
        let words: Vec<&str> = text.as_str().unwrap_or_default().split_whitespace().collect();
        Ok(words.join(" "))
    }

    /// Leaves a picture of the window in `target/journeys/`.
    pub async fn screenshot(&self, name: &str) -> Result<()> {
        let folder = pictures();
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{name}.png"));
        // What is in the document is on the screen two frames later.
        let painted = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));";
        self.page.execute_async(painted, Vec::new()).await?;
        self.screen.picture(&path)
    }

    /// Looks again and again until `look` finds something. What fails meanwhile (an element that was replaced under our
    /// hands) is tried again too, and told when time is up.
    pub async fn eventually<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
        let end = Instant::now() + PATIENCE;
        loop {
            let outcome = look().await;
            if let Ok(Some(found)) = outcome {
                return Ok(found);
            }
            if Instant::now() > end {
                let reason = outcome.err().map(|error| format!(" ({error:#})")).unwrap_or_default();
                let text = self.text().await.unwrap_or_else(|error| format!("nothing: {error:#}"));
                bail!("{what} did not come within {PATIENCE:?}{reason}. The window says: {text}");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn look(&self, role: Role, name: Name<'_>, usable: bool) -> Result<Vec<Element>> {
        let arguments = vec![json!(role.selector()), json!(name.text()), json!(usable)];
        let candidates = self.page.execute(CANDIDATES, arguments).await?;
        let mut found = Vec::new();
        for id in candidates.as_array().into_iter().flatten().filter_map(|candidate| candidate[ELEMENT].as_str()) {
            let label = self.page.issue_cmd(ComputedLabel(id.to_string())).await?;
            if label.as_str().is_some_and(|label| name.fits(label)) {
                found.push(Element::from_element_id(self.page.clone(), id.to_string().into()));
            }
        }
        Ok(found)
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        self.home.kill_all();
    }
}

/// Kills the driver when no window came of it.
struct Starting(Option<Child>);

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(driver) = &mut self.0 {
            let _ = driver.kill();
            let _ = driver.wait();
        }
    }
}

/// Runs a journey; when it fails, its error ends with what the program logged, and the window is left in a picture.
pub async fn journey<T>(
    home: &Home,
    window: &Window<'_>,
    steps: impl AsyncFnOnce(&Window<'_>) -> Result<T>,
) -> Result<T> {
    let error = match tokio::time::timeout(LONGEST_JOURNEY, steps(window)).await {
        Ok(Ok(outcome)) => return Ok(outcome),
        Ok(Err(error)) => error,
        Err(_) => {
            // The driver takes one order after the other: nothing more can be asked of it.
            let picture = pictures().join("failed.png");
            let kept = window
                .screen
                .picture(&picture)
                .map_or_else(|error| format!("{error:#}"), |()| picture.display().to_string());
            bail!("it was not over within {LONGEST_JOURNEY:?}: the driver hangs.\nPicture: {kept}\n{}", home.logs());
        }
    };
    let picture = match window.screenshot("failed").await {
        Ok(()) => pictures().join("failed.png").display().to_string(),
        Err(error) => format!("none: {error:#}"),
    };
    Err(anyhow!("{error:#}\nPicture: {picture}\n{}", home.logs()))
}

/// Elements that are shown and whose name may be the one asked for; the browser's own computation decides.
const CANDIDATES: &str = r"
    const [selector, name, usable] = arguments;
    const texts = (element) => [
        element.getAttribute('aria-label'), element.textContent, element.placeholder, element.title,
        ...[...(element.labels ?? [])].map((label) => label.textContent),
        ...(element.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent),
    ].join(' ').replace(/\s+/g, ' ');
    return [...document.querySelectorAll(selector)].filter((element) =>
        element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden' &&
        !(usable && (element.disabled || element.getAttribute('aria-disabled') === 'true')) && texts(element).includes(name));
";

/// `GET /session/{id}/element/{id}/computedlabel` (W3C WebDriver 2, 12.4.10), which the library does not have.
#[derive(Debug)]
struct ComputedLabel(String);

impl WebDriverCompatibleCommand for ComputedLabel {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/element/{}/computedlabel", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::GET, None)
    }
}

/// Retries until the driver listens; then the program is started, once.
async fn connect(port: u16) -> Result<Client> {
    let end = Instant::now() + PATIENCE;
    while let Err(error) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await {
        if error.kind() != io::ErrorKind::ConnectionRefused || Instant::now() > end {
            return Err(error).context("WebKitWebDriver does not listen");
        }
        tokio::time::sleep(EVERY).await;
    }
    let options = json!({ "binary": program()?, "args": [] });
    let capabilities = serde_json::Map::from_iter([("webkitgtk:browserOptions".to_string(), options)]);
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    let address = format!("http://127.0.0.1:{port}");
    let session = tokio::time::timeout(PATIENCE, builder.connect(&address)).await;
    Ok(session.map_err(|_| anyhow!("the program started no web view within {PATIENCE:?}"))??)
}

/// Empties the field and types, key by key, as a person would.
async fn retype(field: &Element, text: &str) -> Result<()> {
    field.click().await?;
    field.clear().await?;
    field.send_keys(text).await?;
    Ok(())
}

fn pictures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/journeys")
}

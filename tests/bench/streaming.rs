//! An answer that streams into the real window: how soon its first word is there, and what a long one costs.
//!
//! The stand-in for Ollama stamps the first piece with the time at which it leaves; the page reads the stamp from what it
//! shows. The long answer has nearly its whole length at once and then grows as a fast model writes. Beside its figures
//! stand those of the machine itself: the same window with nothing but a line to which each frame adds a word.

use std::{
    collections::HashMap,
    fs,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use serde_json::Value;
use support::{
    first_steps::{ask, begin},
    home::Home,
    http::{Reply, Server, Step},
    ollama,
    window::{Role, Window, journey},
};

use crate::{measure::Series, scrolling};

/// Answers whose first word is timed.
const ANSWERS: usize = 20;
const TOKENS_PER_SECOND: u64 = 200;
const TOKEN: &str = "word ";
/// What is there before the answer goes on growing, bytes, and for how long it does.
const LONG: usize = 85_000;
const GROWS: Duration = Duration::from_secs(20);
/// How long the machine's own figures are taken.
const FLOOR_FOR: Duration = Duration::from_secs(5);
const ENDING: &str = "That is the end of it.";

/// Runs in the page from now on: when a stamp is shown, how old it is once it has been drawn.
const WATCH_STAMPS: &str = r"
    window.ages = [];
    const seen = new Set();
    const wanted = arguments[0];
    const look = () => {
        for (const answer of document.querySelectorAll('article[data-message]')) {
            const stamp = /stamp(\d+\.\d+)/.exec(answer.textContent)?.[1];
            if (!stamp || seen.has(stamp)) continue;
            seen.add(stamp);
            // What is in the document now is drawn with this frame; the next one begins after it.
            requestAnimationFrame(() => window.ages.push(performance.timeOrigin + performance.now() - Number(stamp)));
        }
        // Looking through long answers would be measured with them.
        if (seen.size < wanted) requestAnimationFrame(look);
    };
    look();";

/// Runs in the page from now on: the gaps between frames, ms.
const WATCH_FRAMES: &str = r"
    window.gaps = [];
    let last = performance.now();
    const frame = (now) => {
        window.gaps.push(now - last);
        last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame((now) => { last = now; requestAnimationFrame(frame); });";

/// Runs in the page from now on, in place of what is there: one more word in each frame, the end in sight.
const FLOOR: &str = r"
    document.getElementById('app').style.display = 'none';
    const page = document.createElement('div');
    page.style = 'position: fixed; inset: 0; overflow: auto; background: white; color: black';
    document.body.append(page);
    let words = 0;
    const add = () => {
        if (words % 60 === 0) page.append(document.createElement('p'));
        page.lastChild.append('word ');
        words += 1;
        page.scrollTop = page.scrollHeight;
        requestAnimationFrame(add);
    };
    add();
    window.gaps = [];";

/// Emits the figures.
///
/// # Errors
/// When the window does not do what a person asks.
pub async fn run() -> Result<()> {
    let server = ollama::start_with(ollama::Options { models: vec![ollama::LLAMA], ..Default::default() }).await;
    let home = Home::new(server.url())?;
    let window = Window::open(&home).await?;
    journey(&home, &window, async |window| {
        begin(window).await?;
        first_words(window, &server).await?;
        scrolling::long_conversation(window, &server).await?;
        long_answer(window, &server).await
    })
    .await?;
    window.close().await
}

async fn first_words(window: &Window<'_>, server: &Server) -> Result<()> {
    for n in 0..ANSWERS {
        let mut reply = Reply::new(200, "application/x-ndjson", "");
        reply.steps = vec![Step::Pause(Duration::from_millis(300)), Step::Make(stamp)];
        reply = reply.then(Step::Send(ollama::line(&format!("\n\nDone {n}.")).into_bytes()));
        server.script("/api/chat", reply.then(Step::Send(ollama::last_line("stop").into_bytes())));
        if n == 0 {
            window.script(WATCH_STAMPS, vec![ANSWERS.into()], false).await?;
        }
        ask(window, "When?", &format!("Done {n}.")).await?;
    }
    let ages = window
        .eventually("every stamp", async || {
            let ages = numbers(&window.script("return window.ages", Vec::new(), false).await?);
            Ok((ages.len() == ANSWERS).then_some(ages))
        })
        .await?;
    Series::of("first_byte_to_text", "ms", ages).emit();
    Ok(())
}

/// A line of Ollama's that says when it left.
fn stamp() -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    ollama::line(&format!("stamp{:.3} ", now.as_secs_f64() * 1_000.0)).into_bytes()
}

async fn long_answer(window: &Window<'_>, server: &Server) -> Result<()> {
    server.script("/api/chat", growing());
    window.script("location.hash = '#/chat'", Vec::new(), false).await?;
    window.reads("New conversation").await?;
    window.fill("Message", "Tell me everything.").await?;
    window.click(Role::Button, "Send").await?;
    window.reads("Chapter 30").await?;
    // What came at once is drawn, its formulas and colours too.
    tokio::time::sleep(Duration::from_secs(3)).await;
    window.script(WATCH_FRAMES, Vec::new(), false).await?;
    let drawn = Drawing::measure(window, GROWS - Duration::from_secs(6)).await?;
    let length = window.script(LENGTH, Vec::new(), false).await?.as_f64().context("a length")?;
    window.reads(ENDING).await?;
    drawn.emit("streaming");
    Series::of("streaming_text_shown", "kB", vec![length / 1_000.0]).emit();
    window.script(FLOOR, Vec::new(), false).await?;
    Drawing::measure(window, FLOOR_FOR).await?.emit("floor");
    Ok(())
}

/// What drawing took for a while.
struct Drawing {
    gaps: Vec<f64>,
    /// Per cent of a core, of all processes of the window.
    cpu: f64,
}

impl Drawing {
    /// Of what happens in the window from now on; `WATCH_FRAMES` runs.
    async fn measure(window: &Window<'_>, time: Duration) -> Result<Self> {
        window.script("window.gaps = []", Vec::new(), false).await?;
        let before = cpu_seconds(window.root())?;
        tokio::time::sleep(time).await;
        let cpu = (cpu_seconds(window.root())? - before) / time.as_secs_f64() * 100.0;
        Ok(Self { gaps: numbers(&window.script("return window.gaps", Vec::new(), false).await?), cpu })
    }

    fn emit(self, what: &str) {
        let longest = self.gaps.iter().copied().fold(0.0, f64::max);
        Series::of(&format!("{what}_frame_gap"), "ms", self.gaps).emit();
        Series::of(&format!("{what}_longest_frame"), "ms", vec![longest]).emit();
        Series::of(&format!("{what}_cpu"), "% of a core", vec![self.cpu]).emit();
    }
}

const LENGTH: &str = "return [...document.querySelectorAll('article[data-message]')].at(-1)?.textContent.length ?? 0";

fn growing() -> Reply {
    let mut reply = Reply::new(200, "application/x-ndjson", "");
    reply.steps = chapters().iter().map(|chapter| Step::Send(ollama::line(chapter).into_bytes())).collect();
    let tokens = GROWS.as_secs() * TOKENS_PER_SECOND;
    // A step waits a millisecond by itself before the next.
    let pause = Duration::from_micros(1_000_000 / TOKENS_PER_SECOND - 1_000);
    for n in 1..=tokens {
        let text = if n % 60 == 0 { "word.\n\n" } else { TOKEN };
        reply.steps.push(Step::Send(ollama::line(text).into_bytes()));
        reply.steps.push(Step::Pause(pause));
    }
    reply.steps.push(Step::Send(ollama::line(&format!("\n\n{ENDING}")).into_bytes()));
    reply.then(Step::Send(ollama::last_line("stop").into_bytes()))
}

/// Text as answers have it, with lists, tables, code and formulas.
fn chapters() -> Vec<String> {
    let prose =
        "Each review that succeeds makes the memory **more stable**, so that the next one can wait longer. ".repeat(20);
    let chapter = |n: usize| {
        format!(
            "## Chapter {n}\n\n{prose}\n\n- one *thing*\n- another with $R = e^{{-t/{n}}}$\n\n             | a | b |\n|---|---|\n| {n} | `x` |\n\n```rust\nfn chapter_{n}() -> usize {{\n    {n}\n}}\n```\n\n             $$\\int_0^{n} x^2 \\, dx$$\n\n"
        )
    };
    let mut chapters = Vec::new();
    let mut length = 0;
    for n in 1.. {
        if length >= LONG {
            break;
        }
        chapters.push(chapter(n));
        length += chapters.last().map_or(0, String::len);
    }
    chapters
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// What `root` and all that descends from it have used of the processors so far.
fn cpu_seconds(root: u32) -> Result<f64> {
    let mut parents = HashMap::new();
    let mut used = HashMap::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // It may have ended meanwhile.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name, in brackets, may hold anything; after it the fields are numbers (proc_pid_stat(5)).
        let Some((_, fields)) = stat.rsplit_once(')') else { continue };
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        parents.insert(pid, u32::try_from(number(1)).unwrap_or(0));
        used.insert(pid, number(11) + number(12));
    }
    let descends = |mut pid: u32| {
        while pid != root {
            match parents.get(&pid) {
                Some(&parent) if parent != 0 && parent != pid => pid = parent,
                _ => return false,
            }
        }
        true
    };
    let ticks: u64 = used.iter().filter(|(pid, _)| descends(**pid)).map(|(_, ticks)| ticks).sum();
    // The unit of /proc is USER_HZ, 100 a second on every Linux.
    Ok(ticks as f64 / 100.0)
}

//! A conversation of a thousand messages in the real window, scrolled as a wheel does: how far apart the frames are, and
//! whether anything in sight moves by other than the step.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use support::{
    http::{Reply, Server},
    ollama,
    window::Window,
};

use crate::{measure::Series, streaming::numbers};

const EXCHANGES: usize = 500;
/// So many are asked with one script, which the driver gives half a minute.
const BATCH: usize = 25;
/// Pixels of each step, and how many: up into what was never drawn, back, and further up, then fast.
const WAYS: [(i32, usize); 4] = [(-120, 150), (120, 75), (-120, 150), (-600, 60)];

/// Asks through the border itself: by keys a thousand messages would take an hour.
const ASK: &str = r"
    const [model, from, to, done] = arguments;
    const { invoke, transformCallback } = window.__TAURI_INTERNALS__;
    (async () => {
        window.longOne ??= (await invoke('create_conversation', { model })).id;
        for (let n = from; n < to; n += 1) {
            const onEvent = `__CHANNEL__:${transformCallback(() => {})}`;
            await invoke('send_message', { conversationId: window.longOne, request: { type: 'send', content: `Question ${n}?` }, onEvent });
        }
        return null;
    })().then(done, (error) => done(JSON.stringify(error)));";

const OPEN: &str = "location.hash = `#/chat/${window.longOne}`";
const ROWS: &str = "return document.querySelectorAll('.row').length";

/// A step between two frames, as a wheel's; what is painted is looked at in the task after the frame that painted it.
const SCROLL: &str = r"
    const [by, steps, done] = arguments;
    const view = document.querySelector('.view');
    const gaps = [];
    let jumps = 0, blanks = 0, taken = 0, last = 0, before = null, moved = 0;
    const inSight = () => {
        const bounds = view.getBoundingClientRect();
        return [...view.querySelectorAll('.row')].map((row) => [row, row.getBoundingClientRect()])
            .filter(([, box]) => box.bottom > bounds.top && box.top < bounds.bottom);
    };
    const painted = () => {
        const now = inSight();
        if (now.some(([row]) => row.classList.contains('ahead'))) blanks += 1;
        if (before && now.some(([row, box]) => before.has(row) && Math.abs(box.top - before.get(row) + moved) > 1)) jumps += 1;
        if (taken === steps) return done({ gaps, jumps, blanks });
        taken += 1;
        before = new Map(now.map(([row, box]) => [row, box.top]));
        const from = view.scrollTop;
        view.scrollTop += by;
        moved = view.scrollTop - from;
        requestAnimationFrame(frame);
    };
    const frame = (time) => {
        if (last) gaps.push(time - last);
        last = time;
        setTimeout(painted);
    };
    requestAnimationFrame(frame);";

/// Emits the figures.
///
/// # Errors
/// When the window does not do what a person asks.
pub async fn long_conversation(window: &Window<'_>, server: &Server) -> Result<()> {
    let model = json!({ "provider": "ollama", "name": ollama::LLAMA });
    for from in (0..EXCHANGES).step_by(BATCH) {
        for n in from..from + BATCH {
            let body = ollama::line(&answer(n)) + &ollama::last_line("stop");
            server.script("/api/chat", Reply::new(200, "application/x-ndjson", body));
        }
        let problem = window.script(ASK, vec![model.clone(), from.into(), (from + BATCH).into()], true).await?;
        ensure!(problem.is_null(), "the conversation could not be made: {problem}");
    }
    window.script(OPEN, Vec::new(), false).await?;
    let all = EXCHANGES * 2;
    window
        .eventually("every message", async || {
            let rows = window.script(ROWS, Vec::new(), false).await?;
            Ok((rows.as_u64() == Some(all as u64)).then_some(()))
        })
        .await?;
    window.reads(&format!("Question {}?", EXCHANGES - 1)).await?;
    // Nobody scrolls in the moment of opening, whose frames are its own.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut gaps = Vec::new();
    let mut count = [0.0, 0.0];
    for (by, steps) in WAYS {
        let seen = window.script(SCROLL, vec![by.into(), steps.into()], true).await?;
        gaps.extend(numbers(&seen["gaps"]));
        for (sum, name) in count.iter_mut().zip(["jumps", "blanks"]) {
            *sum += seen.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        }
    }
    let longest = gaps.iter().copied().fold(0.0, f64::max);
    Series::of("scrolling_frame_gap", "ms", gaps).emit();
    Series::of("scrolling_longest_frame", "ms", vec![longest]).emit();
    Series::of("scrolling_jumps", "steps", vec![count[0]]).emit();
    Series::of("scrolling_blanks", "steps", vec![count[1]]).emit();
    Ok(())
}

/// Of many lengths, and with what is drawn late: formulas and code.
fn answer(n: usize) -> String {
    let prose = "Each review that succeeds makes the memory **more stable**, so that the next one can wait longer. ";
    let mut parts: Vec<String> = (0..=n * 7 % 11).map(|of| prose.repeat(1 + (n + of) % 4)).collect();
    match n % 5 {
        1 => parts.push(format!("- one *thing*\n- another with $R = e^{{-t/{n}}}$")),
        2 => parts.push(format!("| a | b |\n|---|---|\n| {n} | `x` |")),
        3 => parts.push(format!("```rust\nfn step_{n}() -> usize {{\n    {n}\n}}\n```")),
        4 => parts.push(format!("$$\\int_0^{{{n}}} x^2 \\, dx$$")),
        _ => {}
    }
    parts.join("\n\n")
}

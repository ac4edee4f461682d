//! The stand-in servers speak the real protocols: the vendors' own clients (npm: `ollama`, `@anthropic-ai/sdk`) say so.

use std::{path::Path, time::Duration};

use support::{
    claude,
    http::{Reply, Step},
    ollama,
};
use tokio::process::Command;

/// Runs a script of tests/clients and returns what it printed.
async fn client(script: &str, url: &str) -> String {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
    assert!(
        clients.join("node_modules/ollama").is_dir() && clients.join("node_modules/@anthropic-ai/sdk").is_dir(),
        "the vendors' clients are not installed: run `npm ci` in {}",
        clients.display()
    );
    let run = Command::new("node")
        .arg(script)
        .current_dir(&clients)
        .env("STANDIN_URL", url)
        .env("STANDIN_KEY", claude::KEY)
        .env_remove("ANTHROPIC_API_KEY")
        .env_remove("ANTHROPIC_AUTH_TOKEN")
        .env("NO_PROXY", "127.0.0.1")
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(60), run)
        .await
        .expect("the client ends in time")
        .expect("node is installed (version 20)");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{script}:\n{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    printed
}

#[tokio::test]
async fn ollamas_own_client_understands_the_stand_in() {
    let server = ollama::start().await;
    let half = ollama::line("Half ");
    let error = "{\"error\":\"an error was encountered while running the model\"}\n";
    server.script_for("/api/chat", "error line", ollama::stream(&[half.as_bytes(), error.as_bytes()]));
    server.script_for("/api/chat", "no last line", ollama::stream(&[half.as_bytes()]));
    let printed = client("ollama.mjs", &server.url()).await;
    assert_eq!(printed.lines().count(), 12, "{printed}");
}

#[tokio::test]
async fn anthropics_own_client_understands_the_stand_in() {
    let server = claude::start().await;
    let overloaded = || claude::error(529, "overloaded_error", "Overloaded");
    let opening = claude::opening() + &claude::piece("Half ");
    let broken = claude::error_event("overloaded_error", "Overloaded");
    let replies: [(&str, Reply); 5] = [
        ("limited", claude::error(429, "rate_limit_error", "Too many").header("retry-after", "7")),
        ("overloaded", overloaded()),
        ("error event", claude::stream(&[opening.as_bytes(), broken.as_bytes()])),
        ("connection cut", claude::stream(&[opening.as_bytes()]).then(Step::Cut)),
        ("retried", overloaded().header("retry-after-ms", "1")),
    ];
    for (holds, reply) in replies {
        server.script_for("/v1/messages", holds, reply);
    }
    let printed = client("claude.mjs", &server.url()).await;
    assert_eq!(printed.lines().count(), 15, "{printed}");
}

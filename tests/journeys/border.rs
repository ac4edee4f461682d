//! The border: every command is declared, granted and served; nothing but the web leaves the program; every error has
//! the code that the interface goes by.

use std::{collections::BTreeSet, time::Duration};

use memoryloop::{
    bindings,
    commands::names::COMMANDS,
    error::{ErrorCode, IpcError},
    external,
};
use memoryloop_core::{Error, llm::LlmError};

fn config() -> serde_json::Value {
    serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap()
}

#[test]
fn every_command_is_served_declared_and_granted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bindings.ts");
    memoryloop::export_bindings(&file).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    // What the generated file invokes is what the one Builder serves.
    let served: BTreeSet<_> =
        text.split("__TAURI_INVOKE(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let declared: BTreeSet<_> = COMMANDS.iter().copied().collect();
    assert_eq!(served, declared);
    assert_eq!(declared.len(), COMMANDS.len(), "none twice");

    let capabilities = &config()["app"]["security"]["capabilities"];
    assert_eq!(capabilities.as_array().map(Vec::len), Some(1));
    assert_eq!(capabilities[0]["windows"], serde_json::json!(["main"]));
    let granted: BTreeSet<_> =
        capabilities[0]["permissions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    let mut wanted: BTreeSet<_> = COMMANDS.iter().map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
    wanted.extend(["core:event:allow-listen", "core:event:allow-unlisten"].map(String::from));
    assert_eq!(granted, wanted);
}

#[test]
fn the_page_is_locked_in() {
    let config = config();
    assert_eq!(config["app"]["withGlobalTauri"], false);
    let csp = config["app"]["security"]["csp"].as_str().unwrap();
    for rule in ["default-src 'self'", "script-src 'self'", "object-src 'none'", "frame-src 'none'", "base-uri 'none'"]
    {
        assert!(csp.contains(rule), "{rule}");
    }
    assert!(!csp.contains("unsafe-eval") && !csp.contains("script-src 'self' 'unsafe-inline'"));
    let _ = bindings();
}

#[test]
fn only_the_web_and_mail_leave_the_program() {
    for good in ["https://ollama.com/download", "http://a.b/c?d#e", " https://example.org ", "mailto:a@example.org"] {
        assert!(external::checked(good).is_ok(), "{good}");
    }
    let bad = [
        "",
        "ollama.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a/b",
        "smb://a/b",
        "vscode://x",
        "tauri://localhost",
        "https://",
        "-h",
        "/bin/sh",
    ];
    for bad in bad {
        let error = external::checked(bad).unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{bad}");
    }
}

#[test]
fn an_error_brings_its_code_its_sentence_and_how_long_to_wait() {
    let limited =
        |wait: u64| LlmError::RateLimited { provider: "Claude", retry_after: Some(Duration::from_millis(wait)) };
    let told = IpcError::from(Error::from(limited(1_200)));
    assert_eq!((told.code, told.retry_after_seconds), (ErrorCode::RateLimited, Some(2)));
    assert!(told.message.starts_with("Claude asks to wait"));
    assert_eq!(IpcError::from(Error::StaleCard).retry_after_seconds, None);
    let json = serde_json::to_value(IpcError::from(Error::NotSignedIn)).unwrap();
    assert_eq!(json["code"], "not_signed_in");
    assert!(json["retryAfterSeconds"].is_null());
    let model = LlmError::Reported { provider: "Ollama", message: "x".into() };
    assert_eq!(serde_json::to_value(IpcError::from(Error::from(model))).unwrap()["code"], "model_error");
}

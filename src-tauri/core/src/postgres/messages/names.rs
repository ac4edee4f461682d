//! How roles, states and kinds are called in the database.

use serde_json::Value;

use crate::{
    Error, Result,
    chat::{MessageStatus, ProblemKind, Role},
    llm::Provider,
};

pub(super) fn tokens(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or(u32::MAX)
}

pub(crate) fn provider_name(provider: Provider) -> &'static str {
    match provider {
        Provider::Ollama => "ollama",
        Provider::Claude => "claude",
    }
}

pub(crate) fn provider_of(name: &str) -> Result<Provider> {
    match name {
        "ollama" => Ok(Provider::Ollama),
        "claude" => Ok(Provider::Claude),
        other => Err(Error::Internal(format!("the database names a provider that is not known: {other}"))),
    }
}

pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

pub(super) fn role_of(name: &str) -> Result<Role> {
    match name {
        "user" => Ok(Role::User),
        "assistant" => Ok(Role::Assistant),
        other => Err(Error::Internal(format!("the database names a role that is not known: {other}"))),
    }
}

pub(super) fn status_name(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Streaming => "streaming",
        MessageStatus::Complete => "complete",
        MessageStatus::Interrupted => "interrupted",
        MessageStatus::Failed => "failed",
    }
}

pub(super) fn status_of(name: &str) -> Result<MessageStatus> {
    match name {
        "streaming" => Ok(MessageStatus::Streaming),
        "complete" => Ok(MessageStatus::Complete),
        "interrupted" => Ok(MessageStatus::Interrupted),
        "failed" => Ok(MessageStatus::Failed),
        other => Err(Error::Internal(format!("the database names a status that is not known: {other}"))),
    }
}

/// As it crosses the border to the window.
pub(super) fn kind_name(kind: ProblemKind) -> String {
    serde_json::to_value(kind).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// One that a newer program stored is none that this one knows.
pub(super) fn kind_of(name: &str) -> ProblemKind {
    serde_json::from_value(Value::from(name)).unwrap_or(ProblemKind::Unknown)
}

//! Time as the program stores it, and the clock that is passed in so that tests own time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use specta::Type;

/// Milliseconds since 1970-01-01T00:00:00Z. May be negative; never a local time.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type, sqlx::Type,
)]
#[serde(transparent)]
#[specta(transparent)]
#[sqlx(transparent)]
pub struct UnixMillis(#[specta(type = f64)] pub i64);

impl UnixMillis {
    pub const SECOND: i64 = 1_000;
    pub const MINUTE: i64 = 60 * Self::SECOND;
    pub const DAY: i64 = 86_400 * Self::SECOND;

    /// This moment moved by `millis`; saturates instead of overflowing.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this moment; negative when the clock has jumped back.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// What the time is. Only the shell has one that reads the machine's clock.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> UnixMillis;
}

pub type SharedClock = Arc<dyn Clock>;

//! The machine's clock; the only place that reads it.

use std::time::{SystemTime, UNIX_EPOCH};

use memoryloop_core::time::{Clock, UnixMillis};

pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

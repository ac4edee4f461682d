//! A clock that a test owns.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use memoryloop_core::time::{Clock, UnixMillis};

/// Stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// Noon (UTC) of 23 November 2026.
    pub const NOON: UnixMillis = UnixMillis(1_795_435_200_000);

    #[must_use]
    pub fn at_noon() -> Arc<Self> {
        Self::at(Self::NOON)
    }

    #[must_use]
    pub fn at(now: UnixMillis) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now.0)))
    }

    pub fn set(&self, now: UnixMillis) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Moves the clock by `millis`, backwards when negative.
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }
}

//! Simulating the person's own cards. A slider asks again before the last answer is there, so only the newest request counts.

use tokio_util::sync::CancellationToken;

use super::Learning;
use crate::{
    error::{Error, Result},
    review::{
        optimise::{Simulation, SimulationRequest},
        simulate::{Habits, Start},
    },
};

impl Learning {
    /// What the days from today on would bring. An older request that still runs ends as `Cancelled`.
    ///
    /// # Errors
    /// `InvalidInput` that says what is out of range; `Cancelled`; `Internal`.
    pub async fn simulate(&self, request: SimulationRequest) -> Result<Simulation> {
        request.check()?;
        let newest = CancellationToken::new();
        std::mem::replace(&mut *self.work.simulation.lock(), newest.clone()).cancel();
        tokio::select! {
            simulation = self.simulate_until(request, newest.clone()) => simulation,
            () = newest.cancelled() => Err(Error::Cancelled),
        }
    }

    async fn simulate_until(&self, request: SimulationRequest, cancel: CancellationToken) -> Result<Simulation> {
        let (now, scheduler, habits) = (self.clock.now(), self.scheduler(), self.habits().await?);
        let (stored, schedules) = (self.options.read(), self.schedules());
        let simulate = move || {
            let (weights, options) = (stored.weights(), stored.options);
            Start::new(schedules.values(), now, scheduler.days(), options, &weights, habits)?
                .simulate(&request, &cancel)
        };
        tokio::task::spawn_blocking(simulate).await.map_err(Error::internal)?
    }

    async fn habits(&self) -> Result<Habits> {
        let scheduler = self.scheduler();
        let today = scheduler.days().day(self.clock.now());
        if let Some((_, habits)) = self.work.habits.lock().filter(|(day, _)| *day == today) {
            return Ok(habits);
        }
        let history = self.store.history().await?;
        let end = scheduler.days().start(today.saturating_add(1));
        let find = move || Habits::of(&history, end);
        let habits = tokio::task::spawn_blocking(find).await.map_err(Error::internal)?;
        *self.work.habits.lock() = Some((today, habits));
        Ok(habits)
    }
}

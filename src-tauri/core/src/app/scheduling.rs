//! How reviews are scheduled: options, fitting, simulating, rebuilding.

use super::App;
use crate::{
    Result,
    review::{
        Progress, Rebuilt,
        optimise::{OptimiseProgress, OptimiseReport, ReschedulePreview, Simulation, SimulationRequest},
        options::{ReviewOptions, Scheduling},
    },
};

impl App {
    /// # Errors
    /// `NotSignedIn`
    pub async fn scheduling(&self) -> Result<Scheduling> {
        Ok(self.session()?.learning().await?.scheduling())
    }

    /// # Errors
    /// `InvalidInput` that says what is out of range; `NotWritable`, `DiskFull`.
    pub async fn set_review_options(&self, options: ReviewOptions) -> Result<Scheduling> {
        let session = self.session()?;
        let scheduling = session.learning().await?.set_review_options(options).await?;
        session.tell_counts();
        Ok(scheduling)
    }

    pub async fn optimise(&self, _tell: impl Fn(OptimiseProgress) + Send + Sync + 'static) -> Result<OptimiseReport> { todo() }
    pub async fn cancel_optimise(&self) -> Result<()> { todo() }
    pub async fn undo_optimise(&self) -> Result<Scheduling> { todo() }
    pub async fn preview_reschedule(&self) -> Result<ReschedulePreview> { todo() }
    pub async fn reschedule(&self) -> Result<u32> { todo() }
    pub async fn simulate(&self, _request: SimulationRequest) -> Result<Simulation> { todo() }
    pub async fn rebuild_schedules(&self, _tell: impl Fn(Progress) + Send + Sync + 'static) -> Result<Rebuilt> { todo() }
}

fn todo<T>() -> Result<T> { Err(crate::Error::Internal("not built yet".into())) }

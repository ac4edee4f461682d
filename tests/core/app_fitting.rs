//! Fitting through the whole program: one at a time, and never longer than the session.

use std::{
    sync::{Mutex, mpsc},
    time::Duration,
};

use memoryloop_core::{
    Error,
    review::optimise::{OptimiseOutcome, OptimiseProgress, OptimiseStage},
};

use crate::app::{Home, ada};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fitting_ends_with_its_session() {
    let home = Home::new().await;
    let app = home.open_with(home.config());
    assert!(matches!(app.optimise(|_| {}).await, Err(Error::NotSignedIn)));
    ada(&app).await;
    app.cancel_optimise().await.unwrap();
    assert_eq!(app.optimise(|_| {}).await.unwrap().outcome, OptimiseOutcome::TooFew);
    let (reached, at_work) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    // Stands still as soon as it has begun, without holding up the runtime.
    let tell = move |progress: OptimiseProgress| {
        if progress.stage == OptimiseStage::Reading && progress.done == 0 {
            reached.send(()).unwrap();
            tokio::task::block_in_place(|| wait.lock().unwrap().recv().unwrap());
        }
    };
    let fitting = tokio::spawn({
        let app = app.clone();
        async move { app.optimise(tell).await }
    });
    tokio::task::spawn_blocking(move || at_work.recv_timeout(PATIENCE).unwrap()).await.unwrap();
    assert!(matches!(app.optimise(|_| {}).await, Err(Error::Busy(_))));
    let closing = tokio::spawn({
        let app = app.clone();
        async move { app.close().await }
    });
    while app.profile().is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!closing.is_finished(), "it does not close while a fitting runs");
    go_on.send(()).unwrap();
    closing.await.unwrap();
    let ended = tokio::time::timeout(PATIENCE, fitting).await.unwrap().unwrap();
    assert!(matches!(ended, Err(Error::Cancelled)), "{ended:?}");
}

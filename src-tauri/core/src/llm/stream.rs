//! A stream written as the code that feeds it.
//!
//! Reading an answer is a loop with waits in it; a stream is a thing that is polled. This joins the two without a task
//! of its own, so that dropping the stream drops the loop, and with it the connection.

use std::{future::Future, task::Poll};

use futures::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use tokio::sync::mpsc;

/// Where the code puts what the stream yields. Sending waits until the last one was taken.
pub(super) struct Emit<T>(mpsc::Sender<T>);

impl<T> Emit<T> {
    pub(super) async fn send(&self, item: T) {
        // It fails only when the stream is gone, and then this code is gone with it.
        let _ = self.0.send(item).await;
    }
}

/// The stream of what `work` emits, and of its error at the end if it fails.
pub(super) fn emitting<T, E, F, W>(work: W) -> BoxStream<'static, Result<T, E>>
where
    T: Send + 'static,
    E: Send + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    W: FnOnce(Emit<T>) -> F,
{
    let (sender, mut receiver) = mpsc::channel(1);
    let mut work: Option<BoxFuture<'static, Result<(), E>>> = Some(work(Emit(sender)).boxed());
    let mut failure = None;
    stream::poll_fn(move |context| {
        if let Some(Poll::Ready(result)) = work.as_mut().map(|work| work.poll_unpin(context)) {
            failure = result.err();
            // Drops the sender, so that the receiver ends after what is still in it.
            work = None;
        }
        match receiver.poll_recv(context) {
            Poll::Ready(Some(item)) => Poll::Ready(Some(Ok(item))),
            Poll::Ready(None) => Poll::Ready(failure.take().map(Err)),
            Poll::Pending => Poll::Pending,
        }
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_error_comes_after_everything_emitted() {
        let stream = emitting(|emit| async move {
            for number in 0..5 {
                emit.send(number).await;
                tokio::task::yield_now().await;
            }
            Err("end")
        });
        let all: Vec<Result<i32, &str>> = stream.collect().await;
        assert_eq!(all, [Ok(0), Ok(1), Ok(2), Ok(3), Ok(4), Err("end")]);
    }

    #[tokio::test]
    async fn dropping_the_stream_drops_the_work() {
        let held = std::sync::Arc::new(());
        let inner = held.clone();
        let mut stream = emitting(|emit| async move {
            emit.send(1).await;
            std::future::pending::<()>().await;
            drop(inner);
            Ok::<(), ()>(())
        });
        assert_eq!(stream.next().await, Some(Ok(1)));
        drop(stream);
        assert_eq!(std::sync::Arc::strong_count(&held), 1);
    }
}

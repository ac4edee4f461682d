//! A streamed answer from a connection: its bytes are read as they come, and silence ends it.

use std::time::Duration;

use reqwest::Response;

use super::{
    LlmError, StreamEvent,
    http::Endpoint,
    reading::{Broken, Piece, Reader, Reading},
    stream::Emit,
};

impl From<Piece> for StreamEvent {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::Text(text) => Self::Text(text),
            Piece::Thoughts(text) => Self::Thoughts(text),
            Piece::Usage(usage) => Self::Usage(usage),
            Piece::Done { stop, usage } => Self::Done { stop, usage },
        }
    }
}

/// Passes an answer on to its end; its first bytes may take `first`. `said` is what an error of the provider's means, by
/// its kind and its text.
///
/// # Errors
/// Why it ended before; what came until then was passed on.
pub(super) async fn pass_on<R: Reading + Send>(
    endpoint: &Endpoint,
    mut response: Response,
    first: Duration,
    reading: R,
    emit: &Emit<StreamEvent>,
    said: impl Fn(&str, &str) -> LlmError + Send + Sync,
) -> Result<(), LlmError> {
    endpoint.refuse_page(&response)?;
    let failure = |broken| match broken {
        Broken::Said { kind, message } => said(&kind, &message),
        Broken::NotTheProtocol(detail) => endpoint.not_the_protocol(detail),
        Broken::Endless => endpoint.reported("its answer does not end"),
        Broken::Cut => endpoint.cut(),
    };
    let (mut reader, mut wait) = (Reader::new(reading), first);
    loop {
        let ended = match endpoint.chunk(&mut response, wait).await {
            Ok(Some(bytes)) => reader.push(bytes.as_ref()).map_err(failure),
            Ok(None) => reader.end().map(|()| true).map_err(failure),
            Err(error) => {
                reader.break_off();
                Err(error)
            }
        };
        wait = endpoint.patience.silence;
        for piece in reader.told() {
            emit.send(piece.into()).await;
        }
        if ended? {
            return Ok(());
        }
    }
}

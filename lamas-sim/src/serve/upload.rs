//! A request's body on its way in: how long it may take, and how much of it is held.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::http::StatusCode;
use futures::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::error::ApiError;
use super::limits::Limits;

/// Takes bodies in, none of them slower or larger than allowed, nor all of them together larger.
#[derive(Debug)]
pub(super) struct Uploads {
    limits: Limits,
    /// Bytes that may still come.
    room: Arc<Semaphore>,
}

/// A body that is there, and its share of the room for all of them.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) bytes: Vec<u8>,
    _share: Option<OwnedSemaphorePermit>,
}

impl Uploads {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, room: Arc::new(Semaphore::new(limits.all_bodies.min(Semaphore::MAX_PERMITS))) }
    }

    /// Reads a body to its end.
    ///
    /// # Errors
    /// 408 where it comes too slowly, 413 where it is too large, 503 where all bodies together are, 400 where it breaks
    /// off.
    pub(super) async fn read(&self, body: Body) -> Result<Upload, ApiError> {
        // What says that it is too large need not be waited for.
        if body.size_hint().lower() > self.limits.body_bytes as u64 {
            return Err(self.too_large());
        }
        let deadline = Instant::now() + self.limits.body;
        let mut pieces = body.into_data_stream();
        let (mut bytes, mut share) = (Vec::new(), None);
        while let Some(piece) = timeout_at(deadline, pieces.next()).await.map_err(|_| self.late())? {
            let piece = piece.map_err(|error| ApiError::invalid(None, format!("the body breaks off: {error}")))?;
            if bytes.len() + piece.len() > self.limits.body_bytes {
                return Err(self.too_large());
            }
            self.take(piece.len(), &mut share)?;
            bytes.extend_from_slice(&piece);
        }
        Ok(Upload { bytes, _share: share })
    }

    fn take(&self, bytes: usize, share: &mut Option<OwnedSemaphorePermit>) -> Result<(), ApiError> {
        let taken =
            u32::try_from(bytes).ok().and_then(|bytes| Arc::clone(&self.room).try_acquire_many_owned(bytes).ok());
        let taken = taken.ok_or_else(|| {
            ApiError::server(StatusCode::SERVICE_UNAVAILABLE, "too many large requests at once; try again")
        })?;
        match share {
            Some(share) => share.merge(taken),
            None => *share = Some(taken),
        }
        Ok(())
    }

    fn late(&self) -> ApiError {
        let message = format!("the body did not come within {} s", self.limits.body.as_secs_f64());
        ApiError::invalid(None, message).with_status(StatusCode::REQUEST_TIMEOUT)
    }

    fn too_large(&self) -> ApiError {
        let message = format!("the body is larger than {} bytes; send less text", self.limits.body_bytes);
        ApiError::invalid(None, message).with_status(StatusCode::PAYLOAD_TOO_LARGE)
    }
}

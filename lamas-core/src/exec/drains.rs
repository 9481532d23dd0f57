//! Entrants that run on behind the answer, where a race wants that.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use super::lanes::Out;
use crate::trace::SpanId;

/// An entrant that was still out when its race was decided, and ran on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drained {
    /// Its place among the operators of its layer.
    pub(super) operator: usize,
    pub(super) group: SpanId,
}

type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// All that runs on behind the answers of an episode.
#[derive(Default)]
pub(super) struct Drains<'a>(Mutex<Vec<Work<'a>>>);

impl<'a> Drains<'a> {
    /// What comes of it is in its spans; nobody waits for it.
    pub(super) fn add(&self, out: Out<'a>) {
        self.work().push(Box::pin(async move { drop(out.home().await) }));
    }

    /// Works on the episode, and on what runs on beside it.
    pub(super) async fn beside<T>(&self, episode: impl Future<Output = T>) -> T {
        let mut episode = pin!(episode);
        poll_fn(|context| {
            let done = episode.as_mut().poll(context);
            self.poll(context);
            done
        })
        .await
    }

    /// Waits until all of it has ended.
    pub(super) async fn end(&self) {
        poll_fn(|context| if self.poll(context) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    fn poll(&self, context: &mut Context<'_>) -> bool {
        let mut work = self.work();
        work.retain_mut(|work| work.as_mut().poll(context).is_pending());
        work.is_empty()
    }

    fn work(&self) -> MutexGuard<'_, Vec<Work<'a>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

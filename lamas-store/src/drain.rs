//! Calls that go on behind whoever dropped them.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use lamas_core::chat::{ChatError, ChatResponse};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

pub(super) type Call = Pin<Box<dyn Future<Output = Result<ChatResponse, ChatError>> + Send>>;

/// The calls that nobody waits for any more.
#[derive(Default)]
pub(super) struct Outstanding(Mutex<JoinSet<()>>);

impl Outstanding {
    fn goes_on(&self, call: Call) {
        // Without a runtime, which ends with its process, nothing can go on.
        if let Ok(runtime) = Handle::try_current() {
            let mut calls = self.calls();
            while calls.try_join_next().is_some() {}
            calls.spawn_on(
                async {
                    if let Err(error) = call.await {
                        tracing::warn!("a call that goes on behind its answer failed: {error}");
                    }
                },
                &runtime,
            );
        }
    }

    /// Waits until all have ended.
    pub(super) async fn ended(&self) {
        loop {
            let mut calls = std::mem::take(&mut *self.calls());
            if calls.is_empty() {
                return;
            }
            while calls.join_next().await.is_some() {}
        }
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way. Dropped before its end, it ends, or goes on where there is a place for such calls.
pub(super) struct Asking {
    pub(super) call: Option<Call>,
    pub(super) outstanding: Option<Arc<Outstanding>>,
}

impl Future for Asking {
    type Output = Result<ChatResponse, ChatError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(call) = &mut self.call else { return Poll::Pending };
        let answer = ready!(call.as_mut().poll(context));
        self.call = None;
        Poll::Ready(answer)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let (Some(call), Some(outstanding)) = (self.call.take(), &self.outstanding) {
            outstanding.goes_on(call);
        }
    }
}

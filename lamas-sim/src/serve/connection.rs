//! Sockets: accepted, kept, reset on request, and let to end.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::Service;

/// How long answers on their way may take after the server was told to end.
const GRACE: Duration = Duration::from_secs(10);
/// How long to wait when the system gives no more sockets.
const PAUSE: Duration = Duration::from_millis(20);

/// A request's way to its connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Link(Arc<Notify>);

impl Link {
    /// Ends the connection with a reset instead of an answer.
    pub(super) fn reset(&self) {
        self.0.notify_one();
    }
}

/// Serves connections until `shutdown` is ready, and those that are open then until their answers are out.
pub(super) async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let (closing, closed) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => _ = connections.spawn(connection(stream, router.clone(), closed.clone())),
                Err(error) => {
                    tracing::warn!("no connection can be accepted for now: {error}");
                    sleep(PAUSE).await;
                }
            },
            // Takes what has ended out of the set.
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    closing.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    // What is still open after that ends with the set.
    let _ended = timeout(GRACE, all).await;
}

/// What becomes of a connection.
enum Next {
    /// It has ended.
    Over(hyper::Result<()>),
    /// It is to be reset.
    Reset,
    /// It takes no further request.
    LastAnswer,
}

async fn connection(stream: TcpStream, router: Router, mut closing: watch::Receiver<bool>) {
    // Events are small and must not wait for one another.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("a connection ended before it began: {error}");
        return;
    }
    let link = Link::default();
    let service = service_fn(|mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(link.clone());
        router.clone().call(request.map(Body::new))
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut open = true;
    loop {
        let next = tokio::select! {
            ended = &mut connection => Next::Over(ended),
            () = link.0.notified() => Next::Reset,
            _ = closing.wait_for(|closing| *closing), if open => Next::LastAnswer,
        };
        match next {
            Next::Over(Ok(())) => return,
            Next::Over(Err(error)) => {
                tracing::debug!("a connection ended early: {error}");
                return;
            }
            Next::Reset => break,
            Next::LastAnswer => {
                open = false;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    }
    // With no time to linger, closing sends a reset.
    let stream = connection.into_parts().io.into_inner();
    if let Err(error) = stream.set_zero_linger() {
        tracing::warn!("a connection ends without the reset that was asked for: {error}");
    }
}

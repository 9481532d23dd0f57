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
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::Service;

use super::limits::Limits;
use super::socket::Socket;

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
pub(super) async fn serve(listener: TcpListener, router: Router, limits: Limits, shutdown: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let (closing, closed) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &places) => match accepted {
                Ok((stream, place)) => {
                    let connection = connection(stream, router.clone(), limits, closed.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
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

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> std::io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
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

async fn connection(stream: TcpStream, router: Router, limits: Limits, mut closing: watch::Receiver<bool>) {
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
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_header_size(limits.head_bytes)
        .serve_connection(TokioIo::new(Socket::new(stream, limits.unread)), service);
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
    let stream = connection.into_parts().io.into_inner().into_inner();
    if let Err(error) = stream.set_zero_linger() {
        tracing::warn!("a connection ends without the reset that was asked for: {error}");
    }
}

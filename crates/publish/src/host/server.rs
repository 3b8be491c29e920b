//! HTTP around a [`Host`]: connections, the access log, a clean end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::ListenerExt;
use futures_util::StreamExt;
use http::header::CONTENT_LENGTH;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Host, log};
use crate::publisher::now;

/// How long answers that have begun may go on after the signal to end.
const GRACE: Duration = Duration::from_secs(3);

/// Takes one line of the access log.
pub type AccessLog = Arc<dyn Fn(&str) + Send + Sync>;

/// How much of a body that nobody wants is read before the answer, in bytes, and for how long. A
/// connection that is closed over an unread body is reset, and the client loses the answer.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
const BODY_WAIT: Duration = Duration::from_secs(30);

/// What a server does beside answering.
#[derive(Clone, Default)]
pub struct ServerOptions {
    /// Gets a line for every answer; none keeps no log.
    pub access_log: Option<AccessLog>,
    /// Routes that come before the folder: the tracker's.
    pub beside: Router,
}

/// A host on a socket.
pub struct Server {
    host: Arc<Host>,
    options: ServerOptions,
}

impl Server {
    /// Serves this host.
    #[must_use]
    pub fn new(host: Host, options: ServerOptions) -> Self {
        Self {
            host: Arc::new(host),
            options,
        }
    }

    /// Answers until `stop`, then lets begun answers end for three seconds.
    ///
    /// # Errors
    /// What the socket says.
    pub async fn run(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let host = self.host;
        let content = move |request: Request| {
            let host = Arc::clone(&host);
            async move {
                let (parts, body) = request.into_parts();
                read_away(body).await;
                host.respond(parts.method, parts.uri, parts.headers).await
            }
        };
        let mut routes = self.options.beside.fallback(content);
        if let Some(access_log) = self.options.access_log {
            routes = routes.layer(from_fn_with_state(access_log, write_log));
        }
        let (ending, mut ended) = watch::channel(false);
        let mut ending_soon = ended.clone();
        tokio::spawn(async move {
            stop.await;
            let _nobody_waits = ending.send(true);
        });
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        // Heads and nodes are small and wanted at once. Where that cannot be set, they come later.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
            let _sender_gone = ending_soon.wait_for(|ending| *ending).await;
        });
        tokio::select! {
            result = serving => result,
            () = async {
                let _sender_gone = ended.wait_for(|ending| *ending).await;
                tokio::time::sleep(GRACE).await;
            } => Ok(()),
        }
    }
}

async fn write_log(
    State(access_log): State<AccessLog>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    let length = response.headers().get(CONTENT_LENGTH);
    let bytes = length.and_then(|length| length.to_str().ok()?.parse().ok());
    access_log(&log::line(
        peer,
        now(),
        &method,
        &uri,
        response.status(),
        bytes,
    ));
    response
}

/// Reads a body and forgets it.
async fn read_away(body: Body) {
    let mut chunks = body.into_data_stream();
    let reading = async {
        let mut len = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            len += chunk.len();
            if len > BODY_BYTES_MAX {
                break;
            }
        }
    };
    // Late is as good as too long.
    let _late = tokio::time::timeout(BODY_WAIT, reading).await;
}

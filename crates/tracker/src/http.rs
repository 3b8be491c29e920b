//! From a TCP connection to a WebSocket: the HTTP part of the tracker.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use swarmfetch_content::text::hex_into;
use swarmfetch_wire::tracker::{InfoHash, REQUEST_BYTES_MAX};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::hub::Hub;
use crate::{TRACKER_PATH, TrackerConfig, origin, socket};

/// Longest WebSocket frame, in bytes. As `aquatic_ws`.
const FRAME_BYTES_MAX: usize = 16 * 1024;

/// Read buffer of a socket, in bytes: most messages of ours fit, and tens of thousands of sockets fit in memory.
const READ_BUFFER_BYTES: usize = 2 * 1024;

/// Longest request head, in bytes; hyper takes no less.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// Headers of a request: browsers send about 20.
const HEADERS_MAX: usize = 64;

/// A request's head must be there within this time.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// Connections that have not said yet what they want. More are closed at once: a flood of silent ones must not use
/// up the files that honest ones need.
const HANDSHAKES_MAX: usize = 20_000;

/// A pause after a failed accept, which comes of too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A tracker for a site's server. Clones are the same.
#[derive(Clone)]
pub struct Tracker(Hub);

impl Tracker {
    /// One without clients.
    #[must_use]
    pub fn new(config: TrackerConfig) -> Self {
        Self(Hub::new(config))
    }

    /// It as a route, at [`TRACKER_PATH`], to be called within a tokio runtime.
    ///
    /// Clients are told apart by the `ConnectInfo<SocketAddr>` extension of their requests, which the server must supply
    /// (`into_make_service_with_connect_info`); without it all count as one address.
    pub fn router(&self) -> Router {
        Router::new()
            .route(TRACKER_PATH, get(upgrade))
            .with_state(self.0.clone())
    }

    /// Tells the visitors of a site (by its id) that there is a version.
    pub fn publish(&self, site: &[u8; 16], version: u64) {
        self.0.publish(InfoHash::of_site(site), version);
    }

    /// How many of a site's visitors know which version; of those who say.
    #[must_use]
    pub fn versions(&self, site: &[u8; 16]) -> BTreeMap<u64, u64> {
        self.0.versions(InfoHash::of_site(site))
    }
}

/// Serves a tracker alone, on every path: foreign clients use whatever path their torrent says.
///
/// Ends when `shutdown` does, and tells the clients.
///
/// # Errors
/// None at present; failed connections are the clients' matter.
pub async fn run(
    listener: TcpListener,
    config: TrackerConfig,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let hub = Hub::new(config);
    let app = Router::new().fallback(get(upgrade)).with_state(hub.clone());
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, address)) => {
                if let Ok(permit) = Arc::clone(&handshakes).try_acquire_owned() {
                    let app = app.clone();
                    tokio::spawn(async move {
                        connection(stream, address, app).await;
                        drop(permit);
                    });
                }
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    hub.close();
    Ok(())
}

/// Speaks HTTP on one connection until it is upgraded or over.
async fn connection(stream: TcpStream, address: SocketAddr, app: Router) {
    // Messages are small and wanted at once.
    let _ = stream.set_nodelay(true);
    let app = app.layer(axum::Extension(ConnectInfo(address)));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
        .with_upgrades()
        .await;
    // Whatever went wrong is the client's doing, and it can see it.
    drop(served);
}

async fn upgrade(State(hub): State<Hub>, request: Request) -> Response {
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // An Origin that is no text is none that we know.
    let origin = headers
        .contains_key(header::ORIGIN)
        .then(|| text(header::ORIGIN).unwrap_or(""));
    if !origin::is_served(origin, text(header::HOST), &hub.config().origins) {
        return (
            StatusCode::FORBIDDEN,
            "this tracker does not serve your origin\n",
        )
            .into_response();
    }
    let address = client_address(&request, hub.config().trust_forwarded);
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade
            .max_message_size(REQUEST_BYTES_MAX)
            .max_frame_size(FRAME_BYTES_MAX)
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(2 * REQUEST_BYTES_MAX)
            .on_upgrade(move |socket| socket::serve(socket, hub, address)),
        Err(_) if parts.uri.query().is_some() => versions(&hub, parts.uri.query()),
        Err(_) => (
            StatusCode::UPGRADE_REQUIRED,
            [(header::UPGRADE, "websocket")],
            "a WebSocket tracker\n",
        )
            .into_response(),
    }
}

/// For who asks without a socket, by `?site=` and the site's id in 32 hex digits: how many of its visitors know which version, as JSON with the versions'
/// numbers as keys.
fn versions(hub: &Hub, query: Option<&str>) -> Response {
    let id = query.and_then(|query| query.strip_prefix("site="));
    let mut site = [0; 16];
    if id.and_then(|id| hex_into(id, &mut site)).is_none() {
        let wanted = "ask for ?site= and the site's id, 32 lower-case hex digits\n";
        return (StatusCode::BAD_REQUEST, wanted).into_response();
    }
    let versions = hub.versions(InfoHash::of_site(&site));
    let members: Vec<String> = versions
        .iter()
        .map(|(version, visitors)| format!("\"{version}\":{visitors}"))
        .collect();
    let body = format!("{{{}}}\n", members.join(","));
    let kind = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (kind, body).into_response()
}

fn client_address(request: &Request, trust_forwarded: bool) -> IpAddr {
    let direct = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let forwarded = trust_forwarded
        .then(|| forwarded(request.headers()))
        .flatten();
    forwarded
        .or(direct)
        .unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))
}

/// The address that the nearest proxy saw.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

//! `swarmfetch tracker`: the tracker alone, for sites that a plain static host serves.

use std::net::SocketAddr;

use swarmfetch_tracker::TrackerConfig;
use tokio::net::{TcpListener, UdpSocket};

use crate::failure::Failure;
use crate::signals::End;

/// Run the tracker and its STUN responder alone
#[derive(clap::Args)]
#[allow(rustdoc::bare_urls, reason = "shown in a terminal")]
pub(crate) struct Arguments {
    /// Where to listen, TCP and UDP; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// An origin to serve beside the tracker's own, such as https://example.org; * serves all
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// Take a client's address from the X-Forwarded-For of the reverse proxy in front
    #[arg(long)]
    trust_forwarded: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("no threads: {error}"), "end other programs"))?;
    let served = runtime.block_on(serve(arguments));
    runtime.shutdown_background();
    served
}

async fn serve(arguments: &Arguments) -> Result<(), Failure> {
    let end = End::listen();
    let wanted = arguments.listen;
    let failed = |error| {
        Failure::new(
            format!("cannot listen on {wanted}: {error}"),
            "name a free address with --listen",
        )
    };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let stun = UdpSocket::bind(address).await.map_err(failed)?;
    tokio::spawn(swarmfetch_tracker::run_stun(stun, end.clone().wait()));
    println!(
        "tracker on ws://{address}/, STUN on udp port {}",
        address.port()
    );
    let config = TrackerConfig {
        origins: arguments.origins.clone(),
        trust_forwarded: arguments.trust_forwarded,
        ..TrackerConfig::default()
    };
    swarmfetch_tracker::run(listener, config, end.wait())
        .await
        .map_err(|error| Failure::new(format!("the tracker stopped: {error}"), "start it again"))
}

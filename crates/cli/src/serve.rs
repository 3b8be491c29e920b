//! `swarmfetch serve`: publish, serve, introduce visitors to each other, publish again on change.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use swarmfetch_publish::config::Config;
use swarmfetch_publish::host::{AccessLog, Development, Live, Server, ServerOptions, State, Watch};
use swarmfetch_publish::publisher::Publisher;
use swarmfetch_publish::scripts::Scripts;
use swarmfetch_tracker::{Tracker, TrackerConfig};
use tokio::net::{TcpListener, UdpSocket};

use crate::adoption::Adoption;
use crate::choice::choose;
use crate::failure::Failure;
use crate::report;
use crate::signals::End;

/// Serve a folder as a static host, with a tracker, and publish it as it changes
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder to serve [default: the configuration's, else the current one]
    dir: Option<PathBuf>,
    /// The configuration [default: swarmfetch.toml in the current folder, else share everything but
    /// dot-files, with a development key]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// No access log
    #[arg(long)]
    quiet: bool,
}

pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let scripts = Scripts::embedded()?;
    let (config, config_file) = configuration(&arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("no threads: {error}"), "end other programs"))?;
    let served = runtime.block_on(serve(arguments, config, config_file, scripts));
    // Tasks that wait for visitors have nothing to finish.
    runtime.shutdown_background();
    served
}

/// The owner's configuration, or sensible rules with a development key.
fn configuration(arguments: &Arguments) -> Result<(Config, Option<PathBuf>), Failure> {
    if let Some(chosen) = choose(arguments.dir.as_deref(), arguments.config.as_deref())? {
        return Ok((chosen.config, Some(chosen.file)));
    }
    let dir = arguments.dir.clone().unwrap_or_else(|| ".".into());
    let development = Development::of(&dir)?;
    Ok((
        Config::sensible(dir, development.key, development.site),
        None,
    ))
}

async fn serve(
    arguments: Arguments,
    mut config: Config,
    config_file: Option<PathBuf>,
    scripts: Scripts,
) -> Result<(), Failure> {
    let end = End::listen();
    let (listener, address) = listen(arguments.listen).await?;
    match UdpSocket::bind(address).await {
        Ok(socket) => {
            config.stun_port = config.stun_port.or(Some(address.port()));
            tokio::spawn(swarmfetch_tracker::run_stun(socket, end.clone().wait()));
        }
        Err(error) => eprintln!(
            "swarmfetch: no STUN on UDP port {}: {error}: visitors behind NAT will not find each other",
            address.port()
        ),
    }
    let tracker = Tracker::new(TrackerConfig::default());
    let adoption = Adoption::new(tracker.clone(), config.site);
    let state = State::open(&config.dir, config.site)?;
    let elsewhere: Vec<&Path> = config_file.as_deref().into_iter().collect();
    let is_development = config_file.is_none();
    let live = Live::new(Publisher::open(config, &elsewhere, scripts)?, state);
    let summary = live.publish()?;
    let server = Server::new(
        live.host(),
        ServerOptions {
            access_log: (!arguments.quiet)
                .then(|| Arc::new(|line: &str| println!("{line}")) as AccessLog),
            beside: tracker.router(),
        },
    );
    println!("{}", report::headline(&summary));
    for line in report::details(&summary) {
        println!("{line}");
    }
    if is_development {
        println!(
            "no swarmfetch.toml: everything but dot-files may be shared, signed with a development key"
        );
    }
    greet(address, live.root().path());
    adoption.published(summary.version);
    tokio::spawn(adoption.clone().report());
    let watch = watch(live, adoption);
    let served = server.run(listener, end.wait()).await;
    drop(watch);
    served.map_err(|error| Failure::new(format!("the server stopped: {error}"), "start it again"))
}

async fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |error| {
        Failure::new(
            format!("cannot listen on {wanted}: {error}"),
            "name a free address with --listen",
        )
    };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn greet(address: SocketAddr, folder: &Path) {
    if !address.ip().is_loopback() {
        eprintln!(
            "swarmfetch: {address} is plain http beyond this machine: browsers run no service worker there: put https in front of it"
        );
    }
    let shown = if address.ip().is_unspecified() {
        SocketAddr::new([127, 0, 0, 1].into(), address.port())
    } else {
        address
    };
    println!("serving {} on http://{shown}/", folder.display());
}

fn watch(live: Live, adoption: Adoption) -> Watch {
    let watch = live.watch(move |published| match published {
        Ok(summary) => {
            println!("{}", report::headline(&summary));
            adoption.published(summary.version);
        }
        Err(error) => eprintln!("swarmfetch: not published: {}", Failure::from(error)),
    });
    if !watch.is_told() {
        eprintln!(
            "swarmfetch: the system does not tell of changes here: looking every other second"
        );
    }
    watch
}

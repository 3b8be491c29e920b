//! Where this worker runs, and the addresses that follow from it.

use swarmfetch_manifest::{Policy, SiteId};

pub(crate) struct Place {
    pub(crate) site: SiteId,
    /// `https://host:port`
    pub(crate) origin: String,
    /// The host without its port, brackets kept.
    host: String,
}

impl Place {
    /// `base` is the address of the script's folder.
    pub(crate) fn new(base: &str, site: SiteId) -> Option<Self> {
        let (scheme, rest) = base.split_once(':')?;
        let rest = rest.strip_prefix("//")?;
        let authority = rest.split('/').next()?;
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
            _ => authority,
        };
        Some(Self {
            site,
            origin: format!("{scheme}://{authority}"),
            host: host.to_owned(),
        })
    }

    /// The policy's trackers as WebSocket addresses; a path is one on this origin.
    pub(crate) fn trackers(&self, policy: &Policy) -> Vec<String> {
        policy
            .trackers
            .iter()
            .map(|it| match it.strip_prefix('/') {
                // http → ws, https → wss.
                Some(path) => format!(
                    "ws{}/{path}",
                    self.origin.strip_prefix("http").unwrap_or_default()
                ),
                None => it.clone(),
            })
            .collect()
    }

    /// The ICE servers: the one beside the site first.
    pub(crate) fn ice(&self, policy: &Policy) -> Vec<String> {
        let own = policy
            .stun_port
            .map(|port| format!("stun:{}:{port}", self.host));
        own.into_iter().chain(policy.ice.iter().cloned()).collect()
    }
}

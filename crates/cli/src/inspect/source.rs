//! Where a published site is read from: a folder, or its origin.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use swarmfetch_publish::address::Address;
use url::Url;

use crate::failure::Failure;

/// The most that is read of one of our files, in bytes: worker scripts and packs are below a megabyte.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The most content that is compared, in bytes; it is held in memory.
const CONTENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// How long an origin may take for one answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(60);

/// A published site.
pub(crate) enum Source {
    Folder(PathBuf),
    Origin { agent: ureq::Agent, origin: Url },
}

impl Source {
    /// The site that is meant, and the page if one is.
    pub(crate) fn of(path_or_url: &str) -> Result<(Self, Option<Address>), Failure> {
        if !path_or_url.starts_with("http://") && !path_or_url.starts_with("https://") {
            return Ok((Self::Folder(path_or_url.into()), None));
        }
        let url = Url::parse(path_or_url).map_err(|error| {
            Failure::new(
                format!("{path_or_url}: {error}"),
                "write it as in the browser's address bar",
            )
        })?;
        let mut origin = url.clone();
        origin.set_path("/");
        origin.set_query(None);
        origin.set_fragment(None);
        let page = Address::of_file("")
            .resolve(&url[url::Position::BeforePath..url::Position::AfterQuery]);
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER_TIME_MAX))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build()
            .into();
        Ok((
            Self::Origin { agent, origin },
            page.filter(|page| page.as_str() != "/"),
        ))
    }

    /// A file that must be there, by its path below the site's root.
    pub(super) fn required(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let missing = || {
            Failure::new(
                format!("there is no /{path}"),
                "publish the site, and let the host serve all of /.well-known/swarmfetch/",
            )
        };
        match self {
            Self::Folder(folder) => read(&folder.join(path), FILE_BYTES_MAX).ok_or_else(missing),
            Self::Origin { .. } => self
                .get(&format!("/{path}"), FILE_BYTES_MAX)?
                .ok_or_else(missing),
        }
    }

    /// What a URL answers, none when not with 200; of more than `len` bytes one more than that.
    pub(super) fn content(&self, address: &Address, len: u64) -> Result<Option<Vec<u8>>, Failure> {
        let limit = (len + 1).min(CONTENT_BYTES_MAX);
        match self {
            Self::Folder(folder) => {
                let name = address.file_name();
                Ok(name.and_then(|name| read(&folder.join(name), limit)))
            }
            Self::Origin { .. } => self.get(address.as_str(), limit),
        }
    }

    /// What a path of the origin's answers, none when not with 200, and no more than so many bytes of it.
    pub(crate) fn get(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
        let Self::Origin { origin, .. } = self else {
            return Ok(None);
        };
        self.get_elsewhere(
            &format!("{}{path}", origin.as_str().trim_end_matches('/')),
            limit,
        )
    }

    /// The same of any address.
    pub(crate) fn get_elsewhere(&self, url: &str, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
        let Self::Origin { agent, .. } = self else {
            return Ok(None);
        };
        let unreachable = |error: &dyn std::fmt::Display| {
            Failure::new(
                format!("{url}: {error}"),
                "check that the site is up and reachable from here",
            )
        };
        let response = agent.get(url).call().map_err(|error| unreachable(&error))?;
        if response.status() != 200 {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let mut body = response.into_body().into_reader().take(limit);
        body.read_to_end(&mut bytes)
            .map_err(|error| unreachable(&error))?;
        Ok(Some(bytes))
    }
}

fn read(path: &std::path::Path, limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .ok()?
        .take(limit)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

//! The two scripts of a site: as built, with the site's data put into their places.

use swarmfetch_manifest::{PublicKey, Rules, SiteId};

use crate::Error;
use crate::config::Start;
use crate::folder::{PAGE_SCRIPT, WORKER_SCRIPT};

/// Stands once in the built worker script.
pub const SITE_TOKEN: &str = "/*SWARMFETCH-SITE*/null";

/// Stands once in the built page script.
pub const PAGE_TOKEN: &str = "/*SWARMFETCH-PAGE*/null";

/// Heads below this version are never believed by a worker installed from this script. Constant, so
/// that publishing alone never changes the script; it grows with the keys, in a later format.
const VERSION_FLOOR: u64 = 0;

/// The scripts as they were built, the same for every site.
#[derive(Debug, Clone, Copy)]
pub struct Scripts {
    /// The worker's.
    pub worker: &'static str,
    /// The page's.
    pub page: &'static str,
}

/// What the scripts of one site say.
#[derive(Debug, Clone, Copy)]
pub struct SiteData<'a> {
    /// The site.
    pub site: SiteId,
    /// Its root key.
    pub root: PublicKey,
    /// The rules to decide by.
    pub rules: &'a Rules,
    /// When the page registers the worker.
    pub start: Start,
}

/// The scripts of one site, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteScripts {
    /// `/swarmfetch-sw.js`
    pub worker: Vec<u8>,
    /// `/swarmfetch.js`
    pub page: Vec<u8>,
}

impl Scripts {
    /// The scripts that this binary was built with.
    ///
    /// # Errors
    /// [`Error::NoScripts`] in a debug build that was made before them.
    pub fn embedded() -> Result<Self, Error> {
        #[cfg(scripts)]
        return Ok(Self {
            worker: include_str!(env!("SWARMFETCH_WORKER_SCRIPT")),
            page: include_str!(env!("SWARMFETCH_PAGE_SCRIPT")),
        });
        #[cfg(not(scripts))]
        Err(Error::NoScripts)
    }

    /// Those that stand in their places once the swarm is switched off.
    ///
    /// # Errors
    /// [`Error::NoScripts`] in a debug build that was made before them.
    pub fn retired() -> Result<Self, Error> {
        #[cfg(scripts)]
        return Ok(Self {
            worker: include_str!(env!("SWARMFETCH_RETIRED_WORKER_SCRIPT")),
            page: include_str!(env!("SWARMFETCH_RETIRED_PAGE_SCRIPT")),
        });
        #[cfg(not(scripts))]
        Err(Error::NoScripts)
    }

    /// The scripts of one site.
    ///
    /// # Errors
    /// [`Error::Script`] when the place for the data is not there exactly once.
    pub fn of_site(&self, data: &SiteData<'_>) -> Result<SiteScripts, Error> {
        let page = serde_json::json!({ "start": data.start.word() });
        Ok(SiteScripts {
            worker: self.worker_of(data)?,
            page: put(PAGE_SCRIPT, self.page, PAGE_TOKEN, &page)?,
        })
    }

    /// The retired scripts of one site: the page's has no use for data.
    ///
    /// # Errors
    /// [`Error::Script`].
    pub(crate) fn retired_of_site(&self, data: &SiteData<'_>) -> Result<SiteScripts, Error> {
        Ok(SiteScripts {
            worker: self.worker_of(data)?,
            page: self.page.into(),
        })
    }

    fn worker_of(&self, data: &SiteData<'_>) -> Result<Vec<u8>, Error> {
        let site = serde_json::json!({
            "site": data.site.to_string(),
            "root": data.root.to_string(),
            "floor": VERSION_FLOOR,
            "rules": data.rules,
            "start": data.start.word(),
        });
        put(WORKER_SCRIPT, self.worker, SITE_TOKEN, &site)
    }
}

/// JSON is JavaScript since ES2019; `<` is escaped in case somebody inlines the script.
fn put(
    script: &'static str,
    text: &str,
    token: &'static str,
    data: &serde_json::Value,
) -> Result<Vec<u8>, Error> {
    let (before, after) = text
        .split_once(token)
        .ok_or(Error::Script { script, token })?;
    if after.contains(token) {
        return Err(Error::Script { script, token });
    }
    let data = data.to_string().replace('<', "\\u003c");
    Ok([before, &data, after].concat().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use swarmfetch_manifest::SigningKey;

    fn of_site(worker: &'static str) -> Result<SiteScripts, Error> {
        let rules = Rules {
            share: Vec::new(),
            private: vec!["/</script>".into()],
        };
        let data = SiteData {
            site: SiteId([1; 16]),
            root: SigningKey::from_bytes(&[2; 32]).public(),
            rules: &rules,
            start: Start::Early,
        };
        let page = "x(/*SWARMFETCH-PAGE*/null)";
        Scripts { worker, page }.of_site(&data)
    }

    #[test]
    fn the_data_stands_where_the_token_was() {
        let scripts = of_site("a = /*SWARMFETCH-SITE*/null;").unwrap();
        let worker = String::from_utf8(scripts.worker).unwrap();
        assert!(!worker.contains("</script"));
        let json = worker
            .strip_prefix("a = ")
            .unwrap()
            .strip_suffix(';')
            .unwrap();
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(value["site"], "01".repeat(16));
        assert_eq!(value["root"].as_str().unwrap().len(), 64);
        assert_eq!(value["floor"], 0);
        assert_eq!(value["start"], "early");
        assert_eq!(value["rules"]["private"][0], "/</script>");
        assert_eq!(scripts.page, br#"x({"start":"early"})"#);
    }

    #[test]
    fn a_script_of_another_build_is_refused() {
        for script in ["", "/*SWARMFETCH-SITE*/null /*SWARMFETCH-SITE*/null"] {
            assert!(
                matches!(of_site(script), Err(Error::Script { .. })),
                "{script}"
            );
        }
    }
}

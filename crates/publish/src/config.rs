//! `swarmfetch.toml`: what the owner decides. Read by every command that publishes.
//!
//! Unknown keys are errors with their line: a misspelt `private` must not share anything.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use swarmfetch_manifest::policy::Budgets;
use swarmfetch_manifest::{HedgeMode, Query, SiteId};

use crate::Error;
use crate::ice::IceServer;

/// The configuration's file name.
pub const FILE_NAME: &str = "swarmfetch.toml";

/// The key's file name, unless the configuration names another.
pub const KEY_FILE_NAME: &str = "swarmfetch-key.pem";

/// The file's name, beside the key's, of the signed list of publishing keys, where the root key is another.
pub const KEYS_FILE_NAME: &str = "swarmfetch-keys";

/// The file's name, beside the key's, of that other.
pub const ROOT_FILE_NAME: &str = "swarmfetch-root.pem";

/// The most a configuration is read, in bytes: thousands of rules fit.
const CONFIG_BYTES_MAX: u64 = 1024 * 1024;

/// What the owner decided.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder to publish.
    pub dir: PathBuf,
    /// The private key's file.
    pub key: PathBuf,
    /// The site's name for ever.
    pub site: SiteId,
    /// What may be shared.
    pub share: Vec<Pattern>,
    /// What must never be.
    pub private: Vec<Pattern>,
    /// What else holds for some of the shared URLs.
    pub rules: Vec<UrlRule>,
    /// When the page registers the worker.
    pub start: Start,
    /// What visitors' browsers optimise.
    pub mode: HedgeMode,
    /// How old a head may be before visitors ask for a newer one.
    pub freshness: Duration,
    /// How long a head is believed.
    pub expires: Duration,
    /// How long replaced bodies stay available.
    pub keep: Duration,
    /// Do current bodies stand under their hashes too?
    pub mirror: bool,
    /// What one visitor gives and keeps at most.
    pub budgets: Budgets,
    /// Trackers to ask instead of the one on the page's own origin.
    pub trackers: Vec<String>,
    /// Other ICE servers for visitors behind NAT.
    pub ice: Vec<IceServer>,
    /// The UDP port of the STUN responder beside the tracker.
    pub stun_port: Option<u16>,
}

/// One glob of `share` or `private`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// A glob over URL paths, such as `/img/**`.
    pub glob: String,
    /// Another origin of the owner that it is about.
    pub origin: Option<String>,
}

/// One `[[rule]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlRule {
    /// Which URL paths.
    pub glob: String,
    /// What their query means.
    pub query: Option<Query>,
    /// What visitors' browsers prefer for them.
    pub mode: Option<HedgeMode>,
}

/// When a page registers the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// After the page's load.
    Load,
    /// At once.
    Early,
}

impl Start {
    /// The word in the scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Early => "early",
        }
    }
}

impl Config {
    /// Reads a configuration; relative paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Config`] with the line.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let size = std::fs::metadata(path)
            .map_err(Error::io("read", path))?
            .len();
        if size > CONFIG_BYTES_MAX {
            return Err(Error::Config {
                path: path.to_path_buf(),
                line: 1,
                message: format!("{size} bytes, at most {CONFIG_BYTES_MAX}"),
            });
        }
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        let file: File = toml::from_str(&text).map_err(|error| Error::Config {
            path: path.to_path_buf(),
            line: error.span().map_or(1, |span| line_at(&text, span.start)),
            message: error.message().replace('\n', " "),
        })?;
        let base = path.parent().unwrap_or(Path::new(""));
        Ok(file.resolve(base))
    }

    /// Where the signed list of publishing keys is, if there is one.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.key.with_file_name(KEYS_FILE_NAME)
    }

    /// What `serve` does without a configuration: share everything but dot-files.
    #[must_use]
    pub fn sensible(dir: PathBuf, key: PathBuf, site: SiteId) -> Self {
        let file: File = toml::from_str(&format!("dir = \".\"\nsite = \"{site}\"\n"))
            .expect("the two required keys are there");
        Self {
            dir,
            key,
            ..file.resolve(Path::new(""))
        }
    }
}

/// The commented configuration that `init` writes.
#[must_use]
pub fn template(dir: &str, site: SiteId) -> String {
    let dir = toml::Value::String(dir.to_owned()).to_string();
    format!(include_str!("template.toml"), dir = dir, site = site)
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    dir: PathBuf,
    #[serde(deserialize_with = "site_id")]
    site: SiteId,
    #[serde(default = "default_key")]
    key: PathBuf,
    #[serde(default = "default_share")]
    share: Vec<WrittenPattern>,
    #[serde(default)]
    private: Vec<WrittenPattern>,
    #[serde(default)]
    rule: Vec<UrlRule>,
    #[serde(default = "default_start")]
    start: Start,
    #[serde(default = "default_mode")]
    mode: HedgeMode,
    #[serde(default)]
    freshness: Option<Span>,
    #[serde(default)]
    expires: Option<Span>,
    #[serde(default)]
    keep: Option<Span>,
    #[serde(default)]
    mirror: bool,
    #[serde(default)]
    upload_mb_per_day: Option<u32>,
    #[serde(default)]
    cache_mb: Option<u32>,
    #[serde(default)]
    trackers: Vec<String>,
    #[serde(default)]
    ice: Vec<IceServer>,
    #[serde(default)]
    stun_port: Option<u16>,
}

impl File {
    fn resolve(self, base: &Path) -> Config {
        let usual = Budgets::default();
        let bytes = |mb: Option<u32>, or: u64| mb.map_or(or, |mb| u64::from(mb) * 1_000_000);
        let span = |written: Option<Span>, or: Duration| written.map_or(or, |span| span.0);
        Config {
            dir: base.join(self.dir),
            key: base.join(self.key),
            site: self.site,
            share: self.share.into_iter().map(Pattern::from).collect(),
            private: self.private.into_iter().map(Pattern::from).collect(),
            rules: self.rule,
            start: self.start,
            mode: self.mode,
            freshness: span(self.freshness, Duration::from_secs(60)),
            expires: span(self.expires, Duration::from_secs(30 * 24 * 3600)),
            keep: span(self.keep, Duration::from_secs(24 * 3600)),
            mirror: self.mirror,
            budgets: Budgets {
                upload_bytes_per_day: bytes(self.upload_mb_per_day, usual.upload_bytes_per_day),
                cache_bytes: bytes(self.cache_mb, usual.cache_bytes),
            },
            trackers: self.trackers,
            ice: self.ice,
            stun_port: self.stun_port,
        }
    }
}

/// A glob alone, or one with its origin.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a glob, or { glob = \"…\", origin = \"…\" }"
)]
enum WrittenPattern {
    Glob(String),
    Full(FullPattern),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FullPattern {
    glob: String,
    origin: Option<String>,
}

impl From<WrittenPattern> for Pattern {
    fn from(written: WrittenPattern) -> Self {
        let (glob, origin) = match written {
            WrittenPattern::Glob(glob) => (glob, None),
            WrittenPattern::Full(full) => (full.glob, full.origin),
        };
        Self { glob, origin }
    }
}

/// A duration in words, such as `90s`, `24h` or `30d`.
struct Span(Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        humantime::parse_duration(&text)
            .ok()
            .filter(|span| span.as_secs() > 0)
            .map(Self)
            .ok_or_else(|| {
                serde::de::Error::custom(format!(
                    "\"{text}\" is no duration of a second or more, such as \"60s\", \"24h\" or \"30d\""
                ))
            })
    }
}

fn site_id<'de, D: serde::Deserializer<'de>>(from: D) -> Result<SiteId, D::Error> {
    let text = String::deserialize(from)?;
    SiteId::from_hex(&text)
        .map_err(|_| serde::de::Error::custom("site is 32 lower-case hex digits, drawn by init"))
}

fn default_key() -> PathBuf {
    KEY_FILE_NAME.into()
}

fn default_share() -> Vec<WrittenPattern> {
    vec![WrittenPattern::Glob("/**".into())]
}

fn default_start() -> Start {
    Start::Load
}

fn default_mode() -> HedgeMode {
    HedgeMode::Speed
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: SiteId = SiteId([7; 16]);

    fn read(text: &str) -> Result<Config, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, text).unwrap();
        let mut config = Config::read(&path)?;
        config.dir = config.dir.strip_prefix(folder.path()).unwrap().into();
        Ok(config)
    }

    #[test]
    fn the_template_reads_as_the_defaults() {
        let config = read(&template("pub\"lic", SITE)).unwrap();
        let sensible = Config::sensible("x".into(), "y".into(), SITE);
        assert_eq!(config.dir, Path::new("pub\"lic"));
        assert_eq!(config.site, SITE);
        assert_eq!(config.share, sensible.share);
        assert_eq!(config.freshness, Duration::from_secs(60));
        assert_eq!(config.expires, Duration::from_secs(30 * 86400));
        assert_eq!(config.keep, Duration::from_secs(86400));
        assert_eq!((config.start, config.mode), (Start::Load, HedgeMode::Speed));
        assert_eq!(config.budgets, Budgets::default());
    }

    #[test]
    fn budgets_are_written_in_megabytes() {
        let text = format!("dir = \"x\"\nsite = \"{SITE}\"\nupload_mb_per_day = 0\n");
        let budgets = read(&text).unwrap().budgets;
        assert_eq!(budgets.upload_bytes_per_day, 0);
        assert_eq!(budgets.cache_bytes, Budgets::default().cache_bytes);
        let much = text.replace("upload_mb_per_day = 0", "cache_mb = 4000000000");
        assert_eq!(
            read(&much).unwrap().budgets.cache_bytes,
            4_000_000_000_000_000
        );
    }

    /// Every option that the template shows commented out is one that the reader knows.
    #[test]
    fn the_templates_comments_are_true() {
        let uncommented: String = template("public", SITE)
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n")
            .collect();
        let config = read(&uncommented).unwrap();
        assert_eq!(config.rules[0].query, Some(Query::Ignore));
        assert_eq!(config.rules[1].mode, Some(HedgeMode::Savings));
        assert_eq!(config.private[0].glob, "/drafts/**");
        let ice: Vec<String> = config.ice.iter().map(IceServer::line).collect();
        assert_eq!(ice, ["stun:stun.example", "turn:turn.example site public"]);
        assert_eq!(config.trackers.len(), 1);
        assert_eq!(config.stun_port, Some(3478));
        assert!(config.mirror);
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let text = format!("dir = \"a\"\nsite = \"{SITE}\"\n\nprivat = [\"/x\"]\n");
        match read(&text) {
            Err(Error::Config { line, message, .. }) => {
                assert_eq!(line, 4);
                assert!(message.contains("privat"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn durations_have_units() {
        for (written, right) in [
            ("\"5\"", false),
            ("5", false),
            ("\"0s\"", false),
            ("\"2h\"", true),
        ] {
            let text = format!("dir = \"a\"\nsite = \"{SITE}\"\nkeep = {written}\n");
            assert_eq!(read(&text).is_ok(), right, "{written}");
        }
    }

    #[test]
    fn a_pattern_may_name_an_origin() {
        let text = format!(
            "dir = \"a\"\nsite = \"{SITE}\"\nshare = [\"/a\", {{ glob = \"/b\", origin = \"https://cdn.example\" }}]\n"
        );
        let share = read(&text).unwrap().share;
        assert_eq!(share[0].origin, None);
        assert_eq!(share[1].origin.as_deref(), Some("https://cdn.example"));
    }
}

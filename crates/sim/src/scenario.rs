//! What a world is made of, as anyone can write it in TOML: `examples` of it stand in `scenarios/` beside this crate.
//!
//! Every field has a default, and the default world is not kind: people stay a minute, a fifth of them cannot be
//! connected, a third gives nothing, and a closed tab is gone. Units stand in the names.

use serde::{Deserialize, Serialize};
use swarmfetch_manifest::HedgeMode;

use crate::Error;

/// A world before its seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Its name, in reports.
    pub name: String,
    /// What it is about, in one sentence, for whoever reads the report.
    pub about: String,
    /// What the report compares the share of bytes from peers with, in percent: a figure and whose it is.
    pub compare: Vec<Comparison>,
    /// What everything is drawn by, unless another number is given.
    pub seed: u64,
    /// Simulated minutes in which people come. Whoever is there then stays as long as planned.
    pub minutes: f64,
    /// What lies between hosts.
    pub network: Network,
    /// How people are.
    pub people: People,
    /// What goes wrong.
    pub faults: Faults,
    /// The sites, each with an origin, a tracker and visitors of its own.
    pub site: Vec<Site>,
}

/// A figure to stand beside ours.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Whose figure it is.
    pub of: String,
    /// Bytes from peers, in percent.
    pub peers_percent: f64,
}

/// Access lines, and who can be reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// From a visitor to the middle of the network, one way, in milliseconds: smallest and largest.
    pub latency_ms: [f64; 2],
    /// What visitors can send, in Mbit/s: smallest and largest.
    pub uplink_mbit: [f64; 2],
    /// What visitors can receive, in Mbit/s: smallest and largest.
    pub downlink_mbit: [f64; 2],
    /// Share of visitors whom nobody can connect with: no UDP, or no WebRTC.
    pub unconnectable: f64,
    /// Share of visitors behind address translation that gives each destination another port: no two of them connect.
    pub symmetric: f64,
}

/// People and their browsers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct People {
    /// How long they stay on a site, in seconds: median, and sigma of the log-normal distribution.
    pub stay_s: [f64; 2],
    /// How long they look at a page, in seconds, likewise.
    pub think_s: [f64; 2],
    /// Share who give nothing to others.
    pub not_seeding: f64,
    /// Share who go without a word: others notice only when the connection is given up.
    pub vanish: f64,
    /// Share who have been here before ...
    pub returning: f64,
    /// ... and hold what so many pages needed.
    pub returning_pages: usize,
    /// Objects that a visitor holds at most; the oldest go first.
    pub held_objects: usize,
    /// Objects that every second visitor holds beside, of which nobody wants any: whoever holds much tells of it otherwise.
    pub held_beside: usize,
    /// Links that a visitor strives for, and tolerates.
    pub links: [usize; 2],
}

/// What goes wrong. Shares are of visitors, times are while one is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Share whose frames are false now and then, in every way that the protocol has.
    pub liars: f64,
    /// Share who say they hold everything and hold nothing.
    pub boasters: f64,
    /// Share who never answer a request.
    pub droppers: f64,
    /// Share who stop in the middle of answers.
    pub stallers: f64,
    /// Share who send 16 kbit/s.
    pub drippers: f64,
    /// Share who send what nobody asked for.
    pub flooders: f64,
    /// Share who tell of heads that are forged or old.
    pub forgers: f64,
    /// Times an hour that a visitor's worker is stopped.
    pub worker_deaths_per_hour: f64,
    /// Times an hour that a visitor's page freezes, for one to ten seconds.
    pub freezes_per_hour: f64,
    /// Times an hour that one of a visitor's links breaks.
    pub breaks_per_hour: f64,
}

/// One site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Site {
    /// Who come.
    pub visitors: Visitors,
    /// The origin's uplink in Mbit/s.
    pub origin_mbit: f64,
    /// From the origin to the middle of the network, one way, in milliseconds.
    pub origin_latency_ms: f64,
    /// Whether the worker is registered at once (`early`) or after the page's load.
    pub start: Start,
    /// What its owner would rather have: `speed`, or `savings`, where others are waited for to spare the origin.
    pub mode: HedgeMode,
    /// HTML pages.
    pub pages: Pages,
    /// What an application loads when it starts, and later in play, without leaving its page.
    pub application: Application,
    /// When the origin is in trouble.
    pub trouble: Vec<Trouble>,
    /// When new versions are published.
    pub release: Vec<Release>,
}

/// How visitors come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Visitors {
    /// How many, over all the minutes.
    pub count: usize,
    /// How many of them come in the first tenth of the time, beyond their share: 0 to 1.
    pub rush: f64,
}

/// When the worker is registered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// After the page's load.
    #[default]
    Load,
    /// At once.
    Early,
}

/// The pages of a site and what is on them. Sizes are medians of a log-normal distribution with sigma 1, in kB.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pages {
    /// How many.
    pub count: usize,
    /// Popularity: the n-th page is visited in proportion to n to the minus this.
    pub zipf: f64,
    /// Size of a document, in kB: text.
    pub document_kb: f64,
    /// Images of each page alone.
    pub images: usize,
    /// Size of an image, in kB.
    pub image_kb: f64,
    /// Files that all pages share: style, scripts, a logo.
    pub common: usize,
    /// Size of one of them, in kB: text.
    pub common_kb: f64,
}

/// What an application loads beside its pages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Application {
    /// Before it can be used, in kB.
    pub boot_kb: f64,
    /// In all its later scenes, in kB.
    pub scenes_kb: f64,
    /// Scenes, each loaded after the time that one looks at a page.
    pub scenes: usize,
    /// Files of the boot and of each scene; their sizes follow a power law.
    pub files: usize,
}

/// The origin in trouble.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// What it does then.
    pub mood: Mood,
    /// When it begins, in seconds from the start.
    pub from_s: f64,
    /// How long it lasts, in seconds.
    pub for_s: f64,
}

/// What an origin does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mood {
    /// Answers with an error of its own: 503.
    Fails,
    /// Closes connections.
    Refuses,
    /// Takes requests and never answers.
    Hangs,
    /// Says that nothing is there: 404.
    Denies,
    /// Serves its first version again, signed as it was: a cache in front of it that went back.
    Ages,
}

/// A new version.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// When, in seconds from the start.
    pub at_s: f64,
    /// Share of the objects that change.
    pub changed: f64,
}

impl Default for Scenario {
    fn default() -> Self {
        Scenario {
            name: "unnamed".into(),
            about: String::new(),
            compare: Vec::new(),
            seed: 1,
            minutes: 10.0,
            network: Network::default(),
            people: People::default(),
            faults: Faults::default(),
            site: vec![Site::default()],
        }
    }
}

impl Default for Network {
    fn default() -> Self {
        Network {
            latency_ms: [5.0, 40.0],
            uplink_mbit: [2.0, 10.0],
            downlink_mbit: [20.0, 100.0],
            unconnectable: 0.2,
            symmetric: 0.1,
        }
    }
}

impl Default for People {
    fn default() -> Self {
        People {
            stay_s: [60.0, 1.0],
            think_s: [15.0, 0.8],
            not_seeding: 0.3,
            vanish: 0.1,
            returning: 0.0,
            returning_pages: 0,
            held_objects: 2_000,
            held_beside: 0,
            links: [6, 12],
        }
    }
}

impl Default for Site {
    fn default() -> Self {
        Site {
            visitors: Visitors::default(),
            origin_mbit: 1000.0,
            origin_latency_ms: 15.0,
            start: Start::Load,
            mode: HedgeMode::Speed,
            pages: Pages::default(),
            application: Application::default(),
            trouble: Vec::new(),
            release: Vec::new(),
        }
    }
}

impl Default for Visitors {
    fn default() -> Self {
        Visitors {
            count: 500,
            rush: 0.0,
        }
    }
}

impl Default for Pages {
    fn default() -> Self {
        Pages {
            count: 100,
            zipf: 0.9,
            document_kb: 12.0,
            images: 3,
            image_kb: 40.0,
            common: 4,
            common_kb: 25.0,
        }
    }
}

/// Scenarios that come along, by name.
pub const BUILT_IN: [(&str, &str); 4] = [
    ("flash-crowd", include_str!("../scenarios/flash-crowd.toml")),
    ("shop", include_str!("../scenarios/shop.toml")),
    ("wiki", include_str!("../scenarios/wiki.toml")),
    ("crowd", include_str!("../scenarios/crowd.toml")),
];

/// Most visitors of a scenario: each costs some memory for as long as the world lasts.
const VISITORS_MAX: usize = 1_000_000;

/// Most pages of a site, and files of an application: each is hashed when the world begins.
const OBJECTS_MAX: usize = 2_000_000;

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// [`Error::Scenario`] with the line where it is no TOML, names an unknown field, or has a number out of its range.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let scenario: Scenario =
            toml::from_str(text).map_err(|error| Error::Scenario(error.to_string()))?;
        match scenario.fault() {
            None => Ok(scenario),
            Some(fault) => Err(Error::Scenario(fault)),
        }
    }

    /// The scenario as TOML.
    ///
    /// # Errors
    /// [`Error::Scenario`] where a number has no place in TOML.
    pub fn to_toml(&self) -> Result<String, Error> {
        toml::to_string(self).map_err(|error| Error::Scenario(error.to_string()))
    }

    /// Visitors of all sites.
    #[must_use]
    pub fn visitors(&self) -> usize {
        self.site.iter().map(|site| site.visitors.count).sum()
    }

    /// What is out of its range.
    fn fault(&self) -> Option<String> {
        let share = |name: &str, value: f64| {
            (!(0.0..=1.0).contains(&value)).then(|| format!("{name} is {value}; a share is 0 to 1"))
        };
        let positive = |name: &str, value: f64| {
            (!(value > 0.0 && value < 1e9))
                .then(|| format!("{name} is {value}; it must be above 0"))
        };
        let range = |name: &str, [low, high]: [f64; 2]| {
            (!(low > 0.0 && high >= low)).then(|| {
                format!("{name} is [{low}, {high}]; it must be [smallest, largest], both above 0")
            })
        };
        let (network, people, faults) = (&self.network, &self.people, &self.faults);
        let habits = faults.liars
            + faults.boasters
            + faults.droppers
            + faults.stallers
            + faults.drippers
            + faults.flooders
            + faults.forgers;
        positive("minutes", self.minutes)
            .or_else(|| range("network.latency_ms", network.latency_ms))
            .or_else(|| range("network.uplink_mbit", network.uplink_mbit))
            .or_else(|| range("network.downlink_mbit", network.downlink_mbit))
            .or_else(|| {
                share(
                    "network.unconnectable + network.symmetric",
                    network.unconnectable + network.symmetric,
                )
            })
            .or_else(|| positive("people.stay_s[0]", people.stay_s[0]))
            .or_else(|| positive("people.think_s[0]", people.think_s[0]))
            .or_else(|| share("people.not_seeding", people.not_seeding))
            .or_else(|| share("people.vanish", people.vanish))
            .or_else(|| share("people.returning", people.returning))
            .or_else(|| share("the sum of the shares in faults", habits))
            .or_else(|| self.site.is_empty().then(|| "there is no [[site]]".into()))
            .or_else(|| {
                (self.visitors() > VISITORS_MAX)
                    .then(|| format!("{} visitors; {VISITORS_MAX} are the most", self.visitors()))
            })
            .or_else(|| self.site.iter().find_map(Site::fault))
    }
}

impl Site {
    fn fault(&self) -> Option<String> {
        let objects = self.pages.count * (1 + self.pages.images)
            + self.pages.common
            + self.application.files * (1 + self.application.scenes);
        if self.pages.count == 0 {
            return Some("site.pages.count is 0; an application has one page, too".into());
        }
        if objects > OBJECTS_MAX {
            return Some(format!(
                "a site of {objects} objects; {OBJECTS_MAX} are the most"
            ));
        }
        if !(self.origin_mbit > 0.0 && self.origin_latency_ms >= 0.0) {
            return Some("site.origin_mbit must be above 0".into());
        }
        let shares = self.release.iter().map(|release| release.changed);
        let bad = shares
            .chain([self.visitors.rush])
            .find(|share| !(0.0..=1.0).contains(share));
        bad.map(|share| {
            format!("site.release.changed or site.visitors.rush is {share}; a share is 0 to 1")
        })
    }
}

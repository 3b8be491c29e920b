//! What a site's origin publishes: pages, files, and for each version a signed head with all that it leads to.
//!
//! Everything is made with the real `manifest`: keys are drawn, heads signed, trees built. Visitors find the objects of
//! a URL in the tree, as a worker does. Where a tree is too large for one pack, its nodes are at hand at no cost.

use swarmfetch_content::ObjectId;
use swarmfetch_manifest::tree::PARTIAL_BYTES_MAX;
use swarmfetch_manifest::{
    Entry, Head, Keys, Lookup, ObjectRef, Policy, Record, SigningKey, SiteId, TreeBuilder,
    TreeView, TrustedRoot, UrlKey, Version, WallSecs, sign_head,
};

use crate::Error;
use crate::bodies::{Bodies, BodyId};
use crate::random::{Zipf, chance, log_normal};
use crate::scenario;
use crate::time::Micros;

/// The wall clock at the beginning of every world.
pub(crate) const WALL_START: WallSecs = WallSecs(1_800_000_000);

/// How long a head is good, in seconds: longer than any world lasts.
const EXPIRES_SECS: u64 = 30 * 24 * 3600;

/// Exponent of the power law of the sizes of an application's files: few of them have most of the bytes.
const POWER: f64 = 1.1;

/// A place of the site, the same in all versions: its n-th URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Url(pub(crate) u32);

impl Url {
    fn key(self) -> UrlKey {
        UrlKey::of_path(&format!("/{}", self.0))
    }
}

/// One version.
#[derive(Debug)]
pub(crate) struct Edition {
    pub(crate) version: Version,
    pub(crate) released: Micros,
    pub(crate) head: Vec<u8>,
    pub(crate) record: Vec<u8>,
    pub(crate) keys: Vec<u8>,
    pub(crate) policy: Vec<u8>,
    /// Length of the tree's pack, where it has one.
    pub(crate) pack_bytes: u64,
    tree: TreeView,
    /// For each URL, its body.
    bodies: Vec<BodyId>,
}

/// A site as its origin has it.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) id: SiteId,
    pub(crate) root: TrustedRoot,
    pub(crate) editions: Vec<Edition>,
    signer: SigningKey,
    pages: usize,
    images: usize,
    common: usize,
    boot: usize,
    scenes: usize,
    files: usize,
    popularity: Zipf,
    rng: fastrand::Rng,
}

impl Published {
    /// The first version of a site.
    ///
    /// # Errors
    /// [`Error::Publish`].
    pub(crate) fn new(
        spec: &scenario::Site,
        seed: u64,
        bodies: &mut Bodies,
    ) -> Result<Self, Error> {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut secret = [0; 32];
        rng.fill(&mut secret);
        let signer = SigningKey::from_bytes(&secret);
        let mut id = [0; 16];
        rng.fill(&mut id);
        let id = SiteId(id);
        let (pages, application) = (&spec.pages, &spec.application);
        let has_boot = application.boot_kb > 0.0 && application.files > 0;
        let mut site = Published {
            id,
            root: TrustedRoot {
                site: id,
                key: signer.public(),
            },
            editions: Vec::new(),
            signer,
            pages: pages.count,
            images: pages.images,
            common: pages.common,
            boot: if has_boot { application.files } else { 0 },
            scenes: application.scenes,
            files: application.files,
            popularity: Zipf::new(pages.count, pages.zipf),
            rng,
        };
        let first = site.draw(spec, bodies);
        site.publish(Micros(0), first, bodies)?;
        Ok(site)
    }

    /// Publishes a new version in which this share of the objects is another.
    ///
    /// # Errors
    /// [`Error::Publish`].
    pub(crate) fn release(
        &mut self,
        now: Micros,
        changed: f64,
        bodies: &mut Bodies,
    ) -> Result<(), Error> {
        let mut next = self.newest().bodies.clone();
        for id in &mut next {
            if chance(&mut self.rng, changed) {
                let body = bodies.body(*id);
                *id = bodies.add(self.rng.u64(..), body.object.len as usize, body.text);
            }
        }
        self.publish(now, next, bodies)
    }

    pub(crate) fn newest(&self) -> &Edition {
        self.editions
            .last()
            .expect("a site is made with its first version")
    }

    pub(crate) fn edition(&self, version: Version) -> Option<&Edition> {
        self.editions
            .get(usize::try_from(version.0).ok()?.checked_sub(1)?)
    }

    /// A page that somebody visits next.
    pub(crate) fn draw_page(&self, rng: &mut fastrand::Rng) -> usize {
        self.popularity.draw(rng)
    }

    /// The document of a page.
    pub(crate) fn document(&self, page: usize) -> Url {
        self.url(page * (1 + self.images))
    }

    /// What its document makes a browser load.
    pub(crate) fn parts(&self, page: usize) -> Vec<Url> {
        let own = page * (1 + self.images);
        let common = self.pages * (1 + self.images);
        let all = (common..common + self.common + self.boot).chain(own + 1..own + 1 + self.images);
        all.map(|place| self.url(place)).collect()
    }

    /// What an application loads for its n-th scene.
    pub(crate) fn scene(&self, number: usize) -> Vec<Url> {
        let first = self.pages * (1 + self.images) + self.common + self.boot + number * self.files;
        (first..first + self.files)
            .map(|place| self.url(place))
            .collect()
    }

    pub(crate) fn pages(&self) -> usize {
        self.pages
    }

    pub(crate) fn scenes(&self) -> usize {
        self.scenes
    }

    fn url(&self, place: usize) -> Url {
        Url(u32::try_from(place).expect("scenarios are limited"))
    }

    /// The bodies of the first version.
    fn draw(&mut self, spec: &scenario::Site, bodies: &mut Bodies) -> Vec<BodyId> {
        let (pages, application) = (&spec.pages, &spec.application);
        let mut drawn = Vec::new();
        let rng = &mut self.rng;
        let mut add = |rng: &mut fastrand::Rng, kb: f64, text: bool| {
            drawn.push(bodies.add(rng.u64(..), (kb * 1000.0) as usize, text));
        };
        for _ in 0..pages.count {
            let kb = log_normal(rng, pages.document_kb, 1.0);
            add(rng, kb, true);
            for _ in 0..pages.images {
                let kb = log_normal(rng, pages.image_kb, 1.0);
                add(rng, kb, false);
            }
        }
        for _ in 0..pages.common {
            let kb = log_normal(rng, pages.common_kb, 1.0);
            add(rng, kb, true);
        }
        let boot = [(application.boot_kb, self.boot)];
        let scene_kb = application.scenes_kb / application.scenes.max(1) as f64;
        let scenes = std::iter::repeat_n((scene_kb, self.files), application.scenes);
        for (kb, files) in boot.into_iter().chain(scenes) {
            let weights: Vec<f64> = (1..=files).map(|rank| (rank as f64).powf(-POWER)).collect();
            let sum: f64 = weights.iter().sum();
            for weight in weights {
                add(rng, kb * weight / sum, false);
            }
        }
        drawn
    }

    fn publish(&mut self, now: Micros, places: Vec<BodyId>, bodies: &Bodies) -> Result<(), Error> {
        let version = Version(self.editions.len() as u64 + 1);
        let mut tree = TreeBuilder::new();
        for (place, id) in places.iter().enumerate() {
            let body = bodies.body(*id);
            let mut entry = Entry::new(body.object, 0);
            entry.set_compressible(body.text);
            tree.insert(self.url(place).key(), &entry)?;
        }
        let root = tree.root();
        let mut view = TreeView::new(root);
        let pack = tree.pack();
        let pack = if pack.len() <= PARTIAL_BYTES_MAX {
            let named = ObjectRef::of(&pack);
            view.graft(root, pack)?;
            Some(named)
        } else {
            for (hash, node) in tree.nodes() {
                view.graft(hash, node)?;
            }
            None
        };
        let wall = wall(now);
        let expires = WallSecs(wall.0 + EXPIRES_SECS);
        let policy = Policy {
            rules: swarmfetch_manifest::Rules::default(),
            header_sets: Vec::new(),
            freshness_secs: 60,
            trackers: vec!["/tracker".into()],
            ice: Vec::new(),
            stun_port: None,
            mirrors: Vec::new(),
            mirror: false,
            budgets: swarmfetch_manifest::policy::Budgets::default(),
        };
        let policy = policy.encode()?;
        let first_keys = self.editions.first().map(|edition| edition.keys.clone());
        let keys = match first_keys {
            Some(keys) => keys,
            None => Keys::single(self.id, self.signer.public(), expires)
                .sign(std::slice::from_ref(&self.signer))?,
        };
        let keys_named = ObjectRef::of(&keys);
        let entries = places.len() as u64;
        let record = Record::new(
            version,
            root,
            entries,
            pack,
            ObjectRef::of(&policy),
            keys_named,
        )
        .encode();
        let head = Head {
            site: self.id,
            version,
            record: ObjectRef::of(&record),
            published: wall,
            expires,
        };
        let head = sign_head(&head, &keys_named, std::slice::from_ref(&self.signer));
        self.editions.push(Edition {
            version,
            released: now,
            head,
            record,
            keys,
            policy,
            pack_bytes: pack.map_or(0, |pack| pack.len()),
            tree: view,
            bodies: places,
        });
        Ok(())
    }
}

impl Edition {
    /// What the signed tree says of a URL: the object, and whether it is text.
    pub(crate) fn lookup(&self, url: Url) -> Option<(ObjectId, bool)> {
        match self.tree.lookup(&url.key()) {
            Ok(Lookup::Found(found)) => {
                Some((found.entry().object(), found.entry().compressible()))
            }
            _ => None,
        }
    }

    /// What the origin has under a URL while this version is its newest.
    pub(crate) fn body(&self, url: Url) -> Option<BodyId> {
        self.bodies.get(url.0 as usize).copied()
    }
}

/// The wall clock at a moment of the world.
pub(crate) fn wall(now: Micros) -> WallSecs {
    WallSecs(WALL_START.0 + now.0 / 1_000_000)
}

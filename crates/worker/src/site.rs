//! What the origin has promised so far: editions, which page uses which, and when to ask again.
//!
//! Trust: the root key of the script signs the keys object, that names the keys that sign heads.
//! A version never falls below the floor of the script or the newest that was accepted. Nothing is
//! kept before all checks hold.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use swarmfetch_content::SortedMap;
use swarmfetch_manifest::head::HEAD_BYTES_MAX;
use swarmfetch_manifest::keys::KEYS_BYTES_MAX;
use swarmfetch_manifest::policy::POLICY_BYTES_MAX;
use swarmfetch_manifest::tree::PARTIAL_BYTES_MAX;
use swarmfetch_manifest::{HeadEnvelope, Keys, ObjectRef, ShareableUrl, TrustedRoot, Version};
use wasm_bindgen::JsValue;

use crate::Core;
use crate::edition::Edition;
use crate::platform;
use crate::saved::{Saved, SavedEdition};
use crate::store::Store;
use crate::task::{self, Reply};

/// How long each file of a new version may take, in milliseconds. Nobody waits for it that long.
const FILE_MS: u32 = 10_000;

/// How long a page may wait for the head when the last answer is older than the owner's freshness,
/// in milliseconds (DESIGN, "Freshness").
const HEAD_WAIT_MS: u32 = 300;

/// Time between head requests that something suspicious caused, in seconds.
const SUSPICION_SECS: u64 = 5;

/// Freshness before a policy is known, in seconds.
const FRESHNESS_SECS: u64 = 60;

/// Clients whose version is remembered; the oldest are forgotten first and then passed through.
const PINS_MAX: usize = 256;

/// Pins that are never thought of as a closed client's.
const PINS_YOUNG: usize = 16;

/// Versions kept for pages that started with them.
const EDITIONS_MAX: usize = 8;

/// Which version a client uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pin {
    To(Version),
    /// Its document is not one of ours: everything is passed through.
    Pass,
}

pub(crate) struct Site {
    root: TrustedRoot,
    floor: Version,
    /// `…/.well-known/swarmfetch/`
    base: String,
    known: RefCell<Known>,
    loading: RefCell<Option<Promise>>,
    refreshing: RefCell<Option<Promise>>,
}

#[derive(Default)]
struct Known {
    keys: Option<(Vec<u8>, Keys)>,
    editions: SortedMap<Version, Rc<Edition>>,
    pins: Vec<(String, Pin)>,
    /// Wall seconds of the last head request.
    checked: u64,
}

impl Site {
    pub(crate) fn new(root: TrustedRoot, floor: Version, base: &str) -> Self {
        Self {
            root,
            floor,
            base: base.to_owned(),
            known: RefCell::default(),
            loading: RefCell::default(),
            refreshing: RefCell::default(),
        }
    }

    /// Address that objects stand under at the origin.
    pub(crate) fn objects(&self) -> String {
        format!("{}o/", self.base)
    }

    /// The newest version, unless it ran out.
    pub(crate) fn current(&self) -> Option<Rc<Edition>> {
        let known = self.known.borrow();
        let (_, newest) = known.editions.last_key_value()?;
        newest.is_alive(platform::wall()).then(|| newest.clone())
    }

    pub(crate) fn edition(&self, version: Version) -> Option<Rc<Edition>> {
        let edition = self.known.borrow().editions.get(&version).cloned()?;
        edition.is_alive(platform::wall()).then_some(edition)
    }

    pub(crate) fn pin_of(&self, client: &str) -> Option<Pin> {
        let known = self.known.borrow();
        known
            .pins
            .iter()
            .find(|(id, _)| id == client)
            .map(|(_, pin)| *pin)
    }

    pub(crate) fn pin(&self, client: &str, pin: Pin) {
        let mut known = self.known.borrow_mut();
        known.pins.retain(|(id, _)| id != client);
        if known.pins.len() >= PINS_MAX {
            known.pins.remove(0);
        }
        known.pins.push((client.to_owned(), pin));
    }

    /// Looks a URL up in an edition; nodes come from the store or the origin.
    pub(crate) async fn lookup(
        &self,
        store: &Store,
        edition: &Edition,
        path: &str,
        query: Option<&str>,
    ) -> Option<Box<ShareableUrl>> {
        let key = edition.key(path, query)?;
        edition.lookup(store, &self.objects(), &key).await
    }

    /// Everything that must survive, but the tally and the visitor's choice.
    pub(crate) fn save_into(&self, saved: &mut Saved) {
        let known = self.known.borrow();
        if let Some((bytes, _)) = &known.keys {
            saved.keys = bytes.clone();
        }
        saved.editions = known
            .editions
            .values()
            .map(|it| SavedEdition {
                head: it.bytes.head.clone(),
                record: it.bytes.record.clone(),
                policy: it.bytes.policy.clone(),
            })
            .collect();
        saved.checked = known.checked;
        let version = |pin: &Pin| match pin {
            Pin::To(version) => Some(version.0),
            Pin::Pass => None,
        };
        saved.pins = known
            .pins
            .iter()
            .map(|(id, pin)| (id.clone(), version(pin)))
            .collect();
    }

    /// Believes what was saved as far as it proves itself again.
    fn restore(&self, saved: Saved) {
        let now = platform::wall();
        let mut known = self.known.borrow_mut();
        known.checked = saved.checked.min(now.0);
        known.pins = saved
            .pins
            .into_iter()
            .map(|(id, pin)| (id, pin.map_or(Pin::Pass, |it| Pin::To(Version(it)))))
            .take(PINS_MAX)
            .collect();
        let Ok(keys) = Keys::verify(&saved.keys, &self.root, now) else {
            return;
        };
        for bytes in saved.editions.into_iter().take(EDITIONS_MAX) {
            if let Ok(edition) = Edition::open(bytes, &keys, now)
                && edition.head.not_below(self.floor).is_ok()
            {
                known
                    .editions
                    .insert(edition.head.version, Rc::new(edition));
            }
        }
        known.keys = Some((saved.keys, keys));
    }

    fn freshness_secs(&self) -> u64 {
        let known = self.known.borrow();
        let newest = known.editions.last_key_value();
        newest.map_or(FRESHNESS_SECS, |(_, it)| {
            u64::from(it.policy.freshness_secs)
        })
    }

    /// Seconds until the head may be asked for again; a clock that stepped back counts as long ago.
    pub(crate) fn stale_in_secs(&self) -> u64 {
        let checked = self.known.borrow().checked;
        match platform::wall().0.checked_sub(checked) {
            Some(age) => self.freshness_secs().saturating_sub(age),
            None => 0,
        }
    }
}

/// Reads what was saved, once; true when there is something to answer from.
pub(crate) async fn load(core: &'static Core) -> bool {
    let running = core.site.loading.borrow().clone();
    let promise = running.unwrap_or_else(|| {
        let promise = task::promise(async move {
            load_saved(core).await;
            JsValue::UNDEFINED
        });
        core.site.loading.replace(Some(promise.clone()));
        promise
    });
    // Each step below has its own deadline.
    let _ = Reply::any(promise).await;
    core.site.current().is_some()
}

async fn load_saved(core: &'static Core) {
    let Some(bytes) = core.store.file("state").await else {
        return;
    };
    let Some(mut saved) = Saved::decode(&bytes) else {
        return;
    };
    core.visitor.set_opted_out(saved.opted_out);
    core.tally.replace(std::mem::take(&mut saved.tally));
    core.exchange.rename(&saved.peer, saved.peer_drawn);
    core.site.restore(saved);
    let editions: Vec<_> = core
        .site
        .known
        .borrow()
        .editions
        .values()
        .cloned()
        .collect();
    for edition in editions {
        if edition.record.pack.is_some()
            && let Some(pack) = core
                .store
                .file(&format!("n/{}", edition.record.tree_root()))
                .await
        {
            edition.graft_pack(pack);
        }
    }
}

/// Asks the origin for its head when the last answer is too old, one request at a time; a page waits
/// for it only briefly.
pub(crate) async fn freshen(core: &'static Core) {
    if core.site.stale_in_secs() > 0 {
        return;
    }
    let promise = refresh(core);
    platform::within(&promise, HEAD_WAIT_MS).await;
}

/// The origin gave other bytes than promised: is there a newer version?
pub(crate) async fn suspect(core: &'static Core) {
    let age = platform::wall()
        .0
        .saturating_sub(core.site.known.borrow().checked);
    if age >= SUSPICION_SECS || core.site.refreshing.borrow().is_some() {
        platform::within(&refresh(core), 2 * HEAD_WAIT_MS).await;
    }
}

/// One head request, shared by all who ask while it runs.
pub(crate) fn refresh(core: &'static Core) -> Promise {
    if let Some(running) = core.site.refreshing.borrow().clone() {
        return running;
    }
    core.site.known.borrow_mut().checked = platform::wall().0;
    let promise = task::promise(async move {
        if fetch_newest(core).await.is_some() {
            forget_old(core).await;
            core.announce_head();
        }
        core.save().await;
        core.site.refreshing.replace(None);
        JsValue::UNDEFINED
    });
    core.site.refreshing.replace(Some(promise.clone()));
    promise
}

/// The origin's head and what it names. `None` leaves everything as it was.
async fn fetch_newest(core: &'static Core) -> Option<()> {
    let head = platform::get_anew(
        &format!("{}head", core.site.base),
        HEAD_BYTES_MAX as u64,
        FILE_MS,
    )
    .await?;
    adopt(core, head, None).await
}

/// A head from the origin or a peer: verified, then everything below it, then believed.
pub(crate) async fn adopt(
    core: &'static Core,
    head_bytes: Vec<u8>,
    record: Option<Vec<u8>>,
) -> Option<()> {
    let site = &core.site;
    let envelope = HeadEnvelope::parse(&head_bytes).ok()?;
    let (keys_bytes, keys) = trusted_keys(core, envelope.keys_hint()).await?;
    let head = envelope.verify(&keys, platform::wall()).ok()?;
    let newest = site
        .known
        .borrow()
        .editions
        .last_key_value()
        .map(|(_, it)| it.clone());
    let floor = newest
        .as_ref()
        .map_or(site.floor, |it| it.head.version.max(site.floor));
    head.not_below(floor).ok()?;
    let same = newest.filter(|it| it.head.record == head.record);
    let bytes = SavedEdition {
        head: head_bytes,
        record: match (&same, record) {
            (Some(it), _) => it.bytes.record.clone(),
            (None, Some(record)) => record,
            (None, None) => {
                object(
                    core,
                    head.record,
                    swarmfetch_manifest::record::RECORD_BYTES_MAX,
                )
                .await?
            }
        },
        policy: Vec::new(),
    };
    head.record.check("record", &bytes.record).ok()?;
    let record = swarmfetch_manifest::Record::parse(&bytes.record).ok()?;
    let policy = match &same {
        Some(it) => it.bytes.policy.clone(),
        None => object(core, record.policy, POLICY_BYTES_MAX).await?,
    };
    let edition = Edition::open(SavedEdition { policy, ..bytes }, &keys, platform::wall()).ok()?;
    let root = edition.record.tree_root();
    if let Some(pack) = edition.record.pack {
        let key = format!("n/{root}");
        let held = match &same {
            Some(_) => core.store.file(&key).await,
            None => None,
        };
        if held.is_none_or(|pack| !edition.graft_pack(pack))
            && let Some(pack) = object(core, pack, PARTIAL_BYTES_MAX).await
            && edition.graft_pack(pack.clone())
        {
            core.store.write_file(&key, &pack).await;
        }
    }
    let mut known = site.known.borrow_mut();
    known.keys = Some((keys_bytes, keys));
    known
        .editions
        .insert(edition.head.version, Rc::new(edition));
    Some(())
}

/// The keys object of this name, from memory or the origin, signed by the root.
async fn trusted_keys(core: &'static Core, name: ObjectRef) -> Option<(Vec<u8>, Keys)> {
    let now = platform::wall();
    let held = core.site.known.borrow().keys.clone();
    if let Some((bytes, keys)) = &held
        && ObjectRef::of(bytes) == name
        && keys.expires >= now
    {
        return held;
    }
    let bytes = object(core, name, KEYS_BYTES_MAX).await?;
    let keys = Keys::verify(&bytes, &core.site.root, now).ok()?;
    // Rotations only go forward.
    let number = held.map_or(0, |(_, held)| held.number);
    (keys.number >= number).then_some((bytes, keys))
}

/// An object of the manifest from the origin, its hash checked.
async fn object(core: &'static Core, name: ObjectRef, max: usize) -> Option<Vec<u8>> {
    if name.len() > max as u64 {
        return None;
    }
    let url = format!("{}{}", core.site.objects(), name.hash());
    let bytes = platform::get(&url, name.len(), FILE_MS).await?;
    name.check("object", &bytes).ok()?;
    Some(bytes)
}

/// Lets go of pins of closed clients and of versions that nobody uses.
async fn forget_old(core: &'static Core) {
    let Some(alive) = platform::client_ids().await else {
        return;
    };
    let mut known = core.site.known.borrow_mut();
    // A client that is just being made is not listed yet: the youngest pins stay.
    let old = known.pins.len().saturating_sub(PINS_YOUNG);
    let mut at = 0;
    known.pins.retain(|(id, _)| {
        at += 1;
        at > old || alive.contains(id)
    });
    let used: Vec<Version> = known
        .pins
        .iter()
        .filter_map(|(_, pin)| match pin {
            Pin::To(version) => Some(*version),
            Pin::Pass => None,
        })
        .collect();
    let newest = known.editions.last_key_value().map(|(version, _)| *version);
    known
        .editions
        .retain(|version, _| Some(*version) == newest || used.contains(version));
    while known.editions.len() > EDITIONS_MAX {
        known.editions.pop_first();
    }
}

/// Of a head that a stranger told: `Some(false)` when it is certainly forged, `Some(true)` when it is
/// signed and newer, `None` when that cannot be said here.
pub(crate) fn is_signed_newer(core: &'static Core, head: &[u8], record: &[u8]) -> Option<bool> {
    let Ok(envelope) = HeadEnvelope::parse(head) else {
        return Some(false);
    };
    let known = core.site.known.borrow();
    let (bytes, keys) = known.keys.as_ref()?;
    if envelope.keys_hint() != ObjectRef::of(bytes) {
        return None;
    }
    match envelope.verify(keys, platform::wall()) {
        Ok(head) if head.record.check("record", record).is_ok() => {
            let newest = known.editions.last_key_value().map(|(version, _)| *version);
            (Some(head.version) > newest).then_some(true)
        }
        // An old head that ran out was true once.
        Err(swarmfetch_manifest::Error::Expired { .. }) => None,
        _ => Some(false),
    }
}

//! A map and a set in one sorted run of memory, named as in `std::collections` where they do the same.
//!
//! Not for speed: for size. Each `BTreeMap` type costs 5 to 8 KB of wasm, the worker has a dozen, and what they hold
//! is small. Here a type of key costs 0.3 KB, and a type of value next to nothing: values have memory of their own, so that
//! what looks for a key, and makes room for it, is the same code whatever it is the key of. The price: inserting and
//! removing move what lies behind, so neither is for what grows to tens of thousands one by one, unless in order.

use std::{slice, vec};

/// A map whose entries lie in the order of their keys, each with its value elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedMap<K, V> {
    entries: Vec<(K, Box<V>)>,
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> SortedMap<K, V> {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        let entries = Vec::new();
        Self { entries }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Lets go of all.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Keys and values, in the order of keys.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(self.entries.iter())
    }

    /// Keys and values, in the order of keys.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.entries
            .iter_mut()
            .map(|(key, value)| (&*key, &mut **value))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The keys of these entries, in order: to go through while the map changes.
    pub fn keys_where(&self, mut wanted: impl FnMut(&K, &V) -> bool) -> Vec<K>
    where
        K: Copy,
    {
        let mut keys = Vec::new();
        for (key, value) in self {
            if wanted(key, value) {
                keys.push(*key);
            }
        }
        keys
    }

    /// All keys, in order: to go through while the map changes.
    #[inline(never)]
    pub fn all_keys(&self) -> Vec<K>
    where
        K: Copy,
    {
        self.keys_where(|_, _| true)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| &**value)
    }

    /// The values, in the order of their keys.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| &mut **value)
    }

    /// The values, in the order of their keys.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.entries.into_iter().map(|(_, value)| *value)
    }

    /// Keeps only what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }
}

// Whoever looks for a key calls one function a type: inlined, the searches were the largest part of the worker.
impl<K: Ord, V> SortedMap<K, V> {
    /// Where the key stands, or would stand.
    #[inline(never)]
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.entries.binary_search_by(|(it, _)| it.cmp(key))
    }

    /// The value of a key.
    #[inline(never)]
    pub fn get(&self, key: &K) -> Option<&V> {
        let at = self.place(key).ok()?;
        self.entries.get(at).map(|(_, value)| &**value)
    }

    /// The value of a key.
    #[inline(never)]
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.place(key).ok()?;
        self.entries.get_mut(at).map(|(_, value)| &mut **value)
    }

    /// Whether the key is there.
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Sets the value of a key. `false`: it had another one.
    #[inline(never)]
    pub fn insert(&mut self, key: K, value: V) -> bool {
        let place = self.place(&key);
        match place {
            Ok(at) => *self.entries[at].1 = value,
            Err(at) => self.put(at, key, Box::new(value)),
        }
        place.is_err()
    }

    #[inline(never)]
    fn put(&mut self, at: usize, key: K, value: Box<V>) {
        self.entries.insert(at, (key, value));
    }

    /// The value of a key, which is set to the default first if there is none.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = match self.place(&key) {
            Ok(at) => at,
            Err(at) => {
                self.put(at, key, Box::default());
                at
            }
        };
        &mut self.entries[at].1
    }

    /// Takes out the value of a key.
    #[inline(never)]
    pub fn remove(&mut self, key: &K) -> Option<Box<V>> {
        let at = self.place(key).ok()?;
        Some(self.entries.remove(at).1)
    }
}

/// Keys and values, in the order of keys.
#[derive(Debug, Clone)]
pub struct Iter<'a, K, V>(slice::Iter<'a, (K, Box<V>)>);

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, &**value))
    }
}

impl<'a, K, V> IntoIterator for &'a SortedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, Box<V>);
    type IntoIter = vec::IntoIter<(K, Box<V>)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// A set whose members lie in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedSet<K> {
    members: Vec<K>,
}

impl<K> Default for SortedSet<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> SortedSet<K> {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        let members = Vec::new();
        Self { members }
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Lets go of all.
    pub fn clear(&mut self) {
        self.members.clear();
    }

    /// The members, in order.
    pub fn iter(&self) -> slice::Iter<'_, K> {
        self.members.iter()
    }

    /// Takes out the smallest member.
    pub fn pop_first(&mut self) -> Option<K> {
        (!self.is_empty()).then(|| self.members.remove(0))
    }

    /// Keeps only what `keep` says.
    pub fn retain(&mut self, keep: impl FnMut(&K) -> bool) {
        self.members.retain(keep);
    }
}

impl<K: Ord> SortedSet<K> {
    /// Whether this is a member.
    #[inline(never)]
    pub fn contains(&self, member: &K) -> bool {
        self.members.binary_search(member).is_ok()
    }

    /// Adds a member. `false`: it was one already.
    #[inline(never)]
    pub fn insert(&mut self, member: K) -> bool {
        let place = self.members.binary_search(&member);
        if let Err(at) = place {
            self.members.insert(at, member);
        }
        place.is_err()
    }

    /// Takes out a member. `false`: it was none.
    #[inline(never)]
    pub fn remove(&mut self, member: &K) -> bool {
        let place = self.members.binary_search(member);
        if let Ok(at) = place {
            self.members.remove(at);
        }
        place.is_ok()
    }
}

impl<K: Ord> From<Vec<K>> for SortedSet<K> {
    /// In one go, however many and in whatever order.
    fn from(mut members: Vec<K>) -> Self {
        members.sort_unstable();
        members.dedup();
        Self { members }
    }
}

impl<K> IntoIterator for SortedSet<K> {
    type Item = K;
    type IntoIter = vec::IntoIter<K>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl<'a, K> IntoIterator for &'a SortedSet<K> {
    type Item = &'a K;
    type IntoIter = slice::Iter<'a, K>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_map_does_as_the_standard_one(steps in prop::collection::vec((0..3, 0u8..20, any::<u16>()), 0..200)) {
            let (mut map, mut model) = (SortedMap::new(), BTreeMap::new());
            for (step, key, value) in steps {
                match step {
                    0 => prop_assert_eq!(map.remove(&key).map(|it| *it), model.remove(&key)),
                    1 => *map.or_default(key) |= *model.entry(key).or_default() | value,
                    _ => prop_assert_eq!(map.insert(key, value), model.insert(key, value).is_none()),
                }
                if step == 1 {
                    *model.get_mut(&key).unwrap() |= value;
                }
                prop_assert!(map.iter().eq(model.iter()));
                prop_assert_eq!(map.get(&key), model.get(&key));
            }
            map.retain(|_, value| *value % 2 == 0);
            model.retain(|_, value| *value % 2 == 0);
            prop_assert!(map.into_values().eq(model.into_values()));
        }

        #[test]
        fn a_set_does_as_the_standard_one(start: Vec<u8>, steps: Vec<(bool, u8)>) {
            let mut set = SortedSet::from(start.clone());
            let mut model = BTreeSet::from_iter(start);
            for (add, member) in steps {
                match add {
                    true => prop_assert_eq!(set.insert(member), model.insert(member)),
                    false => prop_assert_eq!(set.remove(&member), model.remove(&member)),
                }
                prop_assert_eq!(set.contains(&member), model.contains(&member));
            }
            prop_assert_eq!(set.pop_first(), model.pop_first());
            set.retain(|member| member % 2 == 0);
            model.retain(|member| member % 2 == 0);
            prop_assert!(set.into_iter().eq(model));
        }
    }
}

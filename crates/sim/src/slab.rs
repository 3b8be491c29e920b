//! A numbered collection whose things are found in one step, however many there are.
//!
//! Things get the world's numbers, which only grow; a key is the number and, with it, the place. What is looked for
//! after it went is not found, though its place has another tenant: the numbers differ. Places are reused, the last
//! one left first, which the processor still has at hand.

/// Names a thing in a [`Slab`]. Keys are in the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(u64);

/// Bits of a key that say where.
const PLACE_BITS: u32 = 24;

impl Key {
    fn new(number: u64, place: usize) -> Self {
        debug_assert!(number >> (64 - PLACE_BITS) == 0 && place >> PLACE_BITS == 0);
        Key(number << PLACE_BITS | place as u64)
    }

    /// The number that it was given.
    pub(crate) fn number(self) -> u64 {
        self.0 >> PLACE_BITS
    }

    fn place(self) -> usize {
        (self.0 & ((1 << PLACE_BITS) - 1)) as usize
    }
}

/// Things by their keys.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    places: Vec<Option<(Key, T)>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(crate) fn new() -> Self {
        Slab {
            places: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Takes a thing in under a number that no other thing ever had.
    pub(crate) fn insert(&mut self, number: u64, thing: T) -> Key {
        let place = match self.free.pop() {
            Some(place) => place as usize,
            None => {
                self.places.push(None);
                self.places.len() - 1
            }
        };
        let key = Key::new(number, place);
        self.places[place] = Some((key, thing));
        key
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        match self.places.get(key.place()) {
            Some(Some((there, thing))) if *there == key => Some(thing),
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match self.places.get_mut(key.place()) {
            Some(Some((there, thing))) if *there == key => Some(thing),
            _ => None,
        }
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        self.get(key)?;
        self.free.push(key.place() as u32);
        let (_, thing) = self.places[key.place()].take()?;
        Some(thing)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.free.len() == self.places.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_is_not_found_in_the_place_of_another() {
        let mut slab = Slab::new();
        let [one, two] = [(7, 'a'), (9, 'b')].map(|(number, thing)| slab.insert(number, thing));
        assert!(one < two);
        assert_eq!(slab.remove(one), Some('a'));
        let three = slab.insert(12, 'c');
        assert_eq!((three.place(), three.number()), (one.place(), 12));
        assert_eq!(slab.get(one), None);
        assert_eq!(slab.remove(one), None);
        assert_eq!((slab.get(two), slab.get(three)), (Some(&'b'), Some(&'c')));
        *slab.get_mut(three).unwrap() = 'd';
        assert_eq!(
            (slab.remove(three), slab.remove(two)),
            (Some('d'), Some('b'))
        );
        assert!(slab.is_empty());
    }
}

//! The bytes in which messages, policies and saved state are written: the part of postcard's format that they need
//! (<https://postcard.jamesmunns.com/wire-format>), read without serde, whose visitors were a tenth of the worker.
//!
//! Numbers are LEB128 but for single bytes, lists and texts have their length in front, an option has a byte 0 or 1,
//! arrays and structs are just their parts. Whatever the bytes, reading gives a value or nothing, and reserves nothing
//! for a length that is only claimed.

/// What can be read from bytes that live for `'a`.
///
/// Whether all was there is asked once, at the end ([`Reader::read`]), and not for each part: a way out between any two
/// of them, each with what had been read to be dropped, was half of the code.
pub trait Decode<'a>: Sized {
    /// Reads one value. Where the bytes end before it does, or have no such value, the reader fails, and this is
    /// something of no meaning.
    fn decode(from: &mut Reader<'a>) -> Self;

    /// Reads so many values, one after the other.
    fn decode_list(count: usize, from: &mut Reader<'a>) -> Vec<Self> {
        let mut list = Vec::new();
        while list.len() < count && !from.failed {
            list.push(Self::decode(from));
        }
        list
    }
}

/// What can be written.
pub trait Encode {
    /// Appends the value's bytes.
    fn encode(&self, to: &mut Vec<u8>);
}

/// Bytes that are being read.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    failed: bool,
}

impl<'a> Reader<'a> {
    /// Begins to read.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let (rest, failed) = (bytes, false);
        Self { rest, failed }
    }

    /// The next value, of whatever type is wanted; nothing if this or an earlier one is not there.
    pub fn read<T: Decode<'a>>(&mut self) -> Option<T> {
        let value = T::decode(self);
        (!self.failed).then_some(value)
    }

    /// A part of the value that is being read.
    pub fn part<T: Decode<'a>>(&mut self) -> T {
        T::decode(self)
    }

    /// Notes that there is no such value; gives what stands in its place.
    pub fn fail<T>(&mut self, instead: T) -> T {
        self.failed = true;
        instead
    }

    /// Has a part not been there?
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Fills `bytes` with the next ones.
    #[inline(never)]
    pub fn fill(&mut self, bytes: &mut [u8]) {
        let taken = self.take(bytes.len());
        if taken.len() == bytes.len() {
            bytes.copy_from_slice(taken);
        }
    }

    /// The next `count` bytes; none of them where there are not so many.
    #[inline(never)]
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return self.fail(&[]);
        };
        self.rest = rest;
        taken
    }

    /// What has not been read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next byte.
    #[inline(never)]
    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// A number of at most `bits` bits.
    #[inline(never)]
    pub fn number(&mut self, bits: u32) -> u64 {
        let mut number = 0;
        let mut shift = 0;
        while shift < bits {
            let byte = self.byte();
            let digit = u64::from(byte & 0x7f);
            if digit >> (bits - shift).min(7) != 0 {
                break;
            }
            number |= digit << shift;
            if byte & 0x80 == 0 {
                return number;
            }
            shift += 7;
        }
        self.fail(0)
    }

    /// A length that the rest of the bytes may have.
    fn length(&mut self) -> usize {
        match usize::try_from(self.number(64)) {
            Ok(length) if length <= self.rest.len() => length,
            _ => self.fail(0),
        }
    }
}

fn write_number(mut number: u64, to: &mut Vec<u8>) {
    while number > 0x7f {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Decode<'_> for $number {
            fn decode(from: &mut Reader<'_>) -> Self {
                from.number(<$number>::BITS) as $number
            }
        }

        impl Encode for $number {
            fn encode(&self, to: &mut Vec<u8>) {
                write_number(u64::from(*self), to);
            }
        }
    )*};
}

numbers!(u16, u32, u64);

impl Decode<'_> for u8 {
    fn decode(from: &mut Reader<'_>) -> Self {
        from.byte()
    }

    fn decode_list(count: usize, from: &mut Reader<'_>) -> Vec<Self> {
        from.take(count).to_vec()
    }
}

impl Encode for u8 {
    fn encode(&self, to: &mut Vec<u8>) {
        to.push(*self);
    }
}

impl Decode<'_> for bool {
    fn decode(from: &mut Reader<'_>) -> Self {
        match from.byte() {
            0 => false,
            1 => true,
            _ => from.fail(false),
        }
    }
}

impl Encode for bool {
    fn encode(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }
}

impl<const LEN: usize> Decode<'_> for [u8; LEN] {
    fn decode(from: &mut Reader<'_>) -> Self {
        let mut array = [0; LEN];
        from.fill(&mut array);
        array
    }
}

impl<const LEN: usize> Encode for [u8; LEN] {
    fn encode(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self);
    }
}

impl<'a> Decode<'a> for &'a [u8] {
    fn decode(from: &mut Reader<'a>) -> Self {
        let length = from.length();
        from.take(length)
    }
}

impl Encode for &[u8] {
    fn encode(&self, to: &mut Vec<u8>) {
        write_number(self.len() as u64, to);
        to.extend_from_slice(self);
    }
}

impl Decode<'_> for String {
    fn decode(from: &mut Reader<'_>) -> Self {
        match String::from_utf8(from.part()) {
            Ok(text) => text,
            Err(_) => from.fail(String::new()),
        }
    }
}

impl Encode for String {
    fn encode(&self, to: &mut Vec<u8>) {
        self.as_bytes().encode(to);
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Vec<T> {
    fn decode(from: &mut Reader<'a>) -> Self {
        // Each takes a byte at least.
        let count = from.length();
        T::decode_list(count, from)
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, to: &mut Vec<u8>) {
        write_number(self.len() as u64, to);
        for one in self {
            one.encode(to);
        }
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Option<T> {
    fn decode(from: &mut Reader<'a>) -> Self {
        from.part::<bool>().then(|| from.part())
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, to: &mut Vec<u8>) {
        self.is_some().encode(to);
        if let Some(value) = self {
            value.encode(to);
        }
    }
}

impl<'a, A: Decode<'a>, B: Decode<'a>> Decode<'a> for (A, B) {
    fn decode(from: &mut Reader<'a>) -> Self {
        (from.part(), from.part())
    }
}

impl<A: Encode, B: Encode> Encode for (A, B) {
    fn encode(&self, to: &mut Vec<u8>) {
        self.0.encode(to);
        self.1.encode(to);
    }
}

/// Says that a struct is read as these fields, in this order.
#[macro_export]
macro_rules! decode_fields {
    ($type:ident<$life:lifetime> { $($field:tt),* }) => {
        impl<$life> $crate::codec::Decode<$life> for $type<$life> {
            fn decode(from: &mut $crate::codec::Reader<$life>) -> Self {
                Self { $($field: from.part()),* }
            }
        }
    };
    ($type:ident { $($field:tt),* }) => {
        impl $crate::codec::Decode<'_> for $type {
            fn decode(from: &mut $crate::codec::Reader<'_>) -> Self {
                Self { $($field: from.part()),* }
            }
        }
    };
}

/// Says that a struct is written as these fields, in this order.
#[macro_export]
macro_rules! encode_fields {
    ($type:ty { $($field:tt),* }) => {
        impl $crate::codec::Encode for $type {
            fn encode(&self, to: &mut Vec<u8>) {
                $($crate::codec::Encode::encode(&self.$field, to);)*
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        small: u8,
        short: u16,
        middle: u32,
        long: u64,
        yes: bool,
        array: [u8; 3],
        list: Vec<(String, Option<u64>)>,
        bytes: Vec<u8>,
    }

    decode_fields!(Sample {
        small,
        short,
        middle,
        long,
        yes,
        array,
        list,
        bytes
    });
    encode_fields!(Sample {
        small,
        short,
        middle,
        long,
        yes,
        array,
        list,
        bytes
    });

    fn decode(bytes: &[u8]) -> Option<(Sample, usize)> {
        let mut reader = Reader::new(bytes);
        let sample = reader.read()?;
        Some((sample, reader.rest().len()))
    }

    fn oracle(bytes: &[u8]) -> Option<(Sample, usize)> {
        let (sample, rest) = postcard::take_from_bytes(bytes).ok()?;
        Some((sample, rest.len()))
    }

    fn sample() -> impl Strategy<Value = Sample> {
        let head = any::<(u8, u16, u32, u64, bool, [u8; 3])>();
        (head, any::<(Vec<(String, Option<u64>)>, Vec<u8>)>()).prop_map(|(head, (list, bytes))| {
            let (small, short, middle, long, yes, array) = head;
            Sample {
                small,
                short,
                middle,
                long,
                yes,
                array,
                list,
                bytes,
            }
        })
    }

    proptest! {
        #[test]
        fn values_are_written_and_read_as_postcard_does(sample in sample()) {
            let bytes = postcard::to_allocvec(&sample).unwrap();
            let mut written = Vec::new();
            sample.encode(&mut written);
            prop_assert_eq!(&written, &bytes);
            prop_assert_eq!(decode(&bytes), Some((sample, 0)));
        }

        #[test]
        fn damaged_bytes_are_read_as_postcard_does(
            sample in sample(),
            at: prop::sample::Index,
            byte: u8,
            cut: prop::sample::Index,
        ) {
            let mut bytes = postcard::to_allocvec(&sample).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(cut.index(bytes.len() + 1).max(at));
            prop_assert_eq!(decode(&bytes), oracle(&bytes));
        }

        #[test]
        fn any_bytes_are_read_as_postcard_does(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&bytes), oracle(&bytes));
        }
    }
}

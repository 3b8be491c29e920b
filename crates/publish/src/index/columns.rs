//! Many values of one kind as one run of bytes: written and read at once, looked at one by one. Numbers are little-endian.

use std::ops::Range;

/// Texts, or other runs of bytes, by number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'a> {
    /// Where each ends in `bytes`, as `u32`.
    pub(crate) ends: &'a [u8],
    pub(crate) bytes: &'a [u8],
}

impl<'a> Texts<'a> {
    /// None for what no [`TextsBuf`] holds.
    pub(crate) fn new(ends: &'a [u8], bytes: &'a [u8]) -> Option<Self> {
        let texts = Self { ends, bytes };
        let (all, rest) = ends.as_chunks();
        let mut last = 0;
        let ordered = all.iter().all(|end| {
            let before = std::mem::replace(&mut last, u32::from_le_bytes(*end));
            before <= last
        });
        (rest.is_empty() && ordered && last as usize == bytes.len()).then_some(texts)
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len() / 4
    }

    fn end(&self, n: usize) -> usize {
        number(self.ends, n) as usize
    }

    /// Where so many of them begin and end.
    fn span(&self, range: &Range<usize>) -> Range<usize> {
        let start = |n: usize| if n == 0 { 0 } else { self.end(n - 1) };
        start(range.start)..start(range.end)
    }

    pub(crate) fn bytes(&self, n: usize) -> &'a [u8] {
        &self.bytes[self.span(&(n..n + 1))]
    }

    /// Empty for bytes that are no text.
    pub(crate) fn text(&self, n: usize) -> &'a str {
        std::str::from_utf8(self.bytes(n)).unwrap_or_default()
    }
}

/// The same, being made.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextsBuf {
    pub(crate) ends: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
}

impl TextsBuf {
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.end();
    }

    fn end(&mut self) {
        // An index is far below 4 GiB: a larger one is neither written nor read.
        let end = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.ends.extend_from_slice(&end.to_le_bytes());
    }

    pub(crate) fn extend(&mut self, texts: &Texts<'_>, range: &Range<usize>) {
        let span = texts.span(range);
        let moved = self.bytes.len().wrapping_sub(span.start) as u32;
        self.bytes.extend_from_slice(&texts.bytes[span]);
        let ends = texts.ends[range.start * 4..range.end * 4].as_chunks().0;
        let moved = ends
            .iter()
            .map(|end| u32::from_le_bytes(*end).wrapping_add(moved));
        self.ends.extend(moved.flat_map(u32::to_le_bytes));
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len() / 4
    }

    pub(crate) fn texts(&self) -> Texts<'_> {
        Texts {
            ends: &self.ends,
            bytes: &self.bytes,
        }
    }
}

/// The n-th `u32` of a run of them.
pub(crate) fn number(bytes: &[u8], n: usize) -> u32 {
    u32::from_le_bytes(*fixed(bytes, n))
}

/// The n-th of values that have so many bytes.
pub(crate) fn fixed<const N: usize>(bytes: &[u8], n: usize) -> &[u8; N] {
    &bytes.as_chunks().0[n]
}

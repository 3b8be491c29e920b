//! How bytes prove themselves: BLAKE3 groups, slices and ranges.

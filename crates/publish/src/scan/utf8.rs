//! Whether bytes that come in pieces are UTF-8.

/// Checks UTF-8 in pieces.
#[derive(Default)]
pub(super) struct Utf8 {
    invalid: bool,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl Utf8 {
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        while !self.invalid && !self.begun.is_empty() && !bytes.is_empty() {
            self.begun.push(bytes[0]);
            bytes = &bytes[1..];
            match std::str::from_utf8(&self.begun) {
                Ok(_) => self.begun.clear(),
                Err(error) => self.invalid = error.error_len().is_some(),
            }
        }
        if self.invalid {
            return;
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            self.invalid = error.error_len().is_some();
            if !self.invalid {
                self.begun = bytes[error.valid_up_to()..].to_vec();
            }
        }
    }

    pub(super) fn finish(self) -> bool {
        !self.invalid && self.begun.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_does_not_depend_on_the_pieces() {
        let text = "aé€😀z".as_bytes();
        let wrong = [&text[..4], &[0x80], text].concat();
        for size in 1..=wrong.len() {
            for (bytes, expected) in [
                (text, true),
                (&wrong[..], false),
                (&text[..text.len() - 2], false),
            ] {
                let mut check = Utf8::default();
                bytes.chunks(size).for_each(|piece| check.push(piece));
                assert_eq!(check.finish(), expected, "{size} {bytes:?}");
            }
        }
    }
}

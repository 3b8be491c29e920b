//! The little text that formats have: cut at ASCII bytes, numbers and hexadecimal read and written.
//!
//! Not for speed: for size. The standard library searches for patterns of any kind and formats by tables and virtual
//! calls, 6 KB of the worker's wasm more than this.

/// What stands before and behind the first such byte, an ASCII one; nothing where there is none.
#[must_use]
#[inline(never)]
pub fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = text.bytes().position(|byte| byte == at)?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// What stands behind the last such byte, an ASCII one; all of it where there is none.
#[must_use]
pub fn behind_last(text: &str, at: u8) -> &str {
    let place = text.bytes().rposition(|byte| byte == at);
    text.get(place.map_or(0, |place| place + 1)..)
        .unwrap_or_default()
}

/// The lines of a text, without their ends, as `str::lines` has them.
#[must_use]
pub fn lines(text: &str) -> Lines<'_> {
    Lines(text)
}

/// Lines that were not read yet.
#[derive(Debug, Clone)]
pub struct Lines<'a>(&'a str);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        match cut(self.0, b'\n') {
            Some((line, rest)) => {
                self.0 = rest;
                Some(line.strip_suffix('\r').unwrap_or(line))
            }
            None if self.0.is_empty() => None,
            None => Some(std::mem::take(&mut self.0)),
        }
    }
}

/// The number that these digits, and nothing else, stand for; nothing past `u64::MAX`.
#[must_use]
#[inline(never)]
pub fn decimal(digits: &str) -> Option<u64> {
    let digit = |number: u64, digit: u8| {
        let digit = digit.wrapping_sub(b'0');
        let more = number.checked_mul(10)?.checked_add(u64::from(digit));
        more.filter(|_| digit < 10)
    };
    let number = digits.bytes().try_fold(0, digit);
    number.filter(|_| !digits.is_empty())
}

/// Appends a number in decimal, with zeros in front where it has fewer digits than these.
#[inline(never)]
pub fn push_decimal(text: &mut String, number: u64, digits_min: u32) {
    if number >= 10 || digits_min > 1 {
        push_decimal(text, number / 10, digits_min.saturating_sub(1));
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Fills `bytes` from as many pairs of lower-case hexadecimal digits; nothing when that is not what the text is.
#[must_use]
#[inline(never)]
pub fn hex_into(text: &str, bytes: &mut [u8]) -> Option<()> {
    let digits = text.as_bytes();
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (at, digit) in digits.iter().enumerate() {
        let nibble = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        let byte = bytes.get_mut(at / 2)?;
        *byte = *byte << 4 | nibble;
    }
    Some(())
}

/// Appends the bytes as lower-case hexadecimal digits.
#[inline(never)]
pub fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            let letter = if nibble < 10 { b'0' } else { b'a' - 10 };
            text.push(char::from(letter + nibble));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_is_cut_as_by_the_standard_library(text in "[ab/é\r\n]{0,12}") {
            prop_assert_eq!(cut(&text, b'/'), text.split_once('/'));
            prop_assert_eq!(Some(behind_last(&text, b'/')), text.rsplit('/').next());
            prop_assert!(lines(&text).eq(text.lines()));
        }

        #[test]
        fn numbers_come_back(number: u64, digits_min in 0u32..30) {
            let mut text = String::new();
            push_decimal(&mut text, number, digits_min);
            prop_assert_eq!(&text, &format!("{number:0width$}", width = digits_min as usize));
            prop_assert_eq!(decimal(&text), Some(number));
        }

        #[test]
        fn digits_alone_are_numbers(text in "[0-9]{18,21}|[0-9+/:é-]{0,3}") {
            prop_assert_eq!(decimal(&text), text.parse().ok().filter(|_| !text.starts_with('+')));
        }

        #[test]
        fn bytes_come_back_from_hexadecimal(bytes in prop::array::uniform4(any::<u8>())) {
            let mut text = String::new();
            push_hex(&mut text, &bytes);
            prop_assert_eq!(&text, &bytes.map(|byte| format!("{byte:02x}")).concat());
            let mut again = [0; 4];
            prop_assert_eq!(hex_into(&text, &mut again), Some(()));
            prop_assert_eq!(again, bytes);
        }

        #[test]
        fn nothing_else_is_hexadecimal(text in "[0-9a-gA-Fé]{3,5}") {
            let is_hex = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
            let good = text.len() == 4 && text.bytes().all(is_hex);
            prop_assert_eq!(hex_into(&text, &mut [0; 2]).is_some(), good);
        }
    }
}

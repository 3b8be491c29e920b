//! The little JSON that tracker messages need: a reader that walks a text once and a writer that appends.
//!
//! The reader accepts exactly RFC 8259, builds no tree, and can hand out a value as the text it is, which the
//! tracker relays unread. Numbers come as whole ones, which is all the protocol has; the float parser of the
//! standard library would cost several KiB of wasm.

use swarmfetch_content::text::{cut, decimal, push_decimal};

use super::MessageError;

/// Deepest nesting that is walked: the protocol has 3 levels, foreign extra keys may have a few more.
const DEPTH_MAX: u32 = 16;

/// A position in a JSON text. Whether all was JSON and as wanted is asked once, at the end: a reader that has failed gives
/// values of no meaning, and keeps to its first error.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    error: Option<MessageError>,
}

impl<'a> Reader<'a> {
    /// Starts at the first character.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            error: None,
        }
    }

    /// Says whether all is well so far, with nothing but white space left.
    pub(super) fn end(&mut self) -> Result<(), MessageError> {
        if self.peek().is_some() {
            self.fail_here();
        }
        self.so_far()
    }

    /// Says whether all is well so far.
    pub(super) fn so_far(&self) -> Result<(), MessageError> {
        self.error.map_or(Ok(()), Err)
    }

    /// Notes what is wrong; nothing is read any more.
    pub(super) fn fail(&mut self, error: MessageError) {
        self.error.get_or_insert(error);
    }

    /// Walks an object; `member` must consume each value. Any other value is an error.
    pub(super) fn object(&mut self, member: &mut dyn FnMut(&str, &mut Self)) {
        self.list(b'{', b'}', &mut |reader| {
            let key = reader.string();
            reader.expect(b':');
            member(&key, reader);
        });
    }

    /// Walks an array; `item` must consume each value. Any other value is an error.
    pub(super) fn array(&mut self, item: &mut dyn FnMut(&mut Self)) {
        self.list(b'[', b']', item);
    }

    /// The next value's first byte, if there is one.
    #[inline(never)]
    pub(super) fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.byte()
    }

    /// A string, with its escapes undone.
    pub(super) fn string(&mut self) -> String {
        self.expect(b'"');
        let mut value = String::new();
        loop {
            let from = self.at;
            while !matches!(self.byte(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            // Both ends are at ASCII bytes or the text's end, so never inside a character.
            value.push_str(self.since(from));
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return value;
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.escape() {
                        Some(char) => value.push(char),
                        None => self.fail_here(),
                    }
                }
                _ => {
                    self.fail_here();
                    return value;
                }
            }
        }
    }

    /// A number that is not negative, without its fraction, stopping at `u64::MAX`; `None` for every other value, and
    /// for numbers with an exponent, which nobody writes here.
    pub(super) fn whole(&mut self) -> Option<u64> {
        let text = self.raw();
        let whole = cut(text, b'.').map_or(text, |(whole, _)| whole);
        let has_exponent = text.bytes().any(|byte| byte | 0x20 == b'e');
        let is_whole = !has_exponent && whole.bytes().all(|byte| byte.is_ascii_digit());
        is_whole.then(|| decimal(whole).unwrap_or(u64::MAX))
    }

    /// Whether the next value is `true`.
    pub(super) fn is_true(&mut self) -> bool {
        self.raw() == "true"
    }

    /// The next value as it stands in the text, checked to be JSON.
    pub(super) fn raw(&mut self) -> &'a str {
        self.peek();
        let from = self.at;
        self.skip();
        self.since(from)
    }

    /// Walks over the next value, whatever it is.
    pub(super) fn skip(&mut self) {
        match self.peek() {
            Some(b'{') => self.object(&mut |_, reader| reader.skip()),
            Some(b'[') => self.array(&mut |reader| reader.skip()),
            Some(b'"') => drop(self.string()),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.number(),
        }
    }

    fn list(&mut self, open: u8, close: u8, item: &mut dyn FnMut(&mut Self)) {
        self.expect(open);
        if self.depth == DEPTH_MAX {
            return self.fail_here();
        }
        self.depth += 1;
        let mut more = self.peek() != Some(close);
        while more {
            item(self);
            more = self.peek() == Some(b',');
            self.at += usize::from(more);
        }
        self.expect(close);
        self.depth -= 1;
    }

    fn number(&mut self) {
        self.accept(b"-");
        // RFC 8259 section 6: no leading zeros.
        if !self.accept(b"0") {
            self.digits();
        }
        if self.accept(b".") {
            self.digits();
        }
        if self.accept(b"eE") {
            self.accept(b"+-");
            self.digits();
        }
    }

    fn digits(&mut self) {
        let from = self.at;
        while self.accept(b"0123456789") {}
        if self.at == from {
            self.fail_here();
        }
    }

    fn word(&mut self, word: &str) {
        if word.bytes().any(|letter| !self.accept(&[letter])) {
            self.fail_here();
        }
    }

    /// RFC 8259 section 7; half a surrogate pair is refused, since no Rust string can hold it.
    fn escape(&mut self) -> Option<char> {
        let letter = self.byte();
        self.at += 1;
        Some(match letter? {
            plain @ (b'"' | b'\\' | b'/') => char::from(plain),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.hex4()?;
                if (0xd800..0xdc00).contains(&code) {
                    self.word("\\u");
                    let low = self.hex4()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return None;
                    }
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                char::from_u32(code)?
            }
            _ => return None,
        })
    }

    fn hex4(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            code = code * 16 + char::from(self.byte()?).to_digit(16)?;
            self.at += 1;
        }
        Some(code)
    }

    #[inline(never)]
    fn expect(&mut self, byte: u8) {
        self.peek();
        if !self.accept(&[byte]) {
            self.fail_here();
        }
    }

    #[inline(never)]
    fn accept(&mut self, bytes: &[u8]) -> bool {
        let accepted = self.byte().is_some_and(|byte| bytes.contains(&byte));
        self.at += usize::from(accepted);
        accepted
    }

    /// The byte here; none at the end, or after an error.
    #[inline(never)]
    fn byte(&self) -> Option<u8> {
        let byte = self.text.as_bytes().get(self.at).copied();
        byte.filter(|_| self.error.is_none())
    }

    /// The text up to here.
    fn since(&self, from: usize) -> &'a str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    #[inline(never)]
    fn fail_here(&mut self) {
        let at = self.at.min(self.text.len());
        self.fail(MessageError::Json { at });
    }
}

/// A JSON text being written. The caller opens and closes in pairs.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
}

impl Writer {
    /// Begins an object or array, as a value.
    pub(super) fn open(&mut self, bracket: char) {
        self.comma();
        self.text.push(bracket);
    }

    /// Ends the object or array.
    pub(super) fn close(&mut self, bracket: char) {
        self.text.push(bracket);
    }

    /// Writes a member's key; its value must follow.
    pub(super) fn key(&mut self, key: &str) {
        self.string(key);
        self.text.push(':');
    }

    /// Writes a string as a value.
    pub(super) fn string(&mut self, value: &str) {
        self.comma();
        self.text.push('"');
        for char in value.chars() {
            match char {
                '"' | '\\' => self.text.extend(['\\', char]),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\0'..='\u{1f}' => {
                    self.text.push_str("\\u00");
                    let code = u32::from(char);
                    self.text.extend(
                        [code >> 4, code & 15]
                            .map(|digit| char::from_digit(digit, 16).unwrap_or('0')),
                    );
                }
                _ => self.text.push(char),
            }
        }
        self.text.push('"');
    }

    /// Writes a number as a value.
    pub(super) fn number(&mut self, value: u64) {
        self.comma();
        push_decimal(&mut self.text, value, 1);
    }

    /// Writes a value that is JSON already, `true` for one.
    pub(super) fn raw(&mut self, value: &str) {
        self.comma();
        self.text.push_str(value);
    }

    /// Writes a member whose value is a string.
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.string(value);
    }

    /// Writes a member whose value is a number.
    pub(super) fn count(&mut self, key: &str, value: u64) {
        self.key(key);
        self.number(value);
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn comma(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.text.push(',');
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Walks the whole text and hands it back when it is one JSON value.
    fn walk(text: &str) -> Result<(), MessageError> {
        let mut reader = Reader::new(text);
        reader.skip();
        reader.end()
    }

    #[test]
    fn accepts_what_the_oracle_accepts_and_nothing_else() {
        for text in [
            "{}",
            "[]",
            " [ 1 , 2 ] ",
            "{\"a\":{\"b\":[null,true,false]}}",
            "\"\\u00e9\\ud83d\\ude00\\n\"",
            "-0",
            "0.5e-3",
            "1E+2",
            "\"é\u{7f}\"",
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "-",
            "1e",
            "+1",
            "nul",
            "truefalse",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\n\"",
            "\"",
            "[1 2]",
            "{\"a\":1,}",
            "[[]",
            "1 1",
        ] {
            let oracle = serde_json::from_str::<serde_json::Value>(text);
            assert_eq!(walk(text).is_ok(), oracle.is_ok(), "{text:?}: {oracle:?}");
        }
    }

    #[test]
    fn refuses_deep_nesting_and_half_pairs() {
        assert!(walk(&("[".repeat(16) + &"]".repeat(16))).is_ok());
        assert!(walk(&("[".repeat(17) + &"]".repeat(17))).is_err());
        assert!(walk(&"[".repeat(60_000)).is_err());
        assert!(walk("\"\\ud800\"").is_err());
        assert!(walk("\"\\ud800\\u0041\"").is_err());
        assert!(walk("\"\\udc00\"").is_err());
    }

    #[test]
    fn reads_whole_numbers_however_written() {
        for (text, value) in [
            ("0", Some(0)),
            ("120", Some(120)),
            ("120.9", Some(120)),
            ("12e1", None),
            ("1200E-1", None),
            ("1e+400", None),
            ("1.5", Some(1)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("-1", None),
            ("null", None),
            ("\"7\"", None),
            ("true", None),
            ("[7]", None),
        ] {
            assert_eq!(Reader::new(text).whole(), value, "{text}");
        }
    }

    proptest! {
        #[test]
        fn strings_come_back(value in "\\PC*|[\\x00-\\xff]*") {
            let mut writer = Writer::default();
            writer.string(&value);
            let text = writer.finish();
            prop_assert_eq!(serde_json::from_str::<String>(&text).ok(), Some(value.clone()));
            let mut reader = Reader::new(&text);
            prop_assert_eq!(reader.string(), value);
            prop_assert_eq!(reader.end(), Ok(()));
        }

        #[test]
        fn numbers_come_back(value: u64) {
            let mut writer = Writer::default();
            writer.number(value);
            prop_assert_eq!(Reader::new(&writer.finish()).whole(), Some(value));
        }

        #[test]
        fn agrees_with_the_oracle_on_damaged_texts(at in 0usize..80, byte in "[ -~]") {
            let mut text = String::from(r#"{"action":"announce","n":[1,2.5e3,-0,null],"s":"a\u00e9\n","o":{"t":true}}"#);
            let at = at.min(text.len() - 1);
            text.replace_range(at..=at, &byte);
            prop_assert_eq!(walk(&text).is_ok(), serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
        }
    }
}

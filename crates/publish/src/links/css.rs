//! References in CSS: `url()`, `@import`, `image-set()`. Tokenised by `cssparser`.

use cssparser::{ParseError, Parser, Token};

use super::{Link, Purpose};

/// Everything this stylesheet (or `style` attribute) names, in order.
#[must_use]
pub fn css_links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    if !may_name(text) {
        return links;
    }
    let mut rest = text;
    loop {
        while let Some(len) = plain_rule(rest.as_bytes()) {
            rest = &rest[len..];
        }
        let mut parser = Parser::new(rest);
        read(&mut parser, Context::Rules, Until::Rule, &mut links);
        let end = parser.position().byte_index();
        if end == 0 || end >= rest.len() {
            return links;
        }
        rest = &rest[end..];
    }
}

/// The length of the rule that this begins with, when anyone can see that it names nothing: no strings, comments, escapes, functions, or
/// blocks in blocks. Half of most stylesheets is such, and the parser takes ten times as long for it.
fn plain_rule(text: &[u8]) -> Option<usize> {
    let open = plain(text);
    let block = text[open..].strip_prefix(b"{")?;
    let close = plain(block);
    (block.get(close) == Some(&b'}')).then_some(open + 1 + close + 1)
}

/// How many bytes go by before one that may begin or end something.
fn plain(text: &[u8]) -> usize {
    let special = |(place, byte): (usize, &u8)| match byte {
        b'"' | b'\'' | b'\\' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'@' => true,
        b'/' => text.get(place + 1) == Some(&b'*'),
        _ => false,
    };
    text.iter()
        .enumerate()
        .position(special)
        .unwrap_or(text.len())
}

/// Could there be a reference? Most `style` attributes and many stylesheets have none, and need no parser to say so.
fn may_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = |place: usize, name: &str| {
        place >= name.len()
            && bytes[place - name.len()..place].eq_ignore_ascii_case(name.as_bytes())
    };
    let begins = |place: usize, name: &str| {
        let after = &bytes[place..];
        after.len() >= name.len() && after[..name.len()].eq_ignore_ascii_case(name.as_bytes())
    };
    // Names may be written with escapes, which only the parser reads.
    text.contains('\\')
        || text
            .match_indices('(')
            .any(|(place, _)| REFERENCES.iter().any(|name| ends(place, name)))
        || text
            .match_indices('@')
            .any(|(place, _)| begins(place, "@import"))
}

/// The functions whose quoted strings are references.
const REFERENCES: [&str; 4] = ["url", "src", "image-set", "-webkit-image-set"];

/// What a quoted string means where we are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Rules,
    /// After `@import`, or inside the `url()` there.
    Import,
    /// Inside `url("…")` or `image-set(…)`: a quoted string is a reference.
    Reference(Purpose),
    FontFace,
}

/// How far to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// To the end of one rule.
    Rule,
    /// To the end of the block, or of everything.
    End,
}

fn read(parser: &mut Parser<'_>, outer: Context, until: Until, links: &mut Vec<Link>) {
    let mut context = outer;
    while let Ok(token) = parser.next().cloned() {
        let inner = match &token {
            Token::AtKeyword(name) => {
                context = if name.eq_ignore_ascii_case("import") {
                    Context::Import
                } else if name.eq_ignore_ascii_case("font-face") {
                    Context::FontFace
                } else {
                    outer
                };
                continue;
            }
            Token::Semicolon if until == Until::Rule => return,
            Token::Semicolon => {
                context = outer;
                continue;
            }
            Token::UnquotedUrl(url) => {
                push(url, context, links);
                continue;
            }
            Token::QuotedString(text) => {
                if matches!(context, Context::Import | Context::Reference(_)) {
                    push(text, context, links);
                }
                continue;
            }
            Token::Function(name) if is_reference(name) => match context {
                Context::Import => Context::Import,
                _ => Context::Reference(purpose(context)),
            },
            Token::Function(_) | Token::ParenthesisBlock | Token::SquareBracketBlock => {
                match context {
                    Context::Reference(_) | Context::Import => Context::Rules,
                    other => other,
                }
            }
            Token::CurlyBracketBlock => match context {
                Context::FontFace => Context::FontFace,
                _ => Context::Rules,
            },
            _ => continue,
        };
        let block = matches!(token, Token::CurlyBracketBlock);
        let first = links.len();
        // Refused past 75 blocks inside each other, which the parser then skips: no real stylesheet.
        let _too_deep = parser.parse_nested_block(|parser| {
            read(parser, inner, Until::End, links);
            Ok::<(), ParseError<()>>(())
        });
        if block {
            if context == Context::FontFace {
                choose_font(&mut links[first..]);
            }
            if until == Until::Rule {
                return;
            }
            context = outer;
        }
    }
}

fn is_reference(function: &str) -> bool {
    REFERENCES
        .iter()
        .any(|name| function.eq_ignore_ascii_case(name))
}

fn purpose(context: Context) -> Purpose {
    match context {
        Context::Import => Purpose::Stylesheet,
        Context::Reference(purpose) => purpose,
        Context::Rules | Context::FontFace => Purpose::Other,
    }
}

fn push(reference: &str, context: Context, links: &mut Vec<Link>) {
    links.push(Link::new(reference, purpose(context)));
}

/// Browsers take the first source of a font that they can read: all of them read woff2.
fn choose_font(sources: &mut [Link]) {
    let ends = |link: &Link, extension: &str| {
        let path = link.reference.split(['?', '#']).next().unwrap_or_default();
        path.to_ascii_lowercase().ends_with(extension)
    };
    let chosen = [".woff2", ".woff", ""]
        .iter()
        .find_map(|extension| sources.iter().position(|link| ends(link, extension)));
    if let Some(index) = chosen {
        sources[index].purpose = Purpose::Part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pieces of stylesheets, whole and broken.
    const PIECES: [&str; 24] = [
        "a",
        "{",
        "}",
        ";",
        "b:c",
        "a{b:c}",
        "url(x.png)",
        "url('y.png')",
        "@import",
        "@import 'z.css';",
        "@font-face",
        "{src: url(f.woff), url(f.woff2)}",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "'",
        "\\",
        "/*",
        "*/",
        "/",
        "\n",
        "é",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn what_is_left_out_changes_nothing(picks in prop::collection::vec(0..PIECES.len(), 0..12)) {
            let text: String = picks.into_iter().map(|pick| PIECES[pick]).collect();
            let mut all = Vec::new();
            read(&mut Parser::new(&text), Context::Rules, Until::End, &mut all);
            prop_assert_eq!(css_links(&text), all);
        }
    }

    #[test]
    fn rules_that_name_nothing_are_seen_without_a_parser() {
        for (text, len) in [
            ("a{b:c} d{}", Some(6)),
            ("a, b > c { d: e; f: #abc }", Some(26)),
            ("a { b: url(c) }", None),
            ("a { b { c: d } }", None),
            ("@media x { }", None),
            ("/* { */ a { }", None),
            ("a { b: 'c' }", None),
            ("a { b: 1px/2 }", Some(14)),
            ("a { b: c", None),
            ("", None),
        ] {
            assert_eq!(plain_rule(text.as_bytes()), len, "{text}");
        }
    }

    #[test]
    fn only_text_without_references_is_not_parsed() {
        for (text, may) in [
            ("a { color: red; width: calc(1px + 2px) }", false),
            ("@media print { a { color: rgb(0 0 0) } }", false),
            ("@IMPORT 'a.css'", true),
            ("a { b: URL(c) }", true),
            ("a { b: -webkit-image-set('c' 1x) }", true),
            ("@font-face { src: SRC('a.woff2') }", true),
            ("a { b: u\\72l(c) }", true),
            ("(", false),
            ("@", false),
        ] {
            assert_eq!(may_name(text), may, "{text}");
            assert!(may || css_links(text).is_empty());
        }
        assert_eq!(css_links("a { b: u\\72l(c) }").len(), 1);
    }

    fn links(text: &str) -> Vec<(String, Purpose)> {
        css_links(text)
            .into_iter()
            .map(|link| (link.reference, link.purpose))
            .collect()
    }

    fn pair(reference: &str, purpose: Purpose) -> (String, Purpose) {
        (reference.to_owned(), purpose)
    }

    #[test]
    fn every_form_of_import_is_a_stylesheet() {
        let text = "@charset \"utf-8\"; @import \"a.css\"; @import url(b.css) screen; @IMPORT url('c.css?1') layer(\"x\");";
        assert_eq!(
            links(text),
            ["a.css", "b.css", "c.css?1"].map(|name| pair(name, Purpose::Stylesheet))
        );
    }

    #[test]
    fn images_are_found_wherever_they_stand() {
        let text = "a { background: url( x.png ) } @media print { b { --v: URL(\"y z.png\"); content: \"no.png\" } }
            c { background: image-set(\"w.avif\" 1x type(\"image/avif\"), url(v.png) 2x) } /* url(comment.png) */";
        assert_eq!(
            links(text),
            ["x.png", "y z.png", "w.avif", "v.png"].map(|name| pair(name, Purpose::Other))
        );
    }

    #[test]
    fn one_source_of_a_font_is_needed() {
        let text = "@font-face { font-family: X; src: url(x.eot); src: local(\"Y\"), url('x.eot?#iefix') format(\"eot\"),
            url('x.woff2?v=1') format('woff2'), url(x.ttf) } p { background: url(z.png) }";
        assert_eq!(
            links(text),
            [
                pair("x.eot", Purpose::Other),
                pair("x.eot?#iefix", Purpose::Other),
                pair("x.woff2?v=1", Purpose::Part),
                pair("x.ttf", Purpose::Other),
                pair("z.png", Purpose::Other)
            ]
        );
    }

    #[test]
    fn escapes_are_resolved_and_broken_css_is_survived() {
        assert_eq!(
            links("a{background:url(a\\20 b.png)}"),
            [pair("a b.png", Purpose::Other)]
        );
        for broken in [
            "url(",
            "@import",
            "a { b: url('x",
            "}}}}",
            "\\",
            "@font-face",
            &"(".repeat(100_000),
        ] {
            let _found = links(broken);
        }
        assert_eq!(links("}} a{background:url(x.png)}").len(), 1);
    }
}

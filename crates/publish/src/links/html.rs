//! References in HTML. Tokenised by `lol_html`, attributes only as browsers load them.

use std::cell::RefCell;

use lol_html::html_content::Element;
use lol_html::{HtmlRewriter, Settings, element, text};

use super::{Link, Purpose, css_links};

/// What a page names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The first `<base href>`, as written.
    pub base: Option<String>,
    /// Everything else, in document order.
    pub links: Vec<Link>,
}

/// Everything this page names.
///
/// # Errors
/// The parser's message, for a page that it gives up on.
pub fn html_links(html: &[u8]) -> Result<Page, String> {
    let page = RefCell::new(Page::default());
    let style = RefCell::new(String::new());
    let mut rewriter = HtmlRewriter::new(
        Settings::new()
            .append_element_content_handler(element!("*", |element| {
                read_element(element, &mut page.borrow_mut());
                Ok(())
            }))
            .append_element_content_handler(text!("style", |chunk| {
                style.borrow_mut().push_str(chunk.as_str());
                if chunk.last_in_text_node() {
                    page.borrow_mut().links.extend(css_links(&style.take()));
                }
                Ok(())
            })),
        |_rewritten: &[u8]| {},
    );
    rewriter.write(html).map_err(|error| error.to_string())?;
    rewriter.end().map_err(|error| error.to_string())?;
    Ok(page.into_inner())
}

fn read_element(element: &Element<'_, '_>, page: &mut Page) {
    // Most elements name nothing.
    if element.attributes().is_empty() {
        return;
    }
    let tag = element.tag_name();
    let attributes = Attributes::of(element);
    let value = |name: &str| attributes.value(name);
    if tag == "base" {
        page.base = page.base.take().or_else(|| value("href"));
        return;
    }
    let mut push = |reference: Option<String>, purpose| {
        page.links
            .extend(reference.map(|reference| Link { reference, purpose }));
    };
    match tag.as_str() {
        "link" => push(value("href"), link_purpose(&value)),
        _ => push(value("href"), Purpose::Other),
    }
    push(value("xlink:href"), Purpose::Other);
    push(value("src"), source_purpose(&tag, &value));
    push(value("poster"), Purpose::Other);
    if tag == "object" {
        push(value("data"), Purpose::Other);
    }
    if matches!(tag.as_str(), "body" | "table" | "td" | "th" | "tr") {
        push(value("background"), Purpose::Other);
    }
    for name in ["srcset", "imagesrcset"] {
        for candidate in value(name).iter().flat_map(|list| candidates(list)) {
            push(Some(candidate.to_owned()), Purpose::Other);
        }
    }
    for link in value("style").iter().flat_map(|style| css_links(style)) {
        push(Some(link.reference), link.purpose);
    }
}

/// The attributes of an element that we ask for, values as written.
struct Attributes(Vec<(String, String)>);

impl Attributes {
    const ASKED_FOR: [&str; 11] = [
        "href",
        "xlink:href",
        "src",
        "poster",
        "data",
        "background",
        "srcset",
        "imagesrcset",
        "style",
        "rel",
        "loading",
    ];

    fn of(element: &Element<'_, '_>) -> Self {
        let all = element.attributes().iter();
        let named = all.map(|attribute| (attribute.name(), attribute));
        Self(
            named
                .filter(|(name, _)| Self::ASKED_FOR.contains(&name.as_str()))
                .map(|(name, attribute)| (name, attribute.value()))
                .collect(),
        )
    }

    /// The first one of this name, entities decoded.
    fn value(&self, name: &str) -> Option<String> {
        let (_, raw) = self.0.iter().find(|(known, _)| known == name)?;
        Some(html_escape::decode_html_entities(raw).into_owned())
    }
}

fn link_purpose(value: &impl Fn(&str) -> Option<String>) -> Purpose {
    let rel = value("rel").unwrap_or_default().to_ascii_lowercase();
    let has = |word: &str| rel.split_ascii_whitespace().any(|part| part == word);
    if has("stylesheet") && !has("alternate") {
        Purpose::Stylesheet
    } else if has("preload") || has("modulepreload") || has("icon") {
        Purpose::Part
    } else {
        Purpose::Other
    }
}

fn source_purpose(tag: &str, value: &impl Fn(&str) -> Option<String>) -> Purpose {
    let lazy = || value("loading").is_some_and(|loading| loading.eq_ignore_ascii_case("lazy"));
    match tag {
        "script" => Purpose::Part,
        "img" if !lazy() => Purpose::Part,
        "input" => Purpose::Part,
        _ => Purpose::Other,
    }
}

/// The URLs of a `srcset` (HTML, "parse a srcset attribute").
fn candidates(list: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return found;
        }
        let end = rest
            .find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(rest.len());
        let (url, after) = rest.split_at(end);
        let bare = url.trim_end_matches(',');
        found.push(bare);
        // A comma at the URL's end is a separator; otherwise a descriptor runs to the next one.
        rest = if bare.len() < url.len() {
            after
        } else {
            after_descriptor(after)
        };
    }
}

fn after_descriptor(text: &str) -> &str {
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => return &text[index..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(purpose: Purpose, html: &str) -> Vec<String> {
        let page = html_links(html.as_bytes()).unwrap();
        let links = page
            .links
            .into_iter()
            .filter(|link| link.purpose == purpose);
        links.map(|link| link.reference).collect()
    }

    const PAGE: &str = r#"<!doctype html><HTML><head><BASE href="/sub/"><base href="/second/">
        <link rel="Stylesheet" href='a.css?2022.1&amp;b=c'><link rel="alternate stylesheet" href=night.css>
        <link rel=icon href=favicon.ico><link rel=next href=2.html><script src=s.js></script>
        <style>@import "imported.css"; p { background: url(bg.png) }</style>
        <script>var x = '<img src="not-a-tag.png">';</script></head>
        <body style="background: url('in-style.png')"><!-- <img src=comment.png> -->
        <a href="page.html?x=1#y">t</a><img src="i1.png" srcset="i1,5.png 1x, i2.png 2x,i3.png"><img src=lazy.png loading=LAZY>
        <video src=v.mp4 poster=p.jpg><source src=v.webm></video><object data=o.svg></object>
        <svg><use xlink:href="sprite.svg#a"/><image href="pic.svg"/></svg><iframe src=frame.html></iframe>
        <textarea><img src=raw.png></textarea><noscript><img src=noscript.png></noscript>"#;

    #[test]
    fn what_a_document_loads_by_itself_comes_in_document_order() {
        assert_eq!(
            of(Purpose::Part, PAGE),
            ["favicon.ico", "s.js", "i1.png"],
            "with scripts, what is inside of noscript is text"
        );
        assert_eq!(
            of(Purpose::Stylesheet, PAGE),
            ["a.css?2022.1&b=c", "imported.css"]
        );
    }

    #[test]
    fn what_it_may_load_is_found_too() {
        assert_eq!(
            of(Purpose::Other, PAGE),
            [
                "night.css",
                "2.html",
                "bg.png",
                "in-style.png",
                "page.html?x=1#y",
                "i1,5.png",
                "i2.png",
                "i3.png",
                "lazy.png",
                "v.mp4",
                "p.jpg",
                "v.webm",
                "o.svg",
                "sprite.svg#a",
                "pic.svg",
                "frame.html"
            ]
        );
    }

    #[test]
    fn the_first_base_counts() {
        assert_eq!(
            html_links(PAGE.as_bytes()).unwrap().base.as_deref(),
            Some("/sub/")
        );
    }

    #[test]
    fn srcset_is_split_as_the_standard_says() {
        assert_eq!(
            candidates(" a 1x,b,  c 2x ,d"),
            ["a", "b,", "c", "d"].map(|s| s.trim_end_matches(','))
        );
        assert_eq!(
            candidates("data:,x 1x, e (a,b) 2x, f"),
            ["data:,x", "e", "f"]
        );
        assert_eq!(candidates(",,,"), Vec::<&str>::new());
    }

    #[test]
    fn broken_pages_are_survived() {
        for broken in [
            "<",
            "<a href",
            "<a href='",
            "<style>url(",
            "\u{feff}",
            "<svg><style>@import 'x'",
            "<a href=\"&#xffffffff;&bogus;\">",
        ] {
            assert!(html_links(broken.as_bytes()).is_ok(), "{broken}");
        }
        assert!(
            html_links(&[
                0xff, b'<', 0xfe, b'a', b' ', b'h', b'r', b'e', b'f', b'=', 0xff, b'>'
            ])
            .is_ok()
        );
    }
}

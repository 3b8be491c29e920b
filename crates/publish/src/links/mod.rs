//! Which URLs a site's own pages and stylesheets name.
//!
//! Read with real parsers, as browsers read them; scripts are not run. Two uses: `file?query`
//! forms become keys of their own, and a page's subresources become what its entry says it needs.

mod css;
mod html;

pub use css::css_links;
pub use html::{Page, html_links};

/// A reference as written (entities decoded), and what the page wants with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The reference, not resolved.
    pub reference: String,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a reference is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Purpose {
    /// A stylesheet, by `link` or `@import`: its own links matter too.
    Stylesheet,
    /// Something the document loads by itself: a script, an image, a font.
    Part,
    /// Something it may or may not load: another page, a film, a candidate of `srcset`.
    Other,
}

impl Link {
    fn new(reference: &str, purpose: Purpose) -> Self {
        Self {
            reference: reference.to_owned(),
            purpose,
        }
    }
}

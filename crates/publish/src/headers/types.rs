//! Content types by file name, from `mime_guess`'s tables, and what follows from them.

/// The content type a static host sends for this file.
///
/// `charset=utf-8` is added to text whose bytes are valid UTF-8; a page in another encoding keeps
/// the freedom to say so itself.
pub(super) fn media_type(name: &str, utf8: bool) -> String {
    let extension = name
        .rsplit('/')
        .next()
        .and_then(|file| file.rsplit_once('.'));
    let media = match extension
        .map(|(_, extension)| extension.to_ascii_lowercase())
        .as_deref()
    {
        // Where the tables are silent or behind the registrations.
        Some("webmanifest") => "application/manifest+json",
        Some("map") => "application/json",
        Some("mjs" | "js" | "cjs") => "text/javascript",
        Some("ico") => "image/x-icon",
        Some("avif") => "image/avif",
        Some("jxl") => "image/jxl",
        Some("md" | "markdown") => "text/markdown",
        Some("rst" | "log") => "text/plain",
        Some("woff") => "font/woff",
        Some("gz") => "application/gzip",
        _ => mime_guess::from_path(name)
            .first_raw()
            .unwrap_or("application/octet-stream"),
    };
    if utf8 && media.starts_with("text/") {
        format!("{media}; charset=utf-8")
    } else {
        media.to_owned()
    }
}

/// Is it worth compressing?
pub(super) fn is_compressible(media: &str) -> bool {
    let essence = media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let listed = matches!(
        essence.as_str(),
        "application/javascript"
            | "application/json"
            | "application/xml"
            | "application/wasm"
            | "application/rtf"
            | "application/vnd.ms-fontobject"
            | "font/ttf"
            | "font/otf"
            | "image/bmp"
            | "image/x-icon"
    );
    listed
        || essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
}

/// Is this file a page?
#[must_use]
pub fn is_html(name: &str) -> bool {
    let media = media_type(name, false);
    matches!(media.as_str(), "text/html" | "application/xhtml+xml")
}

/// Is this file a stylesheet?
#[must_use]
pub fn is_css(name: &str) -> bool {
    media_type(name, false) == "text/css"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_names_have_well_known_types() {
        for (name, media) in [
            ("a/index.html", "text/html; charset=utf-8"),
            ("a.HTM", "text/html; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.mjs", "text/javascript; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.js.map", "application/json"),
            ("a.svg", "image/svg+xml"),
            ("a.png", "image/png"),
            ("a.jpg", "image/jpeg"),
            ("a.webp", "image/webp"),
            ("a.avif", "image/avif"),
            ("a.gif", "image/gif"),
            ("favicon.ico", "image/x-icon"),
            ("a.woff2", "font/woff2"),
            ("a.woff", "font/woff"),
            ("a.ttf", "font/ttf"),
            ("a.wasm", "application/wasm"),
            ("a.mp4", "video/mp4"),
            ("a.webm", "video/webm"),
            ("a.mp3", "audio/mpeg"),
            ("a.ogg", "audio/ogg"),
            ("a.pdf", "application/pdf"),
            ("a.txt", "text/plain; charset=utf-8"),
            ("_sources/a.rst.txt", "text/plain; charset=utf-8"),
            ("a.xml", "text/xml; charset=utf-8"),
            ("a.zip", "application/zip"),
            ("a.tar.gz", "application/gzip"),
            ("site.webmanifest", "application/manifest+json"),
            ("objects.inv", "application/octet-stream"),
            ("v1.2/LICENSE", "application/octet-stream"),
        ] {
            assert_eq!(media_type(name, true), media, "{name}");
        }
    }

    #[test]
    fn a_page_in_another_encoding_says_so_itself() {
        assert_eq!(media_type("a.html", false), "text/html");
    }

    #[test]
    fn text_compresses_and_pictures_do_not() {
        for (name, yes) in [
            ("a.html", true),
            ("a.svg", true),
            ("a.json", true),
            ("a.wasm", true),
            ("a.ttf", true),
        ] {
            assert_eq!(is_compressible(&media_type(name, true)), yes, "{name}");
        }
        for name in ["a.png", "a.woff2", "a.mp4", "a.zip", "a"] {
            assert!(!is_compressible(&media_type(name, true)), "{name}");
        }
    }
}

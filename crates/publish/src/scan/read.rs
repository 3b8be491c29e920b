//! One pass over a file's bytes. Short files are read whole, longer ones piece by piece.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use swarmfetch_content::{ObjectId, OutboardBuilder};

use super::utf8::Utf8;
use super::{Scanned, WHOLE_BYTES_MAX};
use crate::address::{Address, Base};
use crate::folder::modified_secs;
use crate::headers::{Facts, is_css, is_html};
use crate::links::{Link, Purpose, css_links, html_links};

/// The largest page or stylesheet that is read for links, in bytes; it is held in memory.
const MARKUP_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How much is read at once, in bytes: one more than what has no outboard, so that all such files are read whole.
const READ_BYTES: usize = WHOLE_BYTES_MAX as usize + 1;

thread_local! {
    /// One for each thread that scans: a fresh one for each file would be filled with zeros first.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// Reads a file. `name` is its name in the folder.
pub(super) fn read(path: &Path, name: &str) -> std::io::Result<Scanned> {
    BUFFER.with_borrow_mut(|buffer| read_with(buffer, path, name))
}

fn read_with(buffer: &mut [u8], path: &Path, name: &str) -> std::io::Result<Scanned> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let markup = (is_html(name) || is_css(name)) && metadata.len() <= MARKUP_BYTES_MAX;
    let mut encoding = Utf8::default();
    let count = fill(&mut file, buffer)?;
    encoding.push(&buffer[..count]);
    let (object, outboard, found) = if count < buffer.len() {
        let whole = &buffer[..count];
        let text = if markup { whole } else { &[] };
        (ObjectId::of(whole), None, links(name, text))
    } else {
        let mut text = Vec::new();
        let mut hasher = OutboardBuilder::new();
        let mut piece = count;
        while piece > 0 {
            hasher.push(&buffer[..piece]);
            if markup {
                text.extend_from_slice(&buffer[..piece]);
            }
            piece = fill(&mut file, buffer)?;
            encoding.push(&buffer[..piece]);
        }
        let (object, outboard) = hasher.finish();
        let outboard = outboard.as_bytes().to_vec();
        (object, Some(outboard), links(name, &text))
    };
    let (links, defect) = match found {
        Ok(links) => (links, None),
        Err(defect) => (Vec::new(), Some(defect)),
    };
    Ok(Scanned {
        facts: Facts {
            object,
            modified_secs: modified_secs(&metadata),
            utf8: encoding.finish(),
        },
        outboard,
        links,
        defect,
    })
}

/// Reads until the buffer is full or the file ends; how many bytes came.
fn fill(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match file.read(&mut buffer[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// What a page or stylesheet needs of its own site, and by what other names it names files; each once for each purpose.
/// Nothing for anything else.
fn links(name: &str, text: &[u8]) -> Result<Vec<(Address, Purpose)>, String> {
    let here = Address::of_file(name);
    let (base, found): (Option<Base>, Vec<Link>) = if is_html(name) {
        let page = html_links(text)?;
        let base = match page.base.map(|base| here.resolve(&base)) {
            None => Base::of(&here),
            Some(Some(base)) => Base::of(&base),
            // Everything relative is about another site.
            Some(None) => None,
        };
        (base, page.links)
    } else if is_css(name) {
        (Base::of(&here), css_links(&String::from_utf8_lossy(text)))
    } else {
        return Ok(Vec::new());
    };
    let Some(base) = base else {
        return Ok(Vec::new());
    };
    // A place in the page itself: as the empty reference, which long pages would have resolved a thousand times.
    let itself = base.resolve("");
    let mut seen = BTreeSet::new();
    let mut links = Vec::new();
    for link in found {
        let address = if link.reference.starts_with('#') {
            itself.clone()
        } else {
            base.resolve(&link.reference)
        };
        // A link to a file by its own name says nothing that its name does not say.
        let says =
            |address: &Address| link.purpose != Purpose::Other || address.other_name_of().is_some();
        let found = address.filter(says).map(|address| (address, link.purpose));
        if let Some(found) = found
            && !seen.contains(&found)
        {
            seen.insert(found.clone());
            links.push(found);
        }
    }
    links.shrink_to_fit();
    Ok(links)
}

#[cfg(test)]
mod tests {
    use super::*;
    use swarmfetch_content::Outboard;

    #[test]
    fn bytes_are_named_alike_whatever_their_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        for len in [
            0,
            1,
            READ_BYTES - 2,
            READ_BYTES - 1,
            READ_BYTES,
            2 * READ_BYTES,
            1_000_000,
        ] {
            let bytes: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            let scanned = read(&path, "a.bin").unwrap();
            let (object, outboard) = Outboard::of(&bytes);
            assert_eq!(scanned.facts.object, object, "{len}");
            let expected = (len as u64 > WHOLE_BYTES_MAX).then(|| outboard.as_bytes().to_vec());
            assert_eq!(scanned.outboard, expected, "{len}");
        }
    }

    #[test]
    fn a_name_at_the_end_of_a_long_page_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.html");
        let page = format!(
            "{}<a href=b.html?1></a><a href=b.html?1></a><a href=b.html></a>",
            "<p>text ".repeat(READ_BYTES / 4)
        );
        std::fs::write(&path, page).unwrap();
        let expected = [(Address::of_text("/b.html?1"), Purpose::Other)];
        assert_eq!(read(&path, "a.html").unwrap().links, expected);
    }

    #[test]
    fn links_that_say_nothing_are_left_out() {
        let page = "<a href=c.html></a><a href=d/></a><a href=c.html?1></a><iframe src=%63.html></iframe>\
            <a href=/a%2fb></a><script src=s.js></script><a href='#here'></a>";
        let found = links("a.html", page.as_bytes()).unwrap();
        let expected = [
            ("/c.html?1", Purpose::Other),
            ("/%63.html", Purpose::Other),
            ("/s.js", Purpose::Part),
        ];
        assert_eq!(
            found,
            expected.map(|(address, purpose)| (Address::of_text(address), purpose))
        );
    }

    #[test]
    fn links_are_resolved_against_page_and_base() {
        let names = |name, text: &str| -> Vec<String> {
            let found = links(name, text.as_bytes()).unwrap();
            found
                .into_iter()
                .map(|(address, _)| address.to_string())
                .collect()
        };
        assert_eq!(names("a/b.html", "<img src=c.png>"), ["/a/c.png"]);
        assert_eq!(
            names("a/b.html", "<base href=../d/><img src=c.png>"),
            ["/d/c.png"]
        );
        assert_eq!(
            names("a/b.html", "<base href=https://x.example/><img src=c.png>"),
            Vec::<String>::new()
        );
        assert_eq!(
            names("a/b.css", "a { background: url(../c.png?1) }"),
            ["/c.png?1"]
        );
        assert_eq!(names("a/b.txt", "<img src=c.png>"), Vec::<String>::new());
    }
}

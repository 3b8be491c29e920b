//! The report as one HTML file without scripts or links to anything else, readable on a phone.

use std::fmt::Write;

use super::{Report, plots};
use crate::Error;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:auto;padding:1rem;color:#222}\
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.05rem;margin:1.6rem 0 .3rem}svg{width:100%;height:auto}\
table{border-collapse:collapse;width:100%}td{padding:.35rem .5rem;border-bottom:1px solid #ddd;vertical-align:top}\
td:first-child{white-space:nowrap;color:#555}.big{display:flex;flex-wrap:wrap;gap:1rem;margin:1rem 0}\
.big div{flex:1 1 9rem;background:#f2f6f4;border-radius:.5rem;padding:.7rem 1rem}.big b{display:block;font-size:1.7rem}";

/// The report as one HTML file.
///
/// # Errors
/// [`Error::Plot`].
pub fn page(report: &Report) -> Result<String, Error> {
    let mut page = String::new();
    let name = escaped(&report.name);
    let figures = [
        (
            format!("{:.1} %", report.from_peers_percent),
            format!(
                "of bytes from peers; {:.1} % could have been had",
                report.reachable_percent
            ),
        ),
        (
            format!("{:.1} %", report.origin.saved_percent),
            "of the origin's bytes saved".to_owned(),
        ),
        (
            format!("{:.0} ms", report.page_ms.with.p50),
            format!("for a page, without {:.0}", report.page_ms.without.p50),
        ),
    ];
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{name}</title><style>{STYLE}</style><h1>{name}</h1><p>{} Seed {}.</p><div class=big>",
        escaped(&report.about),
        report.seed
    );
    for (figure, words) in &figures {
        let _ = write!(page, "<div><b>{figure}</b>{words}</div>");
    }
    page.push_str("</div><table>");
    for [what, how_much] in report.rows() {
        let _ = write!(page, "<tr><td>{}<td>{}", escaped(&what), escaped(&how_much));
    }
    page.push_str("</table>");
    for (heading, svg) in plots::all(report)? {
        // A width of the drawing's own would keep it from fitting the screen.
        let svg = svg.replacen("width=\"720\" height=\"360\" ", "", 1);
        let _ = write!(page, "<h2>{heading}</h2>{svg}");
    }
    page.push('\n');
    Ok(page)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

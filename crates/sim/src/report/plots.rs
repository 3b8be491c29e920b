//! The report's plots, as SVG, by `plotters`.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::{Curves, Report};
use crate::Error;
use crate::tally::Span;

/// Width and height in the units of the drawing; on the page a plot is as wide as the screen.
const SIZE: (u32, u32) = (720, 360);

/// Colours that people with any kind of colour vision tell apart (Okabe and Ito 2008).
const PEERS: RGBColor = RGBColor(0, 158, 115);
const ORIGIN: RGBColor = RGBColor(213, 94, 0);
const BEFORE: RGBColor = RGBColor(230, 159, 0);
const WITHOUT: RGBColor = RGBColor(86, 86, 86);

/// Points of a distribution's curve.
const STEPS: usize = 200;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Plot(error.to_string())
}

/// Draws one plot.
fn svg(draw: impl FnOnce(&Area<'_>) -> Result<(), Error>) -> Result<String, Error> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(failed)?;
        draw(&area)?;
        area.present().map_err(failed)?;
    }
    Ok(svg)
}

/// A line's name, its colour, and its points.
type Line<'a> = (&'a str, RGBColor, Vec<(f64, f64)>);

/// Lines over one horizontal axis.
struct Lines<'a> {
    x: (&'a str, f64),
    y: (&'a str, f64),
    /// Where no line is.
    labels: SeriesLabelPosition,
    lines: Vec<Line<'a>>,
}

impl Lines<'_> {
    fn svg(self) -> Result<String, Error> {
        svg(|area| {
            let mut chart = ChartBuilder::on(area)
                .margin(12)
                .margin_right(28)
                .x_label_area_size(38)
                .y_label_area_size(58)
                .build_cartesian_2d(0.0..self.x.1.max(1e-9), 0.0..(self.y.1 * 1.05).max(1e-9))
                .map_err(failed)?;
            let mut mesh = chart.configure_mesh();
            let mesh = mesh
                .light_line_style(TRANSPARENT)
                .x_desc(self.x.0)
                .y_desc(self.y.0);
            mesh.label_style(("sans-serif", 14))
                .draw()
                .map_err(failed)?;
            for (name, colour, points) in self.lines {
                let style = colour.stroke_width(3);
                let line = chart
                    .draw_series(LineSeries::new(points, style))
                    .map_err(failed)?;
                line.label(name)
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
            }
            let mut labels = chart.configure_series_labels();
            let labels = labels
                .background_style(WHITE.mix(0.85))
                .label_font(("sans-serif", 15));
            labels.position(self.labels).draw().map_err(failed)
        })
    }
}

/// Every plot with its heading.
pub(super) fn all(report: &Report) -> Result<Vec<(&'static str, String)>, Error> {
    let curves = &report.curves;
    Ok(vec![
        (
            "Where pages' bytes came from, in MB/s",
            delivered(curves).svg()?,
        ),
        ("What the origin sent, in MB/s", sent(curves).svg()?),
        (
            "Page loads: share done within so many seconds",
            page_loads(curves).svg()?,
        ),
        ("People there at a time", people(curves).svg()?),
        (
            "Megabytes given, from those who gave least to those who gave most",
            given(curves).svg()?,
        ),
    ])
}

impl Curves {
    /// A rate over time, in MB/s.
    fn rate(&self, spans: &[Span], bytes: impl Fn(&Span) -> u64) -> Vec<(f64, f64)> {
        let span_s = self.minutes * 60.0 / spans.len().max(1) as f64;
        let minutes =
            |index: usize| (index as f64 + 0.5) * self.minutes / spans.len().max(1) as f64;
        // What comes after the last arrival is in the last span, which would stick out.
        let shown = spans.len().saturating_sub(1);
        let of =
            |(index, span): (usize, &Span)| (minutes(index), bytes(span) as f64 / 1e6 / span_s);
        spans[..shown].iter().enumerate().map(of).collect()
    }
}

fn highest(lines: &[&[(f64, f64)]]) -> f64 {
    lines
        .iter()
        .flat_map(|line| line.iter())
        .map(|(_, y)| *y)
        .fold(0.0, f64::max)
}

fn delivered(curves: &Curves) -> Lines<'static> {
    let peers = curves.rate(&curves.with, |span| span.peers);
    let origin = curves.rate(&curves.with, |span| span.origin);
    let before = curves.rate(&curves.with, |span| span.before);
    Lines {
        x: ("minutes", curves.minutes),
        y: ("MB/s", highest(&[&peers, &origin, &before])),
        labels: SeriesLabelPosition::UpperRight,
        lines: vec![
            ("peers", PEERS, peers),
            ("origin", ORIGIN, origin),
            ("before control", BEFORE, before),
        ],
    }
}

fn sent(curves: &Curves) -> Lines<'static> {
    let with = curves.rate(&curves.with, |span| span.origin_sent);
    let without = curves.rate(&curves.without, |span| span.origin_sent);
    Lines {
        x: ("minutes", curves.minutes),
        y: ("MB/s", highest(&[&with, &without])),
        labels: SeriesLabelPosition::UpperRight,
        lines: vec![
            ("with the swarm", ORIGIN, with),
            ("without", WITHOUT, without),
        ],
    }
}

fn people(curves: &Curves) -> Lines<'static> {
    let spans = curves.with.len().max(1) as f64;
    let at = |(index, span): (usize, &Span)| {
        (
            (index as f64 + 0.5) * curves.minutes / spans,
            span.here as f64,
        )
    };
    let here: Vec<_> = curves.with.iter().enumerate().map(at).collect();
    Lines {
        x: ("minutes", curves.minutes),
        y: ("people", highest(&[&here])),
        labels: SeriesLabelPosition::UpperRight,
        lines: vec![("people", PEERS, here)],
    }
}

/// The share of sorted milliseconds below each second.
fn shares(sorted: &[f32], most_s: f64) -> Vec<(f64, f64)> {
    let at = |step: usize| most_s * step as f64 / STEPS as f64;
    let share = |s: f64| {
        sorted.partition_point(|ms| f64::from(*ms) <= s * 1000.0) as f64
            / sorted.len().max(1) as f64
    };
    (0..=STEPS)
        .map(|step| (at(step), 100.0 * share(at(step))))
        .collect()
}

fn page_loads(curves: &Curves) -> Lines<'static> {
    let slow = |sorted: &[f32]| sorted.get(sorted.len() * 98 / 100).copied().unwrap_or(1.0);
    let most_s = f64::from(slow(&curves.pages_with).max(slow(&curves.pages_without))) / 1000.0;
    Lines {
        x: ("seconds", most_s),
        y: ("%", 100.0),
        labels: SeriesLabelPosition::LowerRight,
        lines: vec![
            ("with the swarm", PEERS, shares(&curves.pages_with, most_s)),
            ("without", WITHOUT, shares(&curves.pages_without, most_s)),
        ],
    }
}

fn given(curves: &Curves) -> Lines<'static> {
    let people = curves.uploads.len();
    let at = |index: usize| {
        (
            100.0 * index as f64 / people.max(1) as f64,
            curves.uploads[index] as f64 / 1e6,
        )
    };
    let steps: Vec<usize> = (0..=STEPS)
        .map(|step| step * people.saturating_sub(1) / STEPS)
        .collect();
    let line: Vec<_> = if people == 0 {
        Vec::new()
    } else {
        steps.into_iter().map(at).collect()
    };
    Lines {
        x: ("% of those who give", 100.0),
        y: ("MB", highest(&[&line])),
        labels: SeriesLabelPosition::UpperLeft,
        lines: vec![("given", PEERS, line)],
    }
}

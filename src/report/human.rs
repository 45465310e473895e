//! Findings for people: excerpt, caret, cause and help, as rustc shows them.

use super::{Finding, Level, Place, clean};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level as Title, Origin, Renderer, Snippet};
use std::fmt::Write as _;
use std::ops::Range;

/// Lines longer than this are cut in excerpts, in bytes: go.mod lines are short, and a file may
/// be hostile.
const LONGEST_LINE: usize = 400;

/// Renders each finding that is not allowed, in the order given, with ANSI colours; whoever
/// prints strips them where they are not wanted. Empty when there is nothing to show.
pub fn human(findings: &[Finding]) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for finding in findings.iter().filter(|finding| finding.level != Level::Allow) {
        out.push_str(&one(&renderer, finding));
        out.push_str("\n\n");
    }
    out
}

/// One line that counts findings by level: `2 denied, 1 warning`. Empty when there are none.
pub fn summary(findings: &[Finding]) -> String {
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let mut parts = Vec::new();
    for (level, one, many) in [
        (Level::Deny, "denied", "denied"),
        (Level::Warn, "warning", "warnings"),
        (Level::Note, "note", "notes"),
        (Level::Allow, "allowed", "allowed"),
    ] {
        match count(level) {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            n => parts.push(format!("{n} {many}")),
        }
    }
    parts.join(", ")
}

fn one(renderer: &Renderer, finding: &Finding) -> String {
    let excerpts: Vec<Excerpt<'_>> = finding.places.iter().map(Excerpt::of).collect();
    let message = clean(&finding.message).into_owned();
    let title = match finding.level {
        Level::Deny => Title::ERROR,
        Level::Warn => Title::WARNING,
        Level::Note | Level::Allow => Title::NOTE,
    };
    let mut group = Group::with_title(title.primary_title(message).id(finding.code));
    for (index, excerpt) in excerpts.iter().enumerate() {
        group = excerpt.add_to(group, index == 0);
    }
    let remarks = [(Title::NOTE, &finding.cause), (Title::HELP, &finding.help)];
    let remarks = remarks.into_iter().filter(|(_, text)| !text.is_empty());
    let remarks = remarks.map(|(title, text)| (title, clean(text).into_owned()));
    if excerpts.is_empty() {
        // Without an excerpt the remarks have no margin to hang on.
        let below = remarks.map(|(title, text)| Group::with_title(title.secondary_title(text)));
        let groups = std::iter::once(group).chain(below);
        return groups.map(|group| renderer.render(&[group])).collect::<Vec<_>>().join("\n");
    }
    for (title, text) in remarks {
        group = group.element(title.message(text));
    }
    renderer.render(&[group])
}

/// The lines around a place. Only these go to the renderer: it need not look at a whole go.sum
/// to show one line of it.
struct Excerpt<'a> {
    path: String,
    lines: Option<Lines<'a>>,
}

struct Lines<'a> {
    text: String,
    first_line: usize,
    span: Range<usize>,
    label: &'a str,
}

impl<'a> Excerpt<'a> {
    fn of(place: &'a Place) -> Self {
        let path = clean(&place.path().to_string_lossy()).into_owned();
        let lines = match place {
            Place::Path(_) => None,
            Place::Text { source, span, label } => {
                let line = place.line_column().map_or(1, |(line, _)| line);
                Some(lines_at(&source.text, span, line, label))
            }
        };
        Excerpt { path, lines }
    }

    fn add_to<'g>(&'g self, group: Group<'g>, primary: bool) -> Group<'g> {
        let Some(lines) = &self.lines else {
            return group.element(Origin::path(self.path.as_str()));
        };
        let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let mut annotation = kind.span(lines.span.clone());
        if !lines.label.is_empty() {
            annotation = annotation.label(lines.label);
        }
        group.element(
            Snippet::source(lines.text.as_str())
                .line_start(lines.first_line)
                .path(self.path.as_str())
                .annotation(annotation),
        )
    }
}

fn lines_at<'a>(text: &str, span: &Range<usize>, line: usize, label: &'a str) -> Lines<'a> {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.start..].find('\n').map_or(text.len(), |at| span.start + at);
    let mut shown_end = end.min(start + LONGEST_LINE.max(span.start - start + 80));
    while !text.is_char_boundary(shown_end) {
        shown_end -= 1;
    }
    let mut excerpt = text[start..shown_end].trim_end_matches('\r').to_owned();
    if shown_end < end {
        let _ = write!(excerpt, " …");
    }
    let last = excerpt.len();
    let from = (span.start - start).min(last);
    let to = (span.end.max(span.start) - start).min(last).max(from);
    Lines { text: excerpt, first_line: line, span: from..to, label }
}

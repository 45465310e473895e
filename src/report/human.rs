//! Findings for people: excerpt, caret, cause and help, as rustc shows them.

use super::{Finding, Level, Place, Row, clean, without_passwords};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level as Title, Origin, Renderer, Snippet};
use std::borrow::Cow;
use std::ops::Range;

/// Lines longer than this are cut in excerpts, in bytes: go.mod lines are short, and a file may
/// be hostile.
const LONGEST_LINE: usize = 400;

/// Messages longer than this are cut, in bytes: they quote the file.
const LONGEST_TEXT: usize = 1000;

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
    let excerpts: Vec<Excerpt> = finding.places.iter().map(Excerpt::of).collect();
    let message = short(&finding.message);
    let title = match finding.level {
        Level::Deny => Title::ERROR,
        Level::Warn => Title::WARNING,
        Level::Note | Level::Allow => Title::NOTE,
    };
    // What is wrong with a settings file is an error and no finding: it has no code.
    let title = title.primary_title(message);
    let title = if finding.code.is_empty() { title } else { title.id(finding.code) };
    let mut group = Group::with_title(title);
    for (index, excerpt) in excerpts.iter().enumerate() {
        group = excerpt.add_to(group, index == 0);
    }
    let remarks = [(Title::NOTE, &finding.cause), (Title::HELP, &finding.help)];
    let remarks = remarks.into_iter().filter(|(_, text)| !text.is_empty());
    let remarks = remarks.map(|(title, text)| (title, short(text)));
    if excerpts.is_empty() || !finding.rows.is_empty() {
        // Without an excerpt right above them the remarks have no margin to hang on.
        let below = remarks.map(|(title, text)| Group::with_title(title.secondary_title(text)));
        let mut blocks = vec![renderer.render(&[group])];
        blocks.extend(rows(&finding.rows));
        blocks.extend(below.map(|group| renderer.render(&[group])));
        return blocks.join("\n");
    }
    for (title, text) in remarks {
        group = group.element(title.message(text));
    }
    renderer.render(&[group])
}

/// Labelled lines, each label in a column of its own.
fn rows(rows: &[Row]) -> impl Iterator<Item = String> {
    let width = rows.iter().map(|row| row.label.len()).max().unwrap_or(0);
    rows.iter().map(move |row| format!("  {:<width$}  {}", row.label, short(&row.text)))
}

/// The lines around a place. Only these go to the renderer: it need not look at a whole go.sum
/// to show one line of it.
struct Excerpt {
    path: String,
    lines: Option<Lines>,
}

struct Lines {
    text: String,
    first_line: usize,
    span: Range<usize>,
    label: String,
}

impl Excerpt {
    fn of(place: &Place) -> Self {
        let path = short(&place.path().to_string_lossy());
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
            annotation = annotation.label(lines.label.as_str());
        }
        group.element(
            Snippet::source(lines.text.as_str())
                .line_start(lines.first_line)
                .path(self.path.as_str())
                .annotation(annotation),
        )
    }
}

/// The line of a place, safe for a terminal; of a long one what stands around the place.
fn lines_at(text: &str, span: &Range<usize>, line: usize, label: &str) -> Lines {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.start..].find('\n').map_or(text.len(), |at| span.start + at);
    let end = end - (text[start..end].len() - text[start..end].trim_end_matches('\r').len());
    let from =
        if end - start > LONGEST_LINE { start.max(span.start.saturating_sub(80)) } else { start };
    let from = (from..=span.start).find(|at| text.is_char_boundary(*at)).unwrap_or(span.start);
    let to = boundary(text, end.min(from + LONGEST_LINE));
    let mut excerpt = String::from(if from > start { "… " } else { "" });
    // What is replaced changes its length, so the span is moved character by character.
    let (mut first, mut last) = (None, None);
    for (at, character) in text[from..to.max(from)].char_indices() {
        if from + at >= span.start && first.is_none() {
            first = Some(excerpt.len());
        }
        if from + at >= span.end && last.is_none() {
            last = Some(excerpt.len());
        }
        let is_safe = character == '\t'
            || matches!(clean(character.encode_utf8(&mut [0; 4])), Cow::Borrowed(_));
        excerpt.push(if is_safe { character } else { char::REPLACEMENT_CHARACTER });
    }
    let last = last.unwrap_or(excerpt.len());
    let first = first.unwrap_or(last).min(last);
    if to < end {
        excerpt.push_str(" …");
    }
    Lines { text: excerpt, first_line: line, span: first..last, label: short(label) }
}

/// Text safe for a terminal and for whoever reads its log, and not longer than anybody reads.
fn short(text: &str) -> String {
    let text = &*without_passwords(text);
    let cut = boundary(text, LONGEST_TEXT.min(text.len()));
    let rest = if cut < text.len() { " …" } else { "" };
    format!("{}{rest}", clean(&text[..cut]))
}

/// The start of the character that a byte belongs to.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::SourceText;
    use super::*;
    use std::sync::Arc;

    fn shown(finding: Finding) -> String {
        anstream::adapter::strip_str(&human(&[finding])).to_string()
    }

    #[test]
    fn rows_stand_in_two_columns_between_the_message_and_the_remarks() {
        let finding = Finding::new("a-code", Level::Warn, "it is so")
            .with_rows("one", ["first".to_owned(), "sec\x1b[1mond\nline".to_owned()])
            .with_rows("longer", ["third".to_owned()])
            .with_rows("none", [])
            .with_cause("because")
            .with_help("do this");
        assert_eq!(
            shown(finding),
            "warning[a-code]: it is so
  one     first
          sec\\u{1b}[1mond\\u{a}line
  longer  third
note: because
help: do this

"
        );
    }

    #[test]
    fn rows_stand_below_an_excerpt() {
        let source =
            SourceText { path: "gen.go".into(), text: "package gen\n\n//go:generate x\n".into() };
        let place =
            Place::Text { source: Arc::new(source), span: 13..28, label: "this line".to_owned() };
        let finding = Finding::new("a-code", Level::Deny, "it is so")
            .with_place(place)
            .with_rows("one", ["first".to_owned()])
            .with_cause("because");
        assert_eq!(
            shown(finding),
            "error[a-code]: it is so
 --> gen.go:3:1
  |
3 | //go:generate x
  | ^^^^^^^^^^^^^^^ this line
  one  first
note: because

"
        );
    }
}

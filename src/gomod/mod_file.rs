//! go.mod, as in x/mod/modfile/rule.go `Parse` and `ParseLax`.

use super::ModuleVersion;
use super::directive::{self, Godebug, Replace};
use super::lexer::Token;
use super::module_path::{check_path_major, split_path_version};
use super::position::{ParseError, Span, Spanned};
use super::quote::quote;
use super::syntax::{self, Block, Line, Stmt, span_of};

/// A go.mod file, its entries in file order, repeated ones included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModFile {
    /// The module path.
    pub module: Option<Spanned<String>>,
    /// What the module's comment says after `Deprecated:`, where it says so.
    pub deprecated: Option<String>,
    /// The Go version, without `go` in front.
    pub go: Option<Spanned<String>>,
    /// The name of the toolchain: `go1.24.1` or `default`.
    pub toolchain: Option<Spanned<String>>,
    /// Settings of godebug directives.
    pub godebug: Vec<Godebug>,
    /// Required modules.
    pub require: Vec<Require>,
    /// Excluded module versions.
    pub exclude: Vec<Exclude>,
    /// Replacements.
    pub replace: Vec<Replace>,
    /// Versions of this module that were taken back.
    pub retract: Vec<Retract>,
    /// Package paths of tools.
    pub tool: Vec<Spanned<String>>,
    /// Directories that package patterns leave out.
    pub ignore: Vec<Spanned<String>>,
}

/// One required module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Require {
    /// The module; its version is canonical.
    pub module: ModuleVersion,
    /// Whether a `// indirect` comment stands behind it.
    pub indirect: bool,
    /// The bytes of path and version, without the verb and without a comment.
    pub span: Span,
    /// The bytes of the version.
    pub version_span: Span,
}

/// One excluded module version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclude {
    /// The module; its version is canonical.
    pub module: ModuleVersion,
    /// The bytes of path and version.
    pub span: Span,
}

/// A range of versions that the module takes back, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retract {
    /// The lowest version, as written: it need not be a semantic version.
    pub low: String,
    /// The highest version; the same as `low` for a single one.
    pub high: String,
    /// The comments of the line, or else of its block.
    pub rationale: String,
    /// The bytes of the versions, brackets included.
    pub span: Span,
}

impl ModFile {
    /// Parses the go.mod of a main module, as `go mod edit` does: what is not known is an error.
    ///
    /// Every faulty line is reported; a syntax error stands alone. Versions that are no semantic
    /// versions (`master`) are errors: Go would ask the network about them.
    pub fn parse(text: &str) -> Result<ModFile, Vec<ParseError>> {
        parse(text, Mode::Strict)
    }

    /// Parses the go.mod of a dependency, as rule.go `ParseLax`: only module, go, require, retract
    /// and ignore are read, and what is not known is passed over.
    pub fn parse_lax(text: &str) -> Result<ModFile, Vec<ParseError>> {
        parse(text, Mode::Lax)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Strict,
    Lax,
}

fn parse(text: &str, mode: Mode) -> Result<ModFile, Vec<ParseError>> {
    let stmts = syntax::parse(text).map_err(|err| vec![err])?;
    let mut builder = Builder { mode, file: ModFile::default(), errors: Vec::new() };
    for stmt in &stmts {
        match stmt {
            Stmt::Comments(_) => {}
            Stmt::Line(line) => builder.line(None, line, line.tokens[0].text, &line.tokens[1..]),
            Stmt::Block(block) => builder.block(block),
        }
    }
    if builder.errors.is_empty() { Ok(builder.file) } else { Err(builder.errors) }
}

struct Builder {
    mode: Mode,
    file: ModFile,
    errors: Vec<ParseError>,
}

impl Builder {
    fn block(&mut self, block: &Block<'_>) {
        match block.tokens[..] {
            [
                Token {
                    text:
                        verb @ ("module" | "godebug" | "require" | "exclude" | "replace" | "retract"
                        | "tool" | "ignore"),
                    ..
                },
            ] => {
                for line in &block.lines {
                    self.line(Some(block), line, verb, &line.tokens);
                }
            }
            _ if self.mode == Mode::Strict => self.errors.push(directive::unknown_block(block)),
            _ => {}
        }
    }

    fn line(&mut self, block: Option<&Block<'_>>, line: &Line<'_>, verb: &str, args: &[Token<'_>]) {
        if self.mode == Mode::Lax
            && !matches!(verb, "go" | "module" | "retract" | "require" | "ignore")
        {
            return;
        }
        if let Err(message) = self.directive(block, line, verb, args) {
            self.errors.push(ParseError { span: line.span(), message });
        }
    }

    fn directive(
        &mut self,
        block: Option<&Block<'_>>,
        line: &Line<'_>,
        verb: &str,
        args: &[Token<'_>],
    ) -> Result<(), String> {
        let file = &mut self.file;
        match verb {
            "module" => self.module(block, line, args)?,
            "go" => self.go(args)?,
            "toolchain" => {
                once("toolchain", file.toolchain.as_ref())?;
                file.toolchain = Some(directive::toolchain(args)?);
            }
            "godebug" => file.godebug.push(directive::godebug(args)?),
            "require" => file.require.push(require(line, args)?),
            "exclude" => {
                let module = module_version("exclude", args)?;
                file.exclude.push(Exclude { module, span: span_of(args) });
            }
            "replace" => file.replace.push(directive::replace(args)?),
            "retract" => self.retract(block, line, args)?,
            "tool" => file
                .tool
                .push(directive::one_path(args, "tool directive expects exactly one argument")?),
            "ignore" => file
                .ignore
                .push(directive::one_path(args, "ignore directive expects exactly one argument")?),
            _ => return Err(format!("unknown directive: {verb}")),
        }
        Ok(())
    }

    fn module(
        &mut self,
        block: Option<&Block<'_>>,
        line: &Line<'_>,
        args: &[Token<'_>],
    ) -> Result<(), String> {
        once("module", self.file.module.as_ref())?;
        let path = directive::one_path(args, "usage: module module/path");
        // Go takes a faulty line for the module line too: the next one is a repetition.
        let faulty = || Spanned { value: String::new(), span: line.span() };
        self.file.module = Some(path.as_ref().map_or_else(|_| faulty(), Spanned::clone));
        self.file.deprecated = deprecation(&comment_of(block, line));
        path.map(drop)
    }

    fn go(&mut self, args: &[Token<'_>]) -> Result<(), String> {
        once("go", self.file.go.as_ref())?;
        self.file.go = Some(match self.mode {
            Mode::Strict => directive::go(args)?,
            Mode::Lax => directive::go_lax(args)?,
        });
        Ok(())
    }

    /// A dependency may use an interval that we do not know; Go passes over it, so that a later
    /// syntax does not break it.
    fn retract(
        &mut self,
        block: Option<&Block<'_>>,
        line: &Line<'_>,
        args: &[Token<'_>],
    ) -> Result<(), String> {
        let (low, high, rest) = match version_interval(args) {
            Ok(interval) => interval,
            Err(_) if self.mode == Mode::Lax => return Ok(()),
            Err(message) => return Err(message),
        };
        if let ([extra, ..], Mode::Strict) = (rest, self.mode) {
            return Err(format!("unexpected token after version: {}", quote(extra.text)));
        }
        let span = span_of(&args[..args.len() - rest.len()]);
        self.file.retract.push(Retract { low, high, rationale: comment_of(block, line), span });
        Ok(())
    }
}

fn once<T>(verb: &str, earlier: Option<&T>) -> Result<(), String> {
    match earlier {
        Some(_) => Err(format!("repeated {verb} statement")),
        None => Ok(()),
    }
}

fn require(line: &Line<'_>, args: &[Token<'_>]) -> Result<Require, String> {
    let module = module_version("require", args)?;
    Ok(Require {
        module,
        indirect: is_indirect(line),
        span: span_of(args),
        version_span: args[1].span(),
    })
}

/// Reads the path and the version of a require or exclude directive.
fn module_version(verb: &str, args: &[Token<'_>]) -> Result<ModuleVersion, String> {
    let [path, version] = args else {
        return Err(format!("usage: {verb} module/path v1.2.3"));
    };
    let path = directive::quoted_string(path)?;
    let version = directive::version(verb, &path, version)?;
    let (_, path_major) = split_path_version(&path).ok_or("invalid module path")?;
    check_path_major(&version, path_major).map_err(|err| format!("{verb} {path}: {err}"))?;
    Ok(ModuleVersion::new(path, version))
}

/// Reports whether the comment behind a line is `// indirect` or starts with `// indirect;`.
fn is_indirect(line: &Line<'_>) -> bool {
    let Some(comment) = line.suffix.first() else {
        return false;
    };
    let mut words = comment.strip_prefix("//").unwrap_or(comment).split_whitespace();
    match words.next() {
        Some("indirect") => words.next().is_none(),
        Some("indirect;") => words.next().is_some(),
        _ => false,
    }
}

/// Reads `v1` or `[v1, v2]`; returns both ends and the words after it.
fn version_interval<'a, 't>(
    args: &'a [Token<'t>],
) -> Result<(String, String, &'a [Token<'t>]), String> {
    match args {
        [] => Err("expected '[' or version".to_owned()),
        [first, ..] if first.text == "(" => Err("expected '[' or version".to_owned()),
        [first, rest @ ..] if first.text == "[" => bracketed_interval(rest),
        [first, rest @ ..] => {
            let version = directive::retracted_version(first)?;
            Ok((version.clone(), version, rest))
        }
    }
}

/// Reads `v1, v2]`.
fn bracketed_interval<'a, 't>(
    args: &'a [Token<'t>],
) -> Result<(String, String, &'a [Token<'t>]), String> {
    let (low, args) = args.split_first().ok_or("expected version after '['")?;
    let low = directive::retracted_version(low)?;
    let args = punctuation(args, ",", "expected ',' after version")?;
    let (high, args) = args.split_first().ok_or("expected version after ','")?;
    let high = directive::retracted_version(high)?;
    let args = punctuation(args, "]", "expected ']' after version")?;
    Ok((low, high, args))
}

fn punctuation<'a, 't>(
    args: &'a [Token<'t>],
    want: &str,
    message: &str,
) -> Result<&'a [Token<'t>], String> {
    match args {
        [first, rest @ ..] if first.text == want => Ok(rest),
        _ => Err(message.to_owned()),
    }
}

/// The comments of a line, one a line, without `//`; those of its block where it has none.
///
/// A blank line before counts as a comment, as in rule.go `parseDirectiveComment`.
fn comment_of(block: Option<&Block<'_>>, line: &Line<'_>) -> String {
    let own = line.before.iter().chain(&line.suffix);
    match block {
        Some(block) if line.before.is_empty() && line.suffix.is_empty() => {
            join_comments(block.before.iter())
        }
        _ => join_comments(own),
    }
}

fn join_comments<'a>(comments: impl Iterator<Item = &'a &'a str>) -> String {
    let lines: Vec<&str> =
        comments.filter_map(|comment| comment.strip_prefix("//")).map(str::trim).collect();
    lines.join("\n")
}

/// The first paragraph that starts with `Deprecated:`, without that word; rule.go `deprecatedRE`.
fn deprecation(comment: &str) -> Option<String> {
    const WORD: &str = "Deprecated:";
    let text = match comment.strip_prefix(WORD) {
        Some(text) => text,
        None => &comment[comment.find("\n\nDeprecated:")? + "\n\n".len() + WORD.len()..],
    };
    let text = text.trim_start_matches(' ');
    let paragraph = text.split("\n\n").next().unwrap_or(text);
    (!paragraph.is_empty()).then(|| paragraph.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(text: &str) -> ModFile {
        ModFile::parse(text).unwrap()
    }

    fn messages(text: &str) -> Vec<String> {
        ModFile::parse(text)
            .unwrap_err()
            .into_iter()
            .map(|err| format!("{} {}", &text[err.span], err.message))
            .collect()
    }

    #[test]
    fn spans_are_those_of_the_values() {
        let text = "\
module \"a.b/c\" // c
go 1.24
toolchain go1.24.1
godebug x=y
require a.b/d v1.0.0 // indirect
require (
\ta.b/e v1.2 // why
)
exclude a.b/f v1.0.0
replace a.b/g v1.0.0 => ../g // why
retract [v1.0.0, v1.1.0] // why
tool a.b/h
ignore (
\t./i
)
";
        let file = strict(text);
        let at = |span: &Span| &text[span.clone()];
        assert_eq!(at(&file.module.as_ref().unwrap().span), "\"a.b/c\"");
        assert_eq!(file.module.unwrap().value, "a.b/c");
        assert_eq!(at(&file.go.unwrap().span), "1.24");
        assert_eq!(at(&file.toolchain.unwrap().span), "go1.24.1");
        assert_eq!(at(&file.godebug[0].span), "x=y");
        assert_eq!(at(&file.require[0].span), "a.b/d v1.0.0");
        assert_eq!(at(&file.require[0].version_span), "v1.0.0");
        assert_eq!(at(&file.require[1].span), "a.b/e v1.2");
        assert_eq!(file.require[1].module, ModuleVersion::new("a.b/e", "v1.2.0"));
        assert_eq!(at(&file.exclude[0].span), "a.b/f v1.0.0");
        assert_eq!(at(&file.replace[0].span), "a.b/g v1.0.0 => ../g");
        assert_eq!(at(&file.retract[0].span), "[v1.0.0, v1.1.0]");
        assert_eq!(at(&file.tool[0].span), "a.b/h");
        assert_eq!(at(&file.ignore[0].span), "./i");
    }

    #[test]
    fn a_faulty_module_line_counts_as_one() {
        let want = ["module usage: module module/path", "module m repeated module statement"];
        assert_eq!(messages("module\nmodule m\n"), want);
    }

    #[test]
    fn every_faulty_line_is_reported() {
        assert_eq!(
            messages("module m\ngo 1\nrequire (\n\ta.b/c v2.0.0 // x\n\ta.b/d\n)\nfoo (\n)\n"),
            [
                "go 1 invalid go version '1': must match format 1.23.0",
                "a.b/c v2.0.0 require a.b/c: version \"v2.0.0\" invalid: should be v0 or v1, not v2",
                "a.b/d usage: require module/path v1.2.3",
                "foo unknown block type: foo",
            ]
        );
    }

    #[test]
    fn the_go_mod_of_a_dependency_is_read_with_indulgence() {
        let text = "\
module m
go v1.21.x
toolchain nonsense
replace nonsense
tool
future x y
future (
\tx
)
a b (
)
retract [v1.0.0, v1.1.0)
retract v1.0.0 v1.1.0
ignore ./i
require a.b/c v1.0.0
exclude a.b/c v1.1.0
";
        assert!(ModFile::parse(text).is_err());
        let file = ModFile::parse_lax(text).unwrap();
        assert_eq!(file.go.unwrap().value, "1.21");
        assert_eq!(file.retract.len(), 1);
        assert_eq!((file.ignore.len(), file.require.len()), (1, 1));
        assert_eq!(
            (file.toolchain, file.replace, file.tool, file.exclude),
            (None, vec![], vec![], vec![])
        );
    }

    #[test]
    fn a_dependency_is_refused_for_what_go_needs_of_it() {
        for bad in [
            "module m\nmodule n",
            "go 1",
            "require a.b/c latest",
            "require a.b/c",
            "ignore",
            "x /* */",
            "x (\n",
        ] {
            assert!(ModFile::parse_lax(bad).is_err(), "{bad}");
        }
    }
}

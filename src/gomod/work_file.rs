//! go.work, as in x/mod/modfile/work.go `ParseWork`.

use super::directive::{self, Godebug, Replace};
use super::lexer::Token;
use super::position::{ParseError, Span, Spanned};
use super::syntax::{self, Block, Stmt};

/// A go.work file, its entries in file order, repeated ones included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkFile {
    /// The Go version, without `go` in front.
    pub go: Option<Spanned<String>>,
    /// The name of the toolchain: `go1.24.1` or `default`.
    pub toolchain: Option<Spanned<String>>,
    /// Settings of godebug directives.
    pub godebug: Vec<Godebug>,
    /// The modules of the workspace.
    pub uses: Vec<Use>,
    /// Replacements; they win over those of the modules.
    pub replace: Vec<Replace>,
}

/// One module of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Its directory, relative to go.work or absolute, as written.
    pub path: String,
    /// The bytes of the directory.
    pub span: Span,
}

impl WorkFile {
    /// Parses a go.work file, as `go work edit` does: what is not known is an error.
    ///
    /// Every faulty line is reported; a syntax error stands alone.
    pub fn parse(text: &str) -> Result<WorkFile, Vec<ParseError>> {
        let stmts = syntax::parse(text).map_err(|err| vec![err])?;
        let mut file = WorkFile::default();
        let mut errors = Vec::new();
        for stmt in &stmts {
            match stmt {
                Stmt::Comments(_) => {}
                Stmt::Line(line) => {
                    let (verb, args) = (line.tokens[0].text, &line.tokens[1..]);
                    errors.extend(
                        file.add(verb, args)
                            .err()
                            .map(|message| ParseError { span: line.span(), message }),
                    );
                }
                Stmt::Block(block) => file.add_block(block, &mut errors),
            }
        }
        if errors.is_empty() { Ok(file) } else { Err(errors) }
    }

    fn add_block(&mut self, block: &Block<'_>, errors: &mut Vec<ParseError>) {
        let [Token { text: verb @ ("godebug" | "use" | "replace"), .. }] = block.tokens[..] else {
            errors.push(directive::unknown_block(block));
            return;
        };
        for line in &block.lines {
            let added = self.add(verb, &line.tokens);
            errors.extend(added.err().map(|message| ParseError { span: line.span(), message }));
        }
    }

    fn add(&mut self, verb: &str, args: &[Token<'_>]) -> Result<(), String> {
        match verb {
            "go" if self.go.is_some() => return Err("repeated go statement".to_owned()),
            "go" => self.go = Some(directive::go(args)?),
            "toolchain" if self.toolchain.is_some() => {
                return Err("repeated toolchain statement".to_owned());
            }
            "toolchain" => self.toolchain = Some(directive::toolchain(args)?),
            "godebug" => self.godebug.push(directive::godebug(args)?),
            "use" => {
                let Spanned { value, span } = directive::one_path(args, "usage: use local/dir")?;
                self.uses.push(Use { path: value, span });
            }
            "replace" => self.replace.push(directive::replace(args)?),
            _ => return Err(format!("unknown directive: {verb}")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_those_of_the_values() {
        let text =
            "go 1.24 // c\nuse (\n\t. // c\n\t\"./a b\"\n)\nuse ../c\nreplace a.b/c => ./d\n";
        let file = WorkFile::parse(text).unwrap();
        let uses: Vec<(&str, &str)> = file
            .uses
            .iter()
            .map(|r#use| (r#use.path.as_str(), &text[r#use.span.clone()]))
            .collect();
        assert_eq!(uses, [(".", "."), ("./a b", "\"./a b\""), ("../c", "../c")]);
        assert_eq!(&text[file.go.unwrap().span], "1.24");
        assert_eq!(&text[file.replace[0].span.clone()], "a.b/c => ./d");
    }

    #[test]
    fn every_faulty_line_is_reported() {
        let text = "go x\nuse (\n\ta b\n)\nrequire (\n)\nmodule m\n";
        let errors = WorkFile::parse(text).unwrap_err();
        let shown: Vec<(&str, &str)> =
            errors.iter().map(|err| (&text[err.span.clone()], err.message.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("go x", "invalid go version 'x': must match format 1.23.0"),
                ("a b", "usage: use local/dir"),
                ("require", "unknown block type: require"),
                ("module m", "unknown directive: module"),
            ]
        );
    }
}

//! The programs of GOCACHEPROG and GOAUTH, which go starts for its cache and for credentials.

use super::{Cause, Ground};
use crate::guard::Attempt;

pub(super) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Option<Cause> {
    attempt.process.chain().find_map(|process| {
        if let Some((name, value)) = ground.variable_naming(process, &["GOCACHEPROG"]) {
            return Some(Cause::new(
                format!(
                    "{name}={value}: go keeps its build cache in a program, which asks a server"
                ),
                format!("`{name}=` for this command keeps the cache on the disk"),
            ));
        }
        // Several commands, separated by semicolons; some words are go's own.
        let auth = ground.variables.get("GOAUTH")?;
        let is_command = |one: &&str| !matches!(first(one), "" | "off" | "netrc" | "git");
        let mut commands = auth.split(';').map(str::trim).filter(is_command);
        let command = commands.find(|one| super::program::is_started_by(process, one))?;
        Some(Cause::new(
            format!("GOAUTH={command}: go asks a program for credentials, since it wants a module"),
            format!("{}; `GOAUTH=off` asks nobody", ground.fetch()),
        ))
    })
}

fn first(command: &str) -> &str {
    command.split(' ').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ground, said};

    #[test]
    fn a_cache_in_a_program() {
        let ground =
            ground(&[("GOCACHEPROG", "/opt/cacher --remote"), ("GOAUTH", "netrc; /opt/auth x")]);
        let said = |chain: &[&str]| said(chain, &ground);
        assert!(said(&["/opt/cacher --remote", "go build"]).contains("`GOCACHEPROG=`"));
        assert!(
            said(&["curl", "/bin/sh /opt/auth", "go mod download"]).contains("GOAUTH=/opt/auth x")
        );
        assert!(!said(&["/opt/other", "go build"]).contains("GOAUTH"));
        assert!(!said(&["netrc", "go build"]).contains("GOAUTH"), "go's own word");
    }
}

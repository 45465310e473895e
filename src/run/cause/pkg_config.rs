//! pkg-config, which cgo asks for flags.

use super::program::{base, file};
use super::{Cause, Ground};
use crate::guard::Attempt;

pub(super) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Option<Cause> {
    attempt.process.chain().find_map(|process| {
        let set = ground.variable_naming(process, &["PKG_CONFIG"]);
        let name = match set {
            Some((name, value)) => format!("{name}={value}"),
            None if matches!(base(file(process)), "pkg-config" | "pkgconf") => {
                "pkg-config".to_owned()
            }
            None => return None,
        };
        Some(Cause::new(
            format!("{name}, which a `#cgo pkg-config:` line has go ask"),
            "take a pkg-config that works offline with PKG_CONFIG, write the flags as `#cgo CFLAGS:` and `#cgo LDFLAGS:`, or build with CGO_ENABLED=0",
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ground, said};

    #[test]
    fn by_its_name_or_by_its_variable() {
        let ground = ground(&[("PKG_CONFIG", "/w/pc")]);
        let by_name = said(&["curl", "/usr/bin/pkg-config --cflags x", "go build"], &ground);
        assert!(by_name.starts_with("pkg-config, which"), "{by_name}");
        assert!(said(&["/bin/sh /w/pc --cflags x", "go"], &ground).starts_with("PKG_CONFIG=/w/pc"));
    }
}

//! A C compiler of cgo, or its wrapper.

use super::program::{base, file, is_go};
use super::{Cause, Ground};
use crate::guard::{Attempt, Process};

/// The names under which go, or a build system, looks for one.
const COMPILERS: &[&str] = &[
    "cc", "gcc", "clang", "c++", "g++", "clang++", "gfortran", "ar", "ld", "ccache", "sccache",
    "distcc",
];

pub(super) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Option<Cause> {
    attempt.process.chain().enumerate().find_map(|(at, process)| {
        let set = ground.variable_naming(process, &["CC", "CXX", "FC", "AR"]);
        let is_gos = || attempt.process.parents.iter().skip(at).any(is_gos_part);
        let name = match set {
            Some((name, value)) => format!("{name}={value}"),
            None if COMPILERS.contains(&base(file(process))) && is_gos() => named(process),
            None => return None,
        };
        Some(Cause::new(
            format!("{name}, with which cgo compiles"),
            "take a compiler that works offline (one that caches or distributes asks a server; `CC=gcc` names another), or build with CGO_ENABLED=0",
        ))
    })
}

/// The go command, or its cgo.
fn is_gos_part(process: &Process) -> bool {
    is_go(process) || base(file(process)) == "cgo"
}

fn named(process: &Process) -> String {
    format!("the program {}", base(file(process)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ground, said};

    #[test]
    fn by_the_variable_or_by_the_name() {
        let own = ground(&[("CC", "/w/bin/mycc -m64")]);
        let wrapped = said(&["bash -c x", "/bin/sh /w/bin/mycc -m64 -c x.c", "go build"], &own);
        assert!(wrapped.starts_with("CC=/w/bin/mycc -m64, with which cgo compiles"), "{wrapped}");
        assert!(wrapped.contains("CGO_ENABLED=0"));
        let none = ground(&[]);
        for chain in [&["gcc -c x.c", "go build"][..], &["curl", "ccache gcc", "cgo", "go vet"]] {
            assert!(said(chain, &none).contains("with which cgo compiles"), "{chain:?}");
        }
        assert!(!said(&["gcc -c x.c", "make"], &none).contains("cgo"), "no work of go's");
    }
}

//! What go makes of a file by its name alone.

/// Licences and their kin, copied from above a package: `metaPrefixes` of
/// `cmd/go/internal/modcmd/vendor.go`.
const METADATA: [&str; 9] = [
    "AUTHORS",
    "CONTRIBUTORS",
    "COPYLEFT",
    "COPYING",
    "COPYRIGHT",
    "LEGAL",
    "LICENSE",
    "NOTICE",
    "PATENTS",
];

/// What go compiles or links by itself: `go/build.Context.matchFile`.
const COMPILED: [&str; 21] = [
    "go", "c", "cc", "cpp", "cxx", "m", "h", "hh", "hpp", "hxx", "f", "F", "for", "f90", "s", "S",
    "sx", "swig", "swigcxx", "syso", "mm",
];

/// What a C compiler or a linker that go starts may take: cgo has the directory of the package among
/// its include directories, and `#cgo LDFLAGS` may name it.
const INCLUDED: [&str; 17] = [
    "inc",
    "inl",
    "ipp",
    "tcc",
    "tpp",
    "def",
    "a",
    "o",
    "so",
    "dylib",
    "lib",
    "dll",
    "lds",
    "gch",
    "pch",
    "tbd",
    "modulemap",
];

/// Divides a name at its last slash; the directory of a name without one is empty.
pub fn dir_and_base(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// Whether a file is copied from above a package.
pub fn is_metadata(base: &str) -> bool {
    METADATA.iter().any(|prefix| base.starts_with(prefix))
}

/// Whether go, or a compiler that it starts, may take a file of this name into a build.
/// `default.pgo` is the profile that a main package is optimised by.
fn is_code(base: &str) -> bool {
    if base == "default.pgo" {
        return true;
    }
    let Some((_, extension)) = base.rsplit_once('.') else {
        return false;
    };
    COMPILED.contains(&extension) || INCLUDED.contains(&extension)
}

/// The same by the whole path: a compiler takes any file in a directory `x.h.gch` for a precompiled x.h.
pub fn may_be_built(path: &str) -> bool {
    let (dirs, base) = dir_and_base(path);
    is_code(base) || dirs.split('/').any(|dir| dir.ends_with(".gch") || dir.ends_with(".pch"))
}

/// Whether a file of this name is C++: such a package may include headers that have no extension.
pub(super) fn is_cpp(base: &str) -> bool {
    let extension = base.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("cc" | "cpp" | "cxx" | "hh" | "hpp" | "hxx" | "mm" | "swigcxx"))
}

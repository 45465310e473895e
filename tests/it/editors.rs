//! Editors, linters and Makefiles that start whatever `go` is first on PATH: they do the same with
//! go-offline in its place, and nobody is asked for anything.
//!
//! Each test does its work with bare go first and then with us, on a repository of the corpus, in
//! a network that holds nothing but a server that writes down what it is asked. The tools come
//! from the configured module proxy and are kept between runs. All of it takes minutes, so it is
//! ignored by default.

mod desk;
mod lsp;
mod tools;

mod asking;
mod gopls;
mod makefiles;
mod packages;

//! Integration tests, one binary.

mod gomod_vs_go;

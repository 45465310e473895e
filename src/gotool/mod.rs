//! gotool

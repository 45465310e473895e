//! The matrix of programs that dial: by every road, in every language, from every place where the
//! go command runs a program.
//!
//! Each row is run outside the guard first, where it must reach the far side of a cable (see
//! `peer`); then in the guard, where nothing may come over that cable, the report must name the
//! process and what it was after, and the exit code is 77 though every program swallows its error.

mod bench;
mod drive;
mod judge;
mod packet;
mod peer;
pub(crate) mod programs;
mod report;
mod row;

mod calls;
mod languages;
mod local;
mod machines;
mod names;
mod processes;
mod verbs;

mod doors;
mod fallible;
mod killed;
mod quiet;
mod repeated;

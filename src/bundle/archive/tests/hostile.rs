//! Archives that somebody made with care.

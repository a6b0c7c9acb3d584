//! The next one.

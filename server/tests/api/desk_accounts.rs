//! The desk: who signs in, and who may do what.

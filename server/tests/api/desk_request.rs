//! The desk: a request, and what an officer does with it.

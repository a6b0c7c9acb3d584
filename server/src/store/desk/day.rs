//! The day, the waiting requests, the duties, what is found, the week.

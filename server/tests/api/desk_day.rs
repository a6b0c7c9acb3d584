//! The desk: the day, the week, finding.

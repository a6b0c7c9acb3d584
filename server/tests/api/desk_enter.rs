//! The desk: bookings from elsewhere, seats and closures, bad days.

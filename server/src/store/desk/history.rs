//! What has happened to a booking, in words.

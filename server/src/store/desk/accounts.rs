//! Invitations, one-time passwords, sessions.

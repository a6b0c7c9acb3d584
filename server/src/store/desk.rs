//! What the desk reads and keeps, in portable statements: see [`super::sql`]. Each function is one verb inside a transaction.

pub mod accounts;
pub mod affected;
pub mod audit;
pub mod bookings;
pub mod clock;
pub mod day;
pub mod disclosures;
pub mod duties;
pub mod figures;
pub mod history;
pub mod meetings;
pub mod restored;
pub mod names;
pub mod seats;
pub mod settings;
pub mod staff;
pub mod suspensions;
pub mod visits;

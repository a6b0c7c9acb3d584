//! The desk: visits, figures, disclosures.

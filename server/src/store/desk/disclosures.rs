//! Articles 5(2) and 6: disclosures.

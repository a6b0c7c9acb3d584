//! Articles 5(2) and 6: disclosures by law, and to the person herself.
